"""Totals of events over all time, kept by the pipeline so that "at least twice ever" opens no partition of the log."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from rapport.events.reactions import Batch
from rapport.events.record import Recorded
from rapport.kit import db

_ADD = """
    INSERT INTO event_totals AS t (account_id, metric_id, profile_id, count, sum, last)
    SELECT %s, metric, profile, count, sum, to_timestamp(last)
    FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::numeric[], %s::bigint[])
        AS a (metric, profile, count, sum, last)
    ON CONFLICT (account_id, metric_id, profile_id) DO UPDATE SET
        count = t.count + excluded.count, sum = t.sum + excluded.sum, last = greatest(t.last, excluded.last)"""
# By way of the metrics, because the key begins with them and there are few.
_FORGET = """
    DELETE FROM event_totals WHERE account_id = %(account)s AND profile_id = ANY(%(profiles)s)
      AND metric_id IN (SELECT id FROM metrics WHERE account_id = %(account)s)"""
_COUNT = """
    INSERT INTO event_totals (account_id, metric_id, profile_id, count, sum, last)
    SELECT account_id, metric_id, profile_id, count(*), coalesce(sum(value), 0), max(time) FROM events
    WHERE account_id = %(account)s AND profile_id = ANY(%(profiles)s) GROUP BY account_id, metric_id, profile_id"""
_FORGET_ALL = "DELETE FROM event_totals WHERE account_id = %s"
_COUNT_ALL = """
    INSERT INTO event_totals (account_id, metric_id, profile_id, count, sum, last)
    SELECT account_id, metric_id, profile_id, count(*), coalesce(sum(value), 0), max(time) FROM events
    WHERE account_id = %s GROUP BY account_id, metric_id, profile_id"""


async def react(batch: Batch) -> None:
    """Add the recorded events; recount profiles whose old events were moved or removed."""
    await _add(batch.conn, batch.account.account_id, batch.events)
    if moved := batch.profiles("event"):
        await recount(batch.conn, batch.account.account_id, sorted(moved))


async def recount(conn: db.Connection, account_id: int, profiles: Sequence[int]) -> None:
    """Recompute these profiles' totals from the log."""
    parameters = {"account": account_id, "profiles": list(profiles)}
    await db.execute(conn, _FORGET, parameters)
    await db.execute(conn, _COUNT, parameters)


async def recount_all(conn: db.Connection, account_id: int) -> None:
    """Recompute an account's totals from the log. The caller must keep the account's pipeline from running
    meanwhile."""
    await db.execute(conn, _FORGET_ALL, (account_id,))
    await db.execute(conn, _COUNT_ALL, (account_id,))


@dataclass
class _Total:
    count: int = 0
    sum: Decimal = Decimal()
    # seconds since 1970
    last: int = 0

    def add(self, event: Recorded) -> None:
        self.count += 1
        # events may lie before 1970; the first one counts whatever it is
        self.last = event.accepted.time if self.count == 1 else max(self.last, event.accepted.time)
        if event.accepted.value is not None:
            self.sum += Decimal(event.accepted.value)


async def _add(conn: db.Connection, account_id: int, events: Sequence[Recorded]) -> None:
    totals: defaultdict[tuple[int, int], _Total] = defaultdict(_Total)
    for event in events:
        totals[event.metric.id, event.profile_id].add(event)
    if totals:
        # in one order, so that two writers can't wait for each other
        keys = sorted(totals)
        sums = [totals[key] for key in keys]
        numbers = db.array([metric for metric, _ in keys]), db.array([profile for _, profile in keys])
        counts, lasts = db.array([total.count for total in sums]), db.array([total.last for total in sums])
        await db.execute(conn, _ADD, (account_id, *numbers, counts, db.array([total.sum for total in sums]), lasts))
