"""Of which kind every value of a property is, as far as it can be told without reading them.

A Parquet file says for each property that is a column of its own how many values are in it, and that none is left over;
so a reader who finds one kind only can cast without a test, which is read ten times as quickly. Whole numbers are left
over in files that were written from the table (their type in a VARIANT made of JSON is not the column's), so a small
file that does not tell is read once.
"""

import re
from collections.abc import Mapping, Sequence

from rapport.events.lake import folder
from rapport.events.lake.manifest import File
from rapport.events.lake.query import Events, prop
from rapport.events.lake.relation import literal

# What is none of these: null, lists, objects, and whatever a file does not tell.
WHOLE, DOUBLE, TEXT, TRUTH, OTHER = "BIGINT", "DOUBLE", "VARCHAR", "BOOLEAN", "OTHER"
Kinds = frozenset[str]
_TYPES = {"INT64": WHOLE, "DOUBLE": DOUBLE, "BYTE_ARRAY": TEXT, "BOOLEAN": TRUTH}
_JSON_TYPES = {"BIGINT": WHOLE, "UBIGINT": WHOLE, "DOUBLE": DOUBLE, "VARCHAR": TEXT, "BOOLEAN": TRUTH}
# Names that stand in a path of either format as they are.
_PLAIN = re.compile(r"[A-Za-z0-9_$ -]+")
_COLUMNS = """
    SELECT file_name, path_in_schema, any_value(type), sum(num_values - stats_null_count),
           bool_or(stats_null_count IS NULL)
    FROM parquet_metadata([{files}]) WHERE path_in_schema LIKE 'properties%' GROUP BY ALL"""
_READ = """
    SELECT list(DISTINCT variant_typeof({variant})),
           bool_or({variant} IS NULL AND contains(variant_typeof(properties), {name}))
    FROM read_parquet({file})"""
_VARIANTS = {"FLOAT": DOUBLE, "DOUBLE": DOUBLE, "VARCHAR": TEXT, "BOOL_TRUE": TRUTH, "BOOL_FALSE": TRUTH}
_VARIANTS |= {f"{sign}INT{bits}": WHOLE for sign in ("", "U") for bits in (8, 16, 32, 64)}
# Events of a file that may be read for it: a tenth of a second.
_FEW = 250_000
_ROOT, _PREFIX = "properties, value", "properties, typed_value, "
_TYPED, _REST = ", typed_value", ", value"
# Files' answers, which never change; as many as a large installation has, at a few hundred bytes each.
_known: dict[str, Mapping[str, Kinds] | None] = {}
_looked: dict[tuple[str, str], Kinds] = {}
_MOST_KNOWN = 20_000


async def kinds(events: Events, names: Sequence[str]) -> dict[str, Kinds]:
    """The kinds of values that each property has in a view; empty = no event has the property."""
    kinds_by_name = {name: frozenset({OTHER}) for name in names}
    plain = [name for name in names if _PLAIN.fullmatch(name)]
    if plain:
        files = await _of_files(events)
        opened = await _of_open_rows(events, plain)
        for name, more in zip(plain, opened, strict=True):
            for file in _unclear(events, files, name) if OTHER not in more else ():
                files[file] = {**(files[file] or {}), name: await _read_once(events, file, name)}
            kinds_by_name[name] = more.union(*(_in(file_kinds, name) for file_kinds in files.values()))
    return kinds_by_name


def _in(file: Mapping[str, Kinds] | None, name: str) -> Kinds:
    return frozenset({OTHER}) if file is None else file.get(name, frozenset())


def _unclear(events: Events, files: Mapping[str, Mapping[str, Kinds] | None], name: str) -> list[str]:
    """Small files whose statistics don't tell the kinds; none if a large file's don't tell them either."""
    sizes = {_path(file): file.rows for file in events.used}
    unclear = [file for file, file_kinds in files.items() if OTHER in _in(file_kinds, name)]
    return unclear if all(sizes[file] <= _FEW for file in unclear) else []


async def _read_once(events: Events, file: str, name: str) -> Kinds:
    if (file, name) not in _looked:
        query = _READ.format(variant=prop(name), name=literal(name), file=literal(file))
        variants, null = (await events.sql(query))[0]
        kinds = {_VARIANTS.get(variant, OTHER) for variant in variants or () if variant != "VARIANT_NULL"}
        _looked[file, name] = frozenset(kinds | ({OTHER} if null else set()))
    return _looked[file, name]


def _path(file: File) -> str:
    files = folder.files()
    return "" if files is None else str(files.path(file.name))


async def _of_files(events: Events) -> dict[str, Mapping[str, Kinds] | None]:
    paths = [_path(file) for file in events.used if file.bytes is not None]
    if missing := [path for path in paths if path not in _known]:
        if len(_known) > _MOST_KNOWN:
            _known.clear()
            _looked.clear()
        listed = ", ".join(literal(path) for path in missing)
        rows = await events.sql(_COLUMNS.format(files=listed))
        for path in missing:
            _known[path] = _read([row[1:] for row in rows if row[0] == path])
    return {path: _known[path] for path in paths}


def _read(columns: Sequence[tuple[str, str, int, bool]]) -> Mapping[str, Kinds] | None:
    """None when something of an event is in no column of its own."""
    kinds_by_name: dict[str, Kinds] = {}
    for path, kind, values, unknown in columns:
        if path == _ROOT and (values or unknown):
            return None
        for ending, kind_found in ((_TYPED, _TYPES.get(kind, OTHER)), (_REST, OTHER)):
            if path.startswith(_PREFIX) and path.endswith(ending) and (values or unknown):
                name = path[len(_PREFIX) : -len(ending)]
                kinds_by_name[name] = kinds_by_name.get(name, frozenset()) | {kind_found}
    return kinds_by_name if any(path == _ROOT for path, *_ in columns) else None


async def _of_open_rows(events: Events, names: Sequence[str]) -> list[Kinds]:
    columns = ", ".join(f"list(DISTINCT json_type(properties, {literal('/' + name)}))" for name in names)
    row = (await events.sql(f"SELECT {columns} FROM lake_open WHERE kind = 'e'"))[0]
    return [
        frozenset(_JSON_TYPES.get(kind, OTHER) for kind in types_of_columns or () if kind is not None)
        for types_of_columns in row
    ]
