"""profile-permissions (behaviour-people 4.4): WhatsApp, and by whose word."""

from datetime import datetime
from typing import Any

import pytest

from rapport.segments import conditions
from rapport.segments.conditions import DefinitionError
from tests.conftest import Shop, eventually
from tests.segments.test_api import body, built, create, members
from tests.segments.world import World, definition, relative

MARKETING, TRANSACTIONAL = "whatsapp_marketing", "whatsapp_transactional"
EXPLICIT = ("explicitly_reachable", "explicitly_unreachable")
METHODS = (
    "api", "back_in_stock", "bigcommerce", "bulk_remove", "campaign_monitor", "carrier_deactivation", "checkout",
    "constant_contact", "exact_target", "facebook", "failed_age_gate", "inbound_message", "integration", "mad_mimi",
    "magento_two", "mailbox_provider", "manual_add", "manual_import", "manual_remove", "message_blocked", "netsuite",
    "preference_page", "provided_landline", "provided_no_age", "sftp", "shopify", "social_instagram_message",
    "spam_complaint", "square", "wix", "woocommerce",
)  # fmt: skip


def _permission(status: str, *filters: Any, channel: str = MARKETING) -> dict[str, Any]:
    said = {"reachable_status": status} | ({"filters": list(filters)} if status in EXPLICIT else {})
    return {"type": "profile-permissions", "channel": channel, "permission": said}


async def _say(
    world: World,
    name: str,
    status: str,
    *,
    channel: str = "whatsapp",
    method: str = "API",
    detail: str = "",
    effective: datetime | None = None,
    recorded: datetime | None = None,
) -> int:
    profile = await world.profile(name)
    await world.consent(profile, channel, status, effective or world.at(0))
    await world.execute(
        """UPDATE consents SET method = %s, method_detail = %s, updated = coalesce(%s, updated)
           WHERE account_id = %s AND profile_id = %s AND channel = %s""",
        method,
        detail,
        recorded,
        world.id,
        profile,
        channel,
    )
    return profile


async def _found(world: World, *wanted: Any, **more: Any) -> set[int]:
    asked = definition(_permission(*wanted, **more))
    found = await world.matching(asked)
    assert found == await world.expected(asked)
    return found


@pytest.mark.rule("4.4", "2.1")
async def test_explicit_is_on_record_and_implicit_follows_from_the_channel(world: World) -> None:
    """WhatsApp needs a yes, so nobody can be reached without a record."""
    yes, no = await _say(world, "ada", "SUBSCRIBED"), await _say(world, "ben", "UNSUBSCRIBED")
    nothing = await world.profile("cy")
    assert await _found(world, "explicitly_reachable") == {yes}
    assert await _found(world, "explicitly_unreachable") == {no}
    assert await _found(world, "implicitly_reachable") == set()
    assert await _found(world, "implicitly_unreachable") == {nothing}
    assert await _found(world, "implicitly_or_explicitly_reachable") == {yes}
    assert await _found(world, "implicitly_or_explicitly_unreachable") == {no, nothing}


@pytest.mark.rule("4.4")
async def test_marketing_and_transactional_are_apart(world: World) -> None:
    ada = await _say(world, "ada", "SUBSCRIBED")
    ben = await _say(world, "ben", "SUBSCRIBED", channel="whatsapp_transactional")
    assert await _found(world, "explicitly_reachable", channel=MARKETING) == {ada}
    assert await _found(world, "explicitly_reachable", channel=TRANSACTIONAL) == {ben}


@pytest.mark.rule("4.4")
async def test_it_tells_when_a_word_holds_from_when_it_was_recorded(world: World) -> None:
    ada = await _say(world, "ada", "SUBSCRIBED", effective=world.at(-24 * 40), recorded=world.at(-24))
    ben = await _say(world, "ben", "SUBSCRIBED", effective=world.at(-24), recorded=world.at(-24))

    async def since(field: str, timeframe: Any) -> set[int]:
        return await _found(world, "explicitly_reachable", {"field": field, "filter": timeframe})

    week = relative("in-the-last", 7)
    assert await since("effective_date", week) == {ben}
    assert await since("recorded_date", week) == {ada, ben}
    month = {"type": "date", "operator": "calendar-month", "value": world.at(-24).month}
    static = {"type": "date", "operator": "before", "date": world.at(-24 * 10).isoformat()}
    assert await since("recorded_date", month) == {ada, ben}
    assert await since("effective_date", static) == {ada}


