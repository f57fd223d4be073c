"""A picture that leads to a video; mail programs play none."""

from msgspec import UNSET

from rapport.templates.definition.blocks.pictures import draw_picture
from rapport.templates.definition.fields import Align, BorderStyle, Color, Flag, Part, Pixels, Words
from rapport.templates.definition.nodes import BlockBase, DisplayOptions, Padded
from rapport.templates.mjml.place import Place


class VideoBlockProperties(Part, kw_only=True):
    raw_asset_id: Words = UNSET
    src_asset_id: Words = UNSET
    alt_text: Words = UNSET
    href: Words = UNSET
    overlay_toggle: Flag = UNSET
    raw_src: Words = UNSET
    src: Words = UNSET


class VideoBlockStyles(Padded, kw_only=True):
    align: Align = UNSET
    background_color: Color = UNSET
    border_color: Color = UNSET
    border_style: BorderStyle = UNSET
    border_width: Pixels = UNSET
    full_width_mobile: Flag = UNSET
    height: Pixels = UNSET
    max_width: Pixels = UNSET
    mobile_stretch_content: Flag = UNSET
    width: Pixels = UNSET


class VideoBlockData(Part, kw_only=True):
    properties: VideoBlockProperties
    display_options: DisplayOptions
    styles: VideoBlockStyles


class VideoBlock(BlockBase, kw_only=True, tag_field="type", tag="video"):
    data: VideoBlockData


def draw(block: VideoBlock, place: Place) -> str:
    shown = block.data.properties
    # `src` is the picture with the sign of a player on it, `raw_src` the one without.
    src = shown.src or shown.raw_src
    return draw_picture(place, block.data.styles, src=src, href=shown.href, alt=shown.alt_text)
