"""What came of the steps that runs took: messages in the outbox, and calls of webhooks."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from rapport.kit import db
from rapport.messages import outbox

WAITS_FOR_REVIEW = "waits_for_review"

# A step of a run has one message for ever: its cause is unique.
_MESSAGES = """
    SELECT s.run, s.action, m.ulid,
        CASE WHEN m.status = 'queued' AND m.due = %(not_yet)s THEN %(review)s ELSE m.status END,
        coalesce(m.skip_reason, CASE WHEN m.status NOT IN ('sent', 'queued') THEN m.reply END)
    FROM unnest(%(runs)s::bigint[], %(actions)s::bigint[]) AS s (run, action)
    JOIN messages m ON m.account_id = %(account)s AND m.cause = 'flow:' || s.run || ':' || s.action"""
_CALLS = """
    SELECT s.run, s.action, c.id::text, c.status, CASE WHEN c.status <> 'done' THEN c.answer END
    FROM unnest(%(runs)s::bigint[], %(actions)s::bigint[]) AS s (run, action)
    JOIN webhook_calls c ON c.account_id = %(account)s AND c.enrolment_id = s.run AND c.action_id = s.action"""


@dataclass(frozen=True)
class StepEffect:
    """What a step sent or called. `id`: of the message or webhook call. `status`: its own; waits_for_review, of a
    message that somebody has to send. `detail`: why it did not go, or has not yet; null = there is nothing to say."""

    kind: Literal["message", "webhook-call"]
    id: str
    status: str
    detail: str | None


async def of_steps(
    conn: db.Connection, account_id: int, steps: Iterable[tuple[int, int]]
) -> Mapping[tuple[int, int], StepEffect]:
    """By run and action; a step that sends and calls nothing is left out."""
    wanted = list(dict.fromkeys(steps))
    if not wanted:
        return {}
    parameters = {
        "account": account_id,
        "runs": [run for run, _ in wanted],
        "actions": [action for _, action in wanted],
        "not_yet": outbox.NOT_YET,
        "review": WAITS_FOR_REVIEW,
    }
    effects: dict[tuple[int, int], StepEffect] = {}
    for run, action, *rest in await db.rows(conn, _MESSAGES, parameters):
        effects[run, action] = StepEffect("message", *rest)
    for run, action, *rest in await db.rows(conn, _CALLS, parameters):
        effects[run, action] = StepEffect("webhook-call", *rest)
    return effects
