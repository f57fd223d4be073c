"""A rehearsal agrees, person by person and step by step, with really running the same history."""

import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from rapport.accounts import service as accounts
from rapport.accounts.types import Account
from rapport.events import metrics
from rapport.flows.plan import Flow
from rapport.flows.rehearsal import service as rehearsal
from rapport.flows.rehearsal import stage
from rapport.kit import db
from rapport.lists import service as lists
from rapport.subscriptions import service as subscriptions
from rapport.subscriptions.service import Grant, How
from tests.flows.conftest import (
    World,
    about_event,
    about_profile,
    action,
    days,
    groups,
    new_world,
    ordered_since_start,
    split,
)
from tests.lengths import length

CART, ORDER, RECEIVED = "Left Cart", "Placed Order", "Received Email"
DAYS, PEOPLE, MOMENTS_A_DAY = length((2, 5, 5), (9, 14, 6))
HOW = How("API")


# ---- history: the same for every account


@dataclass(frozen=True)
class Did:
    """What some people did at one time, counted from the beginning."""

    after: timedelta
    what: str
    who: tuple[int, ...]
    properties: Mapping[str, Any]


def history(seed: int) -> list[Did]:
    chance = random.Random(seed)
    days = DAYS * MOMENTS_A_DAY
    moments = sorted(chance.sample(range(30, DAYS * 24 * 60 - 60, 7), days))
    kinds = [CART] * 5 + [ORDER] * 2 + ["join", "unsubscribe", "subscribe"]
    return [
        Did(
            timedelta(minutes=moment),
            kinds[at] if at < len(kinds) else chance.choice(kinds),
            tuple(sorted(chance.sample(range(PEOPLE), chance.randint(1, 3)))),
            {"Item": chance.choice(["Hat", "Shoe", "Scarf"]), "$value": chance.randint(5, 150)},
        )
        for at, moment in enumerate(moments)
    ]


def person(number: int) -> dict[str, Any]:
    properties = {"tier": ["gold", "silver", None][number % 3], "birthday": f"1990-{1 + number % 12:02}-15"}
    return {
        "set": {"first_name": f"P{number}"},
        "properties": {name: value for name, value in properties.items() if value is not None},
    }


def email_of(number: int) -> str:
    return f"p{number}@example.com"


@dataclass
class Replay:
    """Worlds that live through the same history at the same times."""

    worlds: Sequence[World]
    begin: datetime
    people: Mapping[int, Mapping[int, int]]

    async def go(self, moment: datetime) -> None:
        """All clocks to that moment; nobody has worked yet."""
        for world in self.worlds:
            async with world.pool.connection() as conn:
                ahead = (moment - (await accounts.load(conn, world.account.account_id)).now()).total_seconds()
                if ahead > 0:
                    await accounts.advance_clock(conn, world.account, ahead)

    async def due(self) -> datetime | None:
        """When somebody's step, or message, or date comes next."""
        async with self.worlds[0].pool.connection() as conn:
            row = await db.row(
                conn,
                """SELECT least(
                    (SELECT min(due) FROM enrolments WHERE account_id = ANY(%(all)s) AND action_id IS NOT NULL),
                    (SELECT min(due) FROM messages WHERE account_id = ANY(%(all)s) AND status = 'queued'))""",
                {"all": [world.account.account_id for world in self.worlds]},
            )
        due: datetime | None = row[0] if row else None
        return due

    async def until(self, moment: datetime) -> None:
        while (due := await self.due()) is not None and due < moment:
            await self.go(due + timedelta(seconds=1))
            await self.worlds[0].work()
        await self.go(moment)

    async def do(self, did: Did) -> None:
        for world in self.worlds:
            people = self.people[world.account.account_id]
            await _do(world, did, [people[number] for number in did.who])
        await self.worlds[0].work()


async def _do(world: World, did: Did, who: Sequence[int]) -> None:
    if did.what in (CART, ORDER):
        for profile in who:
            value = str(did.properties["$value"])
            await world.event(did.what, profile, {"Item": did.properties["Item"]}, value=value, work=False)
        return
    async with world.pool.connection() as conn:
        account = await accounts.load(conn, world.account.account_id)
        if did.what == "join":
            await lists.add(conn, account.account_id, world.list_id, who, account.now())
        elif did.what == "unsubscribe":
            await subscriptions.unsubscribe(conn, account, who, HOW)
        else:
            await subscriptions.subscribe(conn, account, [Grant(profile, "email") for profile in who], HOW)


