"""Record: identified events into the log, each once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b

from rapport.accounts.types import Account
from rapport.events import metrics, partitions
from rapport.events.lake import changes
from rapport.events.metrics import Metric
from rapport.inbox.types import Accepted
from rapport.kit import db, ids


@dataclass(frozen=True)
class Recorded:
    """An event in the log, as reactions see it."""

    id: int
    metric: Metric
    profile_id: int
    time: datetime
    accepted: Accepted


_INSERT_KEYS = """
    INSERT INTO event_keys (account_id, metric_id, profile_id, key)
    SELECT %s, * FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[])
    ON CONFLICT DO NOTHING RETURNING metric_id, profile_id, key"""
# One trip for a whole batch: the sequence is asked for as many numbers as there are events.
_SEQUENCE = "SELECT nextval('event_sequence') FROM generate_series(1, %s)"
_LAST_EVENT = """
    UPDATE profiles p SET last_event_date = greatest(p.last_event_date, e.time), updated = %s
    FROM (SELECT id, to_timestamp(seconds) AS time FROM unnest(%s::bigint[], %s::bigint[]) AS given (id, seconds)) AS e
    WHERE p.account_id = %s AND p.id = e.id AND (p.last_event_date IS NULL OR p.last_event_date < e.time)"""
_COLUMNS = (
    "account_id", "time", "id", "metric_id", "profile_id", "value", "value_currency", "unique_id", "properties",
    "message_id", "recorded", "is_public",
)  # fmt: skip
Key = tuple[int, int, int]


async def record(
    conn: db.Connection, account: Account, accepted: Sequence[Accepted], profiles: Sequence[int]
) -> list[Recorded]:
    """Write the events that are not there yet and return them; a repeated key is dropped silently (3.3)."""
    metric_by_name = await metrics.find_or_create(
        conn, account.account_id, {(event.service, event.metric) for event in accepted}, account.now()
    )
    unique: dict[Key, tuple[Accepted, Metric, int]] = {}
    for event, profile in zip(accepted, profiles, strict=True):
        metric = metric_by_name[event.service, event.metric]
        unique.setdefault((metric.id, profile, _key(event)), (event, metric, profile))
    fresh = await _new_keys(conn, account.account_id, sorted(unique))
    events = await _numbered(conn, [unique[key] for key in unique if key in fresh])
    await _write(conn, account, events)
    await _mark_profiles(conn, account, events)
    return events


def _key(event: Accepted) -> int:
    """64 bits of the unique_id, or the second it happened when there is none."""
    if event.unique_id is None:
        return event.time
    return int.from_bytes(blake2b(event.unique_id.encode(), digest_size=8).digest(), "big", signed=True)


async def _new_keys(conn: db.Connection, account_id: int, keys: list[Key]) -> set[Key]:
    columns = [db.array(column) for column in zip(*keys, strict=True)] or ["{}"] * 3
    return set(await db.rows(conn, _INSERT_KEYS, (account_id, *columns)))


async def _numbered(conn: db.Connection, fresh: list[tuple[Accepted, Metric, int]]) -> list[Recorded]:
    if not fresh:
        return []
    numbers = [row[0] for row in await db.rows(conn, _SEQUENCE, (len(fresh),))]
    return [
        Recorded(ids.event_id(time := datetime.fromtimestamp(event.time, UTC), number), metric, profile, time, event)
        for (event, metric, profile), number in zip(fresh, numbers, strict=True)
    ]


async def _write(conn: db.Connection, account: Account, events: list[Recorded]) -> None:
    if not events:
        return
    await partitions.ensure(conn, {event.time for event in events})
    now = account.now()
    await db.copy_rows(conn, "events", _COLUMNS, (_row(account.account_id, event, now) for event in events))
    await changes.late(conn, account.account_id, [(event.time, event.id) for event in events])


def _row(account_id: int, event: Recorded, now: datetime) -> tuple[object, ...]:
    accepted = event.accepted
    return (
        account_id,
        event.time,
        event.id,
        event.metric.id,
        event.profile_id,
        accepted.value,
        accepted.currency,
        accepted.unique_id,
        bytes(accepted.properties).decode(),
        accepted.message,
        now,
        accepted.is_public or None,
    )


async def _mark_profiles(conn: db.Connection, account: Account, events: list[Recorded]) -> None:
    latest: dict[int, int] = {}
    for event in events:
        latest[event.profile_id] = max(event.accepted.time, latest.get(event.profile_id, event.accepted.time))
    ordered = sorted(latest)
    times = db.array([latest[profile] for profile in ordered])
    await db.execute(conn, _LAST_EVENT, (account.now(), db.array(ordered), times, account.account_id))
