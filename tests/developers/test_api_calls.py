"""The last calls of each key, with what was refused and why."""

from typing import Any

import httpx

from tests.conftest import Shop, eventually, new_shop
from tests.parity.world import event_body, resource

Json = dict[str, Any]


def calls(shop: Shop, number: int, **query: str) -> list[Json]:
    """Once there are so many, the last first; looking is a call too, which is left out."""

    def listed() -> list[Json]:
        rows = shop.http.get("/api/api-calls", params={"page[size]": "200", **query}).json()["data"]
        return [row["attributes"] for row in rows if row["attributes"]["path"] != "/api/api-calls"]

    return eventually(lambda: len(shown := listed()) >= number and shown)  # type: ignore[no-any-return]


def test_a_developer_sees_what_was_refused_and_why_but_nothing_that_was_sent(shop: Shop) -> None:
    shop.http.post("/api/events", json=event_body("Viewed Product", "ann@example.com"))
    shop.http.get("/api/profiles", params={"filter": 'equals(email,"ann@example.com")'})
    shop.http.post("/api/events", json=event_body("", "ann@example.com"))
    refused, read, accepted = calls(shop, 3)
    assert (accepted["method"], accepted["path"], accepted["status"]) == ("POST", "/api/events", 202)
    assert (accepted["code"], accepted["detail"]) == (None, None)
    assert (read["path"], read["status"]) == ("/api/profiles", 200)
    assert (refused["status"], refused["code"]) == (400, "invalid")
    assert refused["source"] == "/data/attributes/metric/data/attributes/name"
    assert "A metric's name" in refused["detail"]
    assert "ann@example.com" not in str([refused, read, accepted])
    (key,) = {call["key"] for call in (refused, read, accepted)}
    assert accepted["key_name"]
    assert len(calls(shop, 1, filter=f"equals(key,'{key}'),greater-or-equal(status,400)")) == 1


def test_a_path_that_there_is_not_is_listed_with_the_key_that_called_it(shop: Shop) -> None:
    assert shop.http.post("/api/event", json={}).status_code == 404
    assert shop.http.delete("/api/events").status_code == 405
    wrong, unknown = calls(shop, 2)
    assert (wrong["method"], wrong["path"], wrong["status"]) == ("DELETE", "/api/events", 405)
    assert (unknown["path"], unknown["status"], unknown["code"]) == ("/api/event", 404, "not_found")


def test_the_script_of_the_shop_is_a_key_of_its_own_and_its_calls_are_told_apart(shop: Shop) -> None:
    url = f"{shop.server.url}/client/events?company_id={shop.public_id}"
    httpx.post(url, json=event_body("Viewed Product", "ann@example.com"), headers={"revision": "2026-10-15"})
    (call,) = calls(shop, 1, filter="equals(key,'public')")
    assert (call["key_name"], call["path"]) == ("Public key", "/client/events")


def test_another_account_sees_none_of_them(shop: Shop) -> None:
    shop.http.get("/api/accounts")
    (mine,) = calls(shop, 1)
    with new_shop(shop.server) as stranger:
        stranger.http.get("/api/profiles")
        (theirs,) = calls(stranger, 1)
        assert (theirs["path"], mine["path"]) == ("/api/profiles", "/api/accounts")
        assert not stranger.http.get("/api/api-calls", params={"filter": f"equals(key,'{mine['key']}')"}).json()["data"]


def test_calls_about_a_deleted_person_are_forgotten(shop: Shop) -> None:
    ann = shop.profile("ann@example.com")
    shop.http.get(f"/api/profiles/{ann}")
    shop.http.post("/api/profiles", json=resource("profile", email="ann@example.com is mine"))
    assert any(ann in call["path"] for call in calls(shop, 3))
    body = resource(
        "data-privacy-deletion-job", profile={"data": {"type": "profile", "attributes": {"email": "ann@example.com"}}}
    )
    shop.http.post("/api/data-privacy-deletion-jobs", json=body, headers={"prefer": "wait=20"})
    left = str(calls(shop, 1))
    assert ann not in left
    assert "ann@example.com" not in left


def test_of_each_key_the_last_two_hundred_are_kept(shop: Shop) -> None:
    other = {"authorization": f"Klaviyo-API-Key {shop.key('profiles:read')}"}
    shop.http.get("/api/profiles", headers=other)
    calls(shop, 1)
    for _ in range(230):
        shop.http.get("/api/accounts")
    mine = "SELECT key, count(*) FROM api_calls WHERE account_id = %s GROUP BY key ORDER BY 2"
    eventually(lambda: [number for _, number in shop.query(mine, shop.account_id)] == [1, 200])
