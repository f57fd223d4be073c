"""Who is where in flows, what waits for a review, and what turning a flow on means (extensions)."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta
from sqlalchemy import ColumnElement, Select, and_, case, func, select

from rapport.accounts import roles
from rapport.accounts.api import account_of
from rapport.flows import activation, back_populate, effects, reviews, runs, warnings
from rapport.flows.activation import Problem
from rapport.flows.api import READ, WRITE, flow_of
from rapport.flows.back_populate import Mode
from rapport.flows.effects import StepEffect
from rapport.flows.tables import enrolments, flow_messages, flows
from rapport.kit import db
from rapport.kit.jsonapi import (
    AnyCall,
    Body,
    Call,
    Field,
    PageSize,
    Record,
    Resource,
    Row,
    listing,
    operation,
)
from rapport.kit.ratelimit import L, S
from rapport.messages import outbox
from rapport.messages.tables import messages
from rapport.profiles.tables import profiles

_INSIDE = """
    SELECT count(*) FROM enrolments WHERE account_id = %s AND flow_id = %s AND action_id IS NOT NULL"""


# ---- runs


class FlowRunStep(msgspec.Struct):
    """A step on somebody's way. `outcome`: done; passed, where it was no more than a draft or off; filtered, where the
    flow's filter did not hold then; past, where its time was over when the person was put in, and it did nothing.
    `effect`: null of a step that sends and calls nothing."""

    action_id: str
    arrived: datetime
    outcome: Literal["done", "passed", "filtered", "past"]
    effect: StepEffect | None


class FlowRunAttributes(msgspec.Struct):
    """One way of one profile through a flow. `profile_name`: an address or name of theirs. `status`: active, completed,
    or left before its end. `action_id`: where it stands; `due`: when it goes on from there. `anchor`: of a flow of
    dates, the date it is about. `path`: the steps so far."""

    flow_id: str
    flow_name: str
    profile_id: str | None
    profile_name: str | None
    status: str
    entered: datetime
    finished: datetime | None
    action_id: str | None
    due: datetime | None
    back_populated: bool
    anchor: str | None
    path: list[FlowRunStep]


RUN = Resource("flow-run", "/api/flow-runs", attributes=FlowRunAttributes)
_OUTCOMES: Mapping[int, Literal["done", "passed", "filtered", "past"]] = {
    runs.DONE: "done",
    runs.PASSED: "passed",
    runs.FILTERED: "filtered",
    runs.PAST: "past",
}
_PERSON = func.coalesce(profiles.c.email, profiles.c.phone_number, profiles.c.first_name, profiles.c.external_id)
_STATUS = case((enrolments.c.action_id.is_not(None), "active"), (enrolments.c.left_early, "left"), else_="completed")


def _runs(call: AnyCall) -> Select[Any]:
    account = call.principal.account_id
    flow = and_(flows.c.account_id == account, flows.c.id == enrolments.c.flow_id)
    person = and_(profiles.c.account_id == account, profiles.c.id == enrolments.c.profile_id)
    return (
        select(
            enrolments,
            flows.c.public_id.label("flow_public_id"),
            flows.c.name.label("flow_name"),
            profiles.c.ulid.label("profile_ulid"),
            _PERSON.label("profile_name"),
            _STATUS.label("status"),
        )
        .select_from(enrolments.join(flows, flow).outerjoin(profiles, person))
        .where(enrolments.c.account_id == account)
    )


async def _run_records(rows: Sequence[Row], call: AnyCall) -> list[Record]:
    steps = [(row["id"], action) for row in rows for action in row["path"][::3]]
    async with call.transaction() as conn:
        came = await effects.of_steps(conn, call.principal.account_id, steps)
    return [_run_record(row, came) for row in rows]


def _run_record(row: Row, came: Mapping[tuple[int, int], StepEffect]) -> Record:
    active = row["action_id"] is not None
    attributes = FlowRunAttributes(
        row["flow_public_id"],
        row["flow_name"],
        row["profile_ulid"],
        row["profile_name"],
        row["status"],
        row["entered"],
        row["finished"],
        str(row["action_id"]) if active else None,
        row["due"] if active else None,
        row["back_populated"],
        None if row["anchor"] is None else row["anchor"].isoformat(),
        [
            FlowRunStep(
                str(action),
                datetime.fromtimestamp(second, UTC),
                _OUTCOMES[outcome],
                came.get((row["id"], action)),
            )
            for action, second, outcome in zip(*[iter(row["path"])] * 3, strict=True)
        ],
    )
    return Record(str(row["id"]), attributes, key=row["id"], resource=RUN)


def _run_of_profile(op: str, value: Any, call: AnyCall) -> ColumnElement[bool]:
    account = call.principal.account_id
    person = select(profiles.c.id).where(profiles.c.account_id == account, profiles.c.ulid == value)
    return enrolments.c.profile_id.in_(person)


def _of_flow(column: Any) -> Any:
    def translate(op: str, value: Any, call: AnyCall) -> ColumnElement[bool]:
        account = call.principal.account_id
        flow = select(flows.c.id).where(flows.c.account_id == account, flows.c.public_id == value)
        found: ColumnElement[bool] = column.in_(flow)
        return found

    return translate


get_flow_runs = listing(
    "get_flow_runs",
    RUN,
    scopes=f"{READ} profiles:read",
    rate=L,
    select=_runs,
    key=enrolments.c.id,
    records=_run_records,
    filters={
        "flow_id": Field(None, ("equals",), translate=_of_flow(enrolments.c.flow_id)),
        "profile_id": Field(None, ("equals",), translate=_run_of_profile),
        "action_id": Field(enrolments.c.action_id, ("equals",), int),
        "status": Field(_STATUS, ("equals",), choices=("active", "completed", "left")),
    },
    sorts={"id": enrolments.c.id},
    default_sort="-id",
    page=PageSize(50, 100),
)


# ---- reviews


class FlowReviewAttributes(msgspec.Struct):
    """A message of a manual action that waits for somebody to send it, or not. `profile_name`: an address or name of
    who would get it."""

    flow_id: str
    message_id: str
    name: str
    profile_id: str | None
    profile_name: str | None
    created: datetime


REVIEW = Resource("flow-review", "/api/flow-reviews", attributes=FlowReviewAttributes)


def _reviews(call: AnyCall) -> Select[Any]:
    account = call.principal.account_id
    flow = and_(flows.c.account_id == account, flows.c.id == messages.c.flow_id)
    message = and_(flow_messages.c.account_id == account, flow_messages.c.public_id == messages.c.message_id)
    person = and_(profiles.c.account_id == account, profiles.c.id == messages.c.profile_id)
    return (
        select(
            messages.c.id,
            messages.c.ulid,
            messages.c.message_id,
            messages.c.created,
            flows.c.public_id.label("flow_public_id"),
            flow_messages.c.name,
            profiles.c.ulid.label("profile_ulid"),
            _PERSON.label("profile_name"),
        )
        .select_from(messages.join(flows, flow).join(flow_messages, message).outerjoin(profiles, person))
        .where(messages.c.account_id == account, messages.c.status == "queued", messages.c.due == outbox.NOT_YET)
    )


def _review_record(row: Row, call: AnyCall) -> Record:
    attributes = FlowReviewAttributes(
        row["flow_public_id"],
        row["message_id"],
        row["name"],
        row["profile_ulid"],
        row["profile_name"],
        row["created"],
    )
    return Record(row["ulid"], attributes, key=row["id"], resource=REVIEW)


def _review_of_profile(op: str, value: Any, call: AnyCall) -> ColumnElement[bool]:
    account = call.principal.account_id
    person = select(profiles.c.id).where(profiles.c.account_id == account, profiles.c.ulid == value)
    return messages.c.profile_id.in_(person)


get_flow_reviews = listing(
    "get_flow_reviews",
    REVIEW,
    scopes=f"{READ} profiles:read",
    rate=L,
    select=_reviews,
    key=messages.c.id,
    record=_review_record,
    filters={
        "flow_id": Field(None, ("equals",), translate=_of_flow(messages.c.flow_id)),
        "message_id": Field(messages.c.message_id, ("equals",)),
        "profile_id": Field(None, ("equals",), translate=_review_of_profile),
    },
    sorts={"id": messages.c.id},
    default_sort="id",
    page=PageSize(50, 100),
)


class FlowReviewDecision(msgspec.Struct, forbid_unknown_fields=True):
    """`reviews`: ids of those that are decided; null = all of the message, or of the flow."""

    decision: Literal["send", "dismiss"]
    message_id: str | None = None
    reviews: Annotated[list[str], Meta(min_length=1, max_length=1000)] | None = None


class DecidedAttributes(msgspec.Struct):
    decided: int


DECIDED = Resource("flow-review-decision", "/api/flows", DecidedAttributes, self_link=False)


@operation(
    "decide_flow_reviews",
    "POST",
    "/api/flows/{id}/reviews",
    scopes=WRITE,
    rate=L,
    permissions=roles.SEND,
    body=Body("flow-review-decision", FlowReviewDecision),
    answers=DECIDED,
)
async def decide_flow_reviews(call: Call[FlowReviewDecision]) -> Record:
    """Send what waits for a review, or put it aside. Filters, consent and limits are asked when it goes."""
    body = call.body
    async with call.transaction() as conn:
        flow = await flow_of(call, conn)
        number = await reviews.decide(
            conn,
            call.principal.account_id,
            flow.id,
            send=body.decision == "send",
            message=body.message_id,
            ids=body.reviews,
            now=call.now,
        )
    return Record(flow.public_id, DecidedAttributes(number))


# ---- turning on


class FlowReadinessAttributes(msgspec.Struct):
    """What turning a flow live means. `problems`: what is in the way. `warnings`: what is not, but is hardly meant.
    `inside`: people under way, who go on. `enters`:
    how many enter at that moment, which is nobody; `from_now_on`: who enters later. `past`: those who could be put in
    beside, in one of `modes`, before the flow's filter."""

    problems: list[Problem]
    warnings: list[Problem]
    inside: int
    enters: int
    from_now_on: str
    past: int
    modes: list[Mode]


