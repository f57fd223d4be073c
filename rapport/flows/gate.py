"""Filters applied to flow messages at the gate: the flow's, then the message's own (behaviour-messaging 1.4)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from rapport.accounts.types import Account
from rapport.flows import filters, plan
from rapport.flows.plan import Action, Flow
from rapport.kit import db
from rapport.messages.types import Candidate

FAILS_FLOW = "Fails Flow Filters"
FAILS_MESSAGE = "Fails Additional Filters"
GONE = "Action Deleted"


@dataclass(frozen=True)
class _Walker:
    candidate: Candidate

    @property
    def profile_id(self) -> int:
        return self.candidate.profile_id

    @property
    def since(self) -> datetime:
        return datetime.fromtimestamp(self.candidate.options.extra["since"], UTC)

    @property
    def entered(self) -> datetime:
        extra = self.candidate.options.extra
        return datetime.fromtimestamp(extra.get("entered", extra["since"]), UTC)


async def check(conn: db.Connection, account: Account, candidates: Sequence[Candidate]) -> Mapping[int, str]:
    """The reason (1.16) for each candidate, by id, that must not be sent."""
    walkers = [
        _Walker(candidate) for candidate in candidates if candidate.source == "flow" and candidate.flow_id is not None
    ]
    if not walkers:
        return {}
    by_flow: dict[int, list[_Walker]] = defaultdict(list)
    for walker in walkers:
        by_flow[walker.candidate.flow_id or 0].append(walker)
    flows = await plan.load(conn, account.account_id, by_flow)
    reasons: dict[int, str] = {}
    for flow_id, group in by_flow.items():
        reasons |= await _check_flow(conn, account, flows.get(flow_id), group)
    return reasons


async def _check_flow(
    conn: db.Connection, account: Account, flow: Flow | None, walkers: Sequence[_Walker]
) -> dict[int, str]:
    if flow is None:
        return {walker.candidate.id: GONE for walker in walkers}
    passing = await filters.passing(conn, account, flow.filter, walkers, account.now())
    reasons = {walker.candidate.id: FAILS_FLOW for walker in walkers} | {
        passing_walker.candidate.id: "" for passing_walker in passing
    }
    by_action: dict[int, list[_Walker]] = defaultdict(list)
    for walker in passing:
        by_action[walker.candidate.options.extra["action"]].append(walker)
    for action_id, group in by_action.items():
        reasons |= await _check_action(conn, account, flow, flow.actions.get(action_id), group)
    return {id: reason for id, reason in reasons.items() if reason}


async def _check_action(
    conn: db.Connection, account: Account, flow: Flow, action: Action | None, walkers: Sequence[_Walker]
) -> dict[int, str]:
    """Each message has filters of its own; a test of messages has several."""
    reasons: dict[int, str] = {}
    by_message: dict[str, list[_Walker]] = defaultdict(list)
    for walker in walkers:
        by_message[walker.candidate.message_id].append(walker)
    messages = {} if action is None else {message.public_id: message for message in action.messages}
    for message_id, group in by_message.items():
        message = messages.get(message_id)
        if message is None:
            reasons |= {walker.candidate.id: GONE for walker in group}
            continue
        additional = flow.parsed(message.content.get("additional_filters"), f"{message.action_id}:additional")
        passing = await filters.passing(conn, account, additional, group, account.now())
        reasons |= {walker.candidate.id: FAILS_MESSAGE for walker in group}
        reasons |= {walker.candidate.id: "" for walker in passing}
    return reasons
