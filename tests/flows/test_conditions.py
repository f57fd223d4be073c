"""Who is in a flow, and who has completed one, asked by segments and by flows, on the running program."""

from collections.abc import Callable
from typing import Any

import pytest

from rapport.accounts import service as accounts
from rapport.profiles import merge
from rapport.segments.conditions import parse
from rapport.segments.evaluation.sets import matching
from tests.conftest import Shop, eventually
from tests.flows.conftest import World, action, days, groups, split
from tests.flows.test_api import list_of, set_status
from tests.segments.test_api import body as segment_body
from tests.segments.test_api import built, create, members
from tests.segments.world import definition, relative

MARK = {"operator": "create", "property_type": "boolean", "property_key": "seen", "property_value": True}


def in_flow(flow: str, wanted: bool = True) -> dict[str, Any]:
    return {"type": "profile-in-flow", "flow_id": flow, "is_in_flow": wanted}


def completed(flow: str, wanted: bool = True, **more: Any) -> dict[str, Any]:
    return {"type": "profile-completed-flow", "flow_id": flow, "has_completed": wanted, **more}


def steps() -> list[dict[str, Any]]:
    return [days("wait", 1, "mark"), action("mark", "update-profile", status="live", profile_operations=[MARK])]


def draw(shop: Shop, trigger: str, *actions: dict[str, Any], **rest: Any) -> dict[str, Any]:
    given = {
        "triggers": [{"type": "list", "id": trigger}],
        "actions": list(actions) or steps(),
        "entry_action_id": (actions or steps())[0]["temporary_id"],
        **rest,
    }
    return {"data": {"type": "flow", "attributes": {"name": "Waits a day", "definition": given}}}


@pytest.fixture
def news(shop: Shop) -> str:
    return list_of(shop)


@pytest.fixture
def flow(shop: Shop, news: str) -> str:
    """A live flow: joining the list, a day's wait, a change of the profile."""
    made = shop.sdk.Flows.create_flow(draw(shop, news)).data.id
    set_status(shop, made, "live")
    return str(made)


@pytest.fixture
def join(shop: Shop, news: str) -> Callable[[str], str]:
    def joined(email: str) -> str:
        profile = shop.profile(email)
        shop.sdk.Lists.add_profiles_to_list(news, {"data": [{"type": "profile", "id": profile}]})
        return profile

    return joined


def alive(shop: Shop, *conditions: dict[str, Any]) -> list[str]:
    """Segments of one condition each, built."""
    made = [create(shop, definition(one), f"Segment {number}") for number, one in enumerate(conditions)]
    for one in made:
        built(shop, one)
    return made


def holds(shop: Shop, segments: list[str], *expected: set[str]) -> None:
    eventually(lambda: [members(shop, one) for one in segments] == list(expected))


def test_it_follows_who_enters_and_who_reaches_the_end(shop: Shop, flow: str, join: Callable[[str], str]) -> None:
    segments = alive(
        shop, in_flow(flow), in_flow(flow, False), completed(flow), completed(flow, False, timeframe_filter=None)
    )
    join("ada@example.com")
    shop.profile("ben@example.com")
    ada, ben = {"ada@example.com"}, {"ben@example.com"}
    holds(shop, segments, ada, ben, set(), ada | ben)
    shop.advance(days=1, seconds=1)
    holds(shop, segments, set(), ada | ben, ada, ben)
    # The first build finds what live updates found.
    holds(shop, alive(shop, in_flow(flow), completed(flow)), set(), ada)


def test_a_timeframe_of_completion_closes_by_itself(shop: Shop, flow: str, join: Callable[[str], str]) -> None:
    join("ada@example.com")
    segments = alive(
        shop,
        completed(flow, timeframe_filter=relative("in-the-last", 2)),
        completed(flow, timeframe_filter=relative("at-least", 2)),
    )
    holds(shop, segments, set(), set())
    shop.advance(days=1, seconds=1)
    holds(shop, segments, {"ada@example.com"}, set())
    shop.advance(days=3)
    holds(shop, segments, set(), {"ada@example.com"})


def test_a_deleted_flow_has_nobody_in_it_and_what_asks_is_told(
    shop: Shop, flow: str, join: Callable[[str], str]
) -> None:
    join("ada@example.com")
    (inside,) = alive(shop, in_flow(flow))
    of_segment = {"type": "profile-group-membership", "is_member": True, "group_ids": [inside]}
    (above,) = alive(shop, of_segment)
    outside = alive(shop, in_flow(flow, False), completed(flow))
    holds(shop, [inside, above, *outside], {"ada@example.com"}, {"ada@example.com"}, set(), set())
    shop.sdk.Flows.delete_flow(flow)
    holds(shop, [inside, above, *outside], set(), set(), {"ada@example.com"}, set())


