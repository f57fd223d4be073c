"""Strategies of both revisions, from and to the one plan of a message (behaviour-messaging 2.4, 2.8)."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from rapport.campaigns.plan import IMMEDIATE, Plan
from rapport.campaigns.service import Refused
from rapport.campaigns.types import InlineSchedule, MessageSchedule
from rapport.kit.jsonapi import invalid

_LONG_AGO = datetime(1, 1, 2, tzinfo=UTC)
THROTTLES = frozenset({1, 2, 5, 10, 11, 13, 14, 17, 20, 25, 33, 50})


def of_strategy(strategy: Mapping[str, Any] | None, now: datetime) -> Plan:
    """The plan of a `send_strategy` that was checked when it was set. Raises Refused for a day that is over."""
    values = strategy or {"method": "immediate"}
    method = values["method"]
    if method == "immediate":
        return IMMEDIATE
    if method == "smart_send_time":
        day = date.fromisoformat(values["date"])
        if day < now.date():
            raise Refused("'date' must not lie in the past.", "send_strategy/date")
        return Plan("smart_send_time", send_date=day)
    at = datetime.fromisoformat(values["datetime"])
    if method == "throttled":
        return Plan("throttled", send_time=at, percentage=values["throttle_percentage"], unit="hour")
    options = values.get("options") or {}
    if options.get("is_local"):
        passed = options.get("send_past_recipients_immediately") is not True
        return Plan("local_timezone", send_time=at, passed_tomorrow=passed)
    return Plan("static", send_time=at)


def planned(strategy: Mapping[str, Any] | None, zone: str) -> datetime | None:
    """When a draft with this `send_strategy` is to go, be it over or not; None where it goes at once. `zone`: the
    account's."""
    plan = of_strategy(strategy, _LONG_AGO)
    return None if plan == IMMEDIATE else plan.stands_for(zone, _LONG_AGO)


def of_request(sent: MessageSchedule | InlineSchedule, now: datetime, place: str) -> Plan:
    """The plan that a schedule of revision 2026-10-15 asks for. `place`: of its attributes, in a pointer. Raises
    ApiError."""
    pointer = f"/data/attributes{place}"
    if sent.strategy == "smart_send_time":
        return Plan("smart_send_time", send_date=_day(sent, now, pointer))
    at = _moment(sent, now, pointer)
    if sent.strategy == "static":
        return Plan("static", send_time=at)
    if sent.strategy == "local_timezone":
        options = sent.timezone_options
        return Plan(
            "local_timezone", send_time=at, passed_tomorrow=bool(options and options.send_past_timezones_tomorrow)
        )
    throttled = sent.throttled_options
    if throttled is None or throttled.throttling_percentage not in THROTTLES:
        allowed = ", ".join(str(percentage) for percentage in sorted(THROTTLES))
        raise invalid(
            f"'throttling_percentage' must be one of {allowed}.",
            pointer=f"{pointer}/throttled_options/throttling_percentage",
        )
    return Plan(
        "throttled", send_time=at, percentage=throttled.throttling_percentage, unit=throttled.throttle_unit or "hour"
    )


def _day(sent: MessageSchedule | InlineSchedule, now: datetime, pointer: str) -> date:
    if sent.send_date is None:
        raise invalid(f"'send_date' is required for the strategy '{sent.strategy}'.", pointer=f"{pointer}/send_date")
    if sent.send_date < now.date():
        raise invalid("'send_date' must not lie in the past.", pointer=f"{pointer}/send_date")
    return sent.send_date


def _moment(sent: MessageSchedule | InlineSchedule, now: datetime, pointer: str) -> datetime:
    if sent.send_time is None:
        raise invalid(f"'send_time' is required for the strategy '{sent.strategy}'.", pointer=f"{pointer}/send_time")
    at = sent.send_time if sent.send_time.tzinfo else sent.send_time.replace(tzinfo=now.tzinfo)
    if at <= now:
        raise invalid("'send_time' must lie in the future.", pointer=f"{pointer}/send_time")
    return at


def shown(plan: Plan) -> dict[str, Any]:
    """As an answer of revision 2026-10-15 has it."""
    return {
        "send_time": plan.send_time,
        "send_date": plan.send_date,
        "strategy": "static" if plan.strategy == "immediate" else plan.strategy,
        "throttling_percentage": plan.percentage,
        "throttle_unit": plan.unit,
    }


def as_strategy(plan: Plan) -> dict[str, Any]:
    """As a `send_strategy` of the revisions before, for a message that was scheduled in the newer way."""
    if plan.strategy == "smart_send_time":
        return {"method": "smart_send_time", "date": plan.send_date}
    if plan.strategy == "throttled":
        return {"method": "throttled", "datetime": plan.send_time, "throttle_percentage": plan.percentage}
    if plan.strategy == "local_timezone":
        options = {"is_local": True, "send_past_recipients_immediately": not plan.passed_tomorrow}
        return {"method": "static", "datetime": plan.send_time, "options": options}
    if plan.strategy == "static":
        return {"method": "static", "datetime": plan.send_time, "options": {"is_local": False}}
    return {"method": "immediate"}
