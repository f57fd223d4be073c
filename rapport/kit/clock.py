"""Time as an argument: the one place that asks the operating system.

A test account runs ahead of the world by its own offset, so that a test can move days in a moment and delays, windows
and retries follow. One that is to have a past begins behind the world, by a negative offset, and is moved up to it.
"""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


def utcnow() -> datetime:
    """The world's time, in UTC. For an account's time, ask its `Clock`."""
    return datetime.now(UTC)


def monotonic() -> float:
    """Seconds for measuring durations; never moved by a test clock."""
    return time.monotonic()


def in_reach(moment: datetime) -> bool:
    """Whether there is room on both sides for a time zone, and for a year: no arithmetic of ours overflows."""
    return 2 <= moment.year <= 9998


@dataclass(frozen=True)
class Clock:
    """An account's time: the world's plus the offset of its test clock, negative where that began in the past."""

    offset: timedelta = timedelta()

    def now(self) -> datetime:
        return utcnow() + self.offset


def midnight(moment: datetime) -> datetime:
    """00:00 UTC of that day. Segments count days in UTC whatever the account's timezone (behaviour-people 4.6)."""
    return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
