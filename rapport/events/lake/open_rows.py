"""What is not in files, from PostgreSQL: days that are not sealed, and what changed in those that are.

All of it is one statement, so it is one snapshot whatever the transaction around it, and it says which files it goes
with. A COPY as CSV is the quickest road from one to the other that needs no further library (docs/adr 0012).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rapport.events.lake.manifest import File, Span, gaps
from rapport.kit import db

# Kinds of rows: f a sealed file's id; s the snapshot (in unique_id); c a changed event's id and, as metric, its file's;
# v a person's id and, as profile, who they were folded into; e an event.
COLUMNS = {
    "kind": "VARCHAR", "id": "BIGINT", "metric": "BIGINT", "profile": "BIGINT", "time": "TIMESTAMP",
    "value": "DECIMAL(38, 12)", "currency": "VARCHAR", "unique_id": "VARCHAR", "message": "BIGINT",
    "properties": "VARCHAR",
}  # fmt: skip
_FILES = """
    SELECT 'f', id, NULL::bigint, NULL::bigint, NULL::timestamp, NULL::numeric, NULL::text, NULL::text, NULL::bigint,
           NULL::text
    FROM lake_files WHERE account_id = %(account)s AND state = 'sealed' AND since < %(until)s AND until > %(since)s"""
_SNAPSHOT = "SELECT 's', NULL, NULL, NULL, NULL, NULL, NULL, pg_current_snapshot()::text, NULL, NULL"
# A change's time is cut to the second.
_CHANGED = """
    SELECT DISTINCT c.event_id, c.time, f.id AS file_id FROM lake_changes c
    JOIN lake_files f ON f.account_id = c.account_id AND f.id = ANY(%(used)s::bigint[])
      AND f.since <= c.time AND c.time < f.until
    WHERE c.account_id = %(account)s
      AND c.time >= %(since)s::timestamptz - interval '1 second' AND c.time < %(until)s"""
_CHANGES = f"SELECT 'c', event_id, file_id, NULL, NULL, NULL, NULL, NULL, NULL, NULL FROM ({_CHANGED}) AS c"
_MOVES = """
    SELECT 'v', source_id, NULL, into_id, NULL, NULL, NULL, NULL, NULL, NULL FROM lake_moves
    WHERE account_id = %(account)s"""
_EVENT = """
    SELECT 'e', e.id, e.metric_id, e.profile_id, e.time AT TIME ZONE 'UTC',
           CASE WHEN scale(e.value) > 12 THEN round(e.value, 12) ELSE e.value END, e.value_currency, e.unique_id,
           e.message_id, {properties}"""
_ROWS = """
    FROM events e WHERE e.account_id = %(account)s AND e.time >= {since} AND e.time < {until}"""
# One probe by key for each change; the limit keeps the planner from joining with the whole log instead.
_CHANGED_ROWS = f"""
    FROM ({_CHANGED}) AS c CROSS JOIN LATERAL (
        SELECT * FROM events l WHERE l.account_id = %(account)s AND l.id = c.event_id
          AND l.time >= c.time AND l.time < c.time + interval '1 second' LIMIT 1) AS e
    WHERE e.time >= %(since)s AND e.time < %(until)s"""
_OF_METRICS = " AND e.metric_id = ANY(%(metrics)s::bigint[])"
# A line of 16 MB is more than a request can hold, but a few numbers such as 1e300 grow when they are written out.
# The first test is of what is stored and costs nothing.
_ALL_PROPERTIES = """
    CASE WHEN pg_column_size(e.properties) > 100000 AND octet_length(e.properties::text) > 16000000
         THEN '{"$too_large": true}' ELSE e.properties::text END"""
# Only what was asked for crosses; a name that an event lacks stays absent.
_SOME_PROPERTIES = """
    (SELECT coalesce(jsonb_object_agg(k, e.properties -> k), '{{}}')
     FROM unnest(%(properties)s::text[]) AS k WHERE e.properties ? k)"""

_COUNT = """
    SELECT count(*) FROM (
        SELECT FROM events e
        WHERE e.account_id = %s AND e.metric_id = ANY(%s::bigint[]) AND e.time >= %s AND e.time < %s
        LIMIT %s) AS counted"""


@dataclass(frozen=True)
class Wanted:
    """Which events, and what of them. `metrics` None = all; `properties` False = none, True = all."""

    account_id: int
    span: Span
    metrics: Sequence[int] | None = None
    properties: bool | Sequence[str] = True


async def fetch(conn: db.Connection, wanted: Wanted, used: Sequence[File], to: Path) -> None:
    """Write all that is wanted and not in the files `used`, and what to know for reading those, as CSV."""
    parameters: dict[str, Any] = {
        "account": wanted.account_id,
        "since": wanted.span.since,
        "until": wanted.span.until,
        "used": [file.id for file in used],
        "metrics": None if wanted.metrics is None else list(wanted.metrics),
        "properties": [] if isinstance(wanted.properties, bool) else list(wanted.properties),
    }
    with to.open("wb") as out:
        async with conn.cursor() as cursor, cursor.copy(_statement(wanted, used, parameters), parameters) as copy:
            async for block in copy:
                out.write(block)


async def count(conn: db.Connection, wanted: Wanted, most: int) -> int:
    """Events of these metrics in the table, sealed or not; counting ends at `most`."""
    rows = await db.rows(
        conn, _COUNT, (wanted.account_id, list(wanted.metrics or ()), wanted.span.since, wanted.span.until, most)
    )
    return int(rows[0][0])


def _statement(wanted: Wanted, used: Sequence[File], parameters: dict[str, Any]) -> str:
    event = _EVENT.replace("{properties}", _properties(wanted.properties))
    metrics = "" if wanted.metrics is None else _OF_METRICS
    parts = [_FILES, _SNAPSHOT]
    if used:
        parts += [_CHANGES, _MOVES, event + _CHANGED_ROWS + metrics]
    for at, gap in enumerate(gaps(wanted.span, (file.span for file in used))):
        parameters |= {f"since{at}": gap.since, f"until{at}": gap.until}
        parts.append(event + _ROWS.format(since=f"%(since{at})s", until=f"%(until{at})s") + metrics)
    return f"COPY ({' UNION ALL '.join(parts)}) TO STDOUT (FORMAT csv)"


def _properties(selected: bool | Sequence[str]) -> str:
    if isinstance(selected, bool):
        return _ALL_PROPERTIES if selected else "NULL"
    return _SOME_PROPERTIES.replace("{{}}", "{}") + "::text" if selected else "'{}'"
