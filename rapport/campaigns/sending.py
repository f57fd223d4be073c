"""Sending: from a campaign that is due to messages in the outbox, a chunk of the audience at a time.

Each step is one transaction that holds the campaign's row: what was queued, and how far, commit together, so a crash
at any point repeats nothing and loses nothing. The outbox allows one message for each campaign message and profile.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from rapport.accounts import service as accounts
from rapport.accounts.types import Account
from rapport.campaigns import audience as audiences
from rapport.campaigns import service, store, utm
from rapport.campaigns.audience import Group
from rapport.campaigns.store import Audience, Campaign, CampaignMessage, Variation
from rapport.kit import clock, db, log
from rapport.kit.loops import Apart
from rapport.messages import content, outbox, stops
from rapport.messages.email_body import Email, email_body
from rapport.messages.types import Mailing, Options
from rapport.templates import service as templates

CHUNK = 10_000

_logger = log.logger("campaigns")
_DUE = """
    SELECT a.account_id, c.ulid, m.ulid FROM accounts a
    CROSS JOIN LATERAL (SELECT ulid, campaign_id FROM campaign_messages
        WHERE account_id = a.account_id AND status IN ('scheduled', 'sending')
        AND send_time <= %s + a.clock_offset) m
    JOIN campaigns c ON c.account_id = a.account_id AND c.id = m.campaign_id"""
_MANY = 1000
_TRY = "SELECT FROM campaigns WHERE account_id = %s AND ulid = %s FOR UPDATE SKIP LOCKED"


class CampaignSender:
    """A worker loop. Wakes on NOTIFY of `service.CHANNEL`, when messages of campaigns were handed over, and when the
    time of one has come."""

    def __init__(self, pool: db.Pool, *, chunk: int = CHUNK) -> None:
        self._pool = pool
        self._chunk = chunk
        self._apart = Apart("campaigns")

    async def run_once(self) -> int:
        """One step of every campaign message that is due. Returns the steps made; 0 = all wait for the outbox."""
        async with self._pool.connection() as conn:
            due = await db.rows(conn, _DUE, (clock.utcnow(),))
        return await self._apart.each(due, self._step)

    async def _step(self, account_id: int, campaign_id: str, message_id: str) -> int:
        async with self._pool.connection() as conn:
            # Held elsewhere: another worker is at it, or somebody is cancelling it.
            if not await db.rows(conn, _TRY, (account_id, campaign_id)):
                return 0
            account = await accounts.load(conn, account_id)
            campaign = await store.campaign(conn, account_id, campaign_id)
            message = await store.message(conn, account_id, message_id)
            if campaign is None or message is None or message.status not in ("scheduled", "sending"):
                return 0
            if await stops.replies(conn, account_id, [message_id]):
                await _stop(conn, account, campaign, message)
                return 1
            if message.resolved:
                return await _finish(conn, account, campaign, message)
            await _queue(conn, account, campaign, message, self._chunk)
            return 1


async def _queue(
    conn: db.Connection, account: Account, campaign: Campaign, message: CampaignMessage, limit: int
) -> None:
    """Queue the next chunk of the audience."""
    variations = await store.variations(conn, account.account_id, [message.id])
    audience = await _audience_of(conn, account, message)
    known = await audiences.groups(conn, account.account_id, [*audience.included, *audience.excluded])
    included = [known[id] for id in audience.included if id in known]
    contents = [await _content(conn, account, campaign, message, variation, included) for variation in variations]
    if not included or None in contents:
        await _give_up(conn, account, campaign, message)
        return
    audience_parameters = audiences.parameters(
        account.account_id, included, [known[id] for id in audience.excluded if id in known]
    )
    parts = [
        (variation.ulid, number) for variation, number in zip(variations, contents, strict=True) if number is not None
    ]
    chunk = await outbox.queue_members(
        conn,
        account,
        _mailing(campaign, message, audience, parts),
        audiences.CHUNK_OF_MEMBERS,
        {**audience_parameters, "after": message.reached, "limit": limit},
        due=account.now(),
        variations=parts,
    )
    if chunk.queued >= _MANY:
        # Without statistics of this message the planner takes the wrong one of two indexes, a thousand times slower.
        await conn.execute("ANALYZE messages")
    now = account.now()
    progress = {
        "status": "sending",
        "reached": max(message.reached, chunk.reached),
        "resolved": chunk.seen < limit,
        "recipients": message.recipients + chunk.queued,
        "updated": now,
    }
    await store.change(conn, account.account_id, "campaign_messages", message.id, progress)
    await store.change(conn, account.account_id, "campaigns", campaign.id, {"status": service.SENDING, "updated": now})


async def _audience_of(conn: db.Connection, account: Account, message: CampaignMessage) -> Audience:
    audiences = await store.audiences(conn, account.account_id, [message.campaign_id])
    return next(audience for audience in audiences if audience.id == message.audience_id)


def _mailing(
    campaign: Campaign, message: CampaignMessage, audience: Audience, parts: Sequence[tuple[str, int]]
) -> Mailing:
    options = Options(
        name=campaign.name,
        smart_sending=message.options.get("throttling") != "none",
        groups=tuple(audience.included),
        extra={"campaign": campaign.ulid},
    )
    return Mailing(message.channel, "campaign", message.ulid, parts[0][1], campaign_id=campaign.id, options=options)


async def _content(
    conn: db.Connection,
    account: Account,
    campaign: Campaign,
    message: CampaignMessage,
    variation: Variation,
    included: Sequence[Group],
) -> int | None:
    """The stored content of a variation, as it is at this moment; None when its template is gone."""
    if variation.template_id is None:
        return None
    template = await templates.by_id(conn, account.account_id, variation.template_id)
    if template is None or not template.html:
        return None
    email = _email(account, variation.content, template.html, template.text, message.options)
    parameters = _utm(account, campaign, message, included, message.send_time or account.now())
    return await content.store(conn, account.account_id, email_body(account, replace(email, utm=parameters)))


def _email(
    account: Account, details: Mapping[str, Any], html: str, text: str | None, options: Mapping[str, Any]
) -> Email:
    """An e-mail message of a campaign. The account's name stands with its own address only."""
    tracking = options.get("tracking", {})
    name = None if details.get("from_email") else account.sender_name
    return Email(
        subject=details.get("subject"),
        preview_text=details.get("preview_text"),
        from_email=details.get("from_email"),
        from_label=details.get("from_label") or name,
        reply_to=details.get("reply_to_email"),
        cc=details.get("cc_email"),
        bcc=details.get("bcc_email"),
        html=html,
        text=text,
        track_opens=tracking.get("opens") is not False,
        track_clicks=tracking.get("clicks") is not False,
    )


