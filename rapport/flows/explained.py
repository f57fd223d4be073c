"""What conditions about flows are decided on, for the explanation of a membership."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from rapport.flows.changes import WHAT
from rapport.flows.conditions import CompletedFlow, InFlow
from rapport.kit import db
from rapport.segments.explaining.facts import Facts, Subject, Teller
from rapport.segments.explaining.flips import Flip, flips
from rapport.segments.grammar.dependencies import Thing

_RUNS = """
    SELECT entered, finished, left_early, action_id IS NOT NULL AS under_way FROM enrolments
    WHERE account_id = %s AND profile_id = %s AND flow_id = %s ORDER BY entered DESC"""


async def _runs(flow: str, subject: Subject) -> list[dict[str, Any]]:
    number = subject.scope.names.things.get(Thing(WHAT, flow))
    return await db.dicts(subject.scope.conn, _RUNS, (subject.scope.account_id, subject.id, number))


async def _of_in_flow(condition: InFlow, subject: Subject) -> Facts:
    """When a run ends depends on every step that is left of it."""
    entered = [run["entered"] for run in await _runs(condition.flow, subject) if run["under_way"]]
    since: datetime | None = min(entered, default=None)
    data = {"is_in_flow": bool(entered), "entered": since}
    now = subject.scope.now
    return Facts(data, unchanged_since=since or now, begun=since, complete_until=now if entered else None)


async def _of_completed_flow(condition: CompletedFlow, subject: Subject) -> Facts:
    now, runs = subject.scope.now, await _runs(condition.flow, subject)
    ends = [run["finished"] for run in runs if run["finished"] is not None and not run["left_early"]]
    moved = [flip for end in ends for flip in flips(condition.timeframe, end, now)]
    under_way = any(run["under_way"] for run in runs)
    return Facts(
        {"completed": len(ends), "finished": max(ends, default=None), "is_in_flow": under_way},
        [*(Flip(end, True) for end in ends), *moved],
        monotone=True,
        begun=subject.created,
        complete_until=now if under_way else None,
    )


TELLERS: Mapping[type[Any], Teller] = {InFlow: _of_in_flow, CompletedFlow: _of_completed_flow}