READINESS = Resource("flow-readiness", "/api/flows", FlowReadinessAttributes, self_link=False)
_FROM_NOW_ON = {
    "list": "Whoever joins the list from now on. Who is on it already does not enter, unless they are put in.",
    "segment": "Whoever newly meets the segment's definition. Its members of now do not enter, unless they are put in.",
    "metric": "Whoever does it from now on. What was done before starts nothing, unless people are put in.",
    "date": "Whoever's date comes so near from now on. Dates for which it would have begun already are passed over.",
}


@operation("get_flow_readiness", "GET", "/api/flows/{id}/readiness", scopes=READ, rate=L, answers=READINESS)
async def get_flow_readiness(call: AnyCall) -> Record:
    """What is in the way of a flow, and who enters it once it is live."""
    account = account_of(call)
    async with call.transaction() as conn:
        flow = await flow_of(call, conn)
        inside = await db.row(conn, _INSIDE, (account.account_id, flow.id))
        past = await back_populate.past(conn, account, flow, call.now)
    attributes = FlowReadinessAttributes(
        [*activation.problems(flow)],
        [*warnings.of_flow(flow)],
        inside[0] if inside else 0,
        0,
        _FROM_NOW_ON.get(flow.trigger_kind, ""),
        past,
        back_populate.modes(flow),
    )
    return Record(flow.public_id, attributes)


class FlowFill(msgspec.Struct, forbid_unknown_fields=True):
    """`start`: at the first step, now. `relative`: each as far along as if they had entered when they joined, or when
    they did it; what lies in the past is not made up for."""

    mode: Mode


class FilledAttributes(msgspec.Struct):
    entered: int


FILLED = Resource("flow-back-population", "/api/flows", FilledAttributes, self_link=False)


@operation(
    "back_populate_flow",
    "POST",
    "/api/flows/{id}/back-populate",
    scopes=WRITE,
    rate=S,
    permissions=roles.SEND,
    body=Body("flow-back-population", FlowFill),
    answers=FILLED,
)
async def back_populate_flow(call: Call[FlowFill]) -> Record:
    """Put people in who came before the flow was live. Those who were ever in it are passed over."""
    account = account_of(call)
    async with call.transaction() as conn:
        flow = await flow_of(call, conn)
    back_populate.check(flow, call.body.mode)
    entered = await back_populate.fill(call.transaction, account, flow.id, call.body.mode, call.now)
    return Record(flow.public_id, FilledAttributes(entered))
