"""Members written as differences: who meets the definition now, against who is a member."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from pyroaring import BitMap64

from rapport.events.inbox import Change
from rapport.kit import db
from rapport.segments import sizes
from rapport.segments.conditions.evaluate import combine
from rapport.segments.conditions.scope import Condition, Scope, bitmap
from rapport.segments.conditions.together import together
from rapport.segments.index import Watched

_CURRENT = """
    SELECT segment_id, string_agg(int8send(profile_id), '') FROM segment_members
    WHERE account_id = %s AND segment_id = ANY(%s) AND profile_id = ANY(ARRAY(SELECT unnest(%s::bigint[])))
    GROUP BY segment_id"""
_ALL = """
    SELECT string_agg(int8send(profile_id), '') FROM segment_members WHERE account_id = %s AND segment_id = %s"""
# Through profiles: somebody folded into another meanwhile is no member of anything.
_ENTER = """
    INSERT INTO segment_members (account_id, segment_id, profile_id, joined)
    SELECT p.account_id, e.segment_id, e.profile_id, %s
    FROM unnest(%s::bigint[], %s::bigint[]) AS e (segment_id, profile_id)
    JOIN profiles p ON p.account_id = %s AND p.id = e.profile_id
    ON CONFLICT DO NOTHING RETURNING segment_id, profile_id"""
_LEAVE = """
    DELETE FROM segment_members m USING unnest(%s::bigint[], %s::bigint[]) AS l (segment_id, profile_id)
    WHERE m.account_id = %s AND m.segment_id = l.segment_id AND m.profile_id = l.profile_id
    RETURNING m.segment_id, m.profile_id"""
# Keeps one inbox row, and the batch that takes it, at a reasonable size.
CHUNK = 5000
Pairs = list[tuple[int, int]]
# PostgreSQL's binary form of COPY: each field with its length before it, times in microseconds since 2000.
_COLUMNS, _KINDS = ("account_id", "segment_id", "profile_id", "joined"), (">i4", ">i8", ">i8", ">i8")
_FIELDS = [((f"{name} length", ">i4"), (name, kind)) for name, kind in zip(_COLUMNS, _KINDS, strict=True)]
_ROW = np.dtype([("fields", ">i2"), *(part for field in _FIELDS for part in field)])
_COPY = f"COPY segment_members ({', '.join(_COLUMNS)}) FROM STDIN (FORMAT binary)"
_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_TRAILER = b"\xff\xff"
_POSTGRES_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
# Rows written at once, so that other work gets its turn.
_PART = 20_000


@dataclass(frozen=True)
class Question:
    """A segment, and the profiles about whom it is asked anew."""

    segment: Watched
    profiles: BitMap64


async def settle(scope: Scope, questions: Sequence[Question]) -> list[Change]:
    """Ask each segment about its profiles at `scope.now`, write the difference, and tell it as changes.

    The profiles are taken to exist; one that does not is found out when it would be written.
    """
    if not questions:
        return []
    scope = scope.about(_union(question.profiles for question in questions))
    answers = await _answers(scope, questions)
    current = await _current(scope, questions)
    enter: Pairs = []
    leave: Pairs = []
    for question, found in zip(questions, answers, strict=True):
        segment, members = question.segment.id, current.get(question.segment.id, BitMap64()) & question.profiles
        enter += [(segment, profile) for profile in found - members]
        leave += [(segment, profile) for profile in members - found]
    return await write(scope.conn, scope.account_id, scope.now, enter, leave)


async def _answers(scope: Scope, questions: Sequence[Question]) -> list[BitMap64]:
    """Equal conditions are asked once, about everybody who has it asked of them."""
    asked: dict[Condition, BitMap64] = {}
    for question in questions:
        for condition in question.segment.definition.conditions:
            asked[condition] = asked.get(condition, BitMap64()) | question.profiles
    found = await together(scope, asked)

    async def ask(condition: Condition) -> BitMap64:
        if condition not in found:
            found[condition] = await condition.matching(scope.about(asked[condition]))
        return found[condition]

    return [await combine(one.segment.definition, scope, ask) & one.profiles for one in questions]


async def _current(scope: Scope, questions: Sequence[Question]) -> Mapping[int, BitMap64]:
    segments = [question.segment.id for question in questions]
    parameters = (scope.account_id, segments, db.array(scope.among or []))
    cursor = await scope.conn.execute(_CURRENT, parameters, binary=True)
    return {segment: bitmap(np.frombuffer(profiles, dtype=">i8")) for segment, profiles in await cursor.fetchall()}


def _union(sets: Iterable[BitMap64]) -> BitMap64:
    found = BitMap64()
    for one in sets:
        found |= one
    return found


async def of_segment(conn: db.Connection, account_id: int, segment_id: int) -> BitMap64:
    """Everybody who is a member."""
    cursor = await conn.execute(_ALL, (account_id, segment_id), binary=True)
    row = await cursor.fetchone()
    return bitmap(np.frombuffer(row[0], dtype=">i8")) if row and row[0] else BitMap64()


async def copy_in(
    conn: db.Connection, account_id: int, segment_id: int, profiles: BitMap64, joined: datetime
) -> None:  # fmt: skip
    """Write memberships that are not there, as COPY takes them in binary: half a million in a second or two."""
    if not profiles:
        return
    rows = np.zeros(len(profiles), dtype=_ROW)
    rows["fields"] = len(_COLUMNS)
    for name, (kind, value) in zip(_COLUMNS, _values(account_id, segment_id, profiles, joined), strict=True):
        rows[f"{name} length"], rows[name] = np.dtype(kind).itemsize, value
    async with conn.cursor() as cursor, cursor.copy(_COPY) as copy:
        await copy.write(_HEADER)
        for start in range(0, len(rows), _PART):
            await copy.write(rows[start : start + _PART].tobytes())
        await copy.write(_TRAILER)


def _values(account_id: int, segment_id: int, profiles: BitMap64, joined: datetime) -> list[tuple[str, Any]]:
    microseconds = (joined - _POSTGRES_EPOCH) // timedelta(microseconds=1)
    ids = np.fromiter(profiles, dtype=np.int64, count=len(profiles))
    return list(zip(_KINDS, (account_id, segment_id, ids, microseconds), strict=True))


async def correct(
    conn: db.Connection, account_id: int, segment_id: int, before: BitMap64, found: BitMap64, final: BitMap64,
    now: datetime,
) -> None:  # fmt: skip
    """Make `final` the members, where those of `before` and `found` are written, and count who came and went."""
    add = [(segment_id, profile) for profile in final - (before | found)]
    gone = [(segment_id, profile) for profile in (before | found) - final]
    if add:
        await db.execute(conn, _ENTER, (now, *_columns(add), account_id))
    # Whoever folded or deleted somebody meanwhile has counted that.
    left = await db.rows(conn, _LEAVE, (*_columns(gone), account_id)) if gone else []
    lost = len(before & BitMap64([row[1] for row in left]))
    await sizes.record(conn, account_id, now, [segment_id] * len(final - before), [segment_id] * lost)


async def write(conn: db.Connection, account_id: int, now: datetime, enter: Pairs, leave: Pairs) -> list[Change]:
    """Write entries and exits, (segment, profile) each, and tell those that happened."""
    entered = await db.rows(conn, _ENTER, (now, *_columns(enter), account_id)) if enter else []
    left = await db.rows(conn, _LEAVE, (*_columns(leave), account_id)) if leave else []
    await sizes.record(conn, account_id, now, [one[0] for one in entered], [one[0] for one in left])
    return [*_by_segment(entered, True), *_by_segment(left, False)]


def _columns(pairs: Pairs) -> tuple[str, str]:
    return db.array([segment for segment, _ in pairs]), db.array([profile for _, profile in pairs])


def _by_segment(rows: Sequence[tuple[int, ...]], joined: bool) -> list[Change]:
    by_segment: dict[int, list[int]] = {}
    for segment, profile in rows:
        by_segment.setdefault(segment, []).append(profile)
    return [one for segment, profiles in by_segment.items() for one in changes(segment, profiles, joined=joined)]


def changes(segment: int, profiles: Sequence[int], *, joined: bool, quiet: bool = False) -> list[Change]:
    """Entries or exits of one segment, as the inbox takes them."""
    return [
        Change(list(profiles[start : start + CHUNK]), ["segment"], group=segment, joined=joined, quiet=quiet)
        for start in range(0, len(profiles), CHUNK)
    ]
