"""Flows of dates: when they begin, and what waits for the date (behaviour-messaging 1.3, 1.9)."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from rapport.accounts import service as accounts
from rapport.flows import appointments, dates
from rapport.flows.trigger_types import DateTrigger
from tests.flows.conftest import World, about_profile, action, days, groups, split

BRUSSELS = ZoneInfo("Europe/Brussels")


def trigger(**rest: Any) -> dict[str, Any]:
    plain = {
        "type": "date",
        "date_field_type": "profile-property",
        "date_profile_property": "Day",
        "timedelta_unit_before_date": "days",
        "timedelta_value_before_date": 0,
        "recurrence_frequency": "never",
        "timezone": "UTC",
        "trigger_time": "09:00:00",
    }
    return plain | rest


def typed(**rest: Any) -> DateTrigger:
    return DateTrigger(**trigger(**rest))


def anchors(stored: date, frequency: str, after: str, until: str) -> list[str]:
    begins, ends = (datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (after, until))
    found = dates.starts(typed(recurrence_frequency=frequency), stored, ZoneInfo("UTC"), begins, ends)
    return [anchor.isoformat() for anchor, _ in found]


def test_a_monthly_date_on_the_31st_comes_on_the_last_day_of_shorter_months() -> None:
    """F21"""
    found = anchors(date(2027, 1, 31), "monthly", "2027-02-01", "2027-05-15")
    assert found == ["2027-02-28", "2027-03-31", "2027-04-30"]
    assert anchors(date(2024, 1, 31), "monthly", "2024-02-01", "2024-03-01") == ["2024-02-29"]


def test_dates_come_again_as_often_as_they_say() -> None:
    assert anchors(date(1980, 2, 29), "annually", "2027-01-01", "2029-01-01") == ["2027-02-28", "2028-02-29"]
    assert anchors(date(2026, 1, 1), "weekly", "2026-01-07", "2026-01-20") == ["2026-01-08", "2026-01-15"]
    assert anchors(date(2026, 1, 1), "never", "2025-12-31", "2030-01-01") == ["2026-01-01"]
    assert anchors(date(2026, 1, 1), "never", "2026-01-02", "2030-01-01") == []
    assert anchors(date(2026, 6, 1), "annually", "2026-01-01", "2026-05-01") == []


def test_a_flow_begins_so_long_before_at_its_time_in_the_zone_on_the_next_weekday() -> None:
    weeks = typed(timedelta_unit_before_date="weeks", timedelta_value_before_date=2)
    assert dates.start(weeks, date(2026, 8, 15), BRUSSELS) == datetime(2026, 8, 1, 7, tzinfo=UTC)
    months = typed(timedelta_unit_before_date="months", timedelta_value_before_date=1, trigger_days=["monday"])
    # 31 March less a month is 28 February, a Saturday
    assert dates.start(months, date(2026, 3, 31), BRUSSELS) == datetime(2026, 3, 2, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-03-31", date(2026, 3, 31)),
        ("2026-03-31T23:30:00Z", date(2026, 4, 1)),
        ("2026-03-31 23:30:00", date(2026, 3, 31)),
        ("3/31/2026", date(2026, 3, 31)),
        ("31/3/2026", None),
        ("soon", None),
        ("0001-01-01", None),
    ],
)
def test_a_stored_date_is_read_as_it_is_written(text: str, day: date | None) -> None:
    assert appointments.date_of(text, BRUSSELS) == day


async def today(world: World) -> date:
    async with world.pool.connection() as conn:
        return (await accounts.load(conn, world.account.account_id)).now().date()


async def midnight(world: World) -> None:
    """To the next midnight."""
    async with world.pool.connection() as conn:
        now = (await accounts.load(conn, world.account.account_id)).now()
    ahead = datetime.combine(now.date() + timedelta(days=1), datetime.min.time(), UTC) - now
    await world.advance(seconds=ahead.total_seconds())


async def test_it_counts_down_to_the_date_and_goes_on_from_there(world: World) -> None:
    await midnight(world)
    await world.flow(
        world.email("Soon", "c"),
        action("c", "countdown-delay", "Tomorrow", unit="days", value=1, timezone="UTC"),
        world.email("Tomorrow", "t"),
        action("t", "target-date", "Today", timezone="UTC", target_time="12:00:00"),
        world.email("Today", "d"),
        days("d", 1, "After"),
        world.email("After"),
        trigger=trigger(timedelta_value_before_date=3),
    )
    day = await today(world) + timedelta(days=5)
    await world.person(properties={"Day": day.isoformat()})
    await world.work()
    for _ in range(8):
        await world.advance(days=1)
    sent = await world.query("SELECT options ->> 'name', due FROM messages WHERE account_id = %s ORDER BY id")
    at = dict(sent)
    noon = datetime.combine(day, datetime.min.time(), UTC) + timedelta(hours=12)
    assert at == {
        "Soon": noon - timedelta(days=3, hours=3),
        "Tomorrow": noon - timedelta(days=1, hours=3),
        "Today": noon,
        "After": noon + timedelta(days=1),
    }


async def test_paths_that_end_before_the_date_join_there(world: World) -> None:
    await midnight(world)
    gold = groups(about_profile("properties['tier']", "string", "equals", value="gold"))
    await world.flow(
        split("s", "conditional-split", "Gold", None, profile_filter=gold),
        world.email("Gold", "t"),
        action("t", "target-date", "Today", timezone="UTC"),
        world.email("Today"),
        trigger=trigger(timedelta_value_before_date=1),
    )
    day = (await today(world) + timedelta(days=2)).isoformat()
    await world.person(properties={"Day": day, "tier": "gold"})
    await world.person("bob@example.com", properties={"Day": day})
    await world.work()
    await world.advance(days=3)
    assert sorted(await world.messages()) == [("Gold", "sent"), ("Today", "sent"), ("Today", "sent")]


async def test_a_date_that_changes_or_goes_is_followed(world: World) -> None:
    """Also within the day that is looked ahead."""
    await midnight(world)
    await world.flow(world.email("A"), trigger=trigger())
    first = await today(world) + timedelta(days=1)
    await world.person(properties={"Day": first.isoformat()})
    await world.person("bob@example.com", properties={"Day": first.isoformat()})
    await world.work()
    await world.advance(hours=12)
    await world.person(properties={"Day": (first + timedelta(days=3)).isoformat()})
    await world.person("bob@example.com", unset=["Day"])
    await world.work()
    await world.advance(days=1)
    assert await world.messages() == []
    await world.advance(days=4)
    assert await world.messages() == [("A", "sent")]
    # Another date is another occasion.
    await world.person(properties={"Day": (first + timedelta(days=9)).isoformat()})
    await world.work()
    await world.advance(days=10)
    assert await world.messages() == [("A", "sent")] * 2


async def test_each_occurrence_starts_one_run_also_when_the_clock_jumps(world: World) -> None:
    await midnight(world)
    await world.flow(world.email("A"), trigger=trigger(recurrence_frequency="weekly"))
    await world.person(properties={"Day": (await today(world)).isoformat()})
    await world.work()
    await world.advance(days=22)
    rows = await world.query("SELECT entered FROM enrolments WHERE account_id = %s ORDER BY entered")
    apart = {(later[0] - earlier[0]).days for earlier, later in pairwise(rows)}
    assert len(rows) == 4 and apart == {7}


async def test_occurrences_that_come_together_are_as_far_apart_as_their_dates(world: World) -> None:
    """Nobody worked for three weeks, and the pause between two entries is a week and a day: each second one enters."""
    await midnight(world)
    await world.flow(
        world.email("A"),
        trigger=trigger(recurrence_frequency="weekly"),
        reentry_criteria={"duration": 8, "unit": "day"},
    )
    await world.person(properties={"Day": (await today(world)).isoformat()})
    await world.work()
    await world.advance(days=22)
    rows = await world.query("SELECT entered FROM enrolments WHERE account_id = %s ORDER BY entered")
    assert [(row[0] - rows[0][0]).days for row in rows] == [0, 14]


async def test_nobody_enters_a_flow_of_dates_whose_messages_are_drafts(world: World) -> None:
    await midnight(world)
    await world.flow(world.email("A", status="draft"), trigger=trigger())
    await world.person(properties={"Day": (await today(world)).isoformat()})
    await world.work()
    await world.advance(days=2)
    assert await world.runs() == []
