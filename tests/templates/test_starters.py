"""Templates to begin with."""

import re
from typing import Any

import httpx
import pytest

from rapport.templates import starters
from tests.conftest import Shop
from tests.templates.definitions import Json


def listed(shop: Shop) -> list[Json]:
    found: list[Json] = shop.http.get("/api/template-starters").json()["data"]
    return found


def test_there_are_ten_and_their_pictures_are_there(shop: Shop) -> None:
    found = listed(shop)
    assert len(found) == 10
    addresses = set(re.findall(r"http://[\w.:]+/starters/[\w-]+\.png", str(found)))
    assert len(addresses) == 7
    for address in addresses:
        answer = httpx.get(address)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    assert httpx.get(f"{shop.server.url}/starters/nothing.png").status_code == 404
    assert shop.http.get("/api/template-starters/nothing").status_code == 404


@pytest.fixture
def address(shop: Shop) -> None:
    """The account has a postal address."""
    location = {"address1": "12 Main Street", "city": "Portland", "zip": "97205", "country": "United States"}
    shop.query(
        "UPDATE accounts SET address = %s::jsonb WHERE account_id = %s RETURNING account_id",
        httpx.Request("POST", "http://x", json=location).content.decode(),
        shop.account_id,
    )


@pytest.mark.parametrize("id", starters.ids())
def test_nothing_is_to_be_mended_in_one(shop: Shop, address: None, id: str) -> None:
    one: Any = shop.http.get(f"/api/template-starters/{id}").json()["data"]["attributes"]
    attributes = {name: one[name] for name in ("definition", "subject", "preview_text", "transactional", "event")}
    body = {"data": {"type": "template-preview", "attributes": attributes}}
    shown = shop.http.post("/api/template-previews", json=body).json()["data"]["attributes"]
    assert shown["checks"] == []
    assert "{{" not in shown["html"] and "{%" not in shown["html"]


def test_one_becomes_a_template(shop: Shop) -> None:
    one = listed(shop)[0]["attributes"]
    attributes = {"name": one["name"], "editor_type": "SYSTEM_DRAGGABLE", "definition": one["definition"]}
    answer = shop.http.post("/api/templates", json={"data": {"type": "template", "attributes": attributes}})
    assert answer.status_code == 201, answer.text
