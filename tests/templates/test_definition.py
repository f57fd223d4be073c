"""Definitions of drag-and-drop templates: what is read is written back, and what is wrong is told where it stands."""

from typing import Any

import msgspec
import pytest

from rapport.templates.definition.blocks import DRAWN
from rapport.templates.definition.layout import TemplateDefinition
from tests.conftest import Shop
from tests.templates.definitions import EACH, Json, block, definition, section, text


def read(data: Json) -> TemplateDefinition:
    return msgspec.convert(data, TemplateDefinition)


@pytest.mark.parametrize("made", EACH, ids=lambda made: made["type"])
def test_what_is_read_is_written_back_as_it_was(made: Json) -> None:
    data = definition(section([made], inner_padding_top=None))
    assert msgspec.to_builtins(read(data)) == data


def test_every_kind_of_block_has_an_example_here() -> None:
    kinds = {kind.__struct_config__.tag for kind in DRAWN}
    assert kinds == {made["type"] for made in EACH}


def created(shop: Shop, data: Any) -> Any:
    attributes = {"name": "Letter", "editor_type": "SYSTEM_DRAGGABLE", "definition": data}
    return shop.http.post("/api/templates", json={"data": {"type": "template", "attributes": attributes}})


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"type": "hologram", "content_type": "block"}, "/type"),
        (block("spacer", height="tall"), "/data/styles/height"),
        (block("spacer", color="#fff"), "/data/styles/color"),
        (block("text", content="a", color="red;display:none"), "/data/styles/color"),
        (block("text"), "/data/content"),
        (text("a", {"content_repeat": {"repeat_for": "event.items", "item_alias": "two words"}}), None),
        (text("{% nonsense %}"), "/data/content"),
        (text("ok", {"visibility": {"check": "person.a =="}}), "/data/display_options/visibility/check"),
        (block("button", content="x", properties={"href": "{{ a|nope }}"}), "/data/properties/href"),
    ],
)
def test_what_is_wrong_is_told_where_it_stands(shop: Shop, wrong: Json, where: str | None) -> None:
    answer = created(shop, definition(section([text("before")], [wrong], layout="2-columns-equal-width")))
    error = answer.json()["errors"][0]
    block_at = "/data/attributes/definition/body/sections/0/rows/0/columns/1/blocks/0"
    at = where or "/data/display_options/content_repeat/item_alias"
    assert (answer.status_code, error["source"]["pointer"]) == (400, block_at + at)


def test_an_error_in_a_text_is_told_with_line_and_column(shop: Shop) -> None:
    error = created(shop, definition(section([text("<p>\n  {{ first_name|shout }}</p>")]))).json()["errors"][0]
    assert error["meta"] == {"line": 2, "column": 3}
    assert "Line 2, column 3" in error["detail"]


def test_it_wants_one_record_of_each_kind_of_styles(shop: Shop) -> None:
    data = definition(section([text("x")]))
    data["styles"] = data["styles"][:-1]
    error = created(shop, data).json()["errors"][0]
    assert error["source"]["pointer"] == "/data/attributes/definition/styles"
    assert "mobile-styles" in error["detail"]
