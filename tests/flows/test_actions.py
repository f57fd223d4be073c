"""What the actions of a flow do, beyond mails, delays and two-way splits (behaviour-messaging 1.9 to 1.18)."""

from typing import Any

from rapport.accounts import service as accounts
from rapport.flows import alerts, reviews, service
from rapport.flows.experiments import Result, best, certain
from rapport.kit import db
from rapport.lists import service as lists
from tests.flows.conftest import World, about_event, about_profile, action, days, groups


def branch(name: str, then: str | None, conditions: Any = None, **rest: Any) -> dict[str, Any]:
    return {"branch_id": name, "branch_filter": conditions, "links": {"next": then}, **rest}


def ways(name: str, *branches: dict[str, Any]) -> dict[str, Any]:
    return {"temporary_id": name, "type": "multi-branch-split", "data": {"name": name, "branches": [*branches]}}


async def sent_to(world: World) -> list[tuple[int, str]]:
    rows = await world.query(
        "SELECT profile_id, options ->> 'name' FROM messages WHERE account_id = %s AND status = 'sent' ORDER BY id"
    )
    return [(row[0], row[1]) for row in rows]


async def test_the_first_branch_in_order_that_fits_is_taken(world: World) -> None:
    """Whatever stands first in the definition; the rest is for whom nothing fits."""
    metric = await world.metric("Placed Order")
    gold = groups(about_profile("properties['tier']", "string", "equals", value="gold"))
    large = groups(about_event(metric, "Size", "string", "equals", value="L"))
    await world.metric_flow(
        "Placed Order",
        ways(
            "w",
            branch("rest", "R", is_else=True, order=0),
            branch("large", "L", large, order=2),
            branch("gold", "G", gold, order=1),
        ),
        world.email("R"),
        world.email("L"),
        world.email("G"),
    )
    ann = await world.person(properties={"tier": "gold"})
    bob, cid = await world.person("bob@example.com"), await world.person("cid@example.com")
    for person, size in ((ann, "L"), (bob, "L"), (cid, "S")):
        await world.event("Placed Order", person, {"Size": size}, unique_id=str(person))
    assert await sent_to(world) == [(ann, "G"), (bob, "L"), (cid, "R")]


async def test_a_branch_may_ask_for_either_the_profile_or_the_event(world: World) -> None:
    metric = await world.metric("Placed Order")
    either = groups(about_profile("properties['tier']", "string", "equals", value="gold"))
    either["condition_groups"][0]["conditions"].append(about_event(metric, "Size", "string", "equals", value="L"))
    await world.metric_flow("Placed Order", ways("w", branch("a", "A", either), branch("b", None)), world.email("A"))
    ann = await world.person(properties={"tier": "gold"})
    bob, cid = await world.person("bob@example.com"), await world.person("cid@example.com")
    for person, size in ((ann, "S"), (bob, "L"), (cid, "S")):
        await world.event("Placed Order", person, {"Size": size}, unique_id=str(person))
    assert await sent_to(world) == [(ann, "A"), (bob, "A")]
    assert [done for _, _, done in await world.runs()] == [True] * 3


async def test_a_list_update_puts_people_on_a_list_and_takes_them_off(world: World) -> None:
    """Who joins by it enters the flows of that list; the flow's filter is asked first."""
    async with world.pool.connection() as conn:
        vips = await lists.create(conn, world.account.account_id, "VIPs", "single_opt_in", world.account.now())
    await world.flow(world.email("Hello"), trigger={"type": "list", "id": vips["public_id"]})
    put = {"name": "On", "on_execution": True, "list_id": vips["public_id"], "status": "live"}
    off = put | {"name": "Off", "on_execution": False}
    allowed = groups(about_profile("properties['no']", "existence", "not-set"))
    await world.flow(
        action("on", "list-update", "d") | {"data": put},
        days("d", 1, "off"),
        action("off", "list-update") | {"data": off},
        profile_filter=allowed,
    )
    ann = await world.person()
    await world.join(ann)
    members = "SELECT profile_id FROM list_members WHERE account_id = %s AND list_id = %s"
    assert await world.query(members, vips["id"]) == [(ann,)]
    assert await world.messages() == [("Hello", "sent")]
    await world.person(properties={"no": True})
    await world.advance(days=1, minutes=1)
    assert await world.query(members, vips["id"]) == [(ann,)]


