"""Members of a list or segment with their attributes and properties."""

import tempfile
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from rapport.events.lake.engine import engine
from rapport.exports.files import Column, Target
from rapport.kit import db, sheets

Group = Literal["list", "segment"]
Report = Callable[[int, int], None]
_ATTRIBUTES = (
    "email", "phone_number", "external_id", "anonymous_id", "first_name", "last_name", "organization", "title",
    "image", "locale",
)  # fmt: skip
_LOCATION = (
    "address1",
    "address2",
    "city",
    "region",
    "country",
    "zip",
    "timezone",
    "ip",
)
# Numbers or texts, as they were given.
_COORDINATES = ("latitude", "longitude")
_TIMES = ("created", "updated", "last_event_date", "joined_group_at")
NATIVE = frozenset({*_ATTRIBUTES, *(f"location.{name}" for name in (*_LOCATION, *_COORDINATES)), *_TIMES, "id"})
# Columns that are there whatever is wanted: the id, and the properties that were named.
_ALWAYS = ("id", "properties")
# Columns of their own; what is beyond, of accounts with so many, stands together in one as JSON.
MAX_PROPERTIES = 500
_LONGEST_LINE = 64_000_000
_TOLD = 1000

_FIND = {
    "list": "SELECT id, name FROM lists WHERE account_id = %s AND public_id = %s",
    "segment": "SELECT id, name FROM segments WHERE account_id = %s AND public_id = %s",
}
_OF_GROUP = {
    "list": "list_members m WHERE m.account_id = %(account)s AND m.list_id = %(group)s",
    "segment": "segment_members m WHERE m.account_id = %(account)s AND m.segment_id = %(group)s",
}
_ONE_MOMENT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
_COUNT = "SELECT count(*) FROM {of}"
_MEMBERS = """
    FROM (SELECT m.profile_id, m.joined FROM {of}) AS m
    JOIN profiles p ON p.account_id = %(account)s AND p.id = m.profile_id"""
_NAMES = """
    SELECT name FROM (SELECT jsonb_object_keys(p.properties) AS name {members}) AS names
    GROUP BY name ORDER BY count(*) DESC, name LIMIT %(most)s"""
_ROWS = "SELECT {columns} {members} ORDER BY m.joined, p.id"
# PostgreSQL's CSV: what is empty is null, an empty text is in quotes.
# A value of JSON as a cell whose type the import tells: a text that would be read as another is marked, and a number
# of more digits than are kept as a number in files of others is written with an exponent.
_MARKED = """
    CASE WHEN jsonb_typeof({json} -> {name}) = 'string' AND {json} ->> {name} ~ %(marked)s
         THEN chr(39) || ({json} ->> {name})
         WHEN jsonb_typeof({json} -> {name}) = 'number' AND {json} ->> {name} ~ '[0-9.]{{17,}}'
         THEN ({json} ->> {name}) || 'e0'
         ELSE {json} ->> {name} END"""
_READ = """read_csv($file, header = false, auto_detect = false, delim = ',', quote = '"', escape = '"', nullstr = '',
    allow_quoted_nulls = false, max_line_size = {longest}, parallel = false, columns = {{{columns}}})"""


class Unknown(Exception):
    """There is no such list, segment or metric."""


@dataclass(frozen=True)
class Members:
    """A list or segment: its kind, inner id and name."""

    kind: Group
    id: int
    name: str


async def find(conn: db.Connection, account_id: int, kind: Group, public_id: str) -> Members:
    """Raises Unknown."""
    row = await db.row(conn, _FIND[kind], (account_id, public_id))
    if row is None:
        raise Unknown(f"There is no {kind} with the id {public_id}.")
    return Members(kind, row[0], row[1])


async def export(
    pool: db.Pool,
    account_id: int,
    members: Members,
    target: Target,
    report: Report,
    only: Collection[str] | None = None,
) -> int:
    """Write all members, in the order they joined, and return how many. `report` gets (rows so far, rows in all).

    `only`: names of the attributes and properties that are wanted beside the id, None = all.
    """
    scope: dict[str, Any] = {"account": account_id, "group": members.id, "most": MAX_PROPERTIES + 1}
    of = _OF_GROUP[members.kind]
    rows = _MEMBERS.format(of=of)
    with tempfile.TemporaryDirectory(prefix="rapport-export-") as folder:
        file = Path(folder) / "rows.csv"
        async with pool.connection() as conn:
            await db.execute(conn, _ONE_MOMENT)
            total = (await db.rows(conn, _COUNT.format(of=of), scope))[0][0]
            if only is None:
                names = [row[0] for row in await db.rows(conn, _NAMES.format(members=rows), scope)]
            else:
                names = [name for name in dict.fromkeys(only) if name not in NATIVE]
            columns = _columns(names, scope, marks=target.marks)
            if only is not None:
                columns = [column for column in columns if column[0] in only or column[0].startswith(_ALWAYS)]
            query = _ROWS.format(columns=", ".join(sql for _, sql in columns), members=rows)
            await _fetch(conn, query, scope, file, lambda done: report(done, total))
        return await _write(file, [name for name, _ in columns], target)


def _columns(properties: list[str], scope: dict[str, Any], *, marks: bool) -> list[tuple[str, str]]:
    """Names and SQL; names of properties become parameters. `marks`: texts that read like something else are marked."""
    typed = _MARKED if marks else "{json} ->> {name}"
    scope["marked"] = sheets.PROPERTY
    columns = [("id", "p.ulid"), *((name, f"p.{name}") for name in _ATTRIBUTES)]
    columns += [(f"location.{name}", f"p.location ->> '{name}'") for name in _LOCATION]
    columns += [(f"location.{name}", typed.format(json="p.location", name=f"'{name}'")) for name in _COORDINATES]
    columns += [(name, _time("m.joined" if name == "joined_group_at" else f"p.{name}")) for name in _TIMES]
    for at, name in enumerate(properties[:MAX_PROPERTIES]):
        scope[f"p{at}"] = name
        columns.append((f"properties.{name}", typed.format(json="p.properties", name=f"%(p{at})s")))
    if len(properties) > MAX_PROPERTIES:
        scope["own"] = properties[:MAX_PROPERTIES]
        columns.append(("properties", "nullif(p.properties - %(own)s::text[], '{}')"))
    return columns


def _time(column: str) -> str:
    return f"""to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"+00:00"')"""


async def _fetch(
    conn: db.Connection, query: str, scope: dict[str, Any], file: Path, report: Callable[[int], None]
) -> None:
    done = 0
    with file.open("wb") as out:
        async with conn.cursor() as cursor, cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT csv)", scope) as copy:
            # the server sends each row by itself
            async for row in copy:
                out.write(row)
                done += 1
                if done % _TOLD == 0:
                    report(done)
    report(done)


def _is_text(name: str) -> bool:
    """Whether it may be anything; values of JSON were marked where they were read."""
    if name in ("id", "properties", *_TIMES):
        return False
    return not name.startswith("properties.") and name.removeprefix("location.") not in _COORDINATES


async def _write(file: Path, names: list[str], target: Target) -> int:
    typed = ", ".join(f"'c{at}': 'VARCHAR'" for at in range(len(names)))
    source = _READ.format(longest=_LONGEST_LINE, columns=typed)
    columns = [Column(name, f"c{at}", text=_is_text(name)) for at, name in enumerate(names)]
    lake = engine()
    async with lake.connection() as connection:
        statement = target.copy(columns, source)
        row = await lake.run(connection, lambda: connection.execute(statement, {"file": str(file)}).fetchone())
    target.done()
    return int(row[0]) if row else 0
