"""Operations that send, schedule, cancel and estimate campaigns; the same in every revision."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from rapport.accounts.api import account_of
from rapport.campaigns import audience, service, store
from rapport.campaigns.api import READ, SINCE, WRITE
from rapport.campaigns.reading import Tree, campaign_tree, message_of, tree_by_id
from rapport.campaigns.records import ESTIMATION, ESTIMATION_JOB, MESSAGE_SCHEDULE, SCHEDULE, SEND_JOB
from rapport.campaigns.service import Refused
from rapport.campaigns.store import Campaign
from rapport.campaigns.types import CampaignSchedule, InlineSchedule, JobAction, MessageSchedule
from rapport.kit import db
from rapport.kit.jsonapi import AnyCall, Body, Call, Record, ToOne, getting, invalid, not_found, operation
from rapport.kit.ratelimit import M

_STATUS = {
    service.SCHEDULED: "queued",
    service.QUEUED: "queued",
    service.SENDING: "processing",
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
    answers=SEND_JOB,
    status=202,
    body=Body("campaign-send-job", dict),
)
async def send_campaign(call: Call[dict[str, Any]]) -> Record:
    """Send by the campaign's strategy: at once, or at its time."""
    async with call.transaction() as conn:
        loaded = await campaign_tree(call, conn, call.body_id or "", lock=True)
        campaign = loaded.campaigns[0]
        service.require_draft(campaign)
        at = planned(campaign, call.now)
        drafts = {message.id: at for message in loaded.messages if message.status == "draft"}
        await service.schedule(conn, account_of(call), campaign, drafts)
        campaign = (await campaign_tree(call, conn, campaign.ulid)).campaigns[0]
    return _send_job(campaign)


def planned(campaign: Campaign, now: datetime) -> datetime | None:
    """The time of the campaign's `send_strategy`; None = now. Raises Refused for strategies that are not there yet."""
    strategy = campaign.options.get("send_strategy") or {"method": "immediate"}
    if strategy["method"] == "immediate":
        return None
    if strategy["method"] != "static" or (strategy.get("options") or {}).get("is_local"):
        detail = (
            "Sending by local time, gradually or at the smart send time is not available yet. Use immediate or static."
        )
        raise Refused(detail, "send_strategy/method")
    at = datetime.fromisoformat(strategy["datetime"])
    return at if at > now else None


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
    body=Body("campaign-send-job", JobAction),
)
async def cancel_campaign_send(call: Call[JobAction]) -> None:
    async with call.transaction() as conn:
        loaded = await campaign_tree(call, conn, call.path["id"], lock=True)
        await _act(call, conn, loaded.campaigns[0], call.body.action)


async def _act(call: AnyCall, conn: db.Connection, campaign: Campaign, action: str) -> None:
    act = service.cancel if action == "cancel" else service.revert
    await act(conn, account_of(call), campaign)


# ---- schedules of revision 2026-10-15 ------------------------------------------------------------------------------
@operation(
    "schedule_campaign",
    "POST",
    "/api/campaign-schedule",
    scopes=WRITE,
    rate=M,
    answers=SCHEDULE,
    status=201,
    since=SINCE,
    body=Body("campaign-schedule", CampaignSchedule, relationships={"campaign": ToOne("campaign")}),
)
async def schedule_campaign(call: Call[CampaignSchedule]) -> Record:
    async with call.transaction() as conn:
        loaded = await campaign_tree(call, conn, call.body_relationships.get("campaign") or "", lock=True)
        times = {
            _message_id(loaded, message_schedule.message_id, place): _time(
                message_schedule, call.now, f"/message_schedules/{place}"
            )
            for place, message_schedule in enumerate(call.body.message_schedules)
        }
        await _schedule(call, conn, loaded.campaigns[0], times)
    shown = [
        {"id": message_schedule.message_id, **_shown(message_schedule)}
        for message_schedule in call.body.message_schedules
    ]
    return Record(loaded.campaigns[0].ulid, {"messages": shown}, {"campaign": loaded.campaigns[0].ulid}, SCHEDULE)


@operation(
    "schedule_campaign_message",
    "POST",
    "/api/campaign-message-schedule",
    scopes=WRITE,
    rate=M,
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
        await _schedule(call, conn, loaded.campaigns[0], {message.id: _time(call.body, call.now, "")})
    return Record(message.ulid, _shown(call.body), {"campaign-message": message.ulid}, MESSAGE_SCHEDULE)


@operation(
    "update_campaign_message_schedule",
    "PATCH",
    "/api/campaign-message-schedule/{id}",
    scopes=WRITE,
    rate=M,
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


def _time(sent: MessageSchedule | InlineSchedule, now: datetime, place: str) -> datetime:
    pointer = f"/data/attributes{place}"
    if sent.strategy != "static":
        raise invalid("Only the strategy 'static' is available yet.", pointer=f"{pointer}/strategy")
    if sent.send_time is None:
        raise invalid("'send_time' is required for the strategy 'static'.", pointer=f"{pointer}/send_time")
    at = sent.send_time if sent.send_time.tzinfo else sent.send_time.replace(tzinfo=now.tzinfo)
    if at <= now:
        raise invalid("'send_time' must lie in the future.", pointer=f"{pointer}/send_time")
    return at


async def _schedule(
    call: AnyCall, conn: db.Connection, campaign: Campaign, times: Mapping[int, datetime | None]
) -> None:
    if campaign.status not in (service.DRAFT, service.SCHEDULED, service.SENDING):
        raise Refused(f"The campaign can no longer be scheduled: its status is {campaign.status}.")
    await service.schedule(conn, account_of(call), campaign, times)


def _shown(sent: MessageSchedule | InlineSchedule) -> dict[str, Any]:
    return {
        "send_time": sent.send_time,
        "send_date": None,
        "strategy": sent.strategy,
        "throttling_percentage": None,
        "throttle_unit": None,
    }


# ---- estimations: computed when asked for, so a job is complete when it is answered ----------------------------------
async def _estimate(call: AnyCall, conn: db.Connection, ulid: str) -> int:
    loaded = await campaign_tree(call, conn, ulid)
    included = [id for targeted in loaded.audiences for id in targeted.included]
    excluded = [id for targeted in loaded.audiences for id in targeted.excluded]
    if len(loaded.audiences) > 1:
        # Each audience has exclusions of its own, so their counts are added up.
        return sum(
            [
                await audience.estimate(conn, call.principal.account_id, targeted.included, targeted.excluded)
                for targeted in loaded.audiences
            ]
        )
    return await audience.estimate(conn, call.principal.account_id, included, excluded)


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