async def test_a_manual_message_waits_for_its_review_while_the_profile_goes_on(world: World) -> None:
    """F3"""
    flow = await world.flow(
        world.email("A", "d1"),
        days("d1", 1, "B"),
        world.email("B", "d2", status="manual"),
        days("d2", 1, "C"),
        world.email("C"),
    )
    ann, bob = await world.person(), await world.person("bob@example.com")
    await world.join(ann, bob)
    await world.advance(days=2, minutes=1)
    assert sorted(await world.messages()) == [("A", "sent")] * 2 + [("B", "queued")] * 2 + [("C", "sent")] * 2
    account = world.account.account_id
    b = next(each.message for each in flow.actions.values() if each.message and each.message.name == "B")
    queued = await world.query("SELECT ulid FROM messages WHERE account_id = %s AND status = 'queued' ORDER BY id")
    async with world.pool.connection() as conn:
        assert await reviews.waiting(conn, account, flow.id) == {b.public_id: 2}
        one = {"message": b.public_id, "ids": [queued[0][0]], "now": await clock(world, conn)}
        assert await reviews.decide(conn, account, flow.id, send=True, **one) == 1
        rest = {"message": None, "ids": None, "now": await clock(world, conn)}
        assert await reviews.decide(conn, account, flow.id, send=False, **rest) == 1
        assert await reviews.decide(conn, account, flow.id, send=True, **rest) == 0
    await world.work()
    assert sorted(status for name, status in await world.messages() if name == "B") == ["Email Cancelled", "sent"]


async def clock(world: World, conn: db.Connection) -> Any:
    return (await accounts.load(conn, world.account.account_id)).now()


async def test_smart_sending_counts_from_what_was_sent_not_from_what_was_skipped(world: World) -> None:
    """F13"""
    wait = {"unit": "hours", "value": 10}
    await world.flow(
        world.email("A", "h1", smart_sending_enabled=True),
        action("h1", "time-delay", "B", **wait),
        world.email("B", "h2", smart_sending_enabled=True),
        action("h2", "time-delay", "C", **wait),
        world.email("C", smart_sending_enabled=True),
    )
    await world.join(await world.person())
    await world.advance(hours=10, minutes=1)
    await world.advance(hours=10, minutes=1)
    assert await world.messages() == [("A", "sent"), ("B", "Smart Sending"), ("C", "sent")]


async def test_a_transactional_message_starts_no_timer(world: World) -> None:
    """F14"""
    await world.flow(
        world.email("A", "h", transactional=True, smart_sending_enabled=True),
        action("h", "time-delay", "B", unit="hours", value=1),
        world.email("B", smart_sending_enabled=True),
    )
    await world.join(await world.person())
    await world.advance(hours=1, minutes=1)
    assert await world.messages() == [("A", "sent"), ("B", "sent")]


# ---- alerts


async def test_an_alert_goes_to_those_who_confirmed_and_knows_the_person(world: World) -> None:
    message = {
        "from_email": None,
        "from_label": None,
        "to_emails": ["boss@example.com", "shy@example.com"],
        "subject_line": "{{ first_name }} is here: {{ event.email|default:'no' }}",
        "template_id": world.template_id,
        "name": "Alert",
    }
    flow = await world.metric_flow("Came", action("a", "send-internal-alert", status="live", message=message))
    ann = await world.person(set={"first_name": "Ann"})
    account = world.account
    async with world.pool.connection() as conn:
        await alerts.ask(conn, account, flow, "http://shop")
        await alerts.ask(conn, account, flow, "http://shop")
    await world.event("Came", ann, {"email": "in@the.event"})
    assert ("Alert", alerts.NO_RECIPIENTS) in await world.messages()
    asked = await world.query("SELECT email, token FROM alert_recipients WHERE account_id = %s ORDER BY email")
    assert [row[0] for row in asked] == ["boss@example.com", "shy@example.com"]
    async with world.pool.connection() as conn:
        assert await alerts.address_of(conn, account.account_id, asked[0][1]) == "boss@example.com"
        assert await alerts.confirm(conn, account.account_id, asked[0][1], account.now())
        assert not await alerts.confirm(conn, account.account_id, "made up", account.now())
    await world.event("Came", ann, {"email": "in@the.event"}, unique_id="2")
    rows = await world.query(
        """SELECT to_address, subject FROM messages
           WHERE account_id = %s AND source = 'notice' AND status = 'sent' AND flow_id IS NOT NULL"""
    )
    assert rows == [("boss@example.com", "Ann is here: in@the.event")]
    # Nothing of it is told of the person: they got no mail.
    received = "SELECT count(*) FROM messages WHERE account_id = %s AND profile_id = %s AND status = 'sent'"
    assert await world.query(received, ann) == [(0,)]


