"""Every type of condition with every operator it takes (behaviour-people 4.2 to 4.5, 4.7), a cell each;
those about consent and places are in `cells_people`.

A cell is a condition, somebody who must meet it and somebody who must not; `tests/segments/crowd.py` makes these
people. Names in capitals stand for the ids of a world: METRIC, ORDERED, LIST, SEGMENT, FLOW. It is 2031-06-17 12:30
UTC, the day of the table in 4.7.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

Json = dict[str, Any]
NOW = datetime(2031, 6, 17, 12, 30, tzinfo=UTC)
# Everything happened to each of them at this moment: a date kept as a property, an event, a list joined, consent given,
# a flow completed. Their twins (`muted`) were suppressed at it.
MOMENTS: Mapping[str, datetime] = {
    name: datetime.fromisoformat(f"{moment}+00:00")
    for name, moment in {
        "minutes": "2031-06-17T12:00:00",
        "hours": "2031-06-17T08:00:00",
        "midnight": "2031-06-17T00:00:00",
        "third": "2031-06-14T00:00:00",
        "before_third": "2031-06-13T23:59:59",
        "fifth": "2031-06-12T00:00:00",
        "before_fifth": "2031-06-11T23:59:59",
        "week": "2031-06-10T00:00:00",
        "fortnight": "2031-06-03T00:00:00",
        "soon": "2031-06-17T13:00:00",
        "next": "2031-06-20T23:59:59",
        "after_next": "2031-06-21T00:00:00",
        "born": "2020-06-17T05:00:00",
        "born_third": "2020-06-14T00:00:00",
        "born_before_third": "2020-06-13T23:59:59",
        "born_next": "2020-06-20T23:59:59",
        "born_after_next": "2020-06-21T00:00:00",
        "born_june": "2020-06-30T00:00:00",
        "born_may": "2020-05-30T00:00:00",
        "leap": "2020-02-29T00:00:00",
    }.items()
}
# Two with something of everything, and one with nothing at all.
FULL, OTHER, EMPTY = "full", "other", "empty"


def muted(name: str) -> str:
    return f"muted_{name}"


@dataclass(frozen=True)
class Cell:
    id: str
    rules: tuple[str, ...]
    condition: Json
    meets: Sequence[str]
    fails: Sequence[str]

    def filled(self, names: Mapping[str, str]) -> Json:
        """The condition with the ids of a world."""
        found: Json = _fill(self.condition, names)
        return found


def _fill(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _fill(item, names) for key, item in value.items()}
    if isinstance(value, list):
        return [_fill(item, names) for item in value]
    return names.get(value, value) if isinstance(value, str) else value


def date(operator: str, **fields: Any) -> Json:
    return {"type": "date", "operator": operator, **fields}


def relative(operator: str, quantity: int, unit: str) -> Json:
    return date(operator, quantity=quantity, unit=unit)


def _between(start: int, end: int, unit: str) -> Json:
    return date("between", start=start, end=end, unit=unit)


@dataclass(frozen=True)
class Span:
    """A date filter with those it takes in and those it leaves out. `form`: static, relative, yearly, calendar."""

    form: str
    filter: Json
    meets: tuple[str, ...]
    fails: tuple[str, ...]

    @property
    def name(self) -> str:
        return "-".join(str(self.filter[key]) for key in ("operator", "unit", "value") if key in self.filter)


# The table of 4.7, with hours (which roll) and weeks (of seven days) besides. Boundaries stand on both sides.
SPANS = (
    Span("static", date("before", date="2031-06-14T15:00:00+00:00"), ("before_third",), ("third",)),
    Span("static", date("after", date="2031-06-16T15:00:00+00:00"), ("midnight",), ("third",)),
    Span(
        "static",
        date("between-static", start="2031-06-12T09:00:00+00:00", end="2031-06-13T09:00:00+00:00"),
        ("fifth", "before_third"),
        ("before_fifth", "third"),
    ),
    Span("relative", relative("in-the-last", 3, "day"), ("third", "minutes"), ("before_third", "soon")),
    Span("relative", relative("in-the-last", 4, "hour"), ("minutes",), ("hours", "soon")),
    Span("relative", relative("in-the-last", 1, "week"), ("week",), ("fortnight",)),
    Span("relative", relative("at-least", 3, "day"), ("before_third",), ("third",)),
    Span("relative", relative("at-least", 4, "hour"), ("hours",), ("minutes",)),
    Span("relative", relative("at-least", 1, "week"), ("fortnight",), ("week",)),
    Span("relative", _between(3, 5, "day"), ("fifth", "third"), ("before_fifth", "midnight")),
    Span("relative", _between(4, 6, "hour"), ("hours",), ("minutes", "midnight")),
    Span("relative", _between(1, 2, "week"), ("week", "fortnight"), ("before_fifth",)),
    Span("relative", relative("in-the-next", 3, "day"), ("soon", "next"), ("minutes", "after_next")),
    Span("relative", relative("in-the-next", 1, "hour"), ("soon",), ("next",)),
    Span("relative", relative("in-the-next", 1, "week"), ("after_next",), ("hours",)),
    Span("yearly", relative("anniversary-last", 3, "day"), ("born", "born_third"), ("born_before_third",)),
    Span("yearly", relative("anniversary-last", 10, "hour"), ("born",), ("born_third",)),
    Span("yearly", relative("anniversary-last", 1, "week"), ("born_before_third",), ("born_may",)),
    Span("yearly", relative("anniversary-next", 3, "day"), ("born_next",), ("born_after_next", "born")),
    Span("yearly", relative("anniversary-next", 1, "hour"), ("soon",), ("born_next",)),
    Span("yearly", relative("anniversary-next", 1, "week"), ("born_after_next",), ("born_june",)),
    Span("calendar", date("anniversary"), ("born", "midnight"), ("born_third", "leap")),
    Span("calendar", date("anniversary-month"), ("born_june",), ("born_may",)),
    Span("calendar", date("calendar-month", value=5), ("born_may",), ("born_june",)),
    Span("calendar", date("calendar-month", value=2), ("leap",), ("born",)),
)


def _spans(*forms: str) -> Iterator[Span]:
    return (span for span in SPANS if span.form in forms)


def dated(what: str, rules: Sequence[str], condition: Callable[[Json], Json], *forms: str) -> Iterator[Cell]:
    """A cell for each date filter that `condition` takes."""
    for span in _spans(*forms):
        name = f"{what}-{span.name}"
        yield Cell(name, (*rules, "4.7"), condition(span.filter), span.meets, (*span.fails, EMPTY))


COMPARE = ("equals", "not-equals", "greater-than", "greater-than-or-equal", "less-than", "less-than-or-equal")
# (operator, value) with who has more, as much and less: `full` has 5, `other` 3
NUMBERS = (
    ("equals", 5, FULL, OTHER), ("not-equals", 5, OTHER, FULL), ("greater-than", 3, FULL, OTHER),
    ("greater-than-or-equal", 4.5, FULL, OTHER), ("less-than", 5, OTHER, FULL),
    ("less-than-or-equal", 3, OTHER, FULL),
)  # fmt: skip
TEXTS = (
    ("equals", "Amber", FULL, OTHER), ("not-equals", "Amber", OTHER, FULL), ("contains", "mbe", FULL, OTHER),
    ("not-contains", "mbe", OTHER, FULL), ("starts-with", "Am", FULL, OTHER), ("not-starts-with", "Am", OTHER, FULL),
    ("ends-with", "er", FULL, OTHER), ("not-ends-with", "er", OTHER, FULL), ("in", ["Amber", "x"], FULL, OTHER),
    ("not-in", ["Amber", "x"], OTHER, FULL), ("regex", "A[a-z]+r", FULL, OTHER),
    ("nregex", "A[a-z]+r", OTHER, FULL),
)  # fmt: skip
# `full` has ["a", "b"], `other` ["A", 1, None]
LENGTHS = (
    ("length-equals", 2, FULL, OTHER), ("length-greater-than", 2, OTHER, FULL),
    ("length-greater-than-or-equal", 3, OTHER, FULL), ("length-less-than", 3, FULL, OTHER),
    ("length-less-than-or-equal", 2, FULL, OTHER),
)  # fmt: skip
ELEMENTS = (
    ("contains", "a", FULL, OTHER), ("not-contains", "a", OTHER, FULL), ("contains", 1, OTHER, FULL),
    ("not-contains", 1, FULL, OTHER), ("contains", None, OTHER, FULL), ("not-contains", None, FULL, OTHER),
)  # fmt: skip
SETS = (
    ("contains-any", ["a", "z"], FULL, OTHER), ("contains-all", ["a", "b"], FULL, OTHER),
    ("not-contains-any", ["a", "z"], OTHER, FULL), ("not-contains-all", ["a", "b"], OTHER, FULL),
    ("contains-substring", "a", FULL, OTHER), ("not-contains-substring", "a", OTHER, FULL),
)  # fmt: skip


@dataclass(frozen=True)
class Test:
    """A filter of a value; `field`: which of the values of `people` it is meant for."""

    __test__ = False
    field: str
    name: str
    filter: Json
    meets: str
    fails: tuple[str, ...]


def _tests(field: str, kind: str, table: Iterable[tuple[str, Any, str, str]]) -> Iterator[Test]:
    for operator, value, meets, fails in table:
        wanted = {"type": kind, "operator": operator, "value": value}
        # Who has no value at all matches neither an operator nor its negation (4.6).
        yield Test(field, f"{kind}-{operator}-{value}", wanted, meets, (fails, EMPTY))


def _common() -> Iterator[Test]:
    yield from _tests("text", "string", TEXTS)
    yield from _tests("number", "numeric", NUMBERS)
    yield from _tests("list", "list", LENGTHS)
    for value, meets, fails in ((True, FULL, OTHER), (False, OTHER, FULL)):
        wanted = {"type": "boolean", "operator": "equals", "value": value}
        yield Test("yes", f"boolean-equals-{value}", wanted, meets, (fails, EMPTY))


VALUES: Mapping[str, Json] = {
    FULL: {"text": "Amber", "number": 5, "list": ["a", "b"], "yes": True, "only": 1},
    # "5" under a number is read as one, "f" under a boolean as no (4.6)
    OTHER: {"text": "ampel", "number": "3", "list": ["A", 1, None], "yes": "f"},
    EMPTY: {},
}


def _property(name: str, wanted: Json) -> Json:
    return {"type": "profile-property", "property": name, "filter": wanted}


def properties() -> Iterator[Cell]:
    for test in (*_common(), *_tests("list", "list", ELEMENTS)):
        condition = _property(f"properties['{test.field}']", test.filter)
        yield Cell(f"property-{test.name}", ("4.2", "4.6"), condition, (test.meets,), test.fails)
    for name in ("first_name", "location['city']"):
        for test in _tests("text", "string", TEXTS):
            yield Cell(f"{name}-{test.name}", ("4.2",), _property(name, test.filter), (test.meets,), test.fails)
    # FULL is of the United States, OTHER of the United Kingdom, by their numbers
    for operator, meets, fails in (("in", FULL, OTHER), ("not-in", OTHER, FULL)):
        wanted = {"type": "string", "operator": f"phone-country-code-{operator}", "value": ["US", "CA"]}
        yield Cell(
            f"property-phone-country-code-{operator}",
            ("4.2", "4.6"),
            _property("phone_number", wanted),
            (meets,),
            (fails, EMPTY),
        )
    # Equal to nothing is how an unset value is asked for.
    unset = {"type": "string", "operator": "equals", "value": None}
    yield Cell("property-string-equals-null", ("4.2",), _property("properties['text']", unset), (EMPTY,), (FULL,))
    for operator, meets, fails in EXISTENCE:
        wanted = {"type": "existence", "operator": operator}
        yield Cell(
            f"property-existence-{operator}",
            ("4.2", "4.6"),
            _property("properties['only']", wanted),
            (meets,),
            (fails,),
        )
    yield from dated(
        "property-date",
        ("4.2",),
        lambda span: _property("properties['date']", span),
        "static",
        "relative",
        "yearly",
        "calendar",
    )


EXISTENCE = (("is-set", FULL, OTHER), ("not-set", OTHER, FULL))


def _did(
    metric: str,
    timeframe: Json | None = None,
    *,
    measure: tuple[str, Any] = ("greater-than-or-equal", 1),
    measurement: str = "count",
    filters: list[Json] | None = None,
) -> Json:
    return {
        "type": "profile-metric",
        "metric_id": metric,
        "measurement": measurement,
        "measurement_filter": {"type": "numeric", "operator": measure[0], "value": measure[1]},
        "timeframe_filter": timeframe or date("alltime"),
        "metric_filters": filters,
    }


def metrics() -> Iterator[Cell]:
    # `full` ordered 5 times for 5 in all, `other` 3 times for 3
    for measurement in ("count", "sum"):
        for operator, value, meets, fails in NUMBERS:
            for timeframe in (date("alltime"), relative("in-the-last", 400, "day")):
                name = f"metric-{measurement}-{operator}-{timeframe['operator']}"
                condition = _did("ORDERED", timeframe, measurement=measurement, measure=(operator, value))
                yield Cell(name, ("4.2",), condition, (meets,), (fails,))
    never = _did("ORDERED", measure=("equals", 0))
    yield Cell("metric-zero-times", ("4.2",), never, (EMPTY, "born"), (FULL,))
    for test in (*_common(), *_tests("list", "list", SETS)):
        condition = _did("ORDERED", filters=[{"property": test.field, "filter": test.filter}])
        yield Cell(f"metric-filter-{test.name}", ("4.2", "4.6"), condition, (test.meets,), test.fails)
    for operator, meets, fails in EXISTENCE:
        condition = _did(
            "ORDERED", filters=[{"property": "only", "filter": {"type": "existence", "operator": operator}}]
        )
        yield Cell(f"metric-filter-existence-{operator}", ("4.2", "4.6"), condition, (meets,), (fails, EMPTY))
    both = [{"property": "text", "filter": {"type": "string", "operator": "equals", "value": "Amber"}},
            {"property": "number", "filter": {"type": "numeric", "operator": "equals", "value": 5}}]  # fmt: skip
    yield Cell("metric-filters-on-the-same-event", ("4.2",), _did("ORDERED", filters=both), (FULL,), (OTHER, "split"))
    yield from dated("metric", ("4.2",), lambda span: _did("METRIC", span), "static", "relative", "yearly")
    yield Cell("metric-alltime", ("4.2",), _did("METRIC", date("alltime")), ("born", "next"), (EMPTY,))


def in_group(group: str, wanted: bool = True, **more: Any) -> Json:
    return {"type": "profile-group-membership", "is_member": wanted, "group_ids": [group], **more}


def memberships() -> Iterator[Cell]:
    for group in ("LIST", "SEGMENT"):
        yes = in_group(group, True, timeframe_filter=None)
        yield Cell(f"membership-{group.lower()}-true", ("4.2",), yes, ("third", FULL), (EMPTY,))
        yield Cell(f"membership-{group.lower()}-false", ("4.2",), in_group(group, False), (EMPTY,), ("third", FULL))
        in_time = partial(in_group, group, True)
        yield from dated(
            f"membership-{group.lower()}",
            ("4.2",),
            lambda span, ask=in_time: ask(timeframe_filter=span),
            "static",
            "relative",
        )


def _funnel(steps: list[Json], timeframe: Json, window: str | None = None) -> Json:
    return {
        "type": "profile-metric-funnel",
        "timeframe_filter": timeframe,
        "completion_window_seconds": window,
        "steps": steps,
    }


def _step(metric: str, done: bool = True, text: str | None = None) -> Json:
    equal = {"type": "string", "operator": "equals", "value": text}
    filters = None if text is None else [{"property": "text", "filter": equal}]
    return {"metric_exists": done, "metric_id": metric, "metric_filters": filters}


# Two orders of `split` lie an hour apart, of `other` three days, of `full` five; `once` ordered once.
WINDOWS = (
    ("HOURS_1", "split", OTHER), ("DAYS_1", "split", OTHER), ("DAYS_3", OTHER, FULL), ("DAYS_5", FULL, "once"),
    ("WEEKS_1", FULL, "once"), ("DAYS_30", FULL, "once"), ("DAYS_90", FULL, "once"), ("DAYS_180", FULL, "once"),
    ("YEARS_1", FULL, "once"), (None, FULL, "once"),
)  # fmt: skip


def funnels() -> Iterator[Cell]:
    year = relative("in-the-last", 400, "day")
    for window, meets, fails in WINDOWS:
        twice = _funnel([_step("ORDERED"), _step("ORDERED")], year, window)
        yield Cell(f"funnel-window-{window}", ("4.2",), twice, (meets,), (fails, EMPTY))
    # `split` ordered Amber first and Birch then
    amber, birch = _step("ORDERED", text="Amber"), _step("ORDERED", text="Birch")
    for name, steps, meets, fails in (
        ("in-order", [amber, birch], "split", FULL),
        ("anything-first", [_step("ORDERED"), birch], "split", FULL),
        ("one-not-done", [amber, birch | {"metric_exists": False}], FULL, "split"),
        ("none-done", [_step("ORDERED", False)], EMPTY, FULL),
    ):
        yield Cell(f"funnel-{name}", ("4.2",), _funnel(steps, year), (meets,), (fails,))
    for cell in dated("funnel", ("4.2",), lambda span: _funnel([_step("METRIC")], span), "static", "relative"):
        if cell.condition["timeframe_filter"]["operator"] not in ("before", "after"):
            yield cell


def orders() -> Iterator[Cell]:
    """`full` ordered 5 times for 5 in all, 5 days apart; `other` 3 times for 3, 3 days apart; `once` for 8."""
    for dimension, table in ORDERS.items():
        for operator, value, meets, fails in table:
            wanted = {"type": "numeric", "operator": operator, "value": value}
            condition = {"type": "profile-predictive-analytics", "dimension": dimension, "filter": wanted}
            yield Cell(f"predictive-{dimension}-{operator}", ("4.5",), condition, (meets,), (fails, *NONE[dimension]))


# Who has no such number at all: 1.11 says so of the time between orders of somebody with one.
NONE: Mapping[str, tuple[str, ...]] = {
    "historic_number_of_orders": (),
    "historic_clv": (),
    "average_order_value": (EMPTY,),
    "average_days_between_orders": (EMPTY, "once"),
}
ORDERS = {
    "historic_number_of_orders": NUMBERS,
    "historic_clv": NUMBERS,
    # 5 orders for 5, 3 for 3: one each; `once` is 8
    "average_order_value": (
        ("equals", 8, "once", FULL), ("not-equals", 8, FULL, "once"), ("greater-than", 1, "once", FULL),
        ("greater-than-or-equal", 8, "once", FULL), ("less-than", 8, FULL, "once"),
        ("less-than-or-equal", 1, FULL, "once"),
    ),
    "average_days_between_orders": NUMBERS,
}  # fmt: skip


def extensions() -> Iterator[Cell]:
    """What only Rapport has in segments. Whom a sample takes is told by `plain` alone."""
    yield Cell("sample", (), {"type": "profile-sample", "percentage": 50}, (), ())
    flow = {"flow_id": "FLOW"}
    inside = {"type": "profile-in-flow", **flow}
    yield Cell("in-flow-true", (), inside | {"is_in_flow": True}, (FULL,), ("third", EMPTY))
    yield Cell("in-flow-false", (), inside | {"is_in_flow": False}, ("third", EMPTY), (FULL,))
    completed = {"type": "profile-completed-flow", **flow}
    for value, meets, fails in ((True, "third", EMPTY), (False, EMPTY, "third")):
        condition = completed | {"has_completed": value}
        both = (FULL, OTHER) if value else ()
        yield Cell(f"completed-flow-{value}", (), condition, (meets,), (fails, *both))
    asked = completed | {"has_completed": True}
    yield from dated("completed-flow", (), lambda span: asked | {"timeframe_filter": span}, "static", "relative")


def cells() -> list[Cell]:
    """All but those about consent and places, which are in `cells_people`."""
    return [*properties(), *metrics(), *memberships(), *funnels(), *orders(), *extensions()]
