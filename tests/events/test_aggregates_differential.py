"""Metric aggregates against plain Python over the same events, where clocks are changed and elsewhere (3.8)."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rapport.kit import intervals
from tests.conftest import Server, Shop, new_shop
from tests.events.aggregate_questions import answered, loaded
from tests.events.plain_aggregates import Sent, aggregated, beginnings, moments
from tests.lengths import length

# A zone, and moments about which its clock is changed: forward and back, at midnight, by half an hour, by a day.
CHANGES = [
    ("America/New_York", datetime(2025, 3, 9, 7, tzinfo=UTC)),
    ("America/New_York", datetime(2025, 11, 2, 6, tzinfo=UTC)),
    ("Europe/Berlin", datetime(2025, 3, 30, 1, tzinfo=UTC)),
    ("Europe/Berlin", datetime(2025, 10, 26, 1, tzinfo=UTC)),
    ("America/Havana", datetime(2024, 11, 3, 5, tzinfo=UTC)),
    ("America/Santiago", datetime(2024, 9, 8, 4, tzinfo=UTC)),
    ("America/Santiago", datetime(2025, 4, 6, 3, tzinfo=UTC)),
    ("Asia/Kathmandu", datetime(2025, 12, 31, 18, tzinfo=UTC)),
    ("Asia/Kolkata", datetime(2026, 7, 4, 20, tzinfo=UTC)),
    ("Australia/Adelaide", datetime(2025, 4, 5, 16, tzinfo=UTC)),
    ("Australia/Adelaide", datetime(2025, 10, 4, 16, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2025, 4, 5, 15, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2025, 10, 4, 15, tzinfo=UTC)),
    ("Pacific/Apia", datetime(2011, 12, 30, 10, tzinfo=UTC)),
    ("UTC", datetime(2024, 2, 29, 12, tzinfo=UTC)),
]
INTERVALS = {
    "hour": timedelta(days=4),
    "day": timedelta(days=40),
    "week": timedelta(days=90),
    "month": timedelta(days=500),
}
PEOPLE = [f"p{n}@example.com" for n in range(4)]
numbers = itertools.count()


@st.composite
def ranges(draw: Any) -> tuple[str, str, datetime, datetime]:
    """(zone, interval, since, until): a range about a change of the clock."""
    zone, change = draw(st.sampled_from(CHANGES))
    interval = draw(st.sampled_from([*INTERVALS]))
    width = int(INTERVALS[interval].total_seconds())
    since = change - timedelta(seconds=draw(st.integers(0, width // 2)))
    until = since + timedelta(seconds=draw(st.integers(1, width)))
    written_in = draw(st.sampled_from([UTC, ZoneInfo(zone)]))
    return zone, interval, since.astimezone(written_in), until.astimezone(written_in)


@st.composite
def events(draw: Any, since: datetime, until: datetime) -> list[Sent]:
    since, until = since.astimezone(UTC), until.astimezone(UTC)
    seconds = int((until - since).total_seconds())
    moments = st.integers(-7200, seconds + 7200).map(lambda offset: since + timedelta(seconds=offset))
    properties = st.fixed_dictionaries(
        {}, optional={"URL": st.sampled_from(["https://a.example/?q='x'", "b", ""]), "Bot Click": st.booleans()}
    )
    one = st.builds(
        Sent,
        st.sampled_from(PEOPLE),
        moments,
        st.none() | st.sampled_from([0.0, 0.25, 9.5, 1000.0]),
        st.none() | st.sampled_from(["USD", "EUR"]),
        properties,
    )
    return list(draw(st.lists(one, max_size=25)))


@st.composite
def questions(draw: Any) -> tuple[str, str, datetime, datetime, list[Sent], list[str], bool]:
    zone, interval, since, until = draw(ranges())
    by = draw(st.lists(st.sampled_from(["URL", "Bot Click", "$value_currency"]), unique=True, max_size=2))
    return zone, interval, since, until, draw(events(since, until)), by, draw(st.booleans())


@pytest.fixture(scope="module")
def store(server: Server) -> Any:
    with new_shop(server) as made:
        yield made


@pytest.mark.rule("3.8")
@settings(
    max_examples=length(8, 40), deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(question=questions())
def test_aggregates_equal_a_count_over_the_raw_events(store: Shop, question: Any) -> None:
    zone, interval, since, until, sent, by, only_usd = question
    name = f"Thing {next(numbers)}"
    # the metric exists even where nothing is in range
    metric = loaded(store, name, [*sent, Sent(PEOPLE[0], datetime(2001, 1, 1, tzinfo=UTC))])
    bounds = [f"greater-or-equal(datetime,{since.isoformat()})", f"less-than(datetime,{until.isoformat()})"]
    also = ['equals($value_currency,"USD")'] if only_usd else []
    found = answered(
        store,
        metric,
        measurements=["count", "unique", "sum_value"],
        interval=interval,
        timezone=zone,
        by=by,
        filter=[*bounds, *also],
    )
    dates, rows = aggregated(
        sent, since, until, interval, ZoneInfo(zone), by, lambda one: not only_usd or one.currency == "USD"
    )
    assert list(moments(found["dates"])) == dates
    assert {tuple(row["dimensions"]): row["measurements"] for row in found["data"]} == rows


@pytest.mark.rule("3.8")
@settings(max_examples=300, deadline=None)
@given(ranges())
def test_intervals_begin_where_the_clock_shows_it(range: tuple[str, str, datetime, datetime]) -> None:
    zone, interval, since, until = range
    found = intervals.starts(since, until, interval, ZoneInfo(zone), most=10_000)  # type: ignore[arg-type]
    assert found == beginnings(since, until, interval, ZoneInfo(zone))


@pytest.mark.rule("3.8")
def test_an_hour_in_which_the_clock_moves_by_half_an_hour_is_so_much_longer() -> None:
    """On Lord Howe, 2025-04-06: 01:59 is followed by 01:30."""
    start = datetime(2025, 4, 5, 14, tzinfo=UTC)
    zone = ZoneInfo("Australia/Lord_Howe")
    found = intervals.starts(start, start + timedelta(hours=3), "hour", zone, most=10)
    assert found == [start, start + timedelta(minutes=90), start + timedelta(minutes=150)]