# ---- tests of messages


def ab_test(world: World, status: str = "live", **experiment: Any) -> dict[str, Any]:
    def inner(name: str) -> dict[str, Any]:
        return {**world.email(name), "links": {"next": None}}

    whole = {"variations": [inner("V1"), inner("V2")], "allocations": {"V1": 75, "V2": 25}, **experiment}
    data = {"status": status, "main_action": inner("Main"), "current_experiment": whole}
    return action("t", "ab-test", None, **data)


async def turn(world: World, flow: Any, status: str) -> Any:
    async with world.pool.connection() as conn:
        held = await service.load(conn, world.account.account_id, flow.id)
        return await service.set_status(conn, world.account, held, status, await clock(world, conn))


async def people(world: World, number: int, label: str) -> list[int]:
    return [await world.person(f"{label}{place}@example.com") for place in range(number)]


async def test_a_test_divides_people_by_weight_until_it_ends_and_then_sends_the_winner(world: World) -> None:
    flow = await world.flow(ab_test(world, "draft", winner_metric="unique-opens"), status="draft")
    assert (await turn(world, flow, "live")).status == "live"
    await world.join(*await people(world, 40, "a"))
    names = [name for _, name in await sent_to(world)]
    assert set(names) == {"V1", "V2"} and names.count("V1") > names.count("V2")
    variations = await world.query("SELECT DISTINCT variation_id FROM messages WHERE account_id = %s")
    assert None not in {row[0] for row in variations} and len(variations) == 2
    # Somebody opened the second.
    opened = await world.query(
        "SELECT id, profile_id FROM messages WHERE account_id = %s AND options ->> 'name' = 'V2' LIMIT 1"
    )
    await world.event("Opened Email", opened[0][1], service="klaviyo", message=opened[0][0])
    await turn(world, flow, "draft")
    ended = await turn(world, flow, "live")
    data = next(iter(ended.actions.values())).typed
    assert data.experiment_status == "completed" and data.main_action["data"]["message"]["subject_line"].startswith(
        "V2"
    )
    await world.join(*await people(world, 5, "b"))
    rows = await world.query(
        "SELECT subject FROM messages WHERE account_id = %s AND variation_id IS NULL AND status = 'sent'"
    )
    assert len(rows) == 5 and all(row[0].startswith("V2") for row in rows)


async def test_a_test_ends_at_its_date(world: World) -> None:
    settings = {
        "enabled": True,
        "automatic_end_statistical_certainty": False,
        "automatic_end_date": "2000-01-01T00:00:00+00:00",
    }
    flow = await world.flow(ab_test(world, "draft", automatic_winner_selection_settings=settings), status="draft")
    await turn(world, flow, "live")
    await world.join(*await people(world, 4, "a"))
    # Of equals, the first.
    assert {name for _, name in await sent_to(world)} == {"V1"}


def test_a_test_is_certain_once_each_has_enough_people_and_one_is_clearly_better() -> None:
    assert certain([Result("a", 499, 10), Result("b", 600, 200)]) is None
    assert certain([Result("a", 500, 10), Result("b", 600, 200)]) == "b"
    assert certain([Result("a", 500, 50), Result("b", 500, 50)]) is None
    assert best([Result("a", 10, 1), Result("b", 20, 2)]) == "a"
