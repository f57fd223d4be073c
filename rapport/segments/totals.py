"""Totals of events over all time, kept by the pipeline so that "at least twice ever" opens no partition of the log."""

from collections.abc import Sequence
from decimal import Decimal

from rapport.events.reactions import Batch
from rapport.events.record import Recorded
from rapport.kit import db
from rapport.segments.conditions.scope import array

_ADD = """
    INSERT INTO event_totals AS t (account_id, metric_id, profile_id, count, sum)
    SELECT %s, * FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::numeric[])
    ON CONFLICT (account_id, metric_id, profile_id)
    DO UPDATE SET count = t.count + excluded.count, sum = t.sum + excluded.sum"""
# By way of the metrics, because the key begins with them and there are few.
_FORGET = """
    DELETE FROM event_totals WHERE account_id = %(account)s AND profile_id = ANY(%(profiles)s)
      AND metric_id IN (SELECT id FROM metrics WHERE account_id = %(account)s)"""
_COUNT = """
    INSERT INTO event_totals (account_id, metric_id, profile_id, count, sum)
    SELECT account_id, metric_id, profile_id, count(*), coalesce(sum(value), 0) FROM events
    WHERE account_id = %(account)s AND profile_id = ANY(%(profiles)s) GROUP BY account_id, metric_id, profile_id"""
_FORGET_ALL = "DELETE FROM event_totals WHERE account_id = %s"
_COUNT_ALL = """
    INSERT INTO event_totals (account_id, metric_id, profile_id, count, sum)
    SELECT account_id, metric_id, profile_id, count(*), coalesce(sum(value), 0) FROM events
    WHERE account_id = %s GROUP BY account_id, metric_id, profile_id"""


async def react(batch: Batch) -> None:
    """Add what was recorded; count anew for profiles whose old events were moved or removed."""
    await _add(batch.conn, batch.account.account_id, batch.events)
    if moved := batch.profiles("event"):
        await recount(batch.conn, batch.account.account_id, sorted(moved))


async def recount(conn: db.Connection, account_id: int, profiles: Sequence[int]) -> None:
    """Count these profiles' totals from the log."""
    parameters = {"account": account_id, "profiles": list(profiles)}
    await db.execute(conn, _FORGET, parameters)
    await db.execute(conn, _COUNT, parameters)


async def recount_all(conn: db.Connection, account_id: int) -> None:
    """Count an account's totals from the log. The caller keeps its pipeline still meanwhile."""
    await db.execute(conn, _FORGET_ALL, (account_id,))
    await db.execute(conn, _COUNT_ALL, (account_id,))


async def _add(conn: db.Connection, account_id: int, events: Sequence[Recorded]) -> None:
    counts: dict[tuple[int, int], int] = {}
    sums: dict[tuple[int, int], Decimal] = {}
    for event in events:
        key = event.metric.id, event.profile_id
        counts[key] = counts.get(key, 0) + 1
        if event.accepted.value is not None:
            sums[key] = sums.get(key, Decimal()) + Decimal(event.accepted.value)
    if counts:
        # in one order, so that two writers can't wait for each other
        keys = sorted(counts)
        columns = array([metric for metric, _ in keys]), array([profile for _, profile in keys])
        added = array([counts[key] for key in keys]), [sums.get(key, Decimal()) for key in keys]
        await db.execute(conn, _ADD, (account_id, *columns, *added))
