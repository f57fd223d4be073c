"""Definitions × histories: live updates in random chunks = a full build = plain Python over the raw rows."""

import asyncio
import json
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rapport.kit import db
from tests.segments.world import METRICS, World, definition, did, relative

PEOPLE = ("ada", "ben", "cy")
HOURS = st.integers(-24 * 45, 24 * 6)
UNIT = st.sampled_from(("hour", "day", "day", "week"))
# Moments are written as @hours (a datetime) or @@hours (a date), because a world begins at its own time.
MOMENTS = st.builds(lambda mark, hours: f"{mark}{hours}", st.sampled_from(("@", "@@")), HOURS)
VALUES = st.one_of(
    st.sampled_from((5, "5", " 7 ", 5.5, "-1e2", "x", "Xy", "", True, "yes", "F", 0, None, [], ["a", "b"],
                     [1, None, "A"], {"a": 1}, [["a"]], "2026-02-30", "2024-02-29", "0000-01-01", "1e9999")),
    MOMENTS,
)  # fmt: skip


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
        HOURS, HOURS,
    ),
)  # fmt: skip
RELATIVE = st.one_of(
    st.builds(relative, st.sampled_from(("in-the-last", "at-least", "in-the-next")), st.integers(1, 30), UNIT),
    st.builds(
        lambda a, b, unit: {"type": "date", "operator": "between", "start": a, "end": b, "unit": unit},
        st.integers(1, 20), st.integers(1, 20), UNIT,
    ),
)  # fmt: skip
YEARLY = st.builds(relative, st.sampled_from(("anniversary-last", "anniversary-next")), st.integers(1, 30), UNIT)
CALENDAR = st.one_of(
    st.sampled_from(({"type": "date", "operator": "anniversary"}, {"type": "date", "operator": "anniversary-month"})),
    st.builds(lambda month: {"type": "date", "operator": "calendar-month", "value": month}, st.integers(1, 12)),
)
EVENT_TIMES = st.one_of(st.just({"type": "date", "operator": "alltime"}), RELATIVE, RELATIVE, STATIC, YEARLY)
EVENT_FILTERS = st.one_of(
    *COMMON,
    _filter("list", ("contains-any", "contains-all", "not-contains-any", "not-contains-all"),
            st.sampled_from((["a"], ["a", "1"], ["z", "A"]))),
    _filter("list", ("contains-substring", "not-contains-substring"), st.sampled_from(("a", "A", ""))),
)  # fmt: skip
METRIC = st.builds(
    lambda metric, test, timeframe, measurement, filters: did(
        metric, test["operator"], test["value"], timeframe=timeframe, measurement=measurement,
        filters=[{"property": "p", "filter": one} for one in filters] or None,
    ),
    st.sampled_from(METRICS), NUMERIC, EVENT_TIMES, st.sampled_from(("count", "count", "sum")),
    st.lists(EVENT_FILTERS, max_size=1),
)  # fmt: skip
PROPERTY = st.builds(
    lambda name, wanted: {"type": "profile-property", "property": name, "filter": wanted},
    st.sampled_from(("properties['p']", "properties['p']", "email", "last_event_date", "created")),
    st.one_of(
        *COMMON, STATIC, RELATIVE, YEARLY, CALENDAR,
        _filter("list", ("contains", "not-contains"), st.sampled_from(("a", "A", 1, None))),
    ),
)  # fmt: skip
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
    st.sampled_from((
        _consent("email", True, "any"), _consent("email", True, "never_subscribed"), _consent("email", False, "any"),
        _consent("email", True, "subscribed"), _consent("sms", True, "subscribed"), _consent("sms", False, "any"),
        _consent("email", False, "never_subscribed",
                 [{"field": "bounce_date", "filter": {"type": "existence", "operator": "is-set"}}]),
    )),
    st.builds(lambda t: _consent("email", True, "subscribed", [{"field": "status_date", "filter": t}]), RELATIVE),
    st.builds(lambda t: _consent("email", False, "any", [{"field": "bounce_date", "filter": t}]), RELATIVE),
)  # fmt: skip
CONDITION = st.one_of(METRIC, METRIC, METRIC, PROPERTY, PROPERTY, MEMBERSHIP, CONSENT)
DEFINITION = st.lists(st.lists(CONDITION, min_size=1, max_size=2), min_size=1, max_size=2).map(lambda g: definition(*g))

PERSON = st.sampled_from(PEOPLE)
EVENT = st.tuples(
    PERSON, st.sampled_from(METRICS), HOURS, st.fixed_dictionaries({}, optional={"p": VALUES}),
    st.sampled_from((None, "0", "1", "5.5", "-100")),
)  # fmt: skip
STEP = st.one_of(
    st.tuples(st.just("events"), st.lists(EVENT, min_size=1, max_size=6)),
    st.tuples(st.just("events"), st.lists(EVENT, min_size=1, max_size=6)),
    st.tuples(st.just("profile"), PERSON, VALUES),
    st.tuples(st.just("join"), st.integers(0, 1), PERSON),
    st.tuples(st.just("leave"), st.integers(0, 1), PERSON),
    st.tuples(st.just("consent"), PERSON, st.sampled_from(("email", "sms")),
              st.sampled_from(("SUBSCRIBED", "UNSUBSCRIBED")), st.integers(-24 * 30, 0)),
    st.tuples(st.just("suppress"), PERSON, st.sampled_from(("HARD_BOUNCE", "UNSUBSCRIBE")), st.integers(-24 * 30, 0)),
    st.tuples(st.just("advance"), st.sampled_from((1, 5, 24, 24 * 7, 24 * 31, 24 * 200))),
    st.tuples(st.just("tick")),
)  # fmt: skip


class Run:
    """One example: steps applied to a world in which the segments are alive from the start."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.people: dict[str, int] = {}

    def filled(self, text: Any) -> Any:
        """Placeholders of metrics, lists and moments as what they stand for in this world."""
        names = {**self.world.metrics, "L0": self.world.lists[0]["public_id"], "L1": self.world.lists[1]["public_id"]}

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


async def _agree(url: str, definitions: list[Any], steps: list[Any]) -> None:
    async with db.new_pool(url, size=3) as pool:
        run = Run(await World.create(pool))
        world = run.world
        rows = [await world.segment(run.filled(one)) for one in definitions]
        of_segment = {"type": "profile-group-membership", "is_member": True, "group_ids": [rows[0]["public_id"]]}
        rows.append(await world.segment(definition(of_segment)))
        for step in steps:
            await run.step(*step)
        await world.tick()
        for row in rows:
            alive, built = await world.members(row), await world.matching(row["definition"])
            expected = await world.expected(row["definition"])
            assert alive == built == expected, json.dumps(row["definition"])


@settings(
    max_examples=60, deadline=timedelta(seconds=20), print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip
@given(st.lists(DEFINITION, min_size=3, max_size=3), st.lists(STEP, min_size=3, max_size=14))
def test_it_agrees_with_a_full_build_and_with_plain_python(
    database: str, definitions: list[Any], steps: list[Any]
) -> None:
    asyncio.run(_agree(database, definitions, steps))
