"""When a delay ends (behaviour-messaging 1.8)."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from rapport.flows.action_types import TimeDelay
from rapport.flows.delays import end
from tests.flows.conftest import World, days

MONDAY = datetime(2026, 3, 9, 15, tzinfo=UTC)
UTC_ZONE = ZoneInfo("UTC")


def ends(arrival: datetime = MONDAY, zone: str = "UTC", **data: Any) -> datetime:
    return end(msgspec.convert(data, TimeDelay), arrival, ZoneInfo(zone))


def at(day: int, hour: int, minute: int = 0, month: int = 3) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


def test_it_counts_a_plain_day_as_24_hours() -> None:
    """F19, without the time"""
    assert ends(value=1) == at(10, 15)


def test_it_counts_calendar_days_up_to_a_time_of_day() -> None:
    """F19"""
    assert ends(value=1, delay_until_time="09:00:00") == at(10, 9)


@pytest.mark.parametrize(
    ("until", "wanted"), [("16:00:00", at(9, 16)), ("15:00:00", at(9, 15)), ("09:00:00", at(10, 9))]
)
def test_it_waits_for_the_next_time_of_day_when_no_day_is_to_pass(until: str, wanted: datetime) -> None:
    assert ends(value=0, delay_until_time=until) == wanted


def test_it_waits_for_a_weekday_that_is_allowed() -> None:
    """F20"""
    assert ends(value=1, delay_until_weekdays=["saturday"]) == at(14, 15)
    assert ends(value=1, delay_until_weekdays=["tuesday", "saturday"]) == at(10, 15)


def test_it_waits_for_time_and_weekday_together() -> None:
    assert ends(value=2, delay_until_time="10:00:00", delay_until_weekdays=["monday", "tuesday"]) == at(16, 10)


def test_it_adds_the_minutes_to_the_hours() -> None:
    assert ends(value=2, unit="hours", secondary_value=30) == at(9, 17, 30)
    assert ends(value=45, unit="minutes") == at(9, 15, 45)


def test_it_waits_for_the_time_of_day_after_so_many_hours() -> None:
    assert ends(value=20, unit="hours", delay_until_time="10:00:00") == at(11, 10)


def test_it_takes_the_time_of_day_where_the_recipient_is() -> None:
    assert ends(zone="America/New_York", value=1, delay_until_time="09:00:00") == at(10, 13)
    # there it is still Monday
    assert ends(at(10, 2), zone="America/New_York", value=1, delay_until_time="09:00:00") == at(10, 13)


def test_it_keeps_the_time_of_day_when_the_clocks_change() -> None:
    before = at(28, 12)
    assert ends(before, zone="Europe/Brussels", value=1, delay_until_time="09:00:00") == at(29, 7)


async def test_it_takes_the_zone_of_the_profile_or_else_of_the_account(world: World) -> None:
    await world.flow(days("d", 1, "A", delay_until_time="09:00:00"), world.email("A"))
    ann = await world.person(location={"timezone": "Asia/Tokyo"})
    bob = await world.person("bob@example.com", location={"timezone": "nowhere/at all"})
    await world.join(ann, bob)
    dues = dict(await world.query("SELECT profile_id, due FROM enrolments WHERE account_id = %s"))
    assert (dues[ann].hour, dues[bob].hour) == (0, 9)
