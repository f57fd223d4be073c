"""Private keys through the API: shown, named, disabled and enabled again (behaviour-rest 17.8)."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.conftest import REVISION, Server, Shop, new_shop, serving
from tests.parity.world import resource

Json = dict[str, Any]
_REDACTED = {"additional-fields[api-key]": "redacted_key"}


@pytest.fixture(scope="module")
def several() -> Iterator[Server]:
    """Several web processes behind one address."""
    with serving(RAPPORT_WEB_PROCESSES="3") as server:
        yield server


def listed(shop: Shop, **query: str) -> list[Json]:
    answer = shop.http.get("/api/api-keys", params=query or _REDACTED)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["data"])


def id_of(shop: Shop, key: str) -> str:
    return next(str(one["id"]) for one in listed(shop) if one["attributes"]["redacted_key"] == f"pk_****{key[-4:]}")


def change(shop: Shop, id: str, **attributes: Any) -> httpx.Response:
    return shop.http.patch(f"/api/api-keys/{id}", json=resource("api-key", id, **attributes))


def opens(server: Server, key: str) -> int:
    headers = {"authorization": f"Klaviyo-API-Key {key}", "revision": REVISION}
    # a connection of its own, so that any process may have it
    return httpx.get(f"{server.url}/api/lists", headers=headers).status_code


def test_keys_are_shown_with_what_they_may_and_never_whole(shop: Shop) -> None:
    narrow = shop.key("lists:read", "lists:write")
    reading = shop.key("read-only")
    full, second, third = listed(shop)
    assert [one["attributes"]["name"] for one in (full, second, third)] == ["test", "narrow", "narrow"]
    assert {one["attributes"]["status"] for one in (full, second, third)} == {"active"}
    assert second["attributes"]["scopes"] == ["lists:read", "lists:write"]
    assert all(scope.endswith(":read") for scope in third["attributes"]["scopes"])
    assert {"brands:write", "credentials:read"} < {*full["attributes"]["scopes"]}
    shown = shop.http.get("/api/api-keys", params=_REDACTED).text
    assert not [key for key in (narrow, reading, shop.private_key) if key in shown or key[3:-4] in shown]
    assert "redacted_key" not in listed(shop, **{"fields[api-key]": "name,status"})[0]["attributes"]
    one = shop.http.get(f"/api/api-keys/{second['id']}").json()["data"]["attributes"]
    assert one.items() >= {"name": "narrow", "status": "active"}.items() and "redacted_key" not in one


def test_a_key_is_named_anew(shop: Shop) -> None:
    id = id_of(shop, shop.key("lists:read"))
    answer = change(shop, id, name="Orders to Sheets")
    assert answer.json()["data"]["attributes"]["name"] == "Orders to Sheets"
    assert shop.http.get(f"/api/api-keys/{id}").json()["data"]["attributes"]["name"] == "Orders to Sheets"
    for name in ("", "x" * 256, "a\nb"):
        assert change(shop, id, name=name).status_code == 400
    assert change(shop, id, status="revoked").status_code == 400
    assert change(shop, id, scopes=["brands:write"]).status_code == 400


def test_a_disabled_key_is_refused_by_every_process_at_once_until_it_is_enabled(several: Server) -> None:
    with new_shop(several) as shop, ThreadPoolExecutor(8) as threads:
        key = shop.key("lists:read")
        id = id_of(shop, key)
        for _ in range(3):
            assert {*threads.map(lambda _: opens(several, key), range(24))} == {200}
            disabled = change(shop, id, status="disabled")
            assert disabled.json()["data"]["attributes"]["status"] == "disabled"
            assert {*threads.map(lambda _: opens(several, key), range(24))} == {401}
            assert change(shop, id, name="still off").json()["data"]["attributes"]["status"] == "disabled"
            assert change(shop, id, status="active").json()["data"]["attributes"]["status"] == "active"


def test_a_key_may_disable_itself_and_is_refused_with_its_next_call(shop: Shop) -> None:
    id = id_of(shop, shop.private_key)
    assert change(shop, id, status="disabled").status_code == 200
    assert shop.http.get("/api/lists").status_code == 401


def test_a_revoked_key_is_gone_and_can_not_be_enabled(shop: Shop) -> None:
    key = shop.key("lists:read")
    id = id_of(shop, key)
    shop.query(
        "UPDATE api_keys SET revoked = now() WHERE account_id = %s AND last_four = %s RETURNING 1",
        shop.account_id,
        key[-4:],
    )
    assert id not in [one["id"] for one in listed(shop)]
    assert shop.http.get(f"/api/api-keys/{id}").status_code == 404
    assert change(shop, id, status="active").status_code == 404


@pytest.mark.parametrize("id", ["1", "01ARZ3NDEKTSV4RRFFQ69G5FAV", "x" * 26, "01ARZ3NDEK0000000000000001", "ЖЖ"])
def test_an_id_that_names_no_key_is_not_found(shop: Shop, id: str) -> None:
    assert shop.http.get(f"/api/api-keys/{id}").status_code == 404
