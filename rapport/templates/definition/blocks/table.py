"""A table, its rows written or repeated over a list."""

from collections.abc import Iterator, Sequence

from msgspec import UNSET, UnsetType

from rapport.templates.definition.blocks.cells import (
    Fallback,
    TableCell,
    TableHeaderSubBlock,
    TableTextSubBlock,
    drawn_cell,
)
from rapport.templates.definition.fields import (
    Align,
    BorderStyle,
    Color,
    Count,
    Decoration,
    Flag,
    Font,
    FontStyle,
    LineHeight,
    Part,
    Pixels,
    VerticalAlign,
    Weight,
    chosen,
)
from rapport.templates.definition.nodes import BlockBase, Boxed, ContentRepeat, DisplayOptions
from rapport.templates.mjml.letters import letters
from rapport.templates.mjml.markup import css, element, table
from rapport.templates.mjml.place import Place, border, padding, screen_class


class TableBlockProperties(Part, kw_only=True):
    dynamic: Flag = UNSET
    num_columns: Count = UNSET
    show_headers: Flag = UNSET
    row_content_repeat: ContentRepeat | UnsetType = UNSET
    show_fallback_content: Flag = UNSET
    show_static_row: Flag = UNSET


class TableBlockStyles(Boxed, kw_only=True):
    block_border_color: Color = UNSET
    block_border_style: BorderStyle = UNSET
    block_border_width: Pixels = UNSET
    cell_horizontal_border_color: Color = UNSET
    cell_horizontal_border_style: BorderStyle = UNSET
    cell_horizontal_border_width: Pixels = UNSET
    cell_padding_bottom: Pixels = UNSET
    cell_padding_left: Pixels = UNSET
    cell_padding_right: Pixels = UNSET
    cell_padding_top: Pixels = UNSET
    cell_vertical_align: VerticalAlign = UNSET
    cell_vertical_border_color: Color = UNSET
    cell_vertical_border_style: BorderStyle = UNSET
    cell_vertical_border_width: Pixels = UNSET
    header_background_color: Color = UNSET
    header_font_color: Color = UNSET
    header_font_family: Font = UNSET
    header_font_size: Pixels = UNSET
    header_font_style: FontStyle = UNSET
    header_font_weight: Weight = UNSET
    header_letter_spacing: Pixels = UNSET
    header_line_height: LineHeight = UNSET
    header_padding_bottom: Pixels = UNSET
    header_padding_left: Pixels = UNSET
    header_padding_right: Pixels = UNSET
    header_padding_top: Pixels = UNSET
    header_text_decoration: Decoration = UNSET
    table_background_color: Color = UNSET
    table_font_color: Color = UNSET
    table_font_family: Font = UNSET
    table_font_size: Pixels = UNSET
    table_text_align: Align = UNSET
    use_legacy_mobile_padding: Flag = UNSET


class TableBlockData(Part, kw_only=True):
    properties: TableBlockProperties
    display_options: DisplayOptions
    styles: TableBlockStyles


class TableBlock(BlockBase, kw_only=True, tag_field="type", tag="table"):
    data: TableBlockData
    subblocks: list[TableCell] | None | UnsetType = UNSET


def draw(block: TableBlock, place: Place) -> str:
    """Headings, then rows. Of a dynamic table the first row is repeated over its list, and rows that are always there
    follow; what stands in for an empty list is shown where there is none."""
    properties, styles = block.data.properties, block.data.styles
    columns = max(1, chosen(properties.num_columns, 1))
    cells = chosen(block.subblocks, [])
    heads = [sub for sub in cells if isinstance(sub, TableHeaderSubBlock)]
    fallbacks = [sub for sub in cells if isinstance(sub, Fallback)]
    plain = [sub for sub in cells if not isinstance(sub, (TableHeaderSubBlock, Fallback))]
    rows = [_row(part, block, place, columns) for part in _parts(plain, columns)]
    if chosen(properties.dynamic, False):
        rows = _repeated(block, rows, [_row(part, block, place, columns) for part in _parts(fallbacks, columns)])
    if chosen(properties.show_headers, False):
        rows = [_row(part, block, place, columns) for part in _parts(heads, columns)] + rows
    look = letters(styles, "table_", place.text)
    ground, edge = chosen(styles.table_background_color, ""), border(styles, "block_border_")
    style = css({**look.declarations(), "background-color": ground, "border": edge, "border-collapse": "collapse"})
    html = table("".join(rows), style, css_class=place.page.dark.ground(ground))
    return place.row(styles, html, look, on=ground)


def _repeated(block: TableBlock, rows: list[str], fallback: list[str]) -> list[str]:
    properties = block.data.properties
    repeat = chosen(properties.row_content_repeat, None)
    if repeat is None or not repeat.repeat_for.strip() or not rows:
        return rows
    always = rows[1:] if chosen(properties.show_static_row, True) else []
    opening = f"{{% for {repeat.item_alias} in {repeat.repeat_for} %}}"
    instead = ["{% empty %}", *fallback] if chosen(properties.show_fallback_content, False) else []
    return [opening, rows[0], *instead, "{% endfor %}", *always]


def _parts(cells: Sequence[TableCell], columns: int) -> Iterator[Sequence[TableCell]]:
    for start in range(0, len(cells), columns):
        yield cells[start : start + columns]


def _row(cells: Sequence[TableCell], block: TableBlock, place: Place, columns: int) -> str:
    return element("tr", {}, *(_cell(sub, block, place, columns) for sub in cells))


def _cell(sub: TableCell, block: TableBlock, place: Place, columns: int) -> str:
    styles, is_head = block.data.styles, isinstance(sub, TableHeaderSubBlock)
    look = letters(styles, "header_" if is_head else "table_", place.text)
    look = letters(sub, base=look) if isinstance(sub, TableTextSubBlock) else look
    ground = chosen(styles.header_background_color, "") if is_head else ""
    dark = place.page.dark
    line = dark.line(chosen(styles.cell_horizontal_border_color, ""), place.ground_of(styles))
    align = chosen(getattr(sub, "cell_text_align", None), look.align or "left")
    style = {
        **look.declarations(),
        "text-align": align,
        "padding": padding(styles, "header_padding_" if is_head else "cell_padding_"),
        "background-color": ground,
        "border-bottom": border(styles, "cell_horizontal_border_"),
        "border-right": border(styles, "cell_vertical_border_"),
    }
    attributes = {
        "align": align,
        "valign": chosen(styles.cell_vertical_align, "top"),
        "width": chosen(getattr(sub, "table_column_width", None), ""),
        "class": " ".join(filter(None, (screen_class(sub), dark.ground(ground), line))),
        "style": css(style),
    }
    html = drawn_cell(sub, place.with_text(look), place.inner_width(styles) // columns)
    return element("th" if is_head else "td", attributes, html)
