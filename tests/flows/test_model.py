"""The engine, under whatever schedule, does what a plain interpreter does (`model`): over drawn flows and histories."""

import asyncio
import random
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from rapport.accounts import service as accounts
from rapport.flows import experiments
from rapport.flows.engine import FlowEngine
from rapport.kit import db
from rapport.lists import service as lists
from rapport.segments import service as segments
from rapport.segments.membership.build import SegmentBuilder
from tests.conftest import run
from tests.flows.conftest import World, about_profile, groups, new_world
from tests.flows.grammar import renamed
from tests.flows.model import CONFIRMED, Interpreter, Someone
from tests.lengths import length

PEOPLE = ("ann", "bob", "cid")
ZONES = {"ann": "UTC", "bob": "America/New_York", "cid": "Asia/Tokyo"}
STATUSES = st.sampled_from(["live", "live", "live", "live", "draft", "manual", "disabled"])
# What histories set and filters ask about; what flows write is another thing, so that no order of two runs matters.
READ = ("tier", "no")
ALERTED = ([CONFIRMED[0]], [*CONFIRMED], ["shy@example.com"], ["shy@example.com", CONFIRMED[1]])

_CONFIRMED = """
    INSERT INTO alert_recipients (account_id, email, token, asked, confirmed) VALUES (%s, %s, %s, %s, %s)"""


def text(value: str) -> dict[str, Any]:
    return {"type": "string", "operator": "equals", "value": value}


def of_profile() -> st.SearchStrategy[dict[str, Any]]:
    filters = st.sampled_from(
        [text("gold"), {"type": "existence", "operator": "is-set"}, {"type": "existence", "operator": "not-set"}]
    )
    properties = st.builds(
        lambda key, filter: {"type": "profile-property", "property": f"properties['{key}']", "filter": filter},
        st.sampled_from(READ),
        filters,
    )
    member = st.builds(
        lambda is_member: {"type": "profile-group-membership", "is_member": is_member, "group_ids": ["LIST"]},
        st.booleans(),
    )
    ordered = st.sampled_from(["equals", "greater-than"]).map(
        lambda operator: {
            "type": "profile-metric",
            "metric_id": "ORDER",
            "measurement": "count",
            "measurement_filter": {"type": "numeric", "operator": operator, "value": 0},
            "timeframe_filter": {"type": "date", "operator": "flow-start"},
        }
    )
    return st.one_of(properties, member, ordered)


def of_event() -> st.SearchStrategy[dict[str, Any]]:
    return st.sampled_from(
        [("Size", text("L")), ("Value", {"type": "numeric", "operator": "greater-than", "value": 100})]
    ).map(lambda pair: {"type": "metric-property", "metric_id": "TRIGGER", "field": pair[0], "filter": pair[1]})


def filters(conditions: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    groups = st.lists(st.lists(conditions, min_size=1, max_size=3), min_size=1, max_size=2)
    return groups.map(lambda groups: {"condition_groups": [{"conditions": group} for group in groups]})


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(st.none(), st.none(), strategy)


@st.composite
def delays(draw: st.DrawFn) -> dict[str, Any]:
    unit = draw(st.sampled_from(["hours", "days"]))
    return {
        "unit": unit,
        "value": draw(st.integers(1, 30 if unit == "hours" else 2)),
        "secondary_value": None,
        "timezone": draw(st.sampled_from(["profile", "Europe/Brussels"])),
        "delay_until_time": draw(st.sampled_from([None, None, "09:00:00", "15:30:00"])),
        "delay_until_weekdays": draw(st.sampled_from([None, None, ["monday", "thursday"], ["saturday"]])),
    }


def countdowns() -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {
            "unit": st.sampled_from(["days", "days", "weeks"]),
            "value": st.integers(0, 2),
            "timezone": st.sampled_from(["profile", "Europe/Brussels"]),
            "delay_until_time": st.sampled_from([None, None, "18:00:00"]),
            "delay_until_weekdays": st.sampled_from([None, None, ["monday", "friday"]]),
        }
    )


def targets() -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {
            "timezone": st.sampled_from(["profile", "Europe/Brussels"]),
            "target_time": st.sampled_from(["07:30:00", "20:00:00"]),
            "target_days": st.sampled_from([None, None, ["tuesday"]]),
        }
    )


