"""Events of an account, all or those of one metric, from a view of the event lake."""

import asyncio
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from rapport.events import metric_properties
from rapport.events.lake.query import Events, prop, prop_text, properties_json, view
from rapport.events.lake.relation import literal
from rapport.exports.files import Column, Target
from rapport.exports.people import MAX_PROPERTIES, Report, Unknown
from rapport.kit import db, sheets
from rapport.kit.ids import event_text_sql

_POLL_SECONDS = 0.2
_METRICS = """
    SELECT id, name FROM metrics WHERE account_id = %s AND (%s::text IS NULL OR %s IN (public_id, name))
    ORDER BY public_id = %s DESC, id"""
_PEOPLE = "SELECT id, ulid, email, phone_number, external_id FROM profiles WHERE account_id = %(account)s"
_PERSON = ("profile_id", "email", "phone_number", "external_id")
# What an event has beside its properties, as columns of their own.
_BESIDE = ("$value", "$value_currency")
# tenant-scope: a view of the lake holds one account's events
_COUNT = "SELECT count(*) FROM events"
# One row an event: who it was and what is joined beside it.
_SOURCE = """
    events e
    LEFT JOIN (SELECT unnest($ids) AS id, unnest($names) AS metric_name) m ON m.id = e.metric
    LEFT JOIN read_csv($people, header = false, auto_detect = false, delim = ',', quote = '"', escape = '"',
        nullstr = '', allow_quoted_nulls = false, parallel = false, columns = {
            'number': 'BIGINT', 'profile_id': 'VARCHAR', 'email': 'VARCHAR', 'phone_number': 'VARCHAR',
            'external_id': 'VARCHAR'}) p ON p.number = e.profile"""


@dataclass(frozen=True)
class Wanted:
    """`metric`: its id or name, None = all. `since` (inclusive) and `until` (exclusive) are aware, None = unbounded.
    `properties`: those of one metric that are wanted, None = all."""

    metric: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    properties: Sequence[str] | None = None


async def export(pool: db.Pool, account_id: int, wanted: Wanted, target: Target, report: Report) -> int:
    """Write the events, in no order, and return how many. `report` gets (rows so far, rows in all). Raises Unknown.

    Properties are columns of their own where one metric was asked for, else one column of JSON.
    """
    async with pool.connection() as conn:
        metrics = await _metrics(conn, account_id, wanted.metric)
        names = [] if wanted.metric is None else await _properties(conn, account_id, metrics)
    if wanted.properties is not None:
        names = [name for name in dict.fromkeys(wanted.properties) if name not in _BESIDE]
    only = None if wanted.metric is None else [id for id, _ in metrics]
    is_narrow = wanted.properties is not None
    read = names if is_narrow else names or True
    with tempfile.TemporaryDirectory(prefix="rapport-export-") as folder:
        people = Path(folder) / "people.csv"
        # before the view: whoever an event is of was there first
        async with view(
            pool,
            account_id,
            metrics=only,
            since=wanted.since,
            until=wanted.until,
            properties=read,
        ) as events:
            await _write_people(pool, account_id, people)
            total = (await events.sql(_COUNT))[0][0]
            parameters = {
                "ids": [id for id, _ in metrics],
                "names": [name for _, name in metrics],
                "people": str(people),
            }
            statement = target.copy(_columns(names, target, is_narrow), _SOURCE)
            await _with_progress(events, partial(_copy, events, statement, parameters), total, report)
    target.done()
    report(total, total)
    return int(total)


def _copy(events: Events, statement: str, parameters: dict[str, object]) -> None:
    events.connection.execute(statement, parameters)


async def _metrics(conn: db.Connection, account_id: int, named: str | None) -> list[tuple[int, str]]:
    """(inner id, name) of all, or of the one with this id, or of those with this name."""
    rows = await db.rows(conn, _METRICS, (account_id, named, named, named))
    if named is not None and not rows:
        raise Unknown(f"There is no metric with the id or name {named}.")
    return [(id, name) for id, name in rows]


async def _properties(conn: db.Connection, account_id: int, metrics: Sequence[tuple[int, str]]) -> list[str]:
    """Names of the metrics' properties, of each once. What the event has beside them is no property."""
    names: dict[str, None] = {}
    for id, _ in metrics:
        for metric_property in await metric_properties.of_metric(conn, account_id, id, samples=False):
            if metric_property.name not in _BESIDE:
                names[metric_property.name] = None
    return list(names) if len(names) <= MAX_PROPERTIES else []


async def _write_people(pool: db.Pool, account_id: int, file: Path) -> None:
    with file.open("wb") as out:
        async with (
            pool.connection() as conn,
            conn.cursor() as cursor,
            cursor.copy(f"COPY ({_PEOPLE}) TO STDOUT (FORMAT csv)", {"account": account_id}) as copy,
        ):
            async for row in copy:
                out.write(row)


def _columns(properties: Sequence[str], target: Target, is_narrow: bool = False) -> list[Column]:
    """`is_narrow`: these properties and no others."""
    parquet = target.format == "parquet"
    time = "e.time" if parquet else "strftime(e.time, '%Y-%m-%dT%H:%M:%S+00:00')"
    # exact, without the zeros that the decimals are filled up with
    value = "e.value" if parquet else "rtrim(rtrim(e.value::VARCHAR, '0'), '.')"
    columns = [
        Column("id", event_text_sql("e.id"), text=False),
        Column("metric", "m.metric_name"),
        Column("time", time, text=False),
        *(Column(name, f"p.{name}") for name in _PERSON),
        Column("value", value, text=False),
        Column("value_currency", "e.currency"),
        Column("unique_id", "e.unique_id"),
    ]
    if properties or is_narrow:
        return [*columns, *(Column(f"properties.{name}", _cell(name, target), text=False) for name in properties)]
    return [*columns, Column("properties", properties_json(), text=False)]


def _cell(name: str, target: Target) -> str:
    """SQL of a property as a cell whose type the import tells, as `people._MARKED` writes it."""
    text, json = prop_text(name), f"({prop(name)})::JSON"
    if not target.marks:
        return text
    return f"""
        CASE WHEN json_type({json}) = 'VARCHAR' AND regexp_matches({text}, {literal(sheets.PROPERTY)})
             THEN chr(39) || {text}
             WHEN json_type({json}) <> 'VARCHAR' AND regexp_matches({text}, '^-?[0-9.]{{17,}}$') THEN {text} || 'e0'
             ELSE {text} END"""


async def _with_progress(events: Events, work: Callable[[], None], total: int, report: Report) -> None:
    """Do the work, and report meanwhile how far DuckDB says it is."""
    running = asyncio.ensure_future(events.run(work))
    try:
        while not running.done():
            await asyncio.wait([running], timeout=_POLL_SECONDS)
            report(int(total * max(0.0, events.connection.query_progress()) / 100), total)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    running.result()
