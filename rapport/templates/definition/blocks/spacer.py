"""Empty space."""

from msgspec import UNSET

from rapport.templates.definition.fields import Color, Part, Pixels, chosen
from rapport.templates.definition.nodes import BlockBase, DisplayOptions
from rapport.templates.mjml.markup import element
from rapport.templates.mjml.place import Place


class SpacerBlockStyles(Part, kw_only=True):
    background_color: Color = UNSET
    height: Pixels = UNSET


class SpacerBlockData(Part, kw_only=True):
    display_options: DisplayOptions
    styles: SpacerBlockStyles


class SpacerBlock(BlockBase, kw_only=True, tag_field="type", tag="spacer"):
    data: SpacerBlockData


def draw(block: SpacerBlock, place: Place) -> str:
    ground = chosen(block.data.styles.background_color, "")
    attributes = {
        "height": f"{chosen(block.data.styles.height, 20)}px",
        "container-background-color": ground,
        "css-class": place.classes(place.page.dark.ground(ground)),
    }
    return element("mj-spacer", attributes)
