"""A button: a link that looks like one."""

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
from rapport.templates.mjml.letters import Letters, letters
from rapport.templates.mjml.markup import element
from rapport.templates.mjml.place import Place, border, padding


class ButtonBlockProperties(Part, kw_only=True):
    href: Words = UNSET


class ButtonBlockStyles(Padded, kw_only=True):
    background_color: Color = UNSET
    border_color: Color = UNSET
    border_radius: Pixels = UNSET
    border_style: BorderStyle = UNSET
    border_width: Pixels = UNSET
    color: Color = UNSET
    drop_shadow_color: Color = UNSET
    font_family: Font = UNSET
    font_size: Pixels = UNSET
    font_style: FontStyle = UNSET
    font_weight: Weight = UNSET
    letter_spacing: Spacing = UNSET
    mobile_stretch_content: Flag = UNSET
    stretch: Flag = UNSET
    text_align: Align = UNSET
    text_decoration: Decoration = UNSET


class ButtonBlockData(Part, kw_only=True):
    content: str | None
    properties: ButtonBlockProperties
    display_options: DisplayOptions
    styles: ButtonBlockStyles


class ButtonBlock(BlockBase, kw_only=True, tag_field="type", tag="button"):
    data: ButtonBlockData


_LOOK = Letters("#ffffff", weight="bold", line_height=1.2, decoration="none", align="center")
_GROUND = "#222222"


def draw(block: ButtonBlock, place: Place) -> str:
    styles, slots = block.data.styles, place.page.slots
    look = letters(styles, base=replace(_LOOK, family=place.text.family, size=place.text.size))
    ground = chosen(styles.background_color, _GROUND) or _GROUND
    wide = "wide" if chosen(styles.mobile_stretch_content, False) else ""
    dark = place.page.dark.button(ground, look.color or "", place.ground_of(styles))
    href = chosen(block.data.properties.href, "")
    attributes = {
        **look.attributes(),
        **place.box(styles, place.classes("side", wide, dark)),
        "href": slots.value(href) if href else None,
        "background-color": ground,
        "border": border(styles) or "none",
        "border-radius": f"{chosen(styles.border_radius, 0)}px",
        "inner-padding": padding(styles, "inner_padding_"),
        "width": "100%" if chosen(styles.stretch, False) else None,
    }
    return element("mj-button", attributes, slots.content(block.data.content or ""))
