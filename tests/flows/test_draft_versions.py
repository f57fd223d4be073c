"""A draft's versions go on: whoever has an older one open is told, also after it was published or put aside."""

from typing import Any

import httpx
import pytest

from tests.conftest import Shop
from tests.flows.conftest import days


def _flow(shop: Shop) -> str:
    definition = {"triggers": [{"type": "metric", "id": None}], "actions": [], "entry_action_id": None}
    body = {"data": {"type": "flow", "attributes": {"name": "Welcome", "definition": definition}}}
    return str(shop.http.post("/api/flows", json=body).json()["data"]["id"])


def _save(shop: Shop, flow: str, version: str) -> httpx.Response:
    draft = shop.http.get(f"/api/flows/{flow}/draft").json()["data"]["attributes"]["definition"]
    definition: dict[str, Any] = draft | {"actions": [days("a", 3, None)], "entry_action_id": "a"}
    body = {"data": {"type": "flow-draft", "id": flow, "attributes": {"name": "New name", "definition": definition}}}
    return shop.http.patch(f"/api/flows/{flow}/draft", json=body, headers={"If-Match": version})


@pytest.mark.parametrize("way", ["publish", "discard"])
def test_an_editor_that_was_open_before_is_told(shop: Shop, way: str) -> None:
    flow = _flow(shop)
    path = f"/api/flows/{flow}/draft"
    opened = shop.http.get(path).headers["etag"]
    assert _save(shop, flow, opened).status_code == 200
    done = shop.http.post(f"{path}/publish") if way == "publish" else shop.http.delete(path)
    assert done.status_code in (200, 204), done.text
    attributes = shop.http.get(path).json()["data"]["attributes"]
    assert (attributes["is_begun"], attributes["name"]) == (False, "New name" if way == "publish" else "Welcome")
    assert _save(shop, flow, opened).status_code == 412
    assert _save(shop, flow, shop.http.get(path).headers["etag"]).status_code == 200