def _utm(
    account: Account, campaign: Campaign, message: CampaignMessage, included: Sequence[Group], send_time: datetime
) -> dict[str, str] | None:
    tracking = message.options.get("tracking", {})
    settings = account.settings.get("utm") or {}
    wanted = tracking.get("add_utm")
    if not (settings.get("auto_add") if wanted is None else wanted):
        return None
    return utm.parameters(
        tracking.get("custom") or [],
        settings.get("campaign") or [],
        campaign_id=message.ulid,
        campaign_name=campaign.name,
        channel=message.channel,
        group=(included[0].public_id, included[0].name),
        send_time=send_time,
    )


async def _give_up(conn: db.Connection, account: Account, campaign: Campaign, message: CampaignMessage) -> None:
    """What was complete when it was scheduled no longer is: a template or every list of the audience was deleted."""
    _logger.warning("campaign misconfigured", account=account.account_id, campaign=campaign.ulid)
    now = account.now()
    await store.change(
        conn, account.account_id, "campaign_messages", message.id, {"status": "cancelled", "updated": now}
    )
    values = {"status": service.MISCONFIGURED, "updated": now}
    await store.change(conn, account.account_id, "campaigns", campaign.id, values)


async def _stop(conn: db.Connection, account: Account, campaign: Campaign, message: CampaignMessage) -> None:
    await stops.skip_queued(conn, account.account_id, message.ulid)
    now = account.now()
    await store.change(
        conn, account.account_id, "campaign_messages", message.id, {"status": "cancelled", "updated": now}
    )
    messages = await store.messages(conn, account.account_id, [campaign.id])
    if not any(message.status in ("scheduled", "sending") for message in messages):
        values = {"status": service.STOPPED, "updated": now}
        await store.change(conn, account.account_id, "campaigns", campaign.id, values)


async def _finish(conn: db.Connection, account: Account, campaign: Campaign, message: CampaignMessage) -> int:
    """Everything was queued: is everything sent?"""
    if await outbox.is_unfinished(conn, account.account_id, [message.ulid]):
        return 0
    now = account.now()
    status = "sent" if message.recipients else "cancelled"
    await store.change(conn, account.account_id, "campaign_messages", message.id, {"status": status, "updated": now})
    messages = await store.messages(conn, account.account_id, [campaign.id])
    if not any(message.status in ("scheduled", "sending") for message in messages):
        outcome = service.SENT if any(message.recipients for message in messages) else service.NO_RECIPIENTS
        values = {"status": outcome, "updated": now}
        await store.change(conn, account.account_id, "campaigns", campaign.id, values)
    return 1
