"""Timeframes and intervals in the account's timezone."""

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from rapport.kit.jsonapi import ApiError
from rapport.reports.timeframes import buckets, read

VIENNA = ZoneInfo("Europe/Vienna")
# a Thursday; in Vienna it is Friday already
NOW = datetime(2026, 9, 3, 22, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("key", "first", "after"),
    [
        ("today", date(2026, 9, 4), date(2026, 9, 5)),
        ("yesterday", date(2026, 9, 3), date(2026, 9, 4)),
        ("this_week", date(2026, 8, 31), date(2026, 9, 5)),
        ("last_week", date(2026, 8, 24), date(2026, 8, 31)),
        ("this_month", date(2026, 9, 1), date(2026, 9, 5)),
        ("last_month", date(2026, 8, 1), date(2026, 9, 1)),
        ("this_year", date(2026, 1, 1), date(2026, 9, 5)),
        ("last_year", date(2025, 1, 1), date(2026, 1, 1)),
        ("last_7_days", date(2026, 8, 28), date(2026, 9, 5)),
        ("last_30_days", date(2026, 8, 5), date(2026, 9, 5)),
        ("last_90_days", date(2026, 6, 6), date(2026, 9, 5)),
        ("last_365_days", date(2025, 9, 4), date(2026, 9, 5)),
        ("last_3_months", date(2026, 6, 4), date(2026, 9, 5)),
        ("last_12_months", date(2025, 9, 4), date(2026, 9, 5)),
    ],
)
def test_it_reads_a_key_as_days_of_the_account(key: str, first: date, after: date) -> None:
    found = read({"key": key}, VIENNA, NOW)
    assert (found.start, found.end) == (
        datetime(first.year, first.month, first.day, tzinfo=VIENNA),
        datetime(after.year, after.month, after.day, tzinfo=VIENNA),
    )


def test_it_ends_three_months_back_on_the_last_day_of_a_short_month() -> None:
    found = read({"key": "last_3_months"}, VIENNA, datetime(2026, 5, 31, 12, tzinfo=UTC))
    assert found.start == datetime(2026, 2, 28, tzinfo=VIENNA)


def test_it_ignores_an_offset_and_widens_to_quarters_of_an_hour() -> None:
    bounds = {"start": "2026-06-01T00:07:00-05:00", "end": "2026-06-30T23:59:59Z"}
    found = read(bounds, VIENNA, NOW)
    assert found.start == datetime(2026, 6, 1, tzinfo=VIENNA)
    assert found.end == datetime(2026, 7, 1, tzinfo=VIENNA)


def test_it_answers_eight_days_for_the_last_seven() -> None:
    days = buckets(read({"key": "last_7_days"}, VIENNA, NOW), "daily")
    assert [day.date() for day in days] == [date(2026, 8, 28 + n) if n < 4 else date(2026, 9, n - 3) for n in range(8)]


def test_it_has_25_hours_in_the_day_the_clock_goes_back() -> None:
    bounds = {"start": "2026-10-25T00:00:00", "end": "2026-10-26T00:00:00"}
    hours = buckets(read(bounds, VIENNA, NOW), "hourly")
    assert len(hours) == 25
    assert len({hour.astimezone(UTC) for hour in hours}) == 25


@pytest.mark.parametrize(
    ("zone", "start", "end", "expected"),
    [
        # 01:59 is followed by 01:30: that hour is so much longer
        ("Australia/Lord_Howe", "2026-04-05T00:30:00", "2026-04-05T04:00:00", ["13:00", "14:00", "15:30", "16:30"]),
        ("Asia/Kolkata", "2026-04-05T00:45:00", "2026-04-05T03:00:00", ["18:30", "19:30", "20:30"]),
        # the end lies in the first of two hours that the clock shows alike
        ("Europe/Vienna", "2026-10-25T01:00:00", "2026-10-25T02:30:00", ["23:00", "00:00"]),
    ],
)
def test_hours_are_those_of_the_accounts_clock(zone: str, start: str, end: str, expected: list[str]) -> None:
    hours = buckets(read({"start": start, "end": end}, ZoneInfo(zone), NOW), "hourly")
    assert [f"{hour.astimezone(UTC):%H:%M}" for hour in hours] == expected


def test_it_starts_weeks_on_monday_and_months_on_the_first() -> None:
    range = read({"key": "last_30_days"}, VIENNA, NOW)
    assert [week.date().isoformat() for week in buckets(range, "weekly")][:2] == ["2026-08-03", "2026-08-10"]
    assert [month.date().isoformat() for month in buckets(range, "monthly")] == ["2026-08-01", "2026-09-01"]


@pytest.mark.parametrize(
    ("timeframe", "interval", "pointer"),
    [
        ({"key": "last_9_days"}, None, "/data/attributes/timeframe/key"),
        ({"key": 7}, None, "/data/attributes/timeframe/key"),
        ({}, None, "/data/attributes/timeframe"),
        ({"start": "2026-01-01"}, None, "/data/attributes/timeframe"),
        ({"start": "soon", "end": "2026-01-01"}, None, "/data/attributes/timeframe/start"),
        ({"start": "2026-01-02", "end": "2026-01-01"}, None, "/data/attributes/timeframe/end"),
        ({"start": "2024-01-01", "end": "2026-01-01"}, None, "/data/attributes/timeframe"),
        ({"start": "9998-12-31", "end": "9999-12-31T23:59:59"}, None, "/data/attributes/timeframe/end"),
        ({"start": "0001-01-01", "end": "0002-01-01"}, None, "/data/attributes/timeframe/start"),
        ({"key": "last_30_days"}, "hourly", "/data/attributes/interval"),
        ({"key": "last_90_days"}, "daily", "/data/attributes/interval"),
    ],
)
def test_it_points_at_what_is_wrong(timeframe: dict[str, Any], interval: str | None, pointer: str) -> None:
    with pytest.raises(ApiError) as caught:
        range = read(timeframe, VIENNA, NOW)
        buckets(range, interval or "daily")
    assert caught.value.source == {"pointer": pointer}


@pytest.mark.parametrize("key", ["last_365_days", "last_12_months", "this_year", "last_year"])
def test_it_takes_every_long_key_by_month_and_week(key: str) -> None:
    range = read({"key": key}, VIENNA, NOW)
    assert buckets(range, "monthly") and buckets(range, "weekly")
