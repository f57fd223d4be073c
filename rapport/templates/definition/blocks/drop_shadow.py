"""A shadow below what stands above it."""

from typing import Literal

from msgspec import UNSET, UnsetType

from rapport.templates.definition.fields import Flag, Part, chosen
from rapport.templates.definition.nodes import BlockBase, Boxed, DisplayOptions
from rapport.templates.mjml.markup import cell, css, element, table
from rapport.templates.mjml.place import Place


class DropShadowBlockStyles(Boxed, kw_only=True):
    mobile_stretch_content: Flag = UNSET
    shadow_color: Literal["dark", "light", "medium"] | None | UnsetType = UNSET


class DropShadowBlockData(Part, kw_only=True):
    display_options: DisplayOptions
    styles: DropShadowBlockStyles


class DropShadowBlock(BlockBase, kw_only=True, tag_field="type", tag="drop_shadow"):
    data: DropShadowBlockData


# Gray of each line of a pixel, from the edge outwards.
_LINES = {
    "light": ("#ededed", "#f4f4f4", "#fafafa"),
    "medium": ("#dcdcdc", "#e8e8e8", "#f2f2f2", "#f9f9f9"),
    "dark": ("#bdbdbd", "#d2d2d2", "#e3e3e3", "#f0f0f0", "#f8f8f8"),
}


def draw(block: DropShadowBlock, place: Place) -> str:
    styles = block.data.styles
    lines = _LINES[chosen(styles.shadow_color, "medium")]
    look = {"height": "1px", "line-height": "1px", "font-size": "1px"}
    rows = "".join(element("tr", {}, cell("&nbsp;", css({"background-color": line, **look}))) for line in lines)
    return place.row(styles, table(rows))
