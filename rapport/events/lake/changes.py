"""What was changed in days that are sealed, so that readers see it at once. Written in the change's own transaction.

`rewritten` is for whoever changes or removes recorded events (UPDATE or DELETE on `events`): call it in the same
transaction, before or after, with the ids; or `of_profiles` BEFORE the change with the people whose events they are.
A merge needs neither (`MOVES` does what it takes), nor do events that are recorded (`late`).

No lock is taken. A sealer first claims its range in the manifest, then waits until every transaction that could have
looked before the claim has ended, and only then reads. So whoever looks into the manifest here has a transaction id
already, which is what the sealer waits for; and looks in READ COMMITTED, so as not to see an older manifest.
"""

from collections.abc import Sequence
from datetime import datetime

from rapport.kit import db
from rapport.kit.ids import EVENT_EPOCH, EVENT_SEQUENCE_BITS

_HORIZON = "SELECT max(until) FROM lake_files WHERE account_id = %s AND state <> 'retired'"
_LATE = """
    INSERT INTO lake_changes (account_id, time, event_id, rewritten)
    SELECT f.account_id, e.time, e.id, false
    FROM (SELECT to_timestamp(seconds) AS time, id FROM unnest(%s::bigint[], %s::bigint[]) AS given (seconds, id)) AS e
    JOIN lake_files f ON f.account_id = %s AND f.state <> 'retired' AND f.since <= e.time AND e.time < f.until"""
_BEGIN = "SELECT pg_current_xact_id()"
_REWRITTEN = f"""
    INSERT INTO lake_changes (account_id, time, event_id, rewritten)
    SELECT f.account_id, e.time, e.id, true
    FROM (SELECT to_timestamp({int(EVENT_EPOCH.timestamp())} + (id >> {EVENT_SEQUENCE_BITS})) AS time, id
          FROM unnest(%s::bigint[]) AS given (id)) AS e
    JOIN lake_files f ON f.account_id = %s AND f.state <> 'retired' AND f.since <= e.time AND e.time < f.until"""
_OF_PROFILES = """
    INSERT INTO lake_changes (account_id, time, event_id, rewritten)
    SELECT f.account_id, date_trunc('second', e.time), e.id, true FROM events e
    JOIN lake_files f ON f.account_id = e.account_id AND f.state <> 'retired' AND f.since <= e.time AND e.time < f.until
    WHERE e.account_id = %s AND e.profile_id = ANY(%s::bigint[])"""
# Before the events themselves move. That a day of the source's is sealed is not asked: whatever has events may be.
MOVES = (
    """UPDATE lake_moves SET into_id = %(into)s, written_by = pg_current_xact_id()::text::bigint
       WHERE account_id = %(account)s AND into_id = %(source)s""",
    """INSERT INTO lake_moves (account_id, source_id, into_id)
       SELECT %(account)s, %(source)s, %(into)s
       WHERE EXISTS (SELECT FROM events WHERE account_id = %(account)s AND profile_id = %(source)s)
       ON CONFLICT (account_id, source_id)
       DO UPDATE SET into_id = excluded.into_id, written_by = excluded.written_by""",
)


async def late(conn: db.Connection, account_id: int, events: Sequence[tuple[datetime, int]]) -> None:
    """Events (time, id) that were just written: those in days that are sealed, or being sealed, are noted."""
    if not events:
        return
    row = await db.row(conn, _HORIZON, (account_id,))
    if row is None or row[0] is None:
        return
    late_events = [(int(time.timestamp()), number) for time, number in events if time < row[0]]
    if late_events:
        seconds, numbers = zip(*late_events, strict=True)
        await db.execute(conn, _LATE, (db.array(seconds), db.array(numbers), account_id))


async def rewritten(conn: db.Connection, account_id: int, event_ids: Sequence[int]) -> None:
    """These events (ids as in `events.id`) were or are about to be changed or removed in this transaction."""
    await db.execute(conn, _BEGIN)
    await db.execute(conn, _REWRITTEN, (db.array(event_ids), account_id))


async def of_profiles(conn: db.Connection, account_id: int, profile_ids: Sequence[int]) -> None:
    """All events of these people are about to be changed or removed in this transaction."""
    await db.execute(conn, _BEGIN)
    await db.execute(conn, _OF_PROFILES, (account_id, db.array(profile_ids)))
