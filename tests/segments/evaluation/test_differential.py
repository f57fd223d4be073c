"""Definitions × histories: live updates in random chunks = a full build = plain Python over the raw rows.

Some days are in the event lake, which the full build asks, and others not yet.
"""

import asyncio
import json
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rapport.events.lake import folder
from rapport.events.lake.sealer import Sealer
from rapport.events.pipeline import BATCH
from rapport.kit import db
from rapport.segments.evaluation import event_columns
from tests.lengths import length
from tests.segments import plain
from tests.segments.world import METRICS, World, definition, did, funnel, relative, step

PEOPLE = ("ada", "ben", "cy")
HOURS = st.integers(-24 * 45, 24 * 6)
UNIT = st.sampled_from(("hour", "day", "day", "week"))
# Moments are written as @hours (a datetime) or @@hours (a date), because a world begins at its own time.
MOMENTS = st.builds(lambda mark, hours: f"{mark}{hours}", st.sampled_from(("@", "@@")), HOURS)
VALUES = st.one_of(
    st.sampled_from(
        (
            5,
            "5",
            " 7 ",
            5.5,
            "-1e2",
            "x",
            "Xy",
            "",
            True,
            "yes",
            "F",
            0,
            None,
            [],
            ["a", "b"],
            [1, None, "A"],
            {"a": 1},
            [["a"]],
            "2026-02-30",
            "2024-02-29",
            "0000-01-01",
            "1e9999",
        )
    ),
    MOMENTS,
)


