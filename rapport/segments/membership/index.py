"""The segments that are kept alive, with their definitions parsed once."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from rapport.kit import db
from rapport.segments.conditions.condition import Condition
from rapport.segments.conditions.definition import Definition, parse_stored
from rapport.segments.conditions.funnel import FunnelCondition
from rapport.segments.conditions.metric import MetricCondition
from rapport.segments.grammar.dependencies import Dependencies
from rapport.segments.grammar.timeframes import Timeframe

_ALIVE = "is_active AND (built IS NOT NULL OR building IS NOT NULL)"
_LIVE = f"""
    SELECT id, public_id, updated, evaluated, due, built IS NULL FROM segments
    WHERE account_id = %s AND {_ALIVE} ORDER BY id"""
# What of these rows changes, as bytes: to take over a thousand rows takes ten times as long.
_STATE = f"""
    SELECT string_agg(
        int8send(id) || timestamptz_send(updated) || timestamptz_send(coalesce(evaluated, 'infinity'))
            || timestamptz_send(coalesce(due, 'infinity')) || boolsend(built IS NULL), '' ORDER BY id)
    FROM segments WHERE account_id = %s AND {_ALIVE}"""
_DEFINITIONS = "SELECT id, definition FROM segments WHERE account_id = %s AND id = ANY(%s)"
# What a membership may follow from, as definitions name it: ("metric", public id), ("change", kind) …
Cause = tuple[str, object]
# Moved events mean a merge, and a merge may change anything.
ANYTHING: Cause = ("change", "event")
Parsed = Mapping[int, tuple[datetime, Definition]]


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


@dataclass(frozen=True)
class Level:
    """Segments (by place) that depend only on segments of earlier levels, and which of them depend on what."""

    places: Sequence[int]
    following: Mapping[Cause, Sequence[int]]


@dataclass(frozen=True)
class Moving:
    """A moving timeframe of conditions with an index over time. `of_events`: over that of the event log."""

    timeframe: Timeframe
    of_events: bool


@dataclass(frozen=True)
class Outline:
    """What can be derived from the definitions alone."""

    levels: Sequence[Level]
    depends: Dependencies
    # of each segment; equal ones are one object
    moving: Sequence[Sequence[Moving]]

    @classmethod
    def of(cls, segments: Sequence[Watched]) -> "Outline":
        depends = Dependencies.of_all(segment.definition.depends for segment in segments)
        one_of_each: dict[Moving, Moving] = {}
        moving = [
            [one_of_each.setdefault(timeframe, timeframe) for timeframe in _moving(segment.definition)]
            for segment in segments
        ]
        return cls([_level(segments, places) for places in _levels(segments)], depends, moving)


@dataclass(frozen=True)
class Watching:
    """An account's segments, in order of id."""

    segments: Sequence[Watched]
    outline: Outline


@dataclass(frozen=True)
class _Known:
    state: bytes
    parsed: Parsed
    watching: Watching


class Index:
    """The active segments of accounts. Every load checks for changes, so it is never stale; a definition is read and
    parsed once per change. Equal conditions of an account are one object."""

    def __init__(self) -> None:
        self._known: dict[int, _Known] = {}

    async def load(self, conn: db.Connection, account_id: int) -> Watching:
        cursor = await conn.execute(_STATE, (account_id,), binary=True)
        row = await cursor.fetchone()
        known = self._known.get(account_id)
        if row is None or row[0] is None:
            self._known.pop(account_id, None)
            return Watching([], Outline([], Dependencies(), []))
        if known is None or known.state != row[0]:
            # The rows may be newer than the state, which then differs the next time.
            known = self._known[account_id] = await _read(conn, account_id, row[0], known)
        return known.watching


async def _read(conn: db.Connection, account_id: int, state: bytes, known: _Known | None) -> _Known:
    rows = await db.rows(conn, _LIVE, (account_id,))
    before: Parsed = {} if known is None else known.parsed
    missing = [row[0] for row in rows if row[0] not in before or before[row[0]][0] != row[2]]
    fresh = dict(await db.rows(conn, _DEFINITIONS, (account_id, missing))) if missing else {}
    parsed = _parsed(rows, before, fresh)
    segments = [_watched(row, parsed[row[0]][1]) for row in rows]
    same = known is not None and not fresh and parsed.keys() == before.keys()
    outline = known.watching.outline if same and known is not None else Outline.of(segments)
    return _Known(state, parsed, Watching(segments, outline))


def _watched(row: tuple[Any, ...], definition: Definition) -> Watched:
    own, public_id, updated, evaluated, due, building = row
    return Watched(own, public_id, updated, evaluated, due, building, definition)


def _parsed(rows: Iterable[tuple[Any, ...]], before: Parsed, fresh: Mapping[int, object]) -> Parsed:
    one_of_each: dict[Condition, Condition] = {}
    for _, definition in before.values():
        one_of_each |= {condition: condition for condition in definition.conditions}
    return {
        row[0]: (row[2], _shared(parse_stored(row[1], fresh[row[0]]), one_of_each))
        if row[0] in fresh
        else before[row[0]]
        for row in rows
    }


def _shared(definition: Definition, one_of_each: dict[Condition, Condition]) -> Definition:
    return Definition(
        tuple(tuple(one_of_each.setdefault(condition, condition) for condition in group) for group in definition.groups)
    )


def _levels(segments: Sequence[Watched]) -> Iterator[Sequence[int]]:
    """Places of segments in order of dependency: those of one level depend only on earlier levels."""
    by_name = {segment.public_id: segment for segment in segments}
    depth: dict[str, int] = {}

    def place(name: str, above: frozenset[str]) -> int:
        if name not in depth:
            below = by_name[name].definition.depends.groups & by_name.keys() - above
            depth[name] = 1 + max((place(other, above | {other}) for other in below), default=-1)
        return depth[name]

    ordered: defaultdict[int, list[int]] = defaultdict(list)
    for number, name in enumerate(by_name):
        ordered[place(name, frozenset({name}))].append(number)
    return iter([ordered[level] for level in sorted(ordered)])


def _moving(definition: Definition) -> Iterator[Moving]:
    for condition in definition.moving:
        if condition.indexed:
            of_events = isinstance(condition, MetricCondition | FunnelCondition)
            yield from (Moving(timeframe, of_events) for timeframe in condition.timeframes)


def _level(segments: Sequence[Watched], places: Sequence[int]) -> Level:
    following: dict[Cause, list[int]] = {}
    for place in places:
        for cause in _causes(segments[place].definition.depends):
            following.setdefault(cause, []).append(place)
    return Level(places, following)


def _causes(depends: Dependencies) -> list[Cause]:
    return [
        ANYTHING,
        *(("metric", metric) for metric in depends.metrics),
        *(("purpose", purpose) for purpose in depends.purposes),
        *(("group", group) for group in depends.groups),
        *(("thing", thing) for thing in depends.things),
        *(("change", kind) for kind in depends.changes if ("change", kind) != ANYTHING),
        *([("activity", None)] if depends.activity else ()),
    ]
