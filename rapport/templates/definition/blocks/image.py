"""A picture, chosen or named by an expression."""

from msgspec import UNSET, UnsetType

from rapport.templates.definition.blocks.pictures import draw_picture
from rapport.templates.definition.fields import Align, BorderStyle, Color, Flag, Part, Pixels, Words
from rapport.templates.definition.nodes import BlockBase, DisplayOptions, Padded
from rapport.templates.mjml.place import Place


class ImageBlockCroppingProperties(Part, kw_only=True):
    aspect_ratio: Words = UNSET
    asset_id: Words = UNSET
    height: Pixels = UNSET
    src: Words = UNSET
    width: Pixels = UNSET
    x: Pixels = UNSET
    y: Pixels = UNSET


class ImageBlockProperties(Part, kw_only=True):
    dynamic: Flag = UNSET
    alt_text: Words = UNSET
    asset_id: Words = UNSET
    cropping_properties: ImageBlockCroppingProperties | UnsetType = UNSET
    href: Words = UNSET
    src: Words = UNSET


class ImageBlockStyles(Padded, kw_only=True):
    align: Align = UNSET
    background_color: Color = UNSET
    block_border_color: Color = UNSET
    block_border_style: BorderStyle = UNSET
    block_border_width: Pixels = UNSET
    full_width_mobile: Flag = UNSET
    height: Pixels = UNSET
    max_width: Pixels = UNSET
    mobile_stretch_content: Flag = UNSET
    width: Pixels = UNSET


class ImageBlockData(Part, kw_only=True):
    properties: ImageBlockProperties
    display_options: DisplayOptions
    styles: ImageBlockStyles


class ImageBlock(BlockBase, kw_only=True, tag_field="type", tag="image"):
    data: ImageBlockData


def draw(block: ImageBlock, place: Place) -> str:
    shown = block.data.properties
    return draw_picture(place, block.data.styles, src=shown.src, href=shown.href, alt=shown.alt_text)
