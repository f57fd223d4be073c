"""Sections, rows and columns, and the body that holds them."""

from typing import Any, Literal

from msgspec import UNSET, UnsetType

from rapport.templates.definition.blocks import Block
from rapport.templates.definition.fields import (
    BackgroundFormat,
    BackgroundPosition,
    BorderStyle,
    Color,
    CssClass,
    Flag,
    Part,
    Pixels,
    StackOrder,
    VerticalAlign,
    Words,
)
from rapport.templates.definition.nodes import DisplayOptions, Node
from rapport.templates.definition.styles import Style


class RowStyles(Part, kw_only=True):
    column_layout: (
        Literal[
            "1-column-full-width",
            "2-columns-25%-75%",
            "2-columns-33%-67%",
            "2-columns-67%-33%",
            "2-columns-75%-25%",
            "2-columns-equal-width",
            "3-columns-25%-25%-50%",
            "3-columns-25%-50%-25%",
            "3-columns-50%-25%-25%",
            "3-columns-equal-width",
            "4-columns-equal-width",
        ]
        | None
        | UnsetType
    ) = UNSET


class RowData(Part, kw_only=True):
    styles: RowStyles


class Column(Node, kw_only=True):
    data: dict[str, Any] | UnsetType = UNSET
    blocks: list[Block] | None | UnsetType = UNSET


class Row(Node, kw_only=True):
    data: RowData
    columns: list[Column] | None | UnsetType = UNSET


class SectionProperties(Part, kw_only=True):
    is_ai_generated: Flag = UNSET
    is_prebuilt_content: Flag = UNSET


class SectionStyles(Part, kw_only=True):
    background_asset_id: Words = UNSET
    background_color: Color = UNSET
    background_format: BackgroundFormat = UNSET
    background_image_full_width: Flag = UNSET
    background_position: BackgroundPosition = UNSET
    background_repeat: Flag = UNSET
    background_url: Words = UNSET
    border_color: Color = UNSET
    border_style: BorderStyle = UNSET
    border_width: Pixels = UNSET
    column_align: VerticalAlign = UNSET
    column_direction: StackOrder = UNSET
    content_color: Color = UNSET
    content_color_type: Literal["none", "section", "template"] | None | UnsetType = UNSET
    inner_padding_bottom: Pixels = UNSET
    inner_padding_left: Pixels = UNSET
    inner_padding_right: Pixels = UNSET
    inner_padding_top: Pixels = UNSET
    stack_on_mobile: Flag = UNSET


class SectionData(Part, kw_only=True):
    properties: SectionProperties
    display_options: DisplayOptions
    styles: SectionStyles


class Section(Node, kw_only=True, tag_field="type", tag="section"):
    content_type: Literal["section"]
    data: SectionData
    rows: list[Row] | None | UnsetType = UNSET


class BodyProperties(Part, kw_only=True):
    id: Words = UNSET
    css_class: CssClass = UNSET


class BodyStyles(Part, kw_only=True):
    background_color: Color = UNSET
    width: Pixels = UNSET


class Body(Part, kw_only=True):
    id: Words = UNSET
    properties: BodyProperties
    styles: BodyStyles
    sections: list[Section] | None | UnsetType = UNSET


class TemplateDefinition(Part, kw_only=True):
    """A template of the drag-and-drop editor. `styles` holds one record of each kind."""

    id: Words = UNSET
    template_id: Words = UNSET
    body: Body
    styles: list[Style] | None | UnsetType = UNSET
