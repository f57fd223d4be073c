"""What a definition would find, before it is kept: POST /api/segment-estimates."""

from typing import Any

import pytest

from tests.conftest import Shop
from tests.segments.test_api import FIRST, order_metric
from tests.segments.world import definition, did, has

ORDERED = {"type": "existence", "operator": "is-set"}


def estimate(shop: Shop, wanted: dict[str, Any]) -> dict[str, Any]:
    answer = ask(shop, wanted)
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["data"]["attributes"])


def ask(shop: Shop, wanted: Any) -> Any:
    body = {"data": {"type": "segment-estimate", "attributes": {"definition": wanted}}}
    return shop.http.post("/api/segment-estimates", json=body)


@pytest.mark.rule("4.2")
def test_it_counts_whom_a_segment_would_hold_and_shows_them(shop: Shop) -> None:
    found = estimate(shop, definition(did(order_metric(shop))))
    (ada,) = found["sample"]
    assert (found["profile_count"], ada["email"], ada["first_name"]) == (1, "ada@example.com", None)
    assert shop.http.get(f"/api/profiles/{ada['id']}").json()["data"]["attributes"]["email"] == "ada@example.com"
    assert found["as_of"].endswith("+00:00")


def test_it_shows_the_newest_ten(shop: Shop) -> None:
    made = [shop.profile(f"p{number}@example.com", first_name="P") for number in range(13)]
    found = estimate(shop, definition(has("email", **ORDERED)))
    assert found["profile_count"] == 13
    assert [one["id"] for one in found["sample"]] == made[:2:-1]


def test_it_keeps_nothing(shop: Shop) -> None:
    estimate(shop, definition(has("email", **ORDERED)))
    assert shop.http.get("/api/segments").json()["data"] == []


def test_it_finds_nobody(shop: Shop) -> None:
    found = estimate(shop, definition(did(order_metric(shop), value=7)))
    assert (found["profile_count"], found["sample"]) == (0, [])


@pytest.mark.rule("4.2")
@pytest.mark.parametrize(
    ("wanted", "pointer"),
    [
        ({}, "/data/attributes/definition/condition_groups"),
        (definition({"type": "nonsense"}), f"{FIRST}/type"),
        (definition(did("NOPE01")), f"{FIRST}/metric_id"),
        (
            definition({"type": "profile-group-membership", "is_member": True, "group_ids": ["NOPE01"]}),
            f"{FIRST}/group_ids/0",
        ),
    ],
)
def test_it_refuses_what_no_segment_could_be_made_of(shop: Shop, wanted: dict[str, Any], pointer: str) -> None:
    answer = ask(shop, wanted)
    assert answer.status_code == 400, answer.text
    assert answer.json()["errors"][0]["source"]["pointer"] == pointer


def test_it_needs_both_scopes(shop: Shop) -> None:
    for scope in ("segments:read", "profiles:read"):
        key = f"Klaviyo-API-Key {shop.key(scope)}"
        answer = shop.http.post("/api/segment-estimates", json={}, headers={"authorization": key})
        assert answer.status_code == 403
