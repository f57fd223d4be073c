"""What many conditions ask of some people, read from the database at once, column by column.

In: people, and what is asked of them. Out: a column or mask over these people. They come over as one row of bytes, a
tenth of what rows cost. The totals of all metrics are one statement; conditions on profiles are one for each forty of
them, in which each is tested by its own SQL, so there is no second meaning. (The log: `event_columns`.)
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar, cast

import numpy as np

from rapport.segments.conditions.properties import PropertyCondition
from rapport.segments.evaluation.loaded_totals import INEXACT, LARGE, PARTS, Totals
from rapport.segments.evaluation.masks import Column, Mask, People
from rapport.segments.sql.scope import Scope
from rapport.segments.sql.statement import Statement

# Tests in one statement; beyond, planning it takes longer than another reading.
_MOST = 40
_TOTALS = """
    SELECT string_agg(int8send(metric_id), ''), string_agg(int8send(profile_id), ''), string_agg(int8send(count), ''),
           string_agg(timestamptz_send(last), ''), string_agg(int8send({sum}), '')
    FROM event_totals e WHERE account_id = %(account)s{among} AND metric_id = ANY({metrics})"""
_PROFILES = "SELECT {tested} FROM profiles p WHERE p.account_id = %(account)s{among}"
# No profile's id.
_WITHOUT = 0
_KEYED = """
    SELECT string_agg(int8send(p.id), ''), {tested} FROM (
        SELECT p.id, p.properties FROM profiles p
        WHERE p.account_id = %(account)s{among} AND p.properties ?| {keys}
        UNION ALL SELECT {without}, '{{}}'::jsonb) AS p"""
_TESTED = "string_agg(int8send(p.id), '') FILTER (WHERE {test})"
T = TypeVar("T")


async def totals(scope: Scope, people: People, metrics: Sequence[int], *, sums: bool) -> dict[int, Totals]:
    """Totals by metric id; metrics that none of the people has are left out. Without `sums`, sums are 0."""
    if not metrics:
        return {}
    among = scope.about(people.chosen(people.everybody))
    statement = among.statement()
    query = _TOTALS.format(
        sum=whole("e.sum") if sums else "0",
        among=among.restricted("profile_id", statement),
        metrics=statement.add(metrics, "bigint[]"),
    )
    answer = await row(scope, query, statement)
    if not answer[0]:
        return {}
    of, profiles, *columns = [column(part) for part in answer]
    return {metric: _totals(people, of == metric, profiles, columns) for metric in np.unique(of).tolist()}


def _totals(people: People, own: Mask, profiles: Column, columns: Sequence[Column]) -> Totals:
    places = people.places(profiles[own])

    def spread(column: Column) -> Column:
        spread_column = np.zeros(len(people.ids), dtype=np.int64)
        spread_column[places] = column[own]
        return spread_column

    count, last, total = columns
    return Totals(people, spread(count), spread(total), spread(last))


async def of_profiles(
    scope: Scope, people: People, questions: Mapping[int, tuple[PropertyCondition, Mask]]
) -> dict[int, Mask]:
    """By condition number, a mask of who meets it. Only people in the condition's own mask are answered correctly."""
    keyed = [number for number, (condition, _) in questions.items() if condition.column == "properties"]
    others = [number for number in questions if number not in keyed]
    passing: dict[int, Mask] = {}
    for numbers, read in ((keyed, _by_keys), (others, _by_columns)):
        for part in chunks(numbers):
            some = [questions[number] for number in part]
            among = people.union(mask for _, mask in some)
            passing |= zip(part, await read(scope, people, among, [condition for condition, _ in some]), strict=True)
    return passing


async def _by_columns(scope: Scope, people: People, among: Mask, conditions: Sequence[PropertyCondition]) -> list[Mask]:
    some = scope.about(people.chosen(among))
    statement = some.statement()
    query = _PROFILES.format(tested=_tested(conditions, statement), among=some.restricted("p.id", statement))
    answer = await row(scope, query, statement)
    return [people.having(column(part)) if part else people.nobody for part in answer]


async def _by_keys(scope: Scope, people: People, among: Mask, conditions: Sequence[PropertyCondition]) -> list[Mask]:
    """Tests only profiles that have one of the properties; all others are tested once, as a profile without any."""
    some = scope.about(people.chosen(among))
    statement = some.statement()
    keys = sorted({condition.key for condition in conditions if condition.key is not None})
    query = _KEYED.format(
        tested=_tested(conditions, statement),
        among=some.restricted("p.id", statement),
        keys=statement.add(keys, "text[]"),
        without=_WITHOUT,
    )
    tested, *passing = [column(part) if part else np.zeros(0, np.int64) for part in await row(scope, query, statement)]
    others = among & ~people.having(tested[tested != _WITHOUT])
    return [people.having(ids[ids != _WITHOUT]) | (others if _WITHOUT in ids else people.nobody) for ids in passing]


def _tested(conditions: Sequence[PropertyCondition], statement: Statement) -> str:
    return ", ".join(_TESTED.format(test=condition.test(statement)) for condition in conditions)


def whole(number: str) -> str:
    """SQL of a numeric as a bigint in units of 1/PARTS, or INEXACT; null is 0."""
    scale = len(str(PARTS)) - 1
    return (
        f"CASE WHEN {number} IS NULL THEN 0 WHEN abs({number}) < {LARGE} AND min_scale({number}) <= {scale} "
        f"THEN ({number} * {PARTS})::bigint ELSE '{INEXACT}'::bigint END"
    )


async def row(scope: Scope, query: str, statement: Statement) -> tuple[Any, ...]:
    return (await rows(scope, query, statement))[0]


async def rows(scope: Scope, query: str, statement: Statement) -> list[tuple[Any, ...]]:
    # tenant-scope: `query` holds the condition
    cursor = await scope.conn.execute(query, statement.parameters, binary=True)
    return cast(list[tuple[Any, ...]], await cursor.fetchall())


def column(part: bytes) -> Column:
    return np.frombuffer(part, dtype=">i8").astype(np.int64)


def chunks(some: Sequence[T], most: int = _MOST) -> Iterable[Sequence[T]]:
    """Parts that each fit into one statement."""
    return (some[start : start + most] for start in range(0, len(some), most))
