"""Sending: from a campaign that is due to messages in the outbox, a chunk of the audience at a time.

Each step is one transaction that holds the campaign's row: what was queued, and how far, commit together, so a crash
at any point repeats nothing and loses nothing. The outbox allows one message for each campaign message and profile.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from rapport.accounts import service as accounts
from rapport.accounts.notices import Notice, tell
from rapport.accounts.types import Account
from rapport.campaigns import ab_tests, plan, service, smart_time, store, timing, utm
from rapport.campaigns import audience as audiences
from rapport.campaigns.audience import Group
from rapport.campaigns.store import Audience, Campaign, CampaignMessage, Variation
from rapport.kit import clock, db, log
from rapport.kit.loops import Apart
from rapport.messages import content, outbox, pauses, stops
from rapport.messages.email_body import Email, email_body
from rapport.messages.tracking_parameters import are_automatic
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
            if await pauses.paused(conn, account_id, [message_id]):
                return 0
            if message.resolved and message.held:
                return await _test(conn, account, campaign, message, self._chunk)
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
    timing, smart = await _timing(conn, account, message, audience)
    chunk = await outbox.queue_members(
        conn,
        account,
        _mailing(campaign, message, audience, parts),
        audiences.CHUNK_OF_MEMBERS,
        {**audience_parameters, "after": message.reached, "limit": limit},
        timing=timing,
        variations=parts,
        progress=outbox.Progress(message.recipients, message.held),
        held_percent=ab_tests.held_percent(message, variations),
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
        "held": message.held + chunk.held,
        "options": {**message.options, **smart},
        "updated": now,
    }
    await store.change(conn, account.account_id, "campaign_messages", message.id, progress)
    await store.change(conn, account.account_id, "campaigns", campaign.id, {"status": service.SENDING, "updated": now})


async def _timing(
    conn: db.Connection, account: Account, message: CampaignMessage, audience: Audience
) -> tuple[outbox.Timing, dict[str, Any]]:
    """The timing of a message, and what of it is to be kept with the message for its next chunk."""
    planned = plan.read(message.options)
    began = message.send_time or account.now()
    if planned.strategy != "smart_send_time" or planned.send_date is None:
        return timing.of(account, planned, began), {}
    kept = message.options.get("smart")
    if kept is None:
        size = await audiences.estimate(conn, account, audience.included, audience.excluded)
        choice = await smart_time.choose(conn, account, message.ulid, size)
    else:
        choice = smart_time.Choice(**kept)
    return smart_time.timed(account, planned.send_date, choice, began), {"smart": asdict(choice)}


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
    html = template.mail_html if template else None
    if template is None or not html:
        return None
    email = email_of(account, variation.content, html, template.text, message.options)
    sent = plan.read(message.options).stands_for(account.timezone, campaign.send_time or account.now())
    parameters = _utm(account, campaign, message, included, sent)
    return await content.store(conn, account.account_id, email_body(account, replace(email, utm=parameters)))


def email_of(
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
    wanted = tracking.get("add_utm")
    if not (are_automatic(account) if wanted is None else wanted):
        return None
    return utm.parameters(
        account,
        tracking.get("custom") or [],
        campaign_id=message.ulid,
        campaign_name=campaign.name,
        channel=message.channel,
        group=(included[0].public_id, included[0].name),
        send_time=send_time,
    )


async def _give_up(conn: db.Connection, account: Account, campaign: Campaign, message: CampaignMessage) -> None:
    """What was complete when it was scheduled no longer is: a template or every list of the audience was deleted."""
    _logger.warning("campaign misconfigured", account=account.account_id, campaign=campaign.ulid)
    await outbox.cancel(conn, account.account_id, message_id=message.ulid)
    reason = "Its template, or every list of its audience, was deleted."
    await _cancel(conn, account, campaign, message, service.MISCONFIGURED, reason)


async def _stop(conn: db.Connection, account: Account, campaign: Campaign, message: CampaignMessage) -> None:
    await stops.skip_queued(conn, account.account_id, message.ulid)
    reason = "The mail server refused every message, so the rest was kept back."
    await _cancel(conn, account, campaign, message, service.STOPPED, reason)


async def _end_untested(conn: db.Connection, account: Account, campaign: Campaign, message: CampaignMessage) -> None:
    """Nobody of the test could be sent anything, so there is no winner (1.14)."""
    await outbox.cancel(conn, account.account_id, message_id=message.ulid)
    reason = "Nobody of its A/B test could be sent anything, so no variation can win."
    await _cancel(conn, account, campaign, message, service.ALL_SMART_SENT, reason)


async def _cancel(
    conn: db.Connection, account: Account, campaign: Campaign, message: CampaignMessage, outcome: str, reason: str
) -> None:
    now = account.now()
    facts: dict[str, str | int] = {"name": campaign.name, "reason": reason}
    notice = Notice("campaign-cancelled", now, campaign.ulid, facts, once=str(int(now.timestamp())))
    await _end(conn, account, campaign, message, "cancelled", outcome, notice)


async def _end(
    conn: db.Connection,
    account: Account,
    campaign: Campaign,
    message: CampaignMessage,
    status: str,
    outcome: str,
    notice: Notice,
) -> None:
    """End a message; with the last one of the campaign, that ends as `outcome` and `notice` is told."""
    now = account.now()
    await _keep(conn, account, message, {"status": status, "held": 0})
    messages = await store.messages(conn, account.account_id, [campaign.id])
    if any(other.status in ("scheduled", "sending") for other in messages):
        return
    await store.change(conn, account.account_id, "campaigns", campaign.id, {"status": outcome, "updated": now})
    await tell(conn, account.account_id, notice)


async def _test(conn: db.Connection, account: Account, campaign: Campaign, message: CampaignMessage, limit: int) -> int:
    """Everybody of the test was queued, and others wait for its winner."""
    test = ab_tests.of(message.options)
    variations = await store.variations(conn, account.account_id, [message.id])
    known = message.options.get("winner") or {}
    if "variation" in known:
        return await _release(conn, account, campaign, message, known["variation"], limit)
    if await outbox.is_unfinished(conn, account.account_id, [message.ulid], before=outbox.NOT_YET):
        return 0
    assert test is not None, "only a test holds recipients back"
    outcomes = await ab_tests.results(conn, account.account_id, message, variations, test.winner_metric)
    if "tested" in known:
        chosen = {**known, "variation": ab_tests.winner(outcomes), "by": "rule"}
        await _keep(conn, account, message, {"options": {**message.options, "winner": chosen}})
        return 1
    if not any(outcome.delivered for outcome in outcomes):
        await _end_untested(conn, account, campaign, message)
        return 1
    now = account.now()
    options = {**message.options, "winner": {"tested": now.isoformat()}}
    await _keep(conn, account, message, {"options": options, "send_time": ab_tests.decided_at(test, now)})
    values = {"status": service.VARIATIONS_SENT, "updated": now}
    await store.change(conn, account.account_id, "campaigns", campaign.id, values)
    return 1


async def _release(
    conn: db.Connection, account: Account, campaign: Campaign, message: CampaignMessage, winner: str, limit: int
) -> int:
    """Send the winner to the next of those who wait for it."""
    audience = await _audience_of(conn, account, message)
    groups = await audiences.groups(conn, account.account_id, audience.included)
    variation = await store.variation(conn, account.account_id, winner)
    included = [groups[id] for id in audience.included if id in groups]
    number = await _content(conn, account, campaign, message, variation, included) if variation and included else None
    if number is None:
        await _give_up(conn, account, campaign, message)
        return 1
    released = await outbox.release(conn, account, message.ulid, (winner, number), limit)
    # who was deleted meanwhile waits no more
    await _keep(conn, account, message, {"held": message.held - released if released == limit else 0})
    values = {"status": service.SENDING, "updated": account.now()}
    await store.change(conn, account.account_id, "campaigns", campaign.id, values)
    return 1


async def _keep(conn: db.Connection, account: Account, message: CampaignMessage, values: Mapping[str, Any]) -> None:
    changes = {**values, "updated": account.now()}
    await store.change(conn, account.account_id, "campaign_messages", message.id, changes)


async def _finish(conn: db.Connection, account: Account, campaign: Campaign, message: CampaignMessage) -> int:
    """Everything was queued: is everything sent?"""
    if await outbox.is_unfinished(conn, account.account_id, [message.ulid]):
        return 0
    messages = await store.messages(conn, account.account_id, [campaign.id])
    recipients = sum(one.recipients for one in messages)
    if not recipients:
        reason = "Its audience holds nobody who may be written to."
        await _cancel(conn, account, campaign, message, service.NO_RECIPIENTS, reason)
        return 1
    facts: dict[str, str | int] = {
        "name": campaign.name,
        "recipients": await outbox.reached(conn, account.account_id, [one.ulid for one in messages]),
    }
    notice = Notice("campaign-sent", account.now(), campaign.ulid, facts)
    status = "sent" if message.recipients else "cancelled"
    await _end(conn, account, campaign, message, status, service.SENT, notice)
    return 1
