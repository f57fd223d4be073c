"""The relation `events` in DuckDB: files, corrected by what changed in them, and open rows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import duckdb

from rapport.events.lake.manifest import File
from rapport.events.lake.open_rows import COLUMNS, Wanted
from rapport.events.lake.wide import narrowed
from rapport.kit.files import Files

NAMES = ("id", "metric", "profile", "time", "value", "currency", "unique_id", "message", "properties")
# A name that no property has: Parquet can't hold an empty one.
NAMELESS = "\uf8ff"
# An event's line is as long as its properties; a request's size bounds them.
_LONGEST_LINE = 20_000_000
_LOAD = """
    CREATE OR REPLACE TEMP TABLE lake_open AS SELECT * FROM read_csv(
        $file, header = false, auto_detect = false, delim = ',', quote = '"', escape = '"', nullstr = '',
        allow_quoted_nulls = false, max_line_size = {longest}, parallel = {parallel}, columns = {columns})"""
# Quoted line breaks are found out more cheaply by one thread when there is little.
_PARALLEL_BYTES = 32_000_000
# An empty name follows a brace or a comma; inside a string its quotes would be escaped. PostgreSQL writes jsonb so.
_NAMED = f"""replace(replace(properties, '{{"": ', '{{"{NAMELESS}": '), ', "": ', ', "{NAMELESS}": ')"""
PROPERTIES = f"({narrowed(_NAMED)})::JSON::VARIANT"


@dataclass(frozen=True)
class Loaded:
    """What one statement said about the moment it read: ids of all sealed files in the range, and its snapshot."""

    files: frozenset[int]
    snapshot: str


def load(connection: duckdb.DuckDBPyConnection, file: Path) -> Loaded:
    """Take what `open_rows.fetch` wrote."""
    columns = "{" + ", ".join(f"'{name}': '{kind}'" for name, kind in COLUMNS.items()) + "}"
    parallel = str(file.stat().st_size > _PARALLEL_BYTES).lower()
    connection.execute(_LOAD.format(longest=_LONGEST_LINE, parallel=parallel, columns=columns), {"file": str(file)})
    listed = connection.execute("SELECT id FROM lake_open WHERE kind = 'f'").fetchall()
    snapshot = connection.execute("SELECT unique_id FROM lake_open WHERE kind = 's'").fetchall()
    return Loaded(frozenset(row[0] for row in listed), snapshot[0][0])


def create(connection: duckdb.DuckDBPyConnection, wanted: Wanted, used: Sequence[File], files: Files | None) -> None:
    """Make the view `events` over what was loaded and the files."""
    query = select(wanted, used, files, corrections(connection), _read, PROPERTIES)
    connection.execute(f"CREATE OR REPLACE TEMP VIEW events AS {query}")


@dataclass(frozen=True)
class Corrections:
    """What is not as the files have it: files with changed events, and whether anybody was folded into another."""

    changed: frozenset[int]
    moved: bool


def corrections(connection: duckdb.DuckDBPyConnection) -> Corrections:
    changed = connection.execute("SELECT metric FROM lake_open WHERE kind = 'c'").fetchall()
    moved = connection.execute("SELECT 1 FROM lake_open WHERE kind = 'v' LIMIT 1").fetchall()
    return Corrections(frozenset(row[0] for row in changed), bool(moved))


def select(
    wanted: Wanted,
    used: Sequence[File],
    files: Files | None,
    corrections: Corrections,
    read: Callable[[Sequence[Path]], str],
    properties: str,
) -> str:
    """SQL of all events that are wanted, where `lake_open` is what was loaded. `read`: SQL of the rows of Parquet
    files; `properties`: of an open row's properties as VARIANT."""
    names = NAMES if wanted.properties else NAMES[:-1]
    shown = ", ".join(f"{properties} AS properties" if name == "properties" else name for name in names)
    parts = [f"SELECT {shown} FROM lake_open WHERE kind = 'e'"]
    if files is not None:
        sealed = partial(_sealed, wanted, files=files, names=names, moved=corrections.moved, read=read)
        parts += sealed([file for file in used if file.id not in corrections.changed], changed=False)
        parts += sealed([file for file in used if file.id in corrections.changed], changed=True)
    return " UNION ALL ".join(parts)


def _read(paths: Sequence[Path]) -> str:
    return f"read_parquet([{', '.join(literal(str(path)) for path in paths)}])"


def drop(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("DROP VIEW IF EXISTS temp.events")
    connection.execute("DROP TABLE IF EXISTS temp.lake_open")


def _sealed(
    wanted: Wanted,
    used: Sequence[File],
    *,
    files: Files,
    names: Sequence[str],
    moved: bool,
    changed: bool,
    read: Callable[[Sequence[Path]], str],
) -> list[str]:
    """One SELECT for files wholly inside the wanted time, which need no look at it, and one for those on its edges."""
    inside = [file for file in used if file.span.within(wanted.span)]
    edges = [file for file in used if not file.span.within(wanted.span)]
    conditions = [_of_metrics(wanted)] if wanted.metrics is not None else []
    if changed:
        conditions.append("f.id NOT IN (SELECT id FROM lake_open WHERE kind = 'c')")
    time = f"f.time >= {_timestamp(wanted.span.since)} AND f.time < {_timestamp(wanted.span.until)}"
    return [
        _select(read([files.path(file.name) for file in files_of_part if file.bytes is not None]), names, where, moved)
        for files_of_part, where in ((inside, conditions), (edges, [*conditions, time]))
        if any(file.bytes is not None for file in files_of_part)
    ]


def _select(rows: str, names: Sequence[str], where: Sequence[str], moved: bool) -> str:
    columns = ", ".join(
        "coalesce(v.profile, f.profile) AS profile" if moved and name == "profile" else f"f.{name}" for name in names
    )
    join = " LEFT JOIN (SELECT id, profile FROM lake_open WHERE kind = 'v') v ON v.id = f.profile" if moved else ""
    condition = f" WHERE {' AND '.join(where)}" if where else ""
    return f"SELECT {columns} FROM {rows} f{join}{condition}"


def _of_metrics(wanted: Wanted) -> str:
    ids = [int(metric) for metric in wanted.metrics or ()]
    if not ids:
        return "false"
    return f"f.metric = {ids[0]}" if len(ids) == 1 else f"f.metric IN ({', '.join(map(str, ids))})"


def _timestamp(moment: datetime) -> str:
    return f"TIMESTAMP '{moment.astimezone(UTC).replace(tzinfo=None).isoformat(sep=' ')}'"


def literal(text: str) -> str:
    """A string in SQL."""
    return "'" + text.replace("'", "''") + "'"


def properties_json() -> str:
    """SQL of all properties as JSON text."""
    return f"""replace(properties::JSON::VARCHAR, '"{NAMELESS}":', '"":')"""