# ---- ten flows


def mark(flow: str, name: str, then: str | None = None) -> dict[str, Any]:
    """Writes down with the person that they came by in this flow."""
    added = {
        "operator": "update",
        "property_type": "list",
        "property_key": flow,
        "property_value": name,
        "property_operation": "add",
    }
    return action(name, "update-profile", then, status="live", profile_operations=[added])


def hours(name: str, number: int, then: str | None) -> dict[str, Any]:
    return action(name, "time-delay", then, value=number, unit="hours")


def done(metric: str, operator: str, number: int, timeframe: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "profile-metric",
        "metric_id": metric,
        "measurement": "count",
        "measurement_filter": {"type": "numeric", "operator": operator, "value": number},
        "timeframe_filter": {"type": "date", **timeframe},
    }


EVER = {"operator": "alltime"}
LATELY = {"operator": "in-the-last", "unit": "day", "quantity": 1}
AT_LEAST = "greater-than-or-equal"


def can_receive(wanted: bool = True) -> dict[str, Any]:
    status = {"subscription": "any"}
    consent = {"channel": "email", "can_receive_marketing": wanted, "consent_status": status}
    return {"type": "profile-marketing-consent", "consent": consent}


async def received_metric(world: World) -> str:
    name = ("klaviyo", RECEIVED)
    async with world.pool.connection() as conn:
        found = await metrics.find_or_create(conn, world.account.account_id, [name], world.account.now())
    return found[name].public_id


async def abandoned_cart(world: World) -> Flow:
    not_ordered = groups(ordered_since_start(await world.metric(ORDER)))
    steps = (hours("wait", 2, "first"), world.email("first", "more"), hours("more", 5, "second"), world.email("second"))
    return await world.metric_flow(CART, *steps, profile_filter=not_ordered)


async def by_event(world: World) -> Flow:
    metric = await world.metric(CART)
    dear = groups(about_event(metric, "$value", "numeric", "greater-than", value=40))
    hat = groups(about_event(metric, "Item", "string", "equals", value="Hat"))
    about = {"trigger_id": metric, "trigger_type": "metric", "trigger_subtype": None}
    which = split("which", "trigger-split", "hat", "other", trigger_filter=hat, **about)
    return await world.metric_flow(
        CART, which, mark("by_event", "hat", "mail"), world.email("mail"), mark("by_event", "other"), asked=dear
    )


async def welcome(world: World) -> Flow:
    nine = days("nine", 1, "later", delay_until_time="09:00:00", timezone="Europe/Berlin")
    return await world.flow(world.email("hello", "nine"), nine, world.email("later", "end"), mark("welcome", "end"))


async def again_after_a_day(world: World) -> Flow:
    ordered = groups(done(await world.metric(ORDER), AT_LEAST, 1, LATELY))
    asked = split("asked", "conditional-split", "yes", "no", profile_filter=ordered)
    sides = (mark("again_after_a_day", "yes"), mark("again_after_a_day", "no", "mail"), world.email("mail"))
    criteria = {"duration": 1, "unit": "day"}
    return await world.metric_flow(CART, hours("wait", 3, "asked"), asked, *sides, reentry_criteria=criteria)


async def smart_sending(world: World) -> Flow:
    first = world.email("first", "wait", smart_sending_enabled=True)
    return await world.metric_flow(
        CART, first, hours("wait", 7, "second"), world.email("second", smart_sending_enabled=True)
    )


async def branches(world: World) -> Flow:
    def branch(name: str, to: str | None, asked: Any, order: int) -> dict[str, Any]:
        return {
            "branch_id": name,
            "order": order,
            "is_else": asked is None,
            "branch_filter": asked,
            "name": name,
            "links": {"next": to},
        }

    gold = groups(about_profile("properties['tier']", "string", "equals", value="gold"))
    shoe = groups(about_event(await world.metric(CART), "Item", "string", "equals", value="Shoe"))
    ways = [branch("gold", "g", gold, 1), branch("shoe", "s", shoe, 2), branch("rest", "r", None, 3)]
    many = {
        "temporary_id": "many",
        "type": "multi-branch-split",
        "links": None,
        "data": {"name": "x", "branches": ways},
    }
    # a port that nobody listens on: calls stay, with their bodies
    hook = {"url": "http://127.0.0.1:9/", "body": '{"item": "{{ event.Item }}", "who": "{{ first_name }}"}'}
    call = action("call", "send-webhook", None, status="live", message=hook)
    return await world.metric_flow(
        CART,
        many,
        mark("branches", "g", "call"),
        call,
        mark("branches", "s"),
        mark("branches", "r", "mail"),
        world.email("mail"),
    )


