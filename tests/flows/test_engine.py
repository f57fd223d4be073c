"""Runs on their way, by the vectors of behaviour-messaging 10.2."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from rapport.accounts import service as accounts
from rapport.flows.engine import FAULTS, FlowEngine
from rapport.kit import compute, db
from tests.flows.conftest import World, about_event, about_profile, action, days, groups, ordered_since_start, split
from tests.kit import computations


async def test_it_lets_nobody_in_when_every_message_is_a_draft(world: World) -> None:
    """F1"""
    await world.flow(world.email("A", status="draft"))
    await world.join(await world.person())
    assert await world.runs() == []


async def test_its_messages_are_rendered_by_processes_that_know_no_database_and_no_http(world: World) -> None:
    """Half a second and 40 MB each would be spent on modules that rendering does not need."""
    compute.close()
    await world.flow(world.email("A"))
    await world.join(await world.person())
    assert await world.messages() == [("A", "sent")]
    read = await compute.run("test", 2, computations.modules)
    assert "django" in read
    assert read.isdisjoint({"psycopg", "sqlalchemy", "starlette", "httpx", "duckdb"})


async def test_it_passes_a_draft_silently_and_keeps_its_delays(world: World) -> None:
    """F2"""
    await world.flow(
        world.email("A", "d1"),
        days("d1", 1, "B"),
        world.email("B", "d2", status="draft"),
        days("d2", 1, "C"),
        world.email("C"),
    )
    await world.join(await world.person())
    assert await world.messages() == [("A", "sent")]
    await world.advance(days=1, hours=23)
    assert await world.messages() == [("A", "sent")]
    await world.advance(hours=1, minutes=1)
    assert await world.messages() == [("A", "sent"), ("C", "sent")]
    assert [done for _, _, done in await world.runs()] == [True]


async def test_it_does_not_hold_anybody_back_at_a_manual_message(world: World) -> None:
    """F3, but for the review"""
    await world.flow(
        world.email("A", "d1"),
        days("d1", 1, "B"),
        world.email("B", "d2", status="manual"),
        days("d2", 1, "C"),
        world.email("C"),
    )
    await world.join(await world.person())
    await world.advance(days=2, minutes=1)
    assert ("C", "sent") in await world.messages()


async def test_it_asks_the_flow_filter_again_before_each_message(world: World) -> None:
    """F4: the profile walks to the end."""
    order = await world.metric("Placed Order")
    await world.flow(
        world.email("A", "d1"),
        days("d1", 1, "B"),
        world.email("B", "d2"),
        days("d2", 1, "C"),
        world.email("C"),
        profile_filter=groups(ordered_since_start(order)),
    )
    ann = await world.person()
    await world.join(ann)
    await world.event("Placed Order", ann)
    await world.advance(days=1, minutes=1)
    await world.advance(days=1, minutes=1)
    skipped = "Fails Flow Filters"
    assert await world.messages() == [("A", "sent"), ("B", skipped), ("C", skipped)]
    assert [done for _, _, done in await world.runs()] == [True]


async def test_it_sends_again_once_the_filter_is_met_again(world: World) -> None:
    """F5, by a property instead of an order"""
    vip = about_profile("properties['vip']", "existence", "not-set")
    await world.flow(
        world.email("A", "d1"),
        days("d1", 1, "B"),
        world.email("B", "d2"),
        days("d2", 1, "C"),
        world.email("C"),
        profile_filter=groups(vip),
    )
    ann = await world.person()
    await world.join(ann)
    await world.person(properties={"vip": True})
    await world.advance(days=1, minutes=1)
    await world.person(unset=["vip"])
    await world.advance(days=1, minutes=1)
    assert await world.messages() == [("A", "sent"), ("B", "Fails Flow Filters"), ("C", "sent")]


async def test_it_skips_a_message_when_its_own_filter_fails(world: World) -> None:
    ghent = about_profile("location['city']", "string", "equals", value="Ghent")
    await world.flow(world.email("A", additional_filters=groups(ghent)))
    await world.join(await world.person(), await world.person("bob@example.com", location={"city": "Ghent"}))
    assert sorted(await world.messages()) == [("A", "Fails Additional Filters"), ("A", "sent")]


async def test_it_skips_a_message_to_somebody_who_left_the_list(world: World) -> None:
    """F10"""
    await world.flow(world.email("A", "d1"), days("d1", 1, "B"), world.email("B"))
    ann = await world.person()
    await world.join(ann)
    await world.leave(ann)
    await world.advance(days=1, minutes=1)
    assert await world.messages() == [("A", "sent"), ("B", "Person No Longer in List")]


async def test_it_goes_through_several_delays_in_one_jump_of_the_clock(world: World) -> None:
    await world.flow(
        days("d1", 3, "A"),
        world.email("A", "d2"),
        days("d2", 4, "B"),
        world.email("B", "d3"),
        days("d3", 30, "C"),
        world.email("C"),
    )
    await world.join(await world.person())
    await world.advance(days=10)
    assert await world.messages() == [("A", "sent"), ("B", "sent")]
    dues = await world.query(
        """SELECT m.due - e.entered FROM messages m JOIN enrolments e USING (account_id, profile_id)
           WHERE m.account_id = %s ORDER BY m.id"""
    )
    assert [row[0].days for row in dues] == [3, 7]


async def test_it_ends_a_run_at_a_delay_that_nothing_live_follows(world: World) -> None:
    await world.flow(world.email("A", "d1"), days("d1", 1, "B"), world.email("B", status="draft"))
    await world.join(await world.person())
    assert [done for _, _, done in await world.runs()] == [True]


async def test_it_branches_by_what_a_profile_is_on_arrival(world: World) -> None:
    order = await world.metric("Placed Order")
    ordered = groups(ordered_since_start(order, "greater-than"))
    await world.flow(
        days("d1", 1, "split"),
        split("split", "conditional-split", "yes", "no", profile_filter=ordered),
        world.email("yes"),
        world.email("no"),
    )
    ann, bob = await world.person(), await world.person("bob@example.com")
    await world.join(ann, bob)
    await world.event("Placed Order", bob)
    await world.advance(days=1, minutes=1)
    assert sorted(await world.messages()) == [("no", "sent"), ("yes", "sent")]
    rows = await world.query("SELECT profile_id, options ->> 'name' FROM messages WHERE account_id = %s ORDER BY 1")
    assert rows == [(ann, "no"), (bob, "yes")]


async def test_it_sends_about_the_share_a_sample_names_down_its_branch(world: World) -> None:
    sample = groups({"type": "profile-sample", "percentage": 30})
    await world.flow(
        split("split", "conditional-split", "yes", "no", profile_filter=sample),
        action("yes", "update-profile", status="live", profile_operations=[text("branch", "yes")]),
        action("no", "update-profile", status="live", profile_operations=[text("branch", "no")]),
    )
    await world.join(*[await world.person(f"p{number}@example.com") for number in range(200)])
    found = await world.query("SELECT count(*) FROM profiles WHERE account_id = %s AND properties ->> 'branch' = 'yes'")
    assert 30 <= found[0][0] <= 90


async def test_it_branches_by_the_event_that_started_the_run(world: World) -> None:
    metric = await world.metric("Started Checkout")
    large = about_event(metric, "Total", "numeric", "between", start=100, end=500)
    await world.metric_flow(
        "Started Checkout",
        split("split", "trigger-split", "large", "small", trigger_filter=groups(large)),
        world.email("large"),
        world.email("small"),
    )
    ann = await world.person()
    await world.event("Started Checkout", ann, {"Total": 100})
    await world.event("Started Checkout", ann, {"Total": 99.5}, unique_id="2")
    await world.event("Started Checkout", ann, {"Total": "many"}, unique_id="3")
    assert await world.messages() == [("large", "sent"), ("small", "sent"), ("small", "sent")]


async def test_it_fills_the_message_with_the_event_that_started_the_run(world: World) -> None:
    await world.metric_flow("Viewed Product", world.email("A", subject_line="{{ event.Item }} for {{ first_name }}"))
    ann = await world.person(set={"first_name": "Ann"})
    await world.event("Viewed Product", ann, {"Item": "Hat"})
    assert await world.query("SELECT subject FROM messages WHERE account_id = %s") == [("Hat for Ann",)]


async def test_it_records_a_message_without_template_as_unable_to_send(world: World) -> None:
    await world.flow(world.email("A", template_id=None))
    await world.join(await world.person())
    assert await world.messages() == [("A", "Unable to Send Email")]


def text(key: str, value: str) -> dict[str, Any]:
    return {"operator": "update", "property_type": "string", "property_key": key, "property_value": value}


def change_list(key: str, value: str, how: str) -> dict[str, Any]:
    return {
        "operator": "update",
        "property_type": "list",
        "property_key": key,
        "property_value": value,
        "property_operation": how,
    }


async def test_it_adds_to_a_list_property_once(world: World) -> None:
    """F18"""
    add = [change_list("tags", "VIP", "add"), change_list("tags", "VIP", "add")]
    await world.flow(action("a", "update-profile", status="live", profile_operations=add))
    ann = await world.person()
    await world.join(ann)
    assert await world.properties(ann) == {"tags": ["VIP"]}


async def test_it_applies_operations_in_their_order(world: World) -> None:
    operations = [
        text("a", "1"),
        {"operator": "delete", "property_key": "a"},
        text("b", "1"),
        text("b", "2"),
        change_list("c", "x", "add"),
        change_list("c", "x", "remove"),
        {"operator": "create", "property_type": "numeric", "property_key": "n", "property_value": 1.5},
        {"operator": "create", "property_type": "boolean", "property_key": "f", "property_value": False},
        {"operator": "create", "property_type": "date", "property_key": "d", "property_value": "today"},
    ]
    await world.flow(action("a", "update-profile", status="live", profile_operations=operations))
    ann = await world.person()
    await world.join(ann)
    found = await world.properties(ann)
    assert found.pop("d") == world.account.now().date().isoformat()
    assert found == {"b": "2", "c": [], "n": 1.5, "f": False}


async def test_it_does_not_update_those_who_fail_the_flow_filter(world: World) -> None:
    order = await world.metric("Placed Order")
    await world.flow(
        days("d1", 1, "a"),
        action("a", "update-profile", status="live", profile_operations=[text("a", "1")]),
        profile_filter=groups(ordered_since_start(order)),
    )
    ann = await world.person()
    await world.join(ann)
    await world.event("Placed Order", ann)
    await world.advance(days=1, minutes=1)
    assert await world.properties(ann) == {}
    assert [done for _, _, done in await world.runs()] == [True]


async def test_it_counts_who_passed_each_action(world: World) -> None:
    flow = await world.flow(world.email("A", "d1"), days("d1", 1, "B"), world.email("B"))
    await world.join(await world.person(), await world.person("bob@example.com"))
    counted = await world.query("SELECT action_id, done FROM flow_action_counts WHERE account_id = %s ORDER BY 1")
    assert counted == [(next(iter(flow.actions)), 2)]
    await world.advance(days=1, minutes=1)
    counted = await world.query("SELECT done FROM flow_action_counts WHERE account_id = %s ORDER BY action_id")
    assert counted == [(2,), (2,), (2,)]


async def test_it_sets_runs_aside_that_cannot_go_on_and_moves_the_others(world: World) -> None:
    flow = await world.flow(days("d1", 1, "A"), world.email("A"))
    await world.flow(days("d1", 1, "B"), world.email("B"))
    await world.join(*[await world.person(f"p{number}@example.com") for number in range(FAULTS + 2)])
    spoil = "UPDATE flow_messages SET content = '{\"name\": 5}' WHERE account_id = %s AND flow_id = %s RETURNING 1"
    (mended,) = await world.query("SELECT content FROM flow_messages WHERE account_id = %s AND flow_id = %s", flow.id)
    await world.query(spoil, flow.id)
    await world.advance(days=1, minutes=1)
    assert await world.messages() == [("B", "sent")] * (FAULTS + 2)
    waiting = await world.query(
        "SELECT flow_id, count(*) FROM enrolments WHERE account_id = %s AND action_id IS NOT NULL GROUP BY 1"
    )
    assert waiting == [(flow.id, FAULTS + 2)]
    mend = """UPDATE flow_messages SET content = m.body FROM (VALUES (%s, %s::jsonb)) AS m (account, body)
              WHERE flow_id = %s AND account_id = m.account RETURNING 1"""
    await world.query(mend, Jsonb(mended[0]), flow.id)
    await world.advance(minutes=16)
    assert (await world.messages()).count(("A", "sent")) == FAULTS + 2


async def test_it_sets_aside_the_run_that_failed_also_when_somebody_holds_it_meanwhile(world: World) -> None:
    """Of two runs that are due the first can't be written. Between its failure and its being set aside it is another's
    for a moment, so whoever claims anew would find the second."""
    await world.flow(days("d1", 1, "A"), world.email("A"))
    bad, good = await world.person("bad@example.com"), await world.person("good@example.com")
    await world.join(bad)
    await world.join(good)
    async with world.pool.connection() as conn:
        await accounts.advance_clock(conn, world.account, 90_000)
    async with spoiled(world, bad) as spoiling:
        moving = asyncio.create_task(FlowEngine(world.pool, batch=1).run_account(world.account.account_id))
        await waited_for(world, "advisory")
        holding = asyncio.create_task(held(world, bad, moving))
        await waited_for(world, "transactionid")
        await db.execute(spoiling, "SELECT pg_advisory_unlock(7, 7)")
        assert await moving == 1
        await holding
    later = await world.query(
        "SELECT profile_id FROM enrolments WHERE account_id = %s AND due > now() + interval '25h'"
    )
    assert later == [(bad,)]


@asynccontextmanager
async def spoiled(world: World, profile: int) -> AsyncIterator[db.Connection]:
    """Writing this person's run fails, once a lock of this connection is free."""
    function = f"spoil_{profile}"
    async with await psycopg.AsyncConnection.connect(world.url, autocommit=True) as conn:
        await conn.execute("SELECT pg_advisory_lock(7, 7)")
        await conn.execute(f"""
            CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN
                IF NEW.action_id IS NULL THEN
                    PERFORM pg_advisory_xact_lock(7, 7); RAISE EXCEPTION 'this run can not be written';
                END IF; RETURN NEW;
            END $$""")
        await conn.execute(f"""
            CREATE TRIGGER {function} BEFORE UPDATE ON enrolments FOR EACH ROW
            WHEN (OLD.profile_id = {profile}) EXECUTE FUNCTION {function}()""")
        try:
            yield conn
        finally:
            await conn.execute(f"DROP FUNCTION {function} CASCADE")


async def waited_for(world: World, kind: str) -> None:
    """Until somebody waits for a lock of this kind."""
    async with asyncio.timeout(60):
        asked = "SELECT 1 FROM pg_locks WHERE %s > 0 AND NOT granted AND locktype = %s"
        while True:
            if await world.query(asked, kind):
                return
            await asyncio.sleep(0.01)


async def held(world: World, profile: int, moving: "asyncio.Task[int]") -> None:
    """The person's run is somebody else's as soon as it is free, until the engine is through or waits for it."""
    async with world.pool.connection() as conn:
        statement = "SELECT FROM enrolments WHERE account_id = %s AND profile_id = %s FOR UPDATE"
        await db.execute(conn, statement, (world.account.account_id, profile))
        await asyncio.wait([moving], timeout=0.3)
