"""Two things side by side in one column."""

import re

from msgspec import UNSET, UnsetType

from rapport.templates.definition.blocks.cells import Cell, drawn_cell
from rapport.templates.definition.fields import Part, Pixels, StackOrder, Words, chosen
from rapport.templates.definition.nodes import BlockBase, Boxed, DisplayOptions
from rapport.templates.mjml.markup import cell, css, element, table
from rapport.templates.mjml.place import Place


class SplitBlockStyles(Boxed, kw_only=True):
    column_widths: Words = UNSET
    mobile_stack_order: StackOrder = UNSET
    padding_in_between: Pixels = UNSET


class SplitBlockData(Part, kw_only=True):
    display_options: DisplayOptions
    styles: SplitBlockStyles


class SplitBlock(BlockBase, kw_only=True, tag_field="type", tag="split"):
    data: SplitBlockData
    subblocks: list[Cell] | None | UnsetType = UNSET


def draw(block: SplitBlock, place: Place) -> str:
    """Two cells beside each other, on phones below each other unless they are told to stay."""
    styles = block.data.styles
    cells = chosen(block.subblocks, [])
    order, gap = chosen(styles.mobile_stack_order, "ltr"), chosen(styles.padding_in_between, 0)
    shares = _shares(chosen(styles.column_widths, ""), len(cells))
    room = place.inner_width(styles) - gap
    parts = [
        _part(drawn_cell(sub, place, round(room * share / 100)), share, order, gap if number else 0)
        for number, (sub, share) in enumerate(zip(cells, shares, strict=True))
    ]
    # Phones show the cells in the order of the source, a table written from right to left shows them reversed.
    reverse = order == "rtl"
    row = element("tr", {}, *(reversed(parts) if reverse else parts))
    html = table(row) if not reverse else table(row).replace("<table", '<table dir="rtl"', 1)
    return place.row(styles, html)


def _part(content: str, share: float, order: str, gap: int) -> str:
    style = css({"vertical-align": "middle", "padding-left": f"{gap}px" if gap else None})
    stack = "" if order == "no-stack" else "stack"
    return cell(content, style, width=f"{share:g}%", css_class=stack, dir="ltr")


def _shares(widths: str, count: int) -> list[float]:
    """Per cent of each cell: `30-70` or `30%,70%`; equal where that says nothing of use."""
    said = [float(number) for number in _NUMBER.findall(widths)]
    total = sum(said)
    if len(said) != count or not total:
        return [100 / max(count, 1)] * count
    return [round(100 * number / total, 2) for number in said]


_NUMBER = re.compile(r"\d+(?:\.\d+)?")