async def of_who_may_be_written_to(world: World) -> Flow:
    more = groups(done(await world.metric(CART), AT_LEAST, 2, EVER))
    steps = (world.email("first", "wait"), hours("wait", 9, "second"), world.email("second", additional_filters=more))
    return await world.metric_flow(ORDER, *steps, profile_filter=groups(can_receive()))


async def onto_a_list(world: World) -> Flow:
    is_member = groups({"type": "profile-group-membership", "is_member": True, "group_ids": [world.list_public_id]})
    before = split("before", "conditional-split", "was", "put", profile_filter=is_member)
    data = {"name": "On", "on_execution": True, "list_id": world.list_public_id, "status": "live"}
    put = {"temporary_id": "put", "type": "list-update", "links": {"next": "then"}, "data": data}
    then = split("then", "conditional-split", "is", "isnt", profile_filter=is_member)
    return await world.metric_flow(
        ORDER, before, mark("onto_a_list", "was"), put, then, mark("onto_a_list", "is"), mark("onto_a_list", "isnt")
    )


async def not_lately(world: World) -> Flow:
    lately = {"type": "date", "operator": "in-the-last", "unit": "day", "quantity": 1}
    not_in = groups({"type": "profile-not-in-flow", "timeframe_filter": lately})
    not_sent = groups({"type": "profile-not-sent-email", "timeframe_filter": lately})
    asked = split("asked", "conditional-split", "mail", "sent", profile_filter=not_sent)
    sides = (world.email("mail", "wait"), hours("wait", 4, "after"), mark("not_lately", "after"))
    return await world.metric_flow(CART, asked, *sides, mark("not_lately", "sent"), profile_filter=not_in)


async def what_was_received(world: World) -> Flow:
    received = groups(ordered_since_start(await received_metric(world), AT_LEAST, 1))
    ordered = groups(done(await world.metric(ORDER), "equals", 0, EVER))
    asked = split("asked", "conditional-split", "got", "missed", profile_filter=received)
    steps = (
        hours("before", 1, "mail"),
        world.email("mail", "wait", additional_filters=ordered),
        hours("wait", 1, "asked"),
        asked,
    )
    return await world.metric_flow(CART, *steps, mark("what_was_received", "got"), mark("what_was_received", "missed"))


Make = Callable[[World], Awaitable[Flow]]
# By account: those of which one notices what the other does have one of their own.
ACCOUNTS: Sequence[Sequence[Make]] = (
    (abandoned_cart, by_event, welcome, again_after_a_day, branches, of_who_may_be_written_to),
    (smart_sending, onto_a_list),
    (not_lately,),
    (what_was_received,),
)


# ---- what came of it, by person


@dataclass(frozen=True)
class Outcome:
    """Runs (person, minute of entry, where it stands, until when, its steps), messages (person, message, minute, what
    became of it), calls (person, body), marks by person, who of those in the flow is on the list, and how many passed
    each step."""

    runs: list[tuple[Any, ...]]
    messages: list[tuple[Any, ...]]
    calls: list[tuple[Any, ...]]
    marks: dict[str, list[str]]
    members: list[str]
    passed: dict[str, int]


_OUTCOME = {
    "runs": """SELECT p.email, e.entered, e.action_id, e.due, e.waiting, e.path FROM {enrolments} e
        JOIN profiles p ON p.account_id = e.account_id AND p.id = e.profile_id
        WHERE e.account_id = %s AND e.flow_id = %s""",
    "messages": """SELECT p.email, m.options ->> 'name', coalesce(m.sent, m.due), coalesce(m.skip_reason, m.status)
        FROM {messages} m JOIN profiles p ON p.account_id = m.account_id AND p.id = m.profile_id
        WHERE m.account_id = %s AND m.flow_id = %s""",
    "calls": """SELECT p.email, w.body FROM webhook_calls w
        JOIN {enrolments} e ON e.account_id = w.account_id AND e.id = w.enrolment_id
        JOIN profiles p ON p.account_id = e.account_id AND p.id = e.profile_id
        WHERE w.account_id = %s AND w.flow_id = %s""",
}


