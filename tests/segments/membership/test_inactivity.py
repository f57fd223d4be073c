"""A segment that nobody uses goes to sleep, and wakes when it is asked to (behaviour-people 4.1)."""

from typing import Any

import pytest

from tests import stories
from tests.conftest import Shop, eventually
from tests.flows.test_definition import example
from tests.segments.test_api import body, built, create, members, order_metric
from tests.segments.world import definition, did, has

pytestmark = pytest.mark.rule("4.1")
ANYBODY = definition(has("email", type="existence", operator="is-set"))


def active(shop: Shop) -> set[str]:
    """Listing is no use of any one of them."""
    return listed(shop, "equals(is_active,true)")


def listed(shop: Shop, wanted: str) -> set[str]:
    return {str(one.id) for one in shop.sdk.Segments.get_segments(filter=wanted).data}


def inside(segment: str) -> dict[str, Any]:
    return definition({"type": "profile-group-membership", "is_member": True, "group_ids": [segment]})


def made(shop: Shop, wanted: dict[str, Any], **more: Any) -> str:
    answer = shop.http.post("/api/segments", json=body(wanted, **more))
    assert answer.status_code == 201, answer.text
    segment = str(answer.json()["data"]["id"])
    eventually(
        lambda: shop.query(
            "SELECT 1 FROM segments WHERE account_id = %s AND public_id = %s AND built IS NOT NULL",
            shop.account_id,
            segment,
        )
    )
    return segment


def patched(shop: Shop, segment: str, **attributes: Any) -> None:
    patch = {"data": {"type": "segment", "id": segment, "attributes": attributes}}
    assert shop.http.patch(f"/api/segments/{segment}", json=patch).status_code == 200


def sleeps(shop: Shop, *segments: str) -> None:
    eventually(lambda: not active(shop) & {*segments}, seconds=5)


def test_it_goes_to_sleep_after_45_days_and_a_starred_one_after_365(shop: Shop) -> None:
    plain, starred = made(shop, ANYBODY), made(shop, ANYBODY, is_starred=True)
    still = made(shop, definition(did(order_metric(shop))), name="Still")
    shop.advance(days=44)
    assert shop.http.get(f"/api/segments/{still}/profiles").status_code == 200
    assert active(shop) == {plain, starred, still}
    shop.advance(days=2, hours=1)
    sleeps(shop, plain)
    assert active(shop) == {starred, still}
    assert listed(shop, "equals(is_starred,true)") == {starred}
    assert listed(shop, "equals(is_active,false)") == {plain}
    shop.advance(days=318)
    sleeps(shop, still)
    assert active(shop) == {starred}
    shop.advance(days=3)
    sleeps(shop, starred)


@pytest.mark.parametrize("use", ["read", "members", "member ids", "edit", "explain"])
def test_it_stays_when_it_was_used(shop: Shop, use: str) -> None:
    segment, other = made(shop, ANYBODY), made(shop, ANYBODY, name="Other")
    person = shop.profile("ada@example.com")
    shop.advance(days=40)
    path = f"/api/segments/{segment}"
    if use == "edit":
        patched(shop, segment, name="Edited")
    else:
        where = {
            "read": "",
            "members": "/profiles",
            "member ids": "/relationships/profiles",
            "explain": f"/explain?profile={person}",
        }[use]
        assert shop.http.get(path + where).status_code == 200
    shop.advance(days=10)
    sleeps(shop, other)
    assert active(shop) == {segment}


def test_it_stays_as_long_as_one_that_stays_depends_on_it(shop: Shop) -> None:
    inner = made(shop, ANYBODY)
    middle = made(shop, inside(inner), name="Middle")
    outer = made(shop, inside(middle), name="Outer")
    alone = made(shop, ANYBODY, name="Alone")
    shop.advance(days=40)
    shop.http.get(f"/api/segments/{outer}")
    shop.advance(days=20)
    sleeps(shop, alone)
    assert active(shop) == {inner, middle, outer}
    shop.advance(days=60)
    sleeps(shop, inner, middle, outer)


def test_it_stays_for_a_live_flow_and_sleeps_45_days_after_that_was_stopped(shop: Shop) -> None:
    trigger, filtered, split = (made(shop, ANYBODY, name=name) for name in ("Trigger", "Filter", "Split"))
    unused = made(shop, ANYBODY, name="Unused")
    template = {"data": {"type": "template", "attributes": {"name": "T", "editor_type": "CODE", "html": "<p>x</p>"}}}
    drawn = example(template_id=shop.http.post("/api/templates", json=template).json()["data"]["id"])
    drawn["triggers"] = [{"type": "segment", "id": trigger}]
    drawn["profile_filter"] = inside(filtered)
    drawn["actions"][2]["data"]["profile_filter"] = inside(split)
    flow = stories.flow(shop, drawn)
    shop.advance(days=60)
    sleeps(shop, unused)
    assert active(shop) == {trigger, filtered, split}
    shop.advance(days=60)
    stop = {"data": {"type": "flow", "id": flow, "attributes": {"status": "draft"}}}
    assert shop.http.patch(f"/api/flows/{flow}", json=stop).status_code == 200
    shop.advance(days=44)
    assert active(shop) == {trigger, filtered, split}
    shop.advance(days=3)
    sleeps(shop, trigger, filtered, split)


def test_it_stays_for_a_campaign_that_waits_and_after_one_was_made(shop: Shop) -> None:
    segment, outside, unused = (made(shop, ANYBODY, name=name) for name in ("In", "Out", "Unused"))
    shop.advance(days=30)
    stories.campaign(shop, included=[segment], excluded=[outside])
    shop.advance(days=30)
    sleeps(shop, unused)
    assert active(shop) == {segment, outside}
    shop.query("UPDATE campaigns SET status = 'Scheduled' WHERE account_id = %s RETURNING 1", shop.account_id)
    shop.advance(days=100)
    other = made(shop, ANYBODY, name="Later")
    shop.advance(days=50)
    sleeps(shop, other)
    assert active(shop) == {segment, outside}


def test_it_stands_still_asleep_and_is_built_anew_when_it_is_woken(shop: Shop) -> None:
    segment = create(shop, definition(did(order_metric(shop))))
    built(shop, segment)
    shop.advance(days=50)
    sleeps(shop, segment)
    shop.event("Placed Order", "ben@example.com")
    shop.wait_until_recorded()
    assert members(shop, segment) == {"ada@example.com"}
    assert not active(shop)
    patched(shop, segment, is_active=True)
    eventually(lambda: members(shop, segment) == {"ada@example.com", "ben@example.com"})
    shop.event("Placed Order", "cy@example.com")
    eventually(lambda: len(members(shop, segment)) == 3)
    shop.advance(days=44)
    assert active(shop) == {segment}


def test_a_reading_is_noted_once_a_day(shop: Shop) -> None:
    segment = made(shop, ANYBODY)

    def used() -> Any:
        return shop.query("SELECT used, xmin FROM segments WHERE account_id = %s", shop.account_id)

    before = used()
    for _ in range(3):
        shop.http.get(f"/api/segments/{segment}")
    assert used() == before
    shop.advance(days=1, hours=1)
    shop.http.get(f"/api/segments/{segment}")
    assert used()[0][0] > before[0][0]
