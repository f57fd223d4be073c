"""The day a sending is named after, as the account's clock shows it."""

from datetime import UTC, date, datetime

import pytest

from rapport.campaigns.plan import IMMEDIATE, Plan

_LATE = datetime(2026, 11, 27, 23, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("plan", "zone", "day"),
    [
        (IMMEDIATE, "UTC", "Friday"),
        (IMMEDIATE, "Europe/Berlin", "Saturday"),
        (Plan("static", send_time=_LATE), "Asia/Tokyo", "Saturday"),
        # half past eleven on Friday on everybody's clock
        (Plan("local_timezone", send_time=_LATE), "Asia/Tokyo", "Friday"),
        (Plan("smart_send_time", send_date=date(2026, 11, 27)), "Pacific/Auckland", "Friday"),
    ],
)
def test_it_is_the_day_that_people_read(plan: Plan, zone: str, day: str) -> None:
    assert f"{plan.stands_for(zone, _LATE):%A}" == day