def _filter(kind: str, operators: tuple[str, ...], values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries({"type": st.just(kind), "operator": st.sampled_from(operators), "value": values})


COMPARE = ("equals", "not-equals", "greater-than", "greater-than-or-equal", "less-than", "less-than-or-equal")
LENGTHS = tuple(f"length-{name}" for name in COMPARE if name != "not-equals")
TEXTS = (
    "equals",
    "not-equals",
    "contains",
    "not-contains",
    "starts-with",
    "not-starts-with",
    "ends-with",
    "not-ends-with",
)
NUMERIC = _filter("numeric", COMPARE, st.sampled_from((0, 1, 2, 5, 5.5, -100)))
COMMON = (
    _filter("string", TEXTS, st.sampled_from(("x", "X", "5", "y", "true", ""))),
    _filter("string", ("regex", "nregex"), st.sampled_from(("x", "(?i)XY?", "\\d+", ".*[.].*", "[^a-z]*", ""))),
    _filter("string", ("in", "not-in"), st.sampled_from((["x", "5"], ["true"]))),
    NUMERIC,
    _filter("boolean", ("equals",), st.booleans()),
    st.fixed_dictionaries({"type": st.just("existence"), "operator": st.sampled_from(("is-set", "not-set"))}),
    _filter("list", LENGTHS, st.integers(0, 3)),
)
STATIC = st.one_of(
    st.fixed_dictionaries({"type": st.just("date"), "operator": st.sampled_from(("before", "after")), "date": MOMENTS}),
    st.builds(
        lambda a, b: {"type": "date", "operator": "between-static", "start": f"@{min(a, b)}", "end": f"@{max(a, b)}"},
        HOURS,
        HOURS,
    ),
)
RELATIVE = st.one_of(
    st.builds(relative, st.sampled_from(("in-the-last", "at-least", "in-the-next")), st.integers(1, 30), UNIT),
    st.builds(
        lambda a, b, unit: {"type": "date", "operator": "between", "start": a, "end": b, "unit": unit},
        st.integers(1, 20),
        st.integers(1, 20),
        UNIT,
    ),
)
YEARLY = st.builds(relative, st.sampled_from(("anniversary-last", "anniversary-next")), st.integers(1, 30), UNIT)
CALENDAR = st.one_of(
    st.sampled_from(({"type": "date", "operator": "anniversary"}, {"type": "date", "operator": "anniversary-month"})),
    st.builds(lambda month: {"type": "date", "operator": "calendar-month", "value": month}, st.integers(1, 12)),
)
EVENT_TIMES = st.one_of(st.just({"type": "date", "operator": "alltime"}), RELATIVE, RELATIVE, STATIC, YEARLY)
EVENT_FILTERS = st.one_of(
    *COMMON,
    _filter(
        "list",
        ("contains-any", "contains-all", "not-contains-any", "not-contains-all"),
        st.sampled_from((["a"], ["a", "1"], ["z", "A"])),
    ),
    _filter("list", ("contains-substring", "not-contains-substring"), st.sampled_from(("a", "A", ""))),
)
FUNNEL_FILTERS = (
    {"type": "string", "operator": "equals", "value": "x"},
    {"type": "numeric", "operator": "greater-than", "value": 1},
    {"type": "existence", "operator": "not-set"},
)
METRIC = st.builds(
    lambda metric, test, timeframe, measurement, filters: did(
        metric,
        test["operator"],
        test["value"],
        timeframe=timeframe,
        measurement=measurement,
        filters=[{"property": "p", "filter": one} for one in filters] or None,
    ),
    st.sampled_from(METRICS),
    NUMERIC,
    EVENT_TIMES,
    st.sampled_from(("count", "count", "sum")),
    st.lists(EVENT_FILTERS, max_size=1),
)
PROPERTY = st.builds(
    lambda name, wanted: {"type": "profile-property", "property": name, "filter": wanted},
    st.sampled_from(("properties['p']", "properties['p']", "email", "last_event_date", "created")),
    st.one_of(
        *COMMON,
        STATIC,
        RELATIVE,
        YEARLY,
        CALENDAR,
        _filter("list", ("contains", "not-contains"), st.sampled_from(("a", "A", 1, None))),
    ),
)
MEMBERSHIP = st.builds(
    lambda group, timeframe: (
        {"type": "profile-group-membership", "group_ids": [group]}
        | ({"is_member": False} if timeframe is None else {"is_member": True, "timeframe_filter": timeframe or None})
    ),
    st.sampled_from(("L0", "L1")),
    st.one_of(st.none(), st.just({}), RELATIVE),
)


def _consent(channel: str, can: bool, status: str, filters: Any = None) -> dict[str, Any]:
    consent = {
        "channel": channel,
        "can_receive_marketing": can,
        "consent_status": {"subscription": status, "filters": filters},
    }
    return {"type": "profile-marketing-consent", "consent": consent}


CONSENT = st.one_of(
    st.sampled_from(
        (
            _consent("email", True, "any"),
            _consent("email", True, "never_subscribed"),
            _consent("email", False, "any"),
            _consent("email", True, "subscribed"),
            _consent("sms", True, "subscribed"),
            _consent("sms", False, "any"),
            _consent(
                "email",
                False,
                "never_subscribed",
                [{"field": "bounce_date", "filter": {"type": "existence", "operator": "is-set"}}],
            ),
        )
    ),
    st.builds(lambda t: _consent("email", True, "subscribed", [{"field": "status_date", "filter": t}]), RELATIVE),
    st.builds(lambda t: _consent("email", False, "any", [{"field": "bounce_date", "filter": t}]), RELATIVE),
)
FUNNEL = st.builds(
    lambda steps, timeframe, window: funnel(
        *(step(what, done, [{"property": "p", "filter": one} for one in more] or None) for what, done, more in steps),
        timeframe=timeframe,
        window=window,
    ),
    st.lists(
        st.tuples(
            st.sampled_from(METRICS),
            st.sampled_from((True, True, False)),
            st.lists(st.sampled_from(FUNNEL_FILTERS), max_size=1),
        ),
        min_size=1,
        max_size=4,
    ),
    RELATIVE,
    st.sampled_from((None, "HOURS_1", "DAYS_3", "DAYS_30", "YEARS_1")),
)
REGION = st.builds(
    lambda region, inside: {"type": "profile-region", "region": region, "in_region": inside},
    st.sampled_from(("european_union", "united_states")),
    st.booleans(),
)


def _permission(status: str, *filters: Any) -> dict[str, Any]:
    permission = {"reachable_status": status} | ({"filters": list(filters)} if status.startswith("ex") else {})
    return {"type": "profile-permissions", "channel": "whatsapp_marketing", "permission": permission}


PERMISSIONS = st.one_of(
    st.builds(
        _permission,
        st.sampled_from(
            (
                "explicitly_reachable",
                "implicitly_reachable",
                "implicitly_or_explicitly_reachable",
                "explicitly_unreachable",
                "implicitly_unreachable",
                "implicitly_or_explicitly_unreachable",
            )
        ),
    ),
    st.builds(
        lambda status, field, timeframe: _permission(status, {"field": field, "filter": timeframe}),
        st.sampled_from(("explicitly_reachable", "explicitly_unreachable")),
        st.sampled_from(("effective_date", "recorded_date")),
        st.one_of(RELATIVE, YEARLY, CALENDAR),
    ),
)
ORDERS = st.builds(
    lambda dimension, wanted: {"type": "profile-predictive-analytics", "dimension": dimension, "filter": wanted},
    st.sampled_from(
        ("historic_clv", "historic_number_of_orders", "average_order_value", "average_days_between_orders")
    ),
    NUMERIC,
)
FLOW = st.one_of(
    st.builds(
        lambda flow, wanted: {"type": "profile-in-flow", "flow_id": flow, "is_in_flow": wanted},
        st.sampled_from(("F0", "F1")),
        st.booleans(),
    ),
    st.builds(
        lambda flow, timeframe: {
            "type": "profile-completed-flow",
            "flow_id": flow,
            "has_completed": timeframe is not None,
            "timeframe_filter": timeframe or None,
        },
        st.sampled_from(("F0", "F1")),
        st.one_of(st.none(), st.just({}), RELATIVE, RELATIVE, STATIC),
    ),
    st.builds(lambda share: {"type": "profile-sample", "percentage": share}, st.integers(0, 100)),
)
CONDITION = st.one_of(
    METRIC,
    METRIC,
    METRIC,
    PROPERTY,
    PROPERTY,
    MEMBERSHIP,
    CONSENT,
    FUNNEL,
    FUNNEL,
    REGION,
    PERMISSIONS,
    ORDERS,
    FLOW,
    FLOW,
)
DEFINITION = st.lists(st.lists(CONDITION, min_size=1, max_size=2), min_size=1, max_size=2).map(lambda g: definition(*g))

PERSON = st.sampled_from(PEOPLE)
EVENT = st.tuples(
    PERSON,
    st.sampled_from(METRICS),
    HOURS,
    st.fixed_dictionaries({}, optional={"p": VALUES}),
    st.sampled_from((None, "0", "1", "5.5", "-100")),
)
STEP = st.one_of(
    st.tuples(st.just("events"), st.lists(EVENT, min_size=1, max_size=6)),
    st.tuples(st.just("events"), st.lists(EVENT, min_size=1, max_size=6)),
    st.tuples(st.just("profile"), PERSON, VALUES),
    st.tuples(st.just("join"), st.integers(0, 1), PERSON),
    st.tuples(st.just("leave"), st.integers(0, 1), PERSON),
    st.tuples(st.just("place"), PERSON, st.sampled_from(("US", "usa ", "Deutschland", "FRA", "Brazil", "", None))),
    st.tuples(
        st.just("consent"),
        PERSON,
        st.sampled_from(("email", "sms", "whatsapp")),
        st.sampled_from(("SUBSCRIBED", "UNSUBSCRIBED")),
        st.integers(-24 * 30, 0),
    ),
    st.tuples(st.just("suppress"), PERSON, st.sampled_from(("HARD_BOUNCE", "UNSUBSCRIBE")), st.integers(-24 * 30, 0)),
    st.tuples(st.just("fold"), PERSON, PERSON),
    st.tuples(st.just("advance"), st.sampled_from((1, 5, 24, 24 * 7, 24 * 31, 24 * 200))),
    st.tuples(st.just("tick")),
    st.tuples(st.just("seal")),
    # one worker alone, so that the others come later, in any order
    st.tuples(st.sampled_from(("settle", "pass_boundaries", "walk"))),
)
# To a moment at which something may change, a second before it, at it, or after it.
MOVE = st.tuples(
    st.one_of(
        st.sampled_from((("midnight", "UTC"), ("midnight", "here"), ("clocks", ""))),
        st.builds(
            lambda hours, length: ("hours", str(hours + length)),
            HOURS,
            st.sampled_from((1, 2, 24, 24 * 2, 24 * 5, 24 * 7, 24 * 14, 24 * 30)),
        ),
    ),
    st.sampled_from((-1, 0, 1)),
)
# In small ones more waits behind nearly each, so that people are asked about later.
BATCHES = st.sampled_from((BATCH, 1, 2, 3, 7))
# Events of so many on, the log is read as it lies and not person by person.
READ_WHOLE = st.sampled_from((0, 6, 20_000))
ZONE = st.sampled_from(("UTC", "Europe/Berlin", "America/New_York", "Pacific/Auckland"))


class Run:
    """One example: steps applied to a world in which the segments are alive from the start."""

    def __init__(self, world: World, lake: Path) -> None:
        self.lake = lake
        self.world = world
        self.people: dict[str, int] = {}
        self.flows: dict[str, str] = {}

    async def start(self) -> None:
        by_list = {"type": "list", "id": self.world.lists[0]["public_id"]}
        self.flows["F0"] = await self.world.flow(by_list)
        self.flows["F1"] = await self.world.flow({"type": "metric", "id": self.world.metrics["Opened Email"]})

    def filled(self, text: Any) -> Any:
        """Placeholders of metrics, lists and moments as what they stand for in this world."""
        names = {**self.world.metrics, "L0": self.world.lists[0]["public_id"], "L1": self.world.lists[1]["public_id"]}
        names |= self.flows

        def fill(value: Any) -> Any:
            if isinstance(value, dict):
                return {key: fill(item) for key, item in value.items()}
            if isinstance(value, list):
                return [fill(item) for item in value]
            if isinstance(value, str) and value.startswith("@"):
                moment = self.world.at(int(value.lstrip("@")))
                return moment.date().isoformat() if value.startswith("@@") else moment.isoformat()
            return names.get(value, value) if isinstance(value, str) else value

        return fill(text)

    async def person(self, name: str) -> int:
        if name not in self.people:
            self.people[name] = await self.world.profile(name)
        return self.people[name]

    async def step(self, kind: str, *rest: Any) -> None:
        await getattr(self, kind)(*rest)

    async def events(self, events: list[Any]) -> None:
        await self.world.events(
            [(who, what, hours, self.filled(more), value) for who, what, hours, more, value in events]
        )

    async def profile(self, name: str, value: Any) -> None:
        self.people[name] = await self.world.profile(name, p=self.filled(value))

    async def place(self, name: str, country: str | None) -> None:
        self.people[name] = await self.world.place(name, country=country)

    async def join(self, number: int, name: str) -> None:
        await self.world.join(number, await self.person(name))

    async def leave(self, number: int, name: str) -> None:
        await self.world.leave(number, await self.person(name))

    async def consent(self, name: str, channel: str, status: str, hours: int) -> None:
        await self.world.consent(await self.person(name), channel, status, self.world.at(hours))

    async def suppress(self, name: str, reason: str, hours: int) -> None:
        await self.world.suppress(await self.person(name), reason, self.world.at(hours))

    async def advance(self, hours: int) -> None:
        await self.world.advance(hours=hours)

    async def tick(self) -> None:
        await self.world.tick()

    async def settle(self) -> None:
        await self.world.settle()

    async def pass_boundaries(self) -> None:
        await self.world.pass_boundaries()

    async def walk(self) -> None:
        await self.world.walk()

    async def fold(self, source: str, into: str) -> None:
        one, other = await self.person(source), await self.person(into)
        if one != other:
            await self.world.fold(one, other)
            self.people = {name: other if found == one else found for name, found in self.people.items()}

    async def move(self, kind: str, where: str, seconds: int) -> None:
        """The clock never goes back."""
        now = self.world.account.now()
        goal = self._goal(kind, where, now)
        if goal is not None and goal + timedelta(seconds=seconds) > now:
            await self.world.advance(seconds=(goal - now).total_seconds() + seconds)

    def _goal(self, kind: str, where: str, now: datetime) -> datetime | None:
        here = ZoneInfo(self.world.account.timezone)
        if kind == "hours":
            return self.world.at(int(where))
        if kind == "midnight":
            local = now.astimezone(here if where == "here" else UTC) + timedelta(days=1)
            return local.replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)
        hours = (now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1 + n) for n in range(24 * 366))
        before = now.astimezone(here).utcoffset()
        return next((hour for hour in hours if hour.astimezone(here).utcoffset() != before), None)

    async def agrees(self, rows: list[dict[str, Any]]) -> None:
        """Those kept alive are those of a full build and those of plain Python. The clock goes on meanwhile: where
        that alone makes a difference, they are looked at again."""
        world = self.world
        for _ in range(5):
            await world.tick()
            moments = [world.account.now()]
            found = [(await world.members(row), await world.matching(row["definition"])) for row in rows]
            moments.append(world.account.now())
            people = await world.people()
            expected = [[plain.matching(people, row["definition"], now) for row in rows] for now in moments]
            if expected[0] == expected[1]:
                break
        for row, (alive, built), wanted in zip(rows, found, expected[0], strict=True):
            assert alive == built == wanted, json.dumps(row["definition"])

    async def seal(self) -> None:
        """Days that are over go into the lake; what is dated in them later stays beside it."""
        await self.world.settle()
        sealer = Sealer(self.world.pool, folder.use(self.lake))
        while await sealer.step(self.world.id):
            pass
        await sealer.close()


