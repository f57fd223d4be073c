"""What bounces and complaints mean for a profile: suppression (behaviour-people 2.5).

A reaction. The events come from this program's own sending, or through the API from senders elsewhere.
"""

from collections.abc import Collection
from datetime import timedelta

from rapport.events.metrics import PLATFORM
from rapport.events.reactions import Batch
from rapport.kit import db
from rapport.messages.engagement import is_hard
from rapport.subscriptions import service as consent

# Soft bounces in a row, with nothing delivered between them, that are still borne; and for how long one counts.
MOST_SOFT = 7
COUNTED = timedelta(days=730)
_BOUNCES = ("Bounced Email", "Dropped Email")
_COMPLAINT = "Marked Email as Spam"

# Ids of events sort by their time, so the run is what came after the last delivery. What was taken over and came back
# later was never delivered.
_RUNS = """
    SELECT p FROM unnest(%(profiles)s::bigint[]) AS p
    WHERE (SELECT count(*) FROM engagements b
           WHERE b.account_id = %(account)s AND b.profile_id = p AND b.kind = 'bounced' AND b.channel = 'email'
             AND NOT b.flags @> '{"hard": true}' AND b.time > %(since)s
             AND NOT EXISTS (SELECT FROM messages m WHERE m.account_id = %(account)s AND m.id = b.message_id
                 AND m.refusal = 'sender')
             AND b.event_id > coalesce((SELECT max(r.event_id) FROM engagements r WHERE r.account_id = %(account)s
                 AND r.profile_id = p AND r.kind = 'received' AND r.channel = 'email'
             AND NOT EXISTS (SELECT FROM messages m WHERE m.account_id = %(account)s AND m.id = r.message_id
                 AND m.status = 'bounced')), -1)) > %(most)s"""


async def react(batch: Batch) -> None:
    """Suppress profiles that bounced hard or too often, or complained. After `engagement.react`, whose rows it counts.

    Hard bounces of our own messages were barred when they happened (`receipts`).
    """
    platform_events = [event for event in batch.events if event.metric.service == PLATFORM]
    bounced = [event for event in platform_events if event.metric.name in _BOUNCES]
    final = [event for event in bounced if is_hard(bytes(event.accepted.properties))]
    hard = {event.profile_id for event in final if not event.accepted.message}
    soft_ids = {event.id for event in bounced} - {event.id for event in final}
    hard |= await _worn_out(batch, {event.profile_id for event in bounced if event.id in soft_ids} - hard)
    if hard:
        await consent.suppress(batch.conn, batch.account, hard, "HARD_BOUNCE")
    complained = {event.profile_id for event in platform_events if event.metric.name == _COMPLAINT}
    if complained:
        await consent.complain(batch.conn, batch.account, complained)


async def _worn_out(batch: Batch, profiles: Collection[int]) -> set[int]:
    if not profiles:
        return set()
    parameters = {
        "account": batch.account.account_id,
        "profiles": sorted(profiles),
        "most": MOST_SOFT,
        "since": batch.now - COUNTED,
    }
    return {row[0] for row in await db.rows(batch.conn, _RUNS, parameters)}
