"""Text."""

from typing import Literal

from msgspec import UNSET, UnsetType

from rapport.templates.definition.fields import (
    Align,
    BorderStyle,
    Color,
    CssClass,
    Decoration,
    Flag,
    Font,
    FontStyle,
    LineHeight,
    Part,
    Pixels,
    Spacing,
    Weight,
    chosen,
)
from rapport.templates.definition.nodes import BlockBase, DisplayOptions, Padded
from rapport.templates.mjml.letters import letters
from rapport.templates.mjml.place import Place, border


class TextBlockStyles(Padded, kw_only=True):
    background_color: Color = UNSET
    block_border_color: Color = UNSET
    block_border_style: BorderStyle = UNSET
    block_border_width: Pixels = UNSET
    color: Color = UNSET
    extra_css_class: CssClass = UNSET
    font_family: Font = UNSET
    font_size: Pixels = UNSET
    font_style: FontStyle = UNSET
    font_weight: Weight = UNSET
    letter_spacing: Spacing = UNSET
    line_height: LineHeight = UNSET
    mobile_stretch_content: Flag = UNSET
    text_align: Align = UNSET
    text_decoration: Decoration = UNSET
    text_table_layout: Literal["auto", "fixed", "inherit", "initial"] | None | UnsetType = UNSET


class TextBlockData(Part, kw_only=True):
    content: str
    display_options: DisplayOptions
    styles: TextBlockStyles


class TextBlock(BlockBase, kw_only=True, tag_field="type", tag="text"):
    data: TextBlockData


def draw(block: TextBlock, place: Place) -> str:
    styles = block.data.styles
    look, ground = letters(styles, base=place.text), chosen(styles.background_color, "")
    edge = border(styles, "block_border_")
    inner = place.framed(place.content(block.data.content, look), styles, ground=ground, edge=edge)
    return place.row(styles, inner, look, on=ground)