async def _agree(url: str, definitions: list[Any], steps: list[Any], moves: list[Any], *where: Any) -> None:
    with tempfile.TemporaryDirectory() as lake:
        await _agree_over(url, Path(lake), definitions, steps, moves, *where)


async def _agree_over(
    url: str, lake: Path, definitions: list[Any], steps: list[Any], moves: list[Any], zone: str, batch: int
) -> None:
    async with db.new_pool(url, size=3) as pool:
        run = Run(await World.create(pool, zone, batch), lake)
        world = run.world
        await run.start()
        rows = [await world.segment(run.filled(one)) for one in definitions]
        of_segment = {"type": "profile-group-membership", "is_member": True, "group_ids": [rows[0]["public_id"]]}
        rows.append(await world.segment(definition(of_segment)))
        for step in steps:
            await run.step(*step)
        await run.agrees(rows)
        for where, seconds in moves:
            await run.move(*where, seconds)
            await run.agrees(rows)


@pytest.mark.rule("4.6", "4.7", "4.8")
@settings(
    max_examples=length(5, 60),
    deadline=timedelta(seconds=20),
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(
    st.lists(DEFINITION, min_size=3, max_size=3),
    st.lists(STEP, min_size=3, max_size=14),
    st.lists(MOVE, max_size=3),
    ZONE,
    BATCHES,
    READ_WHOLE,
)
def test_it_agrees_with_a_full_build_and_with_plain_python(
    database: str, definitions: list[Any], steps: list[Any], moves: list[Any], zone: str, batch: int, most: int
) -> None:
    """Also at the moments at which something may change, and wherever the account is: segments keep to UTC (4.6)."""
    with patch.object(event_columns, "_MANY", most), patch.object(event_columns, "_SHARE", 0):
        asyncio.run(_agree(database, definitions, steps, moves, zone, batch))
