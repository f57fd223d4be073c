"""A line across."""

from msgspec import UNSET

from rapport.templates.definition.fields import BorderStyle, Color, Flag, Part, Pixels, chosen
from rapport.templates.definition.nodes import BlockBase, Boxed, DisplayOptions
from rapport.templates.mjml.markup import element
from rapport.templates.mjml.place import Place


class HorizontalRuleBlockStyles(Boxed, kw_only=True):
    border_color: Color = UNSET
    border_style: BorderStyle = UNSET
    border_width: Pixels = UNSET
    mobile_stretch_content: Flag = UNSET


class HorizontalRuleBlockData(Part, kw_only=True):
    display_options: DisplayOptions
    styles: HorizontalRuleBlockStyles


class HorizontalRuleBlock(BlockBase, kw_only=True, tag_field="type", tag="horizontal_rule"):
    data: HorizontalRuleBlockData


def draw(block: HorizontalRuleBlock, place: Place) -> str:
    styles = block.data.styles
    color = chosen(styles.border_color, "") or "#cccccc"
    dark = place.page.dark.line(color, place.ground_of(styles))
    attributes = {
        **place.box(styles, place.classes("side", dark)),
        "border-width": f"{chosen(styles.border_width, 1)}px",
        "border-style": chosen(styles.border_style, "solid"),
        "border-color": color,
    }
    return element("mj-divider", attributes)
