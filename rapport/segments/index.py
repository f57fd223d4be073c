"""The segments that are kept alive, with their definitions parsed once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from rapport.kit import db, log
from rapport.segments import conditions
from rapport.segments.conditions import Definition, DefinitionError

_LIVE = """
    SELECT id, public_id, updated, evaluated, due, built IS NULL FROM segments
    WHERE account_id = %s AND is_active AND (built IS NOT NULL OR building IS NOT NULL) ORDER BY id"""
_DEFINITIONS = "SELECT id, definition FROM segments WHERE account_id = %s AND id = ANY(%s)"
_NOTHING = Definition(((),))

_logger = log.logger("segments")


@dataclass(frozen=True)
class Watched:
    """An active segment that is built, or (`building`) of which a build is under way."""

    id: int
    public_id: str
    updated: datetime
    evaluated: datetime | None
    due: datetime | None
    building: bool
    definition: Definition = field(compare=False)


class Index:
    """Reads the short rows each time, so that it is never behind; a definition is read and parsed once per change."""

    def __init__(self) -> None:
        self._parsed: dict[int, dict[int, tuple[datetime, Definition]]] = {}

    async def load(self, conn: db.Connection, account_id: int) -> list[Watched]:
        rows = await db.rows(conn, _LIVE, (account_id,))
        if not rows:
            self._parsed.pop(account_id, None)
            return []
        known = self._parsed.get(account_id, {})
        missing = [row[0] for row in rows if row[0] not in known or known[row[0]][0] != row[2]]
        fresh = dict(await db.rows(conn, _DEFINITIONS, (account_id, missing))) if missing else {}
        self._parsed[account_id] = {
            row[0]: (row[2], stored(row[1], fresh[row[0]])) if row[0] in fresh else known[row[0]] for row in rows
        }
        parsed = self._parsed[account_id]
        return [Watched(row[0], row[1], row[2], row[3], row[4], row[5], parsed[row[0]][1]) for row in rows]


def stored(public_id: str, definition: object) -> Definition:
    """A stored definition was accepted once; one that no longer can be must not stop the line."""
    try:
        return conditions.parse(definition)
    except DefinitionError:
        _logger.error("a stored definition can't be read", segment=public_id, exc_info=True)
        return _NOTHING


def levels(segments: Iterable[Watched]) -> list[Sequence[Watched]]:
    """Segments in the order of their dependencies: those of one level depend only on those before."""
    by_name = {segment.public_id: segment for segment in segments}
    depth: dict[str, int] = {}

    def place(name: str, above: frozenset[str]) -> int:
        if name not in depth:
            below = by_name[name].definition.depends.groups & by_name.keys() - above
            depth[name] = 1 + max((place(other, above | {other}) for other in below), default=-1)
        return depth[name]

    for name in by_name:
        place(name, frozenset({name}))
    ordered: list[list[Watched]] = [[] for _ in range(1 + max(depth.values(), default=-1))]
    for name, segment in by_name.items():
        ordered[depth[name]].append(segment)
    return [level for level in ordered if level]
