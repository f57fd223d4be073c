"""Operations that send, schedule, cancel and estimate campaigns; the same in every revision."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from rapport.accounts import roles
from rapport.accounts.api import account_of
from rapport.accounts.types import Principal
from rapport.campaigns import approval, audience, readiness, schedules, service, store
from rapport.campaigns.api import READ, SINCE, WRITE
from rapport.campaigns.plan import IMMEDIATE, Plan
from rapport.campaigns.reading import Tree, campaign_tree, message_of, message_tree, tree_by_id
from rapport.campaigns.records import ESTIMATION, ESTIMATION_JOB, MESSAGE_SCHEDULE, SCHEDULE, SEND_JOB
from rapport.campaigns.service import Refused
from rapport.campaigns.store import Campaign
from rapport.campaigns.types import CampaignSchedule, JobAction, MessageSchedule, SendJob, SendJobAction, Winner
from rapport.kit import db
from rapport.kit.jsonapi import AnyCall, Body, Call, Record, ToOne, getting, invalid, not_found, operation
from rapport.kit.ratelimit import M

_STATUS = {
    service.SCHEDULED: "queued",
    service.QUEUED: "queued",
    service.SENDING: "processing",
    service.VARIATIONS_SENT: "processing",
    service.SENT: "complete",
}


def _send_job(campaign: Campaign) -> Record:
    """The job has the campaign's id (2.1)."""
    return Record(campaign.ulid, {"status": _STATUS.get(campaign.status, "cancelled")}, resource=SEND_JOB)


@operation(
    "send_campaign",
    "POST",
    "/api/campaign-send-jobs",
    scopes=WRITE,
    rate=M,
    permissions=roles.SEND,
    answers=SEND_JOB,
    status=202,
    body=Body("campaign-send-job", SendJob),
)
async def send_campaign(call: Call[SendJob]) -> Record:
    """Send by the campaign's strategy: at once, or at its time. What is held is scheduled until then, so that reverting
    it makes it a draft again; and it must be ready as its composer sees it: a time that has passed is not at once."""
    async with call.transaction() as conn:
        approval.require_person(account_of(call), _user_id(call))
        hold = call.body.hold_seconds
        campaign = await send_draft(call, conn, call.body_id or "", hold, must_be_ready=hold > 0)
    return _send_job(campaign)


def _user_id(call: AnyCall) -> int | None:
    principal = call.principal
    return principal.user_id if isinstance(principal, Principal) else None


async def send_draft(
    call: AnyCall, conn: db.Connection, ulid: str, hold_seconds: int, *, must_be_ready: bool
) -> Campaign:
    """The campaign as it is then. Raises ApiError and Refused."""
    loaded = await campaign_tree(call, conn, ulid, lock=True)
    campaign = loaded.campaigns[0]
    service.require_draft(campaign)
    if must_be_ready:
        await readiness.require(conn, account_of(call), loaded)
    plan = schedules.of_strategy(campaign.options.get("send_strategy"), call.now)
    if plan == IMMEDIATE and hold_seconds:
        plan = Plan("immediate", send_time=call.now + timedelta(seconds=hold_seconds))
    drafts = {message.id: plan for message in loaded.messages if message.status == "draft"}
    await service.schedule(conn, account_of(call), campaign, drafts)
    return (await campaign_tree(call, conn, ulid)).campaigns[0]


async def _load_job(call: AnyCall) -> Record | None:
    async with call.transaction() as conn:
        campaign = await store.campaign(conn, call.principal.account_id, call.path["id"])
    return _send_job(campaign) if campaign and campaign.status != service.DRAFT else None


get_campaign_send_job = getting("get_campaign_send_job", SEND_JOB, scopes=READ, rate=M, load=_load_job)


@operation(
    "cancel_campaign_send",
    "PATCH",
    "/api/campaign-send-jobs/{id}",
    scopes=WRITE,
    rate=M,
    status=204,
    body=Body("campaign-send-job", SendJobAction),
)
async def cancel_campaign_send(call: Call[SendJobAction]) -> None:
    async with call.transaction() as conn:
        loaded = await campaign_tree(call, conn, call.path["id"], lock=True)
        await _act(call, conn, loaded.campaigns[0], call.body.action)


_ACTIONS = {
    "cancel": service.cancel,
    "revert": service.revert,
    "pause": service.pause,
    "resume": service.resume,
}


async def _act(call: AnyCall, conn: db.Connection, campaign: Campaign, action: str) -> None:
    await _ACTIONS[action](conn, account_of(call), campaign)


@operation(
    "choose_campaign_winner",
    "POST",
    "/api/campaign-winners",
    scopes=WRITE,
    rate=M,
    permissions=roles.SEND,
    status=204,
    body=Body("campaign-winner", Winner, relationships={"campaign-message": ToOne("campaign-message")}),
)
async def choose_campaign_winner(call: Call[Winner]) -> None:
    """End an A/B test by hand: all who wait for its winner get this variation now."""
    async with call.transaction() as conn:
        ulid = call.body_relationships.get("campaign-message") or ""
        message, _ = await message_tree(call, conn, ulid, lock=True)
        await service.choose_winner(conn, account_of(call), message, call.body.variation_id)