def date_triggers() -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {
            "type": st.just("date"),
            "date_field_type": st.just("profile-property"),
            "date_profile_property": st.just("Day"),
            "timedelta_unit_before_date": st.sampled_from(["days", "days", "weeks", "months"]),
            "timedelta_value_before_date": st.integers(0, 2),
            "recurrence_frequency": st.sampled_from(["never", "weekly", "weekly", "monthly", "annually"]),
            "timezone": st.sampled_from(["profile", "Europe/Brussels"]),
            "trigger_time": st.sampled_from(["09:00:00", "17:30:00"]),
            "trigger_days": st.sampled_from([None, None, ["monday", "wednesday"]]),
        }
    )


@st.composite
def operations(draw: st.DrawFn, name: str) -> dict[str, Any]:
    key = draw(st.sampled_from([f"did_{name}", "did"]))
    setting = {"operator": "update", "property_key": key}
    choices = [
        setting | {"property_type": "string", "property_value": name},
        {"operator": "delete", "property_key": key},
        *(
            setting | {"property_type": "list", "property_value": name, "property_operation": operation}
            for operation in ("add", "remove")
        ),
    ]
    # A property that several steps write has one value for all: the order of two runs is no promise.
    return draw(st.sampled_from(choices if key != "did" else choices[2:3])) | (
        {"property_value": "did"} if key == "did" else {}
    )


@st.composite
def actions(draw: st.DrawFn, name: str, following: list[str], has_event: bool, is_dated: bool) -> dict[str, Any]:
    """One action. It leads to later ones only."""
    onward = st.sampled_from([*following, None]) if following else st.none()
    near = following[0] if following else None
    kinds = ["time-delay", "time-delay", "send-email", "send-email", "update-profile", "update-profile", "list-update"]
    kinds += ["conditional-split", "multi-branch-split", "multi-branch-split", "send-webhook", "ab-test"]
    kinds += ["trigger-split"] if has_event else []
    kinds += ["send-internal-alert"]
    if is_dated:
        kinds += ["countdown-delay", "countdown-delay"]
    kind = draw(st.sampled_from(kinds))
    head = {"temporary_id": name, "type": kind}
    conditions = st.one_of(of_profile(), of_event()) if has_event else of_profile()
    if kind == "multi-branch-split":
        branches = [
            {"branch_id": "x", "order": 2, "is_else": False, "branch_filter": draw(filters(conditions))},
            {"branch_id": "y", "order": 1, "is_else": False, "branch_filter": draw(filters(conditions))},
            {"branch_id": "z", "order": 0, "is_else": True, "branch_filter": None},
        ]
        ways = [near, draw(onward), draw(onward)]
        ordered = [branch | {"links": {"next": way}} for branch, way in zip(branches, ways, strict=True)]
        return head | {"links": None, "data": {"name": "W", "branches": ordered}}
    if kind.endswith("split"):
        links = {"next_if_true": near, "next_if_false": draw(onward)}
        asked = draw(maybe(filters(of_event() if kind == "trigger-split" else of_profile())))
        return head | {"links": links, "data": {f"{'trigger' if kind[0] == 't' else 'profile'}_filter": asked}}
    head["links"] = {"next": near}
    if kind == "countdown-delay":
        return head | {"data": draw(countdowns())}
    if kind == "time-delay":
        return head | {"data": draw(delays())}
    status = draw(STATUSES)
    if kind == "update-profile":
        listed = draw(st.lists(operations(name), min_size=1, max_size=2))
        return head | {"data": {"status": status, "profile_operations": listed}}
    if kind == "list-update":
        return head | {"data": {"status": status, "name": "M", "on_execution": True, "list_id": "MARK"}}
    if kind == "send-webhook":
        size = " {{ event.Size }}" if has_event else ""
        message = {"url": "https://hooks.example.com/", "body": f'"{name}{size}"', "name": name}
        return head | {"data": {"status": status, "message": message}}
    if kind == "send-internal-alert":
        return head | {"data": {"status": status, "message": _alert(name, draw(st.sampled_from(ALERTED)))}}
    message = {
        "name": name,
        "subject_line": name,
        "template_id": "TEMPLATE",
        "smart_sending_enabled": False,
        "additional_filters": draw(maybe(filters(of_profile()))),
    }
    if kind == "ab-test":
        return head | {"data": {"status": status, **_test(name, message)}}
    return head | {"data": {"status": status, "message": message}}


def _alert(name: str, addresses: list[str]) -> dict[str, Any]:
    whole = {"from_email": None, "from_label": None, "to_emails": addresses, "subject_line": name}
    return whole | {"template_id": "TEMPLATE", "name": name}


