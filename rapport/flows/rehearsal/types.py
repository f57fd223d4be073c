"""Rehearsals as they cross the API."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from rapport.flows.drafts import Effect

Status = Literal["queued", "running", "complete", "failed"]


class RehearsalCreate(msgspec.Struct, forbid_unknown_fields=True):
    """`flow_id`: a flow as it is; with a `definition`: that flow with this one published; a `definition` alone: a flow
    that is not saved. `days`: how far back, up to now."""

    flow_id: str | None = None
    definition: dict[str, Any] | None = None
    days: Annotated[int, Meta(ge=1, le=90)] = 30


class RehearsalExample(msgspec.Struct):
    """One person at a step. `outcome`: the way they went, `sent`, `done`, `waiting`, or why not. Of an e-mail that
    would have been sent: how it would have looked."""

    profile_id: str | None
    profile_name: str | None
    at: datetime
    outcome: str
    subject: str | None = None
    html: str | None = None


class RehearsedStep(msgspec.Struct):
    """What happened at one action. `action_id`: as the definition calls it. `entered`: runs that came to it, `passed`
    those that went on, `waiting` those that are in it at the end. `ways`: by link, or by branch, of a split, how many
    took it. `done`: messages that would have been sent, or calls and changes made; `queued`: messages that are due
    later, `for_review` those that somebody would have to send. `skipped`: by reason. `people`: a few of them."""

    action_id: str
    type: str
    entered: int
    passed: int
    waiting: int
    ways: dict[str, int]
    done: int
    queued: int
    for_review: int
    skipped: dict[str, int]
    people: list[RehearsalExample]


class Caveat(msgspec.Struct):
    """What the past can't tell. `action_id` null: of the whole flow."""

    action_id: str | None
    text: str


class Rehearsed(msgspec.Struct):
    """`since`, `until`: the time that was gone through. `considered`: events, or people joining, that could have
    started the flow; `not_entered`: those that did not, by reason. `entered`, `completed`, `inside`: runs begun, ended,
    and under way at the end. `impact`: what publishing the definition does to those who are really inside now."""

    since: datetime
    until: datetime
    considered: int
    not_entered: dict[str, int]
    not_entered_people: list[RehearsalExample]
    entered: int
    completed: int
    inside: int
    steps: list[RehearsedStep]
    caveats: list[Caveat]
    impact: list[Effect]


class RehearsalAttributes(msgspec.Struct):
    """`progress`: per cent. `error`: why it failed. `result`: once it is complete."""

    status: Status
    progress: int
    days: int
    flow_id: str | None
    created: datetime
    error: str | None
    result: Rehearsed | None
