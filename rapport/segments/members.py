"""Members written as differences: who meets the definition now, against who is a member."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pyroaring import BitMap64

from rapport.events.inbox import Change
from rapport.kit import db
from rapport.segments.conditions import Definition
from rapport.segments.conditions.definition import combine
from rapport.segments.conditions.scope import Condition, Scope
from rapport.segments.index import Watched

_CURRENT = """
    SELECT segment_id, array_agg(profile_id) FROM segment_members
    WHERE account_id = %s AND segment_id = ANY(%s) AND profile_id = ANY(ARRAY(SELECT unnest(%s::bigint[])))
    GROUP BY segment_id"""
_ALL = "SELECT array_agg(profile_id) FROM segment_members WHERE account_id = %s AND segment_id = %s"
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
    found: dict[Condition, BitMap64] = {}

    async def ask(condition: Condition) -> BitMap64:
        if condition not in found:
            found[condition] = await condition.matching(scope.about(asked[condition]))
        return found[condition]

    return [await combine(one.segment.definition, scope, ask) & one.profiles for one in questions]


async def _current(scope: Scope, questions: Sequence[Question]) -> Mapping[int, BitMap64]:
    segments = [question.segment.id for question in questions]
    found = await db.rows(scope.conn, _CURRENT, (scope.account_id, segments, db.array(scope.among or [])))
    return {segment: BitMap64(profiles) for segment, profiles in found}


def _union(sets: Iterable[BitMap64]) -> BitMap64:
    found = BitMap64()
    for one in sets:
        found |= one
    return found


async def replace(scope: Scope, segment_id: int, definition: Definition) -> list[Change]:
    """Ask the definition about everybody and make the members what it says."""
    found = await combine(definition, scope, lambda condition: condition.matching(scope))
    row = await db.row(scope.conn, _ALL, (scope.account_id, segment_id))
    members = BitMap64(row[0] if row and row[0] else ())
    enter = [(segment_id, profile) for profile in found - members]
    leave = [(segment_id, profile) for profile in members - found]
    return await write(scope.conn, scope.account_id, scope.now, enter, leave)


async def write(conn: db.Connection, account_id: int, now: datetime, enter: Pairs, leave: Pairs) -> list[Change]:
    """Write entries and exits, (segment, profile) each, and tell those that happened."""
    entered = await db.rows(conn, _ENTER, (now, *_columns(enter), account_id)) if enter else []
    left = await db.rows(conn, _LEAVE, (*_columns(leave), account_id)) if leave else []
    return [*_changes(entered, True), *_changes(left, False)]


def _columns(pairs: Pairs) -> tuple[str, str]:
    return db.array([segment for segment, _ in pairs]), db.array([profile for _, profile in pairs])


def _changes(rows: Sequence[tuple[int, ...]], joined: bool) -> list[Change]:
    by_segment: dict[int, list[int]] = {}
    for segment, profile in rows:
        by_segment.setdefault(segment, []).append(profile)
    return [
        Change(profiles[start : start + CHUNK], ["segment"], group=segment, joined=joined)
        for segment, profiles in by_segment.items()
        for start in range(0, len(profiles), CHUNK)
    ]
