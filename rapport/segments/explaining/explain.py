"""Why one profile meets a definition or does not: each condition's answer, since when, and when it flips.

There is no second evaluator. A condition is asked as a build asks it, only about one profile and, for the answers of
other times, at another `now`: at the moments its facts name and nowhere else, because it can't flip between them.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rapport.kit import db
from rapport.segments.explaining.standing import Standing
from rapport.segments.explaining.timeline import Asks

# Questions asked about one explanation, each less than a millisecond.
_MOST_ASKS = 4000
_JOINED = "SELECT joined FROM segment_members WHERE account_id = %s AND segment_id = %s AND profile_id = %s"
_PICTURE = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"


@dataclass(frozen=True)
class Explained:
    """One condition's answer. `written`: the condition in the definition; `data`: the stored facts it rests on.

    `next_change` None: time alone does not change it, as far as is known; `unknown_from`: the end of that, None = no
    end.
    """

    written: dict[str, Any]
    holds: bool
    since: datetime | None
    next_change: datetime | None
    unknown_from: datetime | None
    data: Mapping[str, Any]


@dataclass(frozen=True)
class Group:
    holds: bool
    conditions: Sequence[Explained]


@dataclass(frozen=True)
class Explanation:
    """`joined`: None when the profile is no member now. `holds`: what the definition gives. The rest as for a
    condition."""

    joined: datetime | None
    holds: bool
    next_change: datetime | None
    unknown_from: datetime | None
    groups: Sequence[Group]


@asynccontextmanager
async def picture(conn: db.Connection) -> AsyncIterator[None]:
    """A snapshot: all statements inside see the same state of the database."""
    async with conn.transaction():
        await db.execute(conn, _PICTURE)
        yield


async def explain(
    conn: db.Connection, account_id: int, segment: Mapping[str, Any], profile: Mapping[str, Any], now: datetime
) -> Explanation:
    """How a profile (row) stands to a segment (row) at `now`."""
    asks = Asks(_MOST_ASKS)
    standing = await Standing.of(conn, account_id, segment, profile, now, asks, frozenset())
    flip = await standing.first_flip()
    row = await db.row(conn, _JOINED, (account_id, segment["id"], profile["id"]))
    since = {condition: await standing.since(condition) for condition in standing.facts}
    groups = [
        Group(
            any(standing.holds[condition] for condition in group),
            [
                Explained(
                    written_condition,
                    standing.holds[condition],
                    since[condition],
                    standing.first[condition].flips_at,
                    standing.first[condition].unknown_from,
                    standing.facts[condition].data,
                )
                for condition, written_condition in zip(group, written["conditions"], strict=True)
            ],
        )
        for group, written in zip(standing.definition.groups, segment["definition"]["condition_groups"], strict=True)
    ]
    holds = standing.definition.holds(standing.holds)
    return Explanation(row[0] if row else None, holds, flip.flips_at, flip.unknown_from, groups)
