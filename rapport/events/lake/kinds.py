"""Of which kind every value of a property is, as far as it can be told without reading them.

A Parquet file says for each property that is a column of its own how many values are in it, and that none is left over;
so a reader who finds one kind only can cast without a test, which is read ten times as quickly.
"""

import re
from collections.abc import Mapping, Sequence

from rapport.events.lake import folder
from rapport.events.lake.query import Events
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
_ROOT, _PREFIX = "properties, value", "properties, typed_value, "
_TYPED, _REST = ", typed_value", ", value"
# Files' answers, which never change; as many as a large installation has, at a few hundred bytes each.
_known: dict[str, Mapping[str, Kinds] | None] = {}
_MOST_KNOWN = 20_000


async def kinds(events: Events, names: Sequence[str]) -> dict[str, Kinds]:
    """The kinds of values that these properties have in a view, by name; empty = no event has it."""
    found = {name: frozenset({OTHER}) for name in names}
    plain = [name for name in names if _PLAIN.fullmatch(name)]
    if plain:
        files = await _of_files(events)
        opened = await _of_open_rows(events, plain)
        for name, more in zip(plain, opened, strict=True):
            found[name] = more.union(*(_in(one, name) for one in files))
    return found


def _in(file: Mapping[str, Kinds] | None, name: str) -> Kinds:
    return frozenset({OTHER}) if file is None else file.get(name, frozenset())


async def _of_files(events: Events) -> list[Mapping[str, Kinds] | None]:
    files = folder.files()
    paths = [str(files.path(file.name)) for file in events.used if file.bytes is not None] if files else []
    if missing := [path for path in paths if path not in _known]:
        if len(_known) > _MOST_KNOWN:
            _known.clear()
        listed = ", ".join(literal(path) for path in missing)
        rows = await events.sql(_COLUMNS.format(files=listed))
        for path in missing:
            _known[path] = _read([row[1:] for row in rows if row[0] == path])
    return [_known[path] for path in paths]


def _read(columns: Sequence[tuple[str, str, int, bool]]) -> Mapping[str, Kinds] | None:
    """None when something of an event is in no column of its own."""
    found: dict[str, Kinds] = {}
    for path, kind, values, unknown in columns:
        if path == _ROOT and (values or unknown):
            return None
        for ending, told in ((_TYPED, _TYPES.get(kind, OTHER)), (_REST, OTHER)):
            if path.startswith(_PREFIX) and path.endswith(ending) and (values or unknown):
                name = path[len(_PREFIX) : -len(ending)]
                found[name] = found.get(name, frozenset()) | {told}
    return found if any(path == _ROOT for path, *_ in columns) else None


async def _of_open_rows(events: Events, names: Sequence[str]) -> list[Kinds]:
    asked = ", ".join(f"list(DISTINCT json_type(properties, {literal('/' + name)}))" for name in names)
    row = (await events.sql(f"SELECT {asked} FROM lake_open WHERE kind = 'e'"))[0]
    return [frozenset(_JSON_TYPES.get(kind, OTHER) for kind in found or () if kind is not None) for found in row]
