"""A code to redeem."""

from dataclasses import replace

from msgspec import UNSET

from rapport.templates.definition.fields import (
    Align,
    BorderStyle,
    Color,
    Decoration,
    Flag,
    Font,
    FontStyle,
    Part,
    Pixels,
    Spacing,
    Weight,
    Words,
    chosen,
)
from rapport.templates.definition.nodes import BlockBase, DisplayOptions, Padded
from rapport.templates.mjml.letters import letters
from rapport.templates.mjml.markup import quoted
from rapport.templates.mjml.place import Place, border, link


class CouponBlockProperties(Part, kw_only=True):
    coupon_id: Words = UNSET
    coupon: Words = UNSET
    header_enabled: Flag = UNSET
    href: Words = UNSET


class CouponBlockStyles(Padded, kw_only=True):
    background_color: Color = UNSET
    border_color: Color = UNSET
    border_radius: Pixels = UNSET
    border_style: BorderStyle = UNSET
    border_width: Pixels = UNSET
    color: Color = UNSET
    font_family: Font = UNSET
    font_size: Pixels = UNSET
    font_style: FontStyle = UNSET
    font_weight: Weight = UNSET
    header_font_family: Font = UNSET
    header_font_size: Pixels = UNSET
    header_padding_bottom: Pixels = UNSET
    header_padding_left: Pixels = UNSET
    header_padding_right: Pixels = UNSET
    header_padding_top: Pixels = UNSET
    letter_spacing: Spacing = UNSET
    mobile_stretch_content: Flag = UNSET
    stretch: Flag = UNSET
    text_align: Align = UNSET
    text_decoration: Decoration = UNSET


class CouponBlockData(Part, kw_only=True):
    content: str
    properties: CouponBlockProperties
    display_options: DisplayOptions
    styles: CouponBlockStyles


class CouponBlock(BlockBase, kw_only=True, tag_field="type", tag="coupon"):
    data: CouponBlockData


_TAG = "{%"
_GROUND, _EDGE = "#f4f4f4", "2px dashed #222222"


def draw(block: CouponBlock, place: Place) -> str:
    """The text of the block; where it holds no tag that prints a code, the code of the coupon it names."""
    styles, properties = block.data.styles, block.data.properties
    look = letters(styles, base=replace(place.text, size=20, weight="bold", align="center"))
    name, words = chosen(properties.coupon, ""), block.data.content
    if _TAG not in words and name:
        words = f"{{% coupon_code {quoted(name)} %}}"
    ground = chosen(styles.background_color, _GROUND) or _GROUND
    edge, radius = border(styles) or _EDGE, chosen(styles.border_radius, 0)
    inner = link(chosen(properties.href, ""), words, f"color:{look.color};text-decoration:none")
    return place.row(styles, place.framed(inner, styles, ground=ground, edge=edge, radius=radius), look, on=ground)
