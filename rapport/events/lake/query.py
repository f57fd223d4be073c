"""All events of an account as one DuckDB relation: sealed files and the rows not sealed yet, exactly.

    async with view(pool, account_id, metrics=[placed.id], since=begin, until=end, properties=["Category"]) as events:
        rows = await events.sql("SELECT profile, count(*) FROM events WHERE value > $least GROUP BY profile",
                                {"least": 10})

The relation `events` has, whatever was asked for, one row an event and the columns

| column | type | |
|---|---|---|
| id | BIGINT | |
| metric, profile | BIGINT | ids as PostgreSQL joins them; of a profile that was merged, the one it was merged into |
| time | TIMESTAMP | in UTC, without a zone: `date_trunc('day', time)` counts days in UTC |
| value | DECIMAL(38, 12) | null when the event has none; sums are exact |
| currency, unique_id | VARCHAR | |
| message | BIGINT | the message an engagement belongs to |
| properties | VARIANT | see `prop` and `prop_text`; absent when `properties` is False |

Only events of `metrics` with `since` <= time < `until` are in it. Days in another zone: `local('day', zone)`.
"""

from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Protocol, TypeVar, cast

import duckdb
import psycopg
from prometheus_client import Histogram

from rapport.events.lake import folder, manifest, open_rows, relation, trust
from rapport.events.lake.engine import Engine, engine
from rapport.events.lake.manifest import BEGINNING, END, File, Span
from rapport.events.lake.open_rows import Wanted
from rapport.events.lake.relation import literal, properties_json
from rapport.kit import db
from rapport.kit.files import scratch

__all__ = ["Events", "local", "mostly_sealed", "opened", "prop", "prop_text", "properties_json", "view"]
T = TypeVar("T")
Parameters = Sequence[Any] | Mapping[str, Any]
# The sealer replaces files for a moment every now and then; to meet it so often in a row is no chance.
_ATTEMPTS = 20
_opening = Histogram("rapport_lake_view_seconds", "Time to open a view of the events")


class Pool(Protocol):
    """The part of a psycopg pool that is needed."""

    def connection(self) -> Any: ...


@dataclass(frozen=True)
class Events:
    """An open view for queries in DuckDB's SQL over the relation `events`, one query at a time."""

    engine: Engine
    connection: duckdb.DuckDBPyConnection
    # PostgreSQL's, of the moment that is seen
    snapshot: str
    wanted: Wanted
    # what is read, together with the open rows
    used: Sequence[File]

    async def sql(self, query: str, parameters: Parameters = ()) -> list[tuple[Any, ...]]:
        """The rows of a query. Parameters: a list for `?`, a mapping for `$name`."""
        return await self.run(lambda: self.connection.execute(query, parameters).fetchall())

    async def numpy(self, query: str, parameters: Parameters = ()) -> dict[str, Any]:
        """The columns of a query as NumPy arrays by name (masked where there are nulls): for results of 10,000 rows
        and more, such as sets of profile ids."""
        return await self.run(lambda: self.connection.execute(query, parameters).fetchnumpy())

    async def batches(
        self, query: str, parameters: Parameters = (), *, size: int = 5000
    ) -> AsyncIterator[list[tuple[Any, ...]]]:
        """The rows of a query, at most `size` at a time, for results that need not fit into memory (exports)."""
        await self.run(lambda: self.connection.execute(query, parameters))
        while part := await self.run(lambda: self.connection.fetchmany(size)):
            yield part

    async def run(self, work: Callable[[], T]) -> T:
        """Run `work` on the connection, off the event loop. If it fails, the next view verifies its files again."""
        try:
            return await self.engine.run(self.connection, work)
        except duckdb.Error:
            trust.doubt()
            raise