# ---- schedules of revision 2026-10-15 ------------------------------------------------------------------------------
@operation(
    "schedule_campaign",
    "POST",
    "/api/campaign-schedule",
    scopes=WRITE,
    rate=M,
    permissions=roles.SEND,
    answers=SCHEDULE,
    status=201,
    since=SINCE,
    body=Body("campaign-schedule", CampaignSchedule, relationships={"campaign": ToOne("campaign")}),
)
async def schedule_campaign(call: Call[CampaignSchedule]) -> Record:
    async with call.transaction() as conn:
        loaded = await campaign_tree(call, conn, call.body_relationships.get("campaign") or "", lock=True)
        plans = {
            _message_id(loaded, sent.message_id, place): schedules.of_request(
                sent, call.now, f"/message_schedules/{place}"
            )
            for place, sent in enumerate(call.body.message_schedules)
        }
        await _schedule(call, conn, loaded.campaigns[0], plans)
    ulids = {message.id: message.ulid for message in loaded.messages}
    shown = [{"id": ulids[id], **schedules.shown(plan)} for id, plan in plans.items()]
    return Record(loaded.campaigns[0].ulid, {"messages": shown}, {"campaign": loaded.campaigns[0].ulid}, SCHEDULE)


@operation(
    "schedule_campaign_message",
    "POST",
    "/api/campaign-message-schedule",
    scopes=WRITE,
    rate=M,
    permissions=roles.SEND,
    answers=MESSAGE_SCHEDULE,
    status=201,
    since=SINCE,
    body=Body(
        "campaign-message-schedule", MessageSchedule, relationships={"campaign-message": ToOne("campaign-message")}
    ),
)
async def schedule_campaign_message(call: Call[MessageSchedule]) -> Record:
    async with call.transaction() as conn:
        message = await message_of(call, conn, call.body_relationships.get("campaign-message") or "")
        loaded = await tree_by_id(call, conn, message.campaign_id, lock=True)
        plan = schedules.of_request(call.body, call.now, "")
        await _schedule(call, conn, loaded.campaigns[0], {message.id: plan})
    return Record(message.ulid, schedules.shown(plan), {"campaign-message": message.ulid}, MESSAGE_SCHEDULE)


@operation(
    "update_campaign_message_schedule",
    "PATCH",
    "/api/campaign-message-schedule/{id}",
    scopes=WRITE,
    rate=M,
    permissions=roles.SEND,
    status=204,
    since=SINCE,
    body=Body("campaign-message-schedule", JobAction),
)
async def update_campaign_message_schedule(call: Call[JobAction]) -> None:
    async with call.transaction() as conn:
        message = await message_of(call, conn, call.path["id"])
        loaded = await tree_by_id(call, conn, message.campaign_id, lock=True)
        await _act(call, conn, loaded.campaigns[0], call.body.action)


def _message_id(loaded: Tree, ulid: str, place: int) -> int:
    for message in loaded.messages:
        if message.ulid == ulid:
            return message.id
    pointer = f"/data/attributes/message_schedules/{place}/message_id"
    raise invalid(f"The campaign has no message with id {ulid}.", pointer=pointer)


async def _schedule(call: AnyCall, conn: db.Connection, campaign: Campaign, plans: Mapping[int, Plan]) -> None:
    approval.require_person(account_of(call), _user_id(call))
    if campaign.status not in (service.DRAFT, service.SCHEDULED, service.SENDING):
        raise Refused(f"The campaign can no longer be scheduled: its status is {campaign.status}.")
    await service.schedule(conn, account_of(call), campaign, plans)


# ---- estimations: computed when asked for, so a job is complete when it is answered ----------------------------------
async def _estimate(call: AnyCall, conn: db.Connection, ulid: str) -> int:
    loaded = await campaign_tree(call, conn, ulid)
    included = [id for targeted in loaded.audiences for id in targeted.included]
    excluded = [id for targeted in loaded.audiences for id in targeted.excluded]
    if len(loaded.audiences) > 1:
        # Each audience has exclusions of its own, so their counts are added up.
        return sum(
            [
                await audience.estimate(conn, account_of(call), targeted.included, targeted.excluded)
                for targeted in loaded.audiences
            ]
        )
    return await audience.estimate(conn, account_of(call), included, excluded)


async def _load_estimation(call: AnyCall) -> Record:
    async with call.transaction() as conn:
        count = await _estimate(call, conn, call.path["id"])
    return Record(call.path["id"], {"estimated_recipient_count": count}, resource=ESTIMATION)


get_campaign_recipient_estimation = getting(
    "get_campaign_recipient_estimation", ESTIMATION, scopes=READ, rate=M, load=_load_estimation
)


@operation(
    "refresh_campaign_recipient_estimation",
    "POST",
    "/api/campaign-recipient-estimation-jobs",
    scopes=WRITE,
    rate=M,
    answers=ESTIMATION_JOB,
    status=202,
    body=Body("campaign-recipient-estimation-job", dict),
)
async def refresh_campaign_recipient_estimation(call: Call[dict[str, Any]]) -> Record:
    return await _estimation_job(call, call.body_id or "")


async def _load_estimation_job(call: AnyCall) -> Record:
    return await _estimation_job(call, call.path["id"])


async def _estimation_job(call: AnyCall, ulid: str) -> Record:
    async with call.transaction() as conn:
        if await store.campaign(conn, call.principal.account_id, ulid) is None:
            raise not_found("campaign", ulid)
    return Record(ulid, {"status": "complete"}, resource=ESTIMATION_JOB)


get_campaign_recipient_estimation_job = getting(
    "get_campaign_recipient_estimation_job", ESTIMATION_JOB, scopes=READ, rate=M, load=_load_estimation_job
)