def test_a_flow_asks_who_is_in_another(shop: Shop, flow: str, join: Callable[[str], str]) -> None:
    """A welcome series that leaves out who is in another flow: natively, with no webhooks and no properties."""
    segment = alive(shop, in_flow(flow))
    other = list_of(shop)
    second = shop.sdk.Flows.create_flow(draw(shop, other, profile_filter=groups(in_flow(flow, False)))).data.id
    set_status(shop, second, "live")
    entered = alive(shop, in_flow(second))
    ada, ben = join("ada@example.com"), shop.profile("ben@example.com")
    holds(shop, segment, {"ada@example.com"})
    shop.sdk.Lists.add_profiles_to_list(other, {"data": [{"type": "profile", "id": one} for one in (ada, ben)]})
    holds(shop, entered, {"ben@example.com"})


@pytest.mark.parametrize(
    ("condition", "pointer"),
    [
        (in_flow("Unknwn"), "/flow_id"),
        (completed("Unknwn"), "/flow_id"),
        (in_flow("F") | {"is_in_flow": "yes"}, "/is_in_flow"),
        (in_flow("F") | {"since": 1}, "/since"),
        ({"type": "profile-in-flow", "is_in_flow": True}, "/flow_id"),
        (completed("F") | {"has_completed": None}, "/has_completed"),
        (completed("F", False, timeframe_filter=relative("in-the-last", 1)), "/timeframe_filter"),
        (completed("F", timeframe_filter={"type": "date", "operator": "alltime"}), "/timeframe_filter/operator"),
    ],
)
def test_it_refuses_at_the_place(shop: Shop, flow: str, news: str, condition: dict[str, Any], pointer: str) -> None:
    asked = condition | ({"flow_id": flow} if condition.get("flow_id") == "F" else {})
    path = "/condition_groups/0/conditions/0"
    for url, body, base in (
        ("/api/segments", segment_body(definition(asked)), "/data/attributes/definition"),
        (
            "/api/flows",
            draw(shop, news, split("s", "conditional-split", None, None, profile_filter=groups(asked))),
            "/data/attributes/definition/actions/0/data/profile_filter",
        ),
    ):
        answer = shop.http.post(url, json=body)
        assert answer.status_code == 400, answer.text
        assert answer.json()["errors"][0]["source"]["pointer"] == f"{base}{path}{pointer}"


async def meets(world: World, *conditions: dict[str, Any]) -> set[int]:
    async with world.pool.connection() as conn:
        account = await accounts.load(conn, world.account.account_id)
        return set(await matching(conn, account, parse(definition(*conditions)), now=account.now()))


async def test_who_was_folded_into_somebody_else_did_not_complete(world: World) -> None:
    """A run that goes on is one of two when both were in the flow; the one that ended early reached no end."""
    flow = await world.flow(*steps())
    ann, bea = await world.person("ann@example.com"), await world.person("bea@example.com")
    await world.join(ann, bea)
    async with world.pool.connection() as conn:
        await merge.fold(conn, world.account.account_id, ann, bea, world.account.now())
    assert await meets(world, in_flow(flow.public_id)) == {bea}
    assert await meets(world, completed(flow.public_id)) == set()
    await world.advance(days=1, seconds=1)
    assert await meets(world, in_flow(flow.public_id)) == set()
    assert await meets(world, completed(flow.public_id)) == {bea}
    rows = await world.query("SELECT left_early FROM enrolments WHERE account_id = %s ORDER BY id")
    assert sorted(rows) == [(False,), (True,)]


async def test_one_row_tells_of_everybody_in_a_batch(world: World) -> None:
    flow = await world.flow(*steps())
    people = [await world.person(f"p{number}@example.com") for number in range(20)]
    await world.join(*people)
    await world.work()
    async with world.pool.connection() as conn:
        await accounts.advance_clock(conn, world.account, 86_401)
    await world.engine.run_once()
    told = await world.query("SELECT body FROM inbox WHERE account_id = %s AND body #>> '{what,0}' = 'flow'")
    assert told == [({"profiles": sorted(people), "what": ["flow"], "group": flow.id},)]


async def test_who_was_deleted_completed_nothing(world: World) -> None:
    flow = await world.flow(*steps())
    ann, bea = await world.person("ann@example.com"), await world.person("bea@example.com")
    await world.join(ann, bea)
    await world.advance(days=1, seconds=1)
    await world.query("DELETE FROM profiles WHERE account_id = %s AND id = %s RETURNING id", ann)
    assert await meets(world, completed(flow.public_id)) == {bea}