async def outcome(
    conn: db.Connection, account: Account, flow: Flow, key: str, begin: datetime, *, staged: str = ""
) -> Outcome:
    """`key`: of the property in which the flow marks who came by."""
    # the same names for the actions of two flows that were drawn alike
    names = {action.id: f"{at}:{action.type}" for at, action in enumerate(flow.actions.values())}
    account_id = account.account_id

    def minute(at: datetime | None) -> int | None:
        return None if at is None else int((at - begin).total_seconds() // 60)

    tables = {name: f"{staged}{name}" for name in ("enrolments", "messages")}
    rows = {
        name: await db.rows(conn, query.format(**tables), (account_id, flow.id)) for name, query in _OUTCOME.items()
    }
    ways = await db.rows(conn, "SELECT email, properties -> %s FROM profiles WHERE account_id = %s", (key, account_id))
    members = await db.rows(
        conn,
        """SELECT p.email FROM list_members l JOIN profiles p ON p.account_id = l.account_id AND p.id = l.profile_id
           WHERE l.account_id = %s""",
        (account_id,),
    )
    counts = await db.rows(conn, "SELECT action_id, done FROM flow_action_counts WHERE account_id = %s", (account_id,))

    puts_on_list = any(action.type == "list-update" for action in flow.actions.values())

    def steps(path: Sequence[int]) -> list[tuple[str, int | None, int]]:
        """Each step of a run: which, in which minute it came there, what became of it."""
        of = zip(path[::3], path[1::3], path[2::3], strict=True)
        return [(names[id], minute(datetime.fromtimestamp(at, UTC)), became) for id, at, became in of]

    return Outcome(
        sorted(
            (row[0], minute(row[1]), names.get(row[2], ""), row[2] and minute(row[3]), row[4], steps(row[5]))
            for row in rows["runs"]
        ),
        sorted((row[0], row[1], minute(row[2]), row[3]) for row in rows["messages"]),
        sorted(rows["calls"]),
        {row[0]: sorted(row[1]) for row in ways if row[1]},
        sorted({row[0] for row in members} & {row[0] for row in rows["runs"]} if puts_on_list else ()),
        {names[row[0]]: row[1] for row in counts if row[0] in names},
    )


async def replayed(world: World, seed: int) -> tuple[Replay, dict[str, tuple[World, Flow]]]:
    """The first account lives through the history with no flow on; each of the others with some."""
    worlds = [world]
    lived: dict[str, tuple[World, Flow]] = {}
    for flows in ACCOUNTS:
        worlds.append(await new_world(world.url, world.pool))
        lived |= {make.__name__: (worlds[-1], await make(worlds[-1])) for make in flows}
    people = {
        each.account.account_id: {
            number: await each.person(email_of(number), **person(number)) for number in range(PEOPLE)
        }
        for each in worlds
    }
    replay = Replay(worlds, world.account.now().replace(second=20, microsecond=0) + timedelta(minutes=1), people)
    await replay.go(replay.begin)
    for did in history(seed):
        await replay.until(replay.begin + did.after)
        await replay.do(did)
    await replay.until(replay.begin + timedelta(days=DAYS))
    return replay, lived


async def test_ten_flows_agree_with_really_running_the_same_history(world: World) -> None:
    replay, lived = await replayed(world, seed=7)
    wrong: dict[tuple[str, str], tuple[Any, Any]] = {}
    seen = 0
    for make in (make for flows in ACCOUNTS for make in flows):
        other, ran = lived[make.__name__]
        flow = await make(world)
        await world.query("UPDATE flows SET status = 'draft' WHERE account_id = %s RETURNING id")
        async with stage.opened(world.pool) as opened:
            account = await accounts.load(opened.conn, world.account.account_id)
            await rehearsal.played(opened, account, flow, None, DAYS + 1)
            rehearsed = await outcome(opened.conn, account, flow, make.__name__, replay.begin, staged="past_")
        async with world.pool.connection() as conn:
            really = await outcome(conn, other.account, ran, make.__name__, replay.begin)
        assert really.runs and really.passed, make.__name__
        wrong |= {
            (make.__name__, name): (getattr(rehearsed, name), getattr(really, name))
            for name in Outcome.__annotations__
            if getattr(rehearsed, name) != getattr(really, name)
        }
        seen += len({(who, what) for who, _, _, what in really.messages})
    assert not wrong
    assert seen > PEOPLE
    assert not await world.query("SELECT id FROM enrolments WHERE account_id = %s")
    assert not await world.query("SELECT id FROM messages WHERE account_id = %s")
