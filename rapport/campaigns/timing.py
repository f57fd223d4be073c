"""When each recipient of a campaign message gets it, as SQL for the outbox (behaviour-messaging 2.4)."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import LiteralString
from zoneinfo import ZoneInfo, available_timezones

from rapport.accounts.types import Account
from rapport.campaigns.plan import Plan
from rapport.messages.outbox import Timing, at

# Every zone that a profile may name.
ZONES = sorted(available_timezones())
# A recipient's zone is the profile's; where it is unknown or no zone, the account's (2.4).
_ZONED: LiteralString = """
    LEFT JOIN profiles p ON p.account_id = %(account)s AND p.id = t.profile_id
    {slots}
    LEFT JOIN unnest(%(zones)s::text[], %(hours)s::int[], %(dues)s::timestamptz[]) AS z (zone, hour, due)
        ON z.zone = p.location->>'timezone' AND z.hour = {hour}
    LEFT JOIN unnest(%(zones)s::text[], %(hours)s::int[], %(dues)s::timestamptz[]) AS home (zone, hour, due)
        ON home.zone = %(home)s AND home.hour = {hour}"""
_DUE: LiteralString = "coalesce(z.due, home.due)"


def of(account: Account, plan: Plan, began: datetime) -> Timing:
    """The timing of every strategy but smart_send_time. `began`: when the first chunk was due."""
    if plan.strategy == "local_timezone" and plan.send_time is not None:
        return local(account, plan.send_time, plan.passed_tomorrow, began)
    if plan.strategy == "throttled" and plan.percentage is not None:
        parameters = {
            "start": began,
            "percentage": plan.percentage,
            "step": timedelta(minutes=1) if plan.unit == "minute" else timedelta(hours=1),
        }
        return Timing("%(start)s + t.percent / %(percentage)s * %(step)s", parameters=parameters)
    return at(account.now())


def local(account: Account, wall: datetime, passed_tomorrow: bool, began: datetime) -> Timing:
    """At a time of the clock in each recipient's zone. `wall`: in UTC, read as what the clock shows. A zone has passed
    it when it had when the sending `began`, so that all chunks agree."""
    shown = wall.astimezone(UTC).replace(tzinfo=None)
    dues = []
    for zone in ZONES:
        due = _in_zone(shown, zone)
        if due < began:
            due = _in_zone(shown + timedelta(days=1), zone) if passed_tomorrow else began
        dues.append((zone, 0, due))
    return _by_zone(account, dues, "0")


def hourly(
    account: Account,
    day: date,
    began: datetime,
    hour: LiteralString,
    slots: LiteralString,
    parameters: dict[str, object],
) -> Timing:
    """At an hour of the clock in each recipient's zone on `day`, or on the next where it had passed when the sending
    `began`.

    hour: a SQL expression for 0 to 23 over what `slots`, a join, adds.
    """
    dues = []
    for zone in ZONES:
        for number in range(24):
            shown = datetime(day.year, day.month, day.day, number)
            due = _in_zone(shown, zone)
            while due < began:
                shown += timedelta(days=1)
                due = _in_zone(shown, zone)
            dues.append((zone, number, due))
    timing = _by_zone(account, dues, hour, slots)
    return Timing(timing.due, timing.joins, {**timing.parameters, **parameters})


def _by_zone(
    account: Account,
    dues: Iterable[tuple[str, int, datetime]],
    hour: LiteralString,
    slots: LiteralString = "",
) -> Timing:
    names, hours, moments = (list(column) for column in zip(*dues, strict=True))
    joins = _ZONED.format(slots=slots, hour=hour)
    return Timing(_DUE, joins, {"zones": names, "hours": hours, "dues": moments, "home": account.timezone})


def _in_zone(shown: datetime, zone: str) -> datetime:
    return shown.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