def _test(name: str, message: dict[str, Any]) -> dict[str, Any]:
    """A test of two subjects that goes on: each gets one of the two, and nobody can say which."""

    def inner(which: str) -> dict[str, Any]:
        data = {"status": "draft", "message": message | {"subject_line": which}}
        return {"temporary_id": f"{name}{which}", "type": "send-email", "links": {"next": None}, "data": data}

    experiment = {"name": name, "variations": [inner("V"), inner("W")]}
    return {"experiment_status": "draft", "main_action": inner("M"), "current_experiment": experiment}


@st.composite
def flows(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(st.sampled_from(["list", "metric", "metric", "segment", "date", "date"]))
    has_event, is_dated = kind == "metric", kind == "date"
    trigger: dict[str, Any] = {"type": kind, "id": kind.upper()}
    if has_event:
        trigger = {"type": "metric", "id": "TRIGGER", "trigger_filter": draw(maybe(filters(of_event())))}
    if is_dated:
        trigger = draw(date_triggers())
    names = [f"a{number}" for number in range(draw(st.integers(4, 9)))]
    again = [{"duration": 1, "unit": "alltime"}, {"duration": 0, "unit": "alltime"}, {"duration": 9, "unit": "hour"}]
    drawn = [draw(actions(name, names[at + 1 :], has_event, is_dated)) for at, name in enumerate(names)]
    if is_dated and draw(st.booleans()):
        # a flow has one target date at most
        at = draw(st.integers(0, len(names) - 1))
        following = names[at + 1] if at + 1 < len(names) else None
        target = {"temporary_id": names[at], "type": "target-date", "links": {"next": following}}
        drawn[at] = target | {"data": draw(targets())}
    return {
        "triggers": [trigger],
        "profile_filter": draw(st.one_of(st.none(), filters(of_profile()))),
        "entry_action_id": names[0],
        "reentry_criteria": draw(st.sampled_from([None, *again])),
        "actions": drawn,
    }


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[Any, ...]]:
    """What happens, one after the other. Time goes on by hours and seven minutes, six times at most: so nothing is due
    within minutes of a moment at which something happens."""
    who, sizes, values = st.sampled_from(PEOPLE), st.sampled_from(["L", "S"]), st.sampled_from([50, 150])
    happening = st.one_of(
        st.tuples(st.just("join"), who),
        st.tuples(st.just("join"), who),
        st.tuples(st.just("leave"), who),
        st.tuples(st.just("order"), who),
        st.tuples(
            st.just("event"),
            who,
            st.fixed_dictionaries({"Size": sizes, "Value": values}),
            st.sampled_from([0, 0, 0, 2, 6, 40]),
        ),
        st.tuples(st.just("set"), who, st.sampled_from(READ), st.sampled_from(["gold", "tin", None])),
    )
    days_ahead = st.sampled_from([None, *range(16)])
    happening = st.one_of(happening, st.tuples(st.just("day"), who, days_ahead))
    history: list[tuple[Any, ...]] = []
    for name in PEOPLE:
        history += [("set", name, key, draw(st.sampled_from(["gold", "tin", None]))) for key in READ]
        history.append(("day", name, draw(days_ahead)))
        history += [("join", name), ("event", name, {"Size": draw(sizes), "Value": draw(values)}, 0)]
    history.append(("wait", draw(st.integers(1, 30))))
    for _ in range(draw(st.integers(3, 5))):
        history += draw(st.lists(happening, min_size=2, max_size=4))
        history.append(("wait", draw(st.integers(1, 60))))
    return history