@asynccontextmanager
async def view(
    source: Pool | db.Connection,
    account_id: int,
    *,
    metrics: Sequence[int] | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    properties: bool | Sequence[str] = True,
) -> AsyncIterator[Events]:
    """Every event of the account at one moment, also while days are being sealed or changed.

    `source`: a pool, or a connection, whose own transaction is then seen too. `metrics`: ids of metrics, None = all.
    `since` (inclusive) and `until` (exclusive) are aware. `properties`: False when none is asked for, else names of
    the top level that are, or True for all: what is not asked for may be absent.
    """
    wanted = Wanted(account_id, Span(since or BEGINNING, until or END), metrics, properties)
    async with opened(source, wanted, engine()) as events:
        yield events


@asynccontextmanager
async def opened(
    source: Pool | db.Connection, wanted: Wanted, lake: Engine, *, without: Collection[int] = ()
) -> AsyncIterator[Events]:
    """A view as `view` opens it. Files with ids in `without` are not trusted: the table is read instead."""
    async with AsyncExitStack() as held, AsyncExitStack() as reading:
        with _opening.time():
            conn = source if isinstance(source, psycopg.AsyncConnection) else await _connected(source, lake, reading)
            connection = await held.enter_async_context(lake.connection())
            snapshot, used = await _attach(conn, wanted, lake, connection, without)
            await reading.aclose()
        yield Events(lake, connection, snapshot, wanted, used)
        await lake.run(connection, lambda: relation.drop(connection))


async def _connected(pool: Pool, lake: Engine, stack: AsyncExitStack) -> db.Connection:
    await stack.enter_async_context(lake.admission.take())
    return cast(db.Connection, await stack.enter_async_context(pool.connection()))


async def _attach(
    conn: db.Connection, wanted: Wanted, lake: Engine, connection: duckdb.DuckDBPyConnection, without: Collection[int]
) -> tuple[str, Sequence[File]]:
    """Returns the snapshot and the files that are read. Begins again when files were replaced between the two looks."""
    with scratch() as file:
        for _ in range(_ATTEMPTS):
            listed = await manifest.sealed(conn, wanted.account_id, wanted.span)
            used = await trust.sound(
                folder.files(), [listed_file for listed_file in listed if listed_file.id not in without]
            )
            await open_rows.fetch(conn, wanted, used, file)
            loaded = await lake.run(connection, lambda: relation.load(connection, file))
            if loaded.files == {listed_file.id for listed_file in listed}:
                await lake.run(connection, partial(relation.create, connection, wanted, used, folder.files()))
                return loaded.snapshot, used
    raise RuntimeError("the manifest of the lake never stood still")


async def mostly_sealed(
    conn: db.Connection,
    account_id: int,
    metrics: Sequence[int],
    since: datetime | None,
    until: datetime | None,
    *,
    most: int,
) -> bool:
    """Whether the lake has files for that time, and at most `most` events of these metrics are outside them: those have
    to be fetched before every query."""
    span = Span(since or BEGINNING, until or END)
    listed = await manifest.sealed(conn, account_id, span)
    if not listed or folder.files() is None:
        return False
    gaps = manifest.gaps(span, (file.span for file in listed))
    counts = [await open_rows.count(conn, Wanted(account_id, gap, metrics), most + 1) for gap in gaps]
    return sum(counts) <= most


def prop(name: str) -> str:
    """SQL of one property of the top level, a VARIANT: null when it is absent or null."""
    return f"properties[{literal(name)}]"


def prop_text(name: str) -> str:
    """SQL of one property as text: a string as it is, a number or truth value as JSON writes it, a list or object as
    JSON; null when it is absent or null.

    For "equals" `prop(name) = $value::VARIANT` is quicker, and exact in type. Not `::VARCHAR`: it fails on an object
    whose keys differ in case only.
    """
    return f"(({prop(name)})::JSON ->> '$')"


def local(unit: str, zone: str) -> str:
    """SQL of the start of the hour, day, week (Monday) or month of an event in a time zone, as TIMESTAMP there."""
    moment = "time" if zone == "UTC" else f"timezone({literal(zone)}, timezone('UTC', time))"
    return f"date_trunc({literal(unit)}, {moment})"