@pytest.mark.rule("4.4")
@pytest.mark.parametrize("method", METHODS)
async def test_it_knows_every_method(world: World, method: str) -> None:
    ada = await _say(world, "ada", "UNSUBSCRIBED", method=method.upper())
    await _say(world, "ben", "UNSUBSCRIBED", method="something else")
    wanted = {"field": "subscribe_method", "method": method}
    assert await _found(world, "explicitly_unreachable", wanted) == {ada}


@pytest.mark.rule("4.4")
async def test_of_forms_it_may_ask_which(world: World) -> None:
    ada = await _say(world, "ada", "SUBSCRIBED", method="FORM", detail="AbC123")
    ben = await _say(world, "ben", "SUBSCRIBED", method="FORM", detail="XyZ789")
    form = {"field": "subscribe_method", "method": "form"}
    assert await _found(world, "explicitly_reachable", form) == {ada, ben}
    one = {**form, "filter": {"type": "string", "operator": "in", "value": ["AbC123"]}}
    assert await _found(world, "explicitly_reachable", one) == {ada}


@pytest.mark.rule("4.4", "4.8")
async def test_its_dates_move_with_time(world: World) -> None:
    fresh = {"field": "effective_date", "filter": relative("in-the-last", 5, "hour")}
    row = await world.segment(definition(_permission("explicitly_reachable", fresh)))
    ada = await _say(world, "ada", "SUBSCRIBED")
    await world.tick()
    assert await world.members(row) == {ada}
    await world.advance(hours=6)
    await world.tick()
    assert await world.members(row) == set()


PERMISSION = "/condition_groups/0/conditions/0/permission"
WRONG = [
    ({"reachable_status": "maybe"}, "/reachable_status"),
    ({"reachable_status": "explicitly_reachable"}, "/filters"),
    ({"reachable_status": "explicitly_reachable", "filters": None}, "/filters"),
    ({"reachable_status": "implicitly_reachable", "filters": []}, "/filters"),
    ({"reachable_status": "explicitly_reachable", "filters": [{"field": "status_date"}]}, "/filters/0/field"),
    ({"reachable_status": "explicitly_reachable", "filters": [{"field": "subscribe_method", "method": "x"}]},
     "/filters/0/method"),
    ({"reachable_status": "explicitly_reachable", "filters": [
        {"field": "subscribe_method", "method": "api", "filter": {}}]}, "/filters/0/filter"),
    ({"reachable_status": "explicitly_reachable", "filters": [{"field": "subscribe_method", "method": "form",
        "filter": {"type": "string", "operator": "equals", "value": "x"}}]}, "/filters/0/filter/operator"),
    ({"reachable_status": "explicitly_reachable", "filters": [{"field": "effective_date",
        "filter": {"type": "date", "operator": "alltime"}}]}, "/filters/0/filter/operator"),
]  # fmt: skip


@pytest.mark.rule("4.4")
@pytest.mark.parametrize(("permission", "pointer"), WRONG)
def test_it_refuses_at_the_part_that_is_wrong(permission: dict[str, Any], pointer: str) -> None:
    wanted = {"type": "profile-permissions", "channel": MARKETING, "permission": permission}
    with pytest.raises(DefinitionError) as error:
        conditions.parse(definition(wanted), pointer="")
    assert error.value.pointer == PERMISSION + pointer


@pytest.mark.rule("4.4")
def test_it_knows_two_channels() -> None:
    with pytest.raises(DefinitionError) as error:
        conditions.parse(definition(_permission("implicitly_reachable", channel="whatsapp")), pointer="")
    assert error.value.pointer == "/condition_groups/0/conditions/0/channel"


@pytest.mark.rule("4.4", "4.8")
def test_it_follows_consent_given_through_the_api(shop: Shop) -> None:
    segment = create(shop, definition(_permission("explicitly_reachable")))
    built(shop, segment)
    said = {"whatsapp": {"marketing": {"consent": "SUBSCRIBED"}}}
    profile = {"type": "profile", "attributes": {"phone_number": "+12025550123", "subscriptions": said}}
    job = {"type": "profile-subscription-bulk-create-job", "attributes": {"profiles": {"data": [profile]}}}
    answer = shop.http.post("/api/profile-subscription-bulk-create-jobs", json={"data": job})
    assert answer.status_code == 202, answer.text
    eventually(lambda: len(shop.http.get(f"/api/segments/{segment}/profiles").json()["data"]) == 1, seconds=3)
    wrong = shop.http.post("/api/segments", json=body(definition(_permission("maybe"))))
    assert wrong.json()["errors"][0]["source"]["pointer"].endswith("/permission/reachable_status")
    assert members(shop, segment) == {None}
