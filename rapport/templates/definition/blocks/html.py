"""HTML as its author wrote it."""

from rapport.templates.definition.fields import Part
from rapport.templates.definition.nodes import BlockBase, Boxed, DisplayOptions
from rapport.templates.mjml.place import Place


class HtmlBlockData(Part, kw_only=True):
    content: str
    display_options: DisplayOptions


class HtmlBlock(BlockBase, kw_only=True, tag_field="type", tag="html"):
    data: HtmlBlockData


def draw(block: HtmlBlock, place: Place) -> str:
    return place.row(Boxed(), block.data.content)