class Bench:
    """A drawn flow in a world of its own account, and the same in the interpreter."""

    def __init__(self, world: World, sent: dict[str, Any], chance: random.Random) -> None:
        self.world, self.sent, self.chance = world, sent, chance
        self.model = Interpreter(sent)
        self.ids: dict[str, int] = {}
        self.events = 0

    async def begin(self) -> None:
        world = self.world
        now = await self.now()
        tomorrow = datetime.combine(now.date() + timedelta(days=1), datetime.min.time(), UTC)
        await world.advance(seconds=(tomorrow + timedelta(hours=10, minutes=3) - now).total_seconds())
        async with world.pool.connection() as conn:
            mark = await lists.create(conn, world.account.account_id, "Mark", "single_opt_in", world.account.now())
        self.mark = mark["id"]
        known = {"LIST": world.list_public_id, "MARK": mark["public_id"], "TEMPLATE": world.template_id}
        known |= {"TRIGGER": await world.metric("Trigger"), "ORDER": await world.metric("Order")}
        known["SEGMENT"] = await self._segment()
        self.begun = (await self.now()).date()
        given: dict[str, Any] = renamed(self.sent, known)
        self.flow = await world.flow(*given.pop("actions"), trigger=given.pop("triggers")[0], **_rest(given))
        async with world.pool.connection() as conn:
            for action in self.flow.actions.values():
                if action.kind.is_test:
                    await experiments.turned(conn, world.account, action, str(action.status), await self.now())
        for name in PEOPLE:
            self.ids[name] = await world.person(f"{name}@example.com", location={"timezone": ZONES[name]})
            self.model.people[name] = Someone(name, ZONES[name])
        await self.settle()

    async def _segment(self) -> str:
        world, gold = self.world, about_profile("properties['tier']", "string", "equals", value="gold")
        async with world.pool.connection() as conn:
            now = (await accounts.load(conn, world.account.account_id)).now()
            made = await segments.create(
                conn, world.account.account_id, "Gold", groups(gold), is_starred=False, now=now
            )
            for address in CONFIRMED:
                await db.execute(conn, _CONFIRMED, (world.account.account_id, address, address, now, now))
        await SegmentBuilder(world.pool).run_once()
        return str(made["public_id"])

    async def now(self) -> datetime:
        async with self.world.pool.connection() as conn:
            return (await accounts.load(conn, self.world.account.account_id)).now()

    async def happens(self, what: str, *rest: Any) -> None:
        now = await self.now()
        await getattr(self, f"_{what}")(now, *rest)
        await self.settle()

    async def _wait(self, now: datetime, hours: int) -> None:
        async with self.world.pool.connection() as conn:
            await accounts.advance_clock(conn, self.world.account, timedelta(hours=hours, minutes=7).total_seconds())
        self.model.passes(now + timedelta(hours=hours, minutes=7))

    async def _join(self, now: datetime, who: str) -> None:
        async with self.world.pool.connection() as conn:
            await lists.add(conn, self.world.account.account_id, self.world.list_id, [self.ids[who]], now)
        self.model.joins(who, now)

    async def _leave(self, now: datetime, who: str) -> None:
        async with self.world.pool.connection() as conn:
            await lists.remove(conn, self.world.account.account_id, self.world.list_id, [self.ids[who]])
        self.model.leaves(who)

    async def _order(self, now: datetime, who: str) -> None:
        # The second in which a run begins is a matter of its own.
        await asyncio.sleep(0)
        self.events += 1
        async with self.world.pool.connection() as conn:
            await accounts.advance_clock(conn, self.world.account, 2)
        await self.world.event("Order", self.ids[who], unique_id=str(self.events), work=False)
        self.model.orders(who, await self.now())

    async def _event(self, now: datetime, who: str, properties: Mapping[str, Any], ago: int) -> None:
        self.events += 1
        await self.world.event(
            "Trigger",
            self.ids[who],
            properties,
            ago=timedelta(hours=ago),
            unique_id=str(self.events),
            work=False,
        )
        self.model.does(who, properties, now - timedelta(hours=ago), now)
        async with self.world.pool.connection() as conn:
            await accounts.advance_clock(conn, self.world.account, 2)

    async def _set(self, now: datetime, who: str, key: str, value: str | None) -> None:
        changes = {"properties": {key: value}} if value is not None else {"unset": [key]}
        await self.world.person(f"{who}@example.com", **changes)
        self.model.sets(who, key, value, now)

    async def _day(self, now: datetime, who: str, days: int | None) -> None:
        """Their date: so many days after the history began."""
        await self._set(now, who, "Day", None if days is None else (self.begun + timedelta(days=days)).isoformat())

    async def settle(self) -> None:
        """Until nothing is left to do: several engines with batches of any size, beside pipeline and deliverer, in any
        order."""
        world = self.world
        engines = [FlowEngine(world.pool, batch=self.chance.choice([1, 2, 3, 100])) for _ in range(2)]
        idle = 0
        while idle < 2:
            if self.chance.random() < 0.2:
                await self._breaks_off(FlowEngine(world.pool))
            loops = [engine.run_once for engine in engines] + [world.pipeline.run_once, world.calendar.run_once]
            self.chance.shuffle(loops)
            done = sum(await asyncio.gather(*(loop() for loop in loops[: self.chance.choice([1, 2, 3])])))
            done += await world.deliverer.run_once() if self.chance.random() < 0.5 else 0
            if not done:
                done = await world.pipeline.run_once() + await world.calendar.run_once()
                done += await world.engine.run_once()
                done += await world.deliverer.run_once()
            idle = 0 if done else idle + 1

    async def _breaks_off(self, engine: FlowEngine) -> None:
        """In the midst of its work, as when its process is killed: what is not committed has not happened."""
        working = asyncio.ensure_future(engine.run_once())
        await asyncio.wait([working], timeout=self.chance.choice([0.001, 0.003, 0.01, 0.03]))
        working.cancel()
        await asyncio.wait([working])

    async def compare(self) -> None:
        world, names = self.world, {id: name for name, id in self.ids.items()}
        mails = await world.query(
            """SELECT e.profile_id, m.options ->> 'name', coalesce(m.skip_reason, m.status),
                   CASE WHEN m.due < '9999-01-01' THEN m.due END
               FROM messages m JOIN enrolments e ON e.account_id = m.account_id
                   AND e.id = split_part(m.cause, ':', 2)::bigint
               WHERE m.account_id = %s"""
        )
        found = sorted((names[who], name, outcome, due) for who, name, outcome, due in mails)
        expected = sorted((mail.who, mail.action, mail.outcome, mail.due) for mail in self.model.mails)
        assert [mail[:3] for mail in found] == [mail[:3] for mail in expected]
        for (*mail, due), (*_, should) in zip(found, expected, strict=True):
            assert due is None or abs(due - should) < timedelta(minutes=3), (mail, due, should)
        for name, id in self.ids.items():
            assert await world.properties(id) == self.model.people[name].properties, name
        calls = await world.query(
            """SELECT e.profile_id, w.body, w.status FROM webhook_calls w
               JOIN enrolments e ON e.account_id = w.account_id AND e.id = w.enrolment_id WHERE w.account_id = %s"""
        )
        # whoever makes calls in the next test would make these
        await world.query("DELETE FROM webhook_calls WHERE account_id = %s RETURNING id")
        assert sorted((names[who], body) for who, body, _ in calls) == sorted(self.model.calls)
        assert {status for *_, status in calls} <= {"queued"}
        marked = await world.query(
            "SELECT profile_id FROM list_members WHERE account_id = %s AND list_id = %s", self.mark
        )
        assert {names[row[0]] for row in marked} == {name for name, one in self.model.people.items() if one.marks}
        places = {
            str(id): action["temporary_id"] for id, action in zip(self.flow.actions, self.sent["actions"], strict=True)
        }
        runs = await world.query("SELECT profile_id, action_id, waiting FROM enrolments WHERE account_id = %s")
        assert sorted((names[who], places.get(str(at), ""), waiting) for who, at, waiting in runs) == sorted(
            (walk.who.name, walk.at or "", walk.waits and walk.at is not None) for walk in self.model.walks
        )


