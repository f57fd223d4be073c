"""The OpenAPI document says what is served."""

import msgspec
import pytest

from rapport.kit.jsonapi import JsonApi, openapi_document

from .world import operations

DOCUMENT = openapi_document(operations(), "http://shop.test")


def test_it_describes_every_operation_of_the_newest_revision() -> None:
    shown = {one["operationId"] for methods in DOCUMENT["paths"].values() for one in methods.values()}
    assert shown == {one.id for one in operations() if one.until == "2026-10-15"}
    assert DOCUMENT["openapi"] == "3.0.3"
    assert msgspec.json.encode(DOCUMENT)


def test_it_describes_filters_limits_and_scopes() -> None:
    listing = DOCUMENT["paths"]["/api/people"]["get"]
    assert listing["x-klaviyo-scopes"] == ["people:read"]
    assert listing["x-klaviyo-ratelimit"] == {"burst": "75/s", "steady": "750/m"}
    assert listing["x-klaviyo-filters"]["id"] == {
        "operators": {"list": ["any"], "single": ["equals"], "none": []},
        "value": {"type": "string"},
    }
    names = [one["name"] for one in listing["parameters"]]
    assert names[:2] == ["fields[person]", "additional-fields[person]"]
    assert {"filter", "sort", "include", "page[cursor]", "page[size]", "revision"} < set(names)


def test_it_describes_bodies_and_answers() -> None:
    create = DOCUMENT["paths"]["/api/people"]["post"]
    schema = create["requestBody"]["content"]["application/vnd.api+json"]["schema"]
    data = schema["properties"]["data"]["properties"]
    assert data["attributes"] == {"$ref": "#/components/schemas/PersonCreate"}
    assert set(data["relationships"]["properties"]) == {"groups", "boss"}
    attributes = DOCUMENT["components"]["schemas"]["PersonAttributes"]["properties"]
    assert attributes["email"] == {"anyOf": [{"type": "string"}], "nullable": True}
    assert create["summary"] == "Create a person."
    assert set(create["responses"]) == {*("201", "400", "401", "403", "404", "409", "413", "415", "429", "5XX")}


def test_it_refers_only_to_schemas_it_holds() -> None:
    text = msgspec.json.encode(DOCUMENT).decode()
    used = {part.partition('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert used <= set(DOCUMENT["components"]["schemas"])


async def test_it_refuses_two_operations_on_one_route_and_revision() -> None:
    async def nobody(headers: object, query: object) -> object:
        raise AssertionError

    with pytest.raises(ValueError, match="declared for one route"):
        JsonApi([*operations(), *operations()], authenticate=nobody, base_url="")  # type: ignore[arg-type]
