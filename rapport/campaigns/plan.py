"""When a message goes out, whichever revision said so (behaviour-messaging 2.4, 2.8)."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

import msgspec

# Where a day begins first, and so a local time comes first: UTC+14.
EARLIEST_ZONE = timedelta(hours=14)


class Plan(msgspec.Struct, frozen=True, omit_defaults=True):
    """How a message is sent; kept with it under `options.schedule`. `send_time`: when it begins, or under
    local_timezone the wall time that each recipient's zone reads."""

    strategy: Literal["immediate", "static", "local_timezone", "throttled", "smart_send_time"]
    send_time: datetime | None = None
    send_date: date | None = None
    # of local_timezone: where the time has passed already, a day later instead of at once
    passed_tomorrow: bool = False
    # of throttled: so much of the audience each hour or minute
    percentage: int | None = None
    unit: Literal["hour", "minute"] | None = None

    def begins(self, now: datetime) -> datetime:
        """When the audience is fixed and the first may go: before the earliest zone reads the time (2.4)."""
        if self.send_time is None:
            day = datetime.combine(self.send_date, time(), now.tzinfo) if self.send_date else now
            return max(now, day - EARLIEST_ZONE) if self.send_date else now
        return max(now, self.send_time - EARLIEST_ZONE if self.strategy == "local_timezone" else self.send_time)

    def stands_for(self, zone: str, otherwise: datetime) -> datetime:
        """The moment that names the sending, as the account's clock shows it; `otherwise` where none is planned."""
        if self.send_date is not None:
            return datetime.combine(self.send_date, time(12), ZoneInfo(zone))
        if self.strategy == "local_timezone" and self.send_time is not None:
            return self.send_time.astimezone(UTC).replace(tzinfo=ZoneInfo(zone))
        return (self.send_time or otherwise).astimezone(ZoneInfo(zone))


IMMEDIATE = Plan("immediate")


def read(options: Mapping[str, Any]) -> Plan:
    """The plan of a message by its stored options."""
    stored = options.get("schedule")
    return IMMEDIATE if stored is None else msgspec.convert(stored, Plan)
