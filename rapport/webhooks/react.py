"""The reaction: what a batch recorded, as deliveries to the webhooks that are to be told of it."""

from collections.abc import Iterator, Set
from dataclasses import dataclass

from rapport.events.metrics import PLATFORM
from rapport.events.reactions import Batch
from rapport.events.record import Recorded
from rapport.kit import db
from rapport.profiles.merge import MERGED_KEY, MERGED_PROFILE
from rapport.webhooks import topics
from rapport.webhooks.tables import IS_CALLED

# Listeners wake on this channel: a delivery waits.
CHANNEL = "rapport_webhook_deliveries"
NOTIFY = f"NOTIFY {CHANNEL}"
_SUBSCRIBED = f"""
    webhook_subscriptions s JOIN webhooks w ON w.account_id = s.account_id AND w.id = s.webhook_id AND {IS_CALLED}"""
_TOPICS = f"SELECT DISTINCT s.topic FROM {_SUBSCRIBED} WHERE s.account_id = %s"
# In the order of the happenings, which the ids keep.
_INSERT = f"""
    INSERT INTO webhook_deliveries (account_id, webhook_id, topic, profile_id, event_id, detail, created, due)
    SELECT s.account_id, s.webhook_id, s.topic, h.profile_id, nullif(h.event_id, 0), nullif(h.detail, ''), %(now)s,
        %(now)s
    FROM unnest(%(topics)s::text[], %(profiles)s::bigint[], %(events)s::bigint[], %(details)s::text[])
        WITH ORDINALITY AS h (topic, profile_id, event_id, detail, place)
    JOIN {_SUBSCRIBED} ON s.account_id = %(account)s AND s.topic = h.topic
    ORDER BY h.place, s.webhook_id"""
_LISTS = "SELECT id, public_id FROM lists WHERE account_id = %s AND id = ANY(%s)"
_MERGED = """
    SELECT source_id, source_ulid FROM merged_profiles
    WHERE account_id = %s AND (into_id, source_id) IN (SELECT * FROM unnest(%s::bigint[], %s::bigint[]))"""


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that a webhook may be told of. `event_id` 0 and `detail` "": none; see the table."""

    topic: str
    profile_id: int
    event_id: int = 0
    detail: str = ""


async def react(batch: Batch) -> None:
    account_id = batch.account.account_id
    subscribed = {row[0] for row in await db.rows(batch.conn, _TOPICS, (account_id,))}
    happenings = await _happenings(batch, subscribed) if subscribed else []
    if not happenings:
        return
    parameters = {
        "account": account_id,
        "now": batch.now,
        "topics": db.array([happening.topic for happening in happenings]),
        "profiles": db.array([happening.profile_id for happening in happenings]),
        "events": db.array([happening.event_id for happening in happenings]),
        "details": db.array([happening.detail for happening in happenings]),
    }
    await db.execute(batch.conn, _INSERT, parameters)
    await db.execute(batch.conn, NOTIFY)


async def _happenings(batch: Batch, subscribed: Set[str]) -> list[Happening]:
    """What happened, as far as anybody is to be told of it, in the order in which they are told."""
    created = batch.profiles("created")
    updated = batch.profiles("profile") - created
    happenings = [
        *(Happening(topics.PROFILE_CREATED, profile) for profile in sorted(created)),
        *(happening for event in batch.events for happening in _of_event(event, subscribed)),
        *(Happening(topics.PROFILE_UPDATED, profile) for profile in sorted(updated)),
    ]
    if topics.PROFILE_MERGED in subscribed:
        happenings += await _merges(batch)
    if topics.LIST_ADDED in subscribed or topics.LIST_REMOVED in subscribed:
        happenings += await _memberships(batch)
    return [happening for happening in happenings if happening.topic in subscribed]


def _of_event(event: Recorded, subscribed: Set[str]) -> Iterator[Happening]:
    for topic in (topics.topic_of(event.metric), topics.EVENT_CREATED):
        if topic in subscribed:
            yield Happening(topic, event.profile_id, event.id)


async def _merges(batch: Batch) -> list[Happening]:
    """A store may send an event of that name too: a merge is what is known to be one."""
    pairs = [
        (event.profile_id, int(number))
        for event in batch.events
        if (event.metric.service, event.metric.name) == (PLATFORM, MERGED_PROFILE)
        and (number := (event.accepted.unique_id or "").removeprefix(MERGED_KEY)).isdecimal()
    ]
    if not pairs:
        return []
    columns = [[into for into, _ in pairs], [source for _, source in pairs]]
    ulids = dict(await db.rows(batch.conn, _MERGED, (batch.account.account_id, *columns)))
    return [Happening(topics.PROFILE_MERGED, into, detail=ulids[source]) for into, source in pairs if source in ulids]


async def _memberships(batch: Batch) -> list[Happening]:
    changes = [change for change in batch.changes if "list" in change.what and change.joined is not None]
    if not changes:
        return []
    groups = [change.group for change in changes]
    lists = dict(await db.rows(batch.conn, _LISTS, (batch.account.account_id, groups)))
    return [
        Happening(topics.LIST_ADDED if change.joined else topics.LIST_REMOVED, profile, detail=public_id)
        for change in changes
        if (public_id := change.group_public_id or lists.get(change.group))
        for profile in change.profiles
    ]