def _rest(given: dict[str, Any]) -> dict[str, Any]:
    given.pop("entry_action_id")
    return given if given["reentry_criteria"] is not None else {"profile_filter": given["profile_filter"]}


def _reachable(sent: dict[str, Any]) -> dict[str, Any]:
    """Without the actions that nothing leads to."""
    by_name = {action["temporary_id"]: action for action in sent["actions"]}
    reached: set[str] = set()
    stack = [sent["entry_action_id"]]
    while stack:
        name = stack.pop()
        if name is None or name in reached:
            continue
        reached.add(name)
        action = by_name[name]
        links = [branch["links"] for branch in action["data"].get("branches", ())] or [action["links"]]
        stack += [target for link in links for target in link.values()]
    return sent | {"actions": [action for name, action in by_name.items() if name in reached]}


async def _played(url: str, sent: dict[str, Any], history: list[tuple[Any, ...]], chance: random.Random) -> None:
    async with db.new_pool(url, size=8) as pool:
        world = await new_world(url, pool)
        try:
            bench = Bench(world, _reachable(sent), chance)
            await bench.begin()
            for what, *rest in history:
                await bench.happens(what, *rest)
            await bench.compare()
        finally:
            await world.caller.close()
            await world.deliverer.close()


def _model_test(examples: int) -> Any:
    # Not made smaller when one fails: an example takes seconds.
    phases = [Phase.explicit, Phase.generate]
    checks = list(HealthCheck)

    @settings(max_examples=examples, deadline=None, suppress_health_check=checks, database=None, phases=phases)
    @given(flows(), histories(), st.randoms(use_true_random=False))
    def play(url: str, sent: dict[str, Any], history: list[tuple[Any, ...]], chance: random.Random) -> None:
        run(_played(url, sent, history, chance))

    return play


@pytest.mark.long
def test_the_engine_does_what_the_interpreter_does(flows_url: str) -> None:
    _model_test(length(short=10, whole=400))(flows_url)
