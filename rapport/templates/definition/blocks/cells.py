"""Cells of tables and of split blocks."""

from msgspec import UNSET

from rapport.templates.definition.fields import (
    Align,
    Color,
    Decoration,
    Flag,
    Font,
    FontStyle,
    Part,
    Pixels,
    ShowOn,
    Spacing,
    Weight,
    Words,
    chosen,
)
from rapport.templates.mjml.letters import letters
from rapport.templates.mjml.place import Place, link, picture


class TableTextSubBlock(Part, kw_only=True, tag_field="type", tag="table_text"):
    content: Words = UNSET
    cell_text_align: Align = UNSET
    color: Color = UNSET
    font_family: Font = UNSET
    font_size: Pixels = UNSET
    font_style: FontStyle = UNSET
    font_weight: Weight = UNSET
    letter_spacing: Spacing = UNSET
    show_on: ShowOn = UNSET
    table_column_width: Words = UNSET
    text_decoration: Decoration = UNSET
    id: Words = UNSET


class TableImageSubBlock(Part, kw_only=True, tag_field="type", tag="table_image"):
    dynamic: Flag = UNSET
    alt_text: Words = UNSET
    asset_id: Words = UNSET
    href: Words = UNSET
    src: Words = UNSET
    width: Pixels = UNSET
    height: Pixels = UNSET
    image_width: Pixels = UNSET
    image_align: Align = UNSET
    show_on: ShowOn = UNSET
    table_column_width: Words = UNSET
    cell_text_align: Align = UNSET
    cropped_asset_id: Words = UNSET
    cropped_src: Words = UNSET
    cropping_aspect_ratio: Words = UNSET
    cropping_height: Pixels = UNSET
    cropping_width: Pixels = UNSET
    cropping_x: Pixels = UNSET
    cropping_y: Pixels = UNSET
    id: Words = UNSET


class TableHtmlSubBlock(Part, kw_only=True, tag_field="type", tag="table_html"):
    content: Words = UNSET
    show_on: ShowOn = UNSET
    id: Words = UNSET


class TableHeaderSubBlock(TableTextSubBlock, kw_only=True, tag_field="type", tag="table_header"):
    """A heading of a column."""


class TableFallbackHtmlSubBlock(TableHtmlSubBlock, kw_only=True, tag_field="type", tag="table_fallback_html"):
    """Stands in for rows where there is nothing to repeat."""


class TableFallbackImageSubBlock(TableImageSubBlock, kw_only=True, tag_field="type", tag="table_fallback_image"):
    """Stands in for rows where there is nothing to repeat."""


class TableFallbackTextSubBlock(TableTextSubBlock, kw_only=True, tag_field="type", tag="table_fallback_text"):
    """Stands in for rows where there is nothing to repeat."""


Cell = TableTextSubBlock | TableImageSubBlock | TableHtmlSubBlock
Fallback = TableFallbackTextSubBlock | TableFallbackImageSubBlock | TableFallbackHtmlSubBlock
TableCell = Cell | TableHeaderSubBlock | Fallback


def drawn_cell(sub: TableCell, place: Place, width: int) -> str:
    """What stands in a cell of `width` pixels."""
    if isinstance(sub, TableHtmlSubBlock):
        return chosen(sub.content, "")
    if isinstance(sub, TableImageSubBlock):
        return _image(sub, width)
    return place.content(chosen(sub.content, ""), letters(sub, base=place.text))


def _image(sub: TableImageSubBlock, width: int) -> str:
    src = chosen(sub.cropped_src, "") or chosen(sub.src, "")
    if not src:
        return ""
    shown = picture(
        src, chosen(sub.alt_text, ""), min(chosen(sub.image_width, 0) or chosen(sub.width, 0) or width, width)
    )
    return link(chosen(sub.href, ""), shown)
