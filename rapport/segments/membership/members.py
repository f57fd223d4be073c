"""Memberships written as differences between who meets the definition now and who is a member."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from pyroaring import BitMap64

from rapport.inbox.types import Change
from rapport.kit import db
from rapport.segments.evaluation.batch import matching
from rapport.segments.evaluation.masks import Column, Mask, People
from rapport.segments.membership import sizes
from rapport.segments.membership.index import Watched
from rapport.segments.sql.bitmap import bitmap
from rapport.segments.sql.scope import Scope

# A sum keeps the segments out of the search in the index: to look for each person with each of a thousand takes longer
# than to read what each person is in.
_CURRENT = """
    SELECT string_agg(int8send(segment_id), ''), string_agg(int8send(profile_id), '') FROM segment_members
    WHERE account_id = %s AND segment_id + 0 = ANY(%s::bigint[])
      AND profile_id = ANY(ARRAY(SELECT unnest(%s::bigint[])))"""
_ALL = """
    SELECT string_agg(int8send(profile_id), '') FROM segment_members WHERE account_id = %s AND segment_id = %s"""
# Somebody folded into another meanwhile is no member of anything.
_EXISTING = """
    SELECT string_agg(int8send(id), '') FROM profiles
    WHERE account_id = %s AND id = ANY(ARRAY(SELECT unnest(%s::bigint[])))"""
_ENTER = """
    INSERT INTO segment_members (account_id, segment_id, profile_id, joined)
    SELECT p.account_id, e.segment_id, e.profile_id, %s
    FROM unnest(%s::bigint[], %s::bigint[]) AS e (segment_id, profile_id)
    JOIN profiles p ON p.account_id = %s AND p.id = e.profile_id
    ON CONFLICT DO NOTHING"""
_LEAVE = """
    DELETE FROM segment_members m USING unnest(%s::bigint[], %s::bigint[]) AS l (segment_id, profile_id)
    WHERE m.account_id = %s AND m.segment_id = l.segment_id AND m.profile_id = l.profile_id
    RETURNING m.segment_id, m.profile_id"""
# Keeps one inbox row, and the batch that takes it, at a reasonable size.
CHUNK = 5000
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
# People asked about at once: a thousand segments hold a byte or two for each.
_MOST_PEOPLE = 50_000


@dataclass(frozen=True)
class Question:
    """A segment and the profiles to evaluate for it."""

    segment: Watched
    profiles: BitMap64


@dataclass(frozen=True)
class Pairs:
    """Memberships as two columns: segment and profile."""

    segments: Column
    profiles: Column

    @classmethod
    def of(cls, sets: Sequence[tuple[int, Column]]) -> "Pairs":
        segments = [np.full(len(profiles), segment, dtype=np.int64) for segment, profiles in sets]
        empty = np.zeros(0, dtype=np.int64)
        return cls(np.concatenate([empty, *segments]), np.concatenate([empty, *(profiles for _, profiles in sets)]))

    def __len__(self) -> int:
        return len(self.segments)

    def only(self, which: Any) -> "Pairs":
        """Those selected by a mask, or by indexes."""
        return Pairs(self.segments[which], self.profiles[which])

    def by_segment(self) -> list[tuple[int, Column]]:
        if not len(self):
            return []
        ordered = self.only(np.argsort(self.segments, kind="stable"))
        segments, starts = np.unique(ordered.segments, return_index=True)
        return list(zip(segments.tolist(), np.split(ordered.profiles, starts[1:]), strict=True))


async def apply_differences(scope: Scope, questions: Sequence[Question], there: BitMap64 | None = None) -> list[Change]:
    """Evaluate each segment for its profiles at `scope.now`, write entries and exits, and return them as changes.

    Profiles are assumed to exist; those that do not are found when they would be written, except those known to be
    `there`. The caller holds the account's lock, so nobody else writes memberships of these segments, and nobody is
    merged or deleted meanwhile.
    """
    changes: list[Change] = []
    for some in _by_people(questions):
        entering, leaving = await _differences(scope, some)
        entering = entering.only(await _existing(scope, entering.profiles, there or BitMap64()))
        changes += await _write(scope, entering, leaving)
    return changes


def _by_people(questions: Sequence[Question]) -> Iterator[Sequence[Question]]:
    """In parts with a limited number of people each: time alone may concern half of an account at once."""
    ids = BitMap64.union(BitMap64(), *_sets(questions).values()).to_array()
    if len(ids) <= _MOST_PEOPLE:
        yield from [questions] if questions else []
        return
    for start in range(0, len(ids), _MOST_PEOPLE):
        part = BitMap64(ids[start : start + _MOST_PEOPLE])
        some = (Question(question.segment, question.profiles & part) for question in questions)
        yield [question for question in some if question.profiles]


def _sets(questions: Sequence[Question]) -> Mapping[int, BitMap64]:
    """By identity: most of them ask about the same few."""
    return {id(question.profiles): question.profiles for question in questions}


async def _differences(scope: Scope, questions: Sequence[Question]) -> tuple[Pairs, Pairs]:
    """Entries and exits of these questions."""
    sets = _sets(questions)
    people = People.of(sets.values())
    masks = {own: people.mask(profiles) for own, profiles in sets.items()}
    among = [masks[id(question.profiles)] for question in questions]
    definitions = [(question.segment.definition, mask) for question, mask in zip(questions, among, strict=True)]
    answers = await matching(scope, people, definitions)
    current = await _current(scope, people, [question.segment.id for question in questions])
    enter: list[tuple[int, Column]] = []
    leave: list[tuple[int, Column]] = []
    for question, mask, meeting in zip(questions, among, answers, strict=True):
        members = current.get(question.segment.id, people.nobody)
        if not people.is_nobody(meeting):
            enter.append((question.segment.id, people.ids[meeting & ~members]))
        if not people.is_nobody(members):
            leave.append((question.segment.id, people.ids[members & mask & ~meeting]))
    return Pairs.of(enter), Pairs.of(leave)


async def _current(scope: Scope, people: People, segments: Sequence[int]) -> Mapping[int, Mask]:
    """The present members among the people, by segment; segments without any are left out."""
    parameters = (scope.account_id, db.array(segments), db.array(people.ids.tolist()))
    cursor = await scope.conn.execute(_CURRENT, parameters, binary=True)
    row = await cursor.fetchone()
    if row is None or not row[0]:
        return {}
    pairs = Pairs(*(np.frombuffer(part, dtype=">i8").astype(np.int64) for part in row))
    return {segment: people.having(profiles) for segment, profiles in pairs.by_segment()}


async def of_segment(conn: db.Connection, account_id: int, segment_id: int) -> BitMap64:
    """The ids of all members."""
    cursor = await conn.execute(_ALL, (account_id, segment_id), binary=True)
    row = await cursor.fetchone()
    return bitmap(np.frombuffer(row[0], dtype=">i8")) if row and row[0] else BitMap64()


async def copy_in(conn: db.Connection, account_id: int, segment_id: int, profiles: BitMap64, joined: datetime) -> None:
    """Write new memberships by binary COPY: half a million in one or two seconds."""
    ids = np.fromiter(profiles, dtype=np.int64, count=len(profiles))
    await _copy(conn, account_id, Pairs.of([(segment_id, ids)]), joined)


async def _copy(conn: db.Connection, account_id: int, pairs: Pairs, joined: datetime) -> None:
    """Copy memberships of profiles that exist, in half the time of an INSERT."""
    if not len(pairs):
        return
    # person by person, as they are read again
    pairs = pairs.only(np.lexsort((pairs.segments, pairs.profiles)))
    rows = np.zeros(len(pairs), dtype=_ROW)
    rows["fields"] = len(_COLUMNS)
    microseconds = (joined - _POSTGRES_EPOCH) // timedelta(microseconds=1)
    values: tuple[Any, ...] = (account_id, pairs.segments, pairs.profiles, microseconds)
    for name, kind, value in zip(_COLUMNS, _KINDS, values, strict=True):
        rows[f"{name} length"], rows[name] = np.dtype(kind).itemsize, value
    async with conn.cursor() as cursor, cursor.copy(_COPY) as copy:
        await copy.write(_HEADER)
        for start in range(0, len(rows), _PART):
            await copy.write(rows[start : start + _PART].tobytes())
        await copy.write(_TRAILER)


async def correct(
    conn: db.Connection,
    account_id: int,
    segment_id: int,
    before: BitMap64,
    written: BitMap64,
    final: BitMap64,
    now: datetime,
) -> None:
    """Make `final` the members, given those `before` and those already `written`, and count entries and exits."""
    add, gone = list(final - (before | written)), list((before | written) - final)
    if add:
        await db.execute(conn, _ENTER, (now, *_columns(segment_id, add), account_id))
    # Whoever folded or deleted somebody meanwhile has counted that.
    left = await db.rows(conn, _LEAVE, (*_columns(segment_id, gone), account_id)) if gone else []
    lost = len(before & BitMap64([row[1] for row in left]))
    await sizes.record(conn, account_id, now, [segment_id] * len(final - before), [segment_id] * lost)


def _columns(segment: int, profiles: Sequence[int]) -> tuple[str, str]:
    return db.array([segment] * len(profiles)), db.array(profiles)


async def _write(scope: Scope, entered: Pairs, leave: Pairs) -> list[Change]:
    """Write entries and exits, and return those that took place as changes."""
    await _copy(scope.conn, scope.account_id, entered, scope.now)
    left = await _leave(scope, leave) if len(leave) else leave
    await sizes.record(scope.conn, scope.account_id, scope.now, entered.segments.tolist(), left.segments.tolist())
    return [
        change
        for pairs, joined in ((entered, True), (left, False))
        for segment, profiles in pairs.by_segment()
        for change in changes(segment, profiles.tolist(), joined=joined, at=scope.now)
    ]


async def _existing(scope: Scope, profiles: Column, there: BitMap64) -> Mask:
    """Those of the profiles that exist."""
    known = np.isin(profiles, np.array(there.to_array(), dtype=np.int64))
    unknown = np.unique(profiles[~known])
    if not len(unknown):
        return known
    cursor = await scope.conn.execute(_EXISTING, (scope.account_id, db.array(unknown.tolist())), binary=True)
    row = await cursor.fetchone()
    return known | np.isin(profiles, np.frombuffer(row[0] if row and row[0] else b"", dtype=">i8"))


async def _leave(scope: Scope, pairs: Pairs) -> Pairs:
    columns = db.array(pairs.segments.tolist()), db.array(pairs.profiles.tolist()), scope.account_id
    left = sorted(await db.rows(scope.conn, _LEAVE, columns))
    return Pairs(*(np.array(column, dtype=np.int64) for column in zip(*left, strict=True))) if left else Pairs.of([])


def changes(
    segment: int, profiles: Sequence[int], *, joined: bool, quiet: bool = False, at: datetime | None = None
) -> list[Change]:
    """Entries or exits of one segment, as the inbox takes them."""
    return [
        Change(list(profiles[start : start + CHUNK]), ["segment"], group=segment, joined=joined, quiet=quiet, at=at)
        for start in range(0, len(profiles), CHUNK)
    ]
