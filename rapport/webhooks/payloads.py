"""What a call says: composed when it is made, from what is known then."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from msgspec import UNSET

from rapport.events.api import EVENT, record_of
from rapport.kit import clock, db, ecmascript_json, ids
from rapport.kit.jsonapi import NEWEST, Record, Resource, iso
from rapport.kit.jsonapi.documents import View, show
from rapport.profiles import service as profiles
from rapport.profiles.records import PROFILE, attributes_of
from rapport.profiles.types import ProfileAttributes
from rapport.webhooks import topics

# An id holds the second of its event, so each is one look into the index of one partition.
_EVENTS = """
    SELECT e.id, e.time, e.metric_id, e.profile_id, e.value, e.value_currency, e.unique_id, e.properties, e.message_id,
        m.public_id AS metric_public_id, p.ulid AS profile_ulid
    FROM unnest(%(times)s::timestamptz[], %(ids)s::bigint[]) AS wanted (time, id)
    JOIN events e ON e.account_id = %(account)s AND e.time = wanted.time AND e.id = wanted.id
    JOIN metrics m ON m.account_id = %(account)s AND m.id = e.metric_id
    JOIN profiles p ON p.account_id = %(account)s AND p.id = e.profile_id"""
# Bytes after which a call takes in no more events.
LARGEST = 1_000_000
# How long, and how many, events stay as they were written.
_KEPT_SECONDS, _KEPT_EVENTS = 1.0, 10_000
# Paths that links of the documents may lead to, as the API names them.
READABLE = frozenset(
    f"{path}/{{}}/{last}"
    for path, names in (
        ("/api/events", ("metric", "profile")),
        ("/api/profiles", ("lists", "segments", "push-tokens", "conversations")),
    )
    for name in names
    for last in (name, f"relationships/{name}")
)


@dataclass(frozen=True, slots=True)
class Delivery:
    """A claimed row: what one webhook is to be told of."""

    id: int
    topic: str
    profile_id: int
    event_id: int | None
    detail: str | None
    created: datetime
    attempts: int


@dataclass(frozen=True)
class Caller:
    """Whose webhook it is; public ids. `base_url`: how everybody reaches the installation."""

    account_id: int
    account: str
    webhook: str
    base_url: str


@dataclass(frozen=True)
class Body:
    """What is posted, and the deliveries that it holds."""

    content: bytes
    told: Sequence[Delivery]


@dataclass(frozen=True)
class Composed:
    """What deliveries come to. `gone`: those whose event or profile is no more; `left`: those that did not fit in."""

    bodies: Sequence[Body]
    gone: Sequence[Delivery]
    left: Sequence[Delivery] = ()


class Documents:
    """Events as they are written into bodies, for a moment: several webhooks are told of the same ones."""

    def __init__(self) -> None:
        self._written: dict[tuple[int, int], bytes] = {}
        self._since = clock.monotonic()

    async def of(self, conn: db.Connection, caller: Caller, wanted: Sequence[int]) -> dict[int, bytes]:
        """By event id; those that are no more are missing."""
        if clock.monotonic() - self._since > _KEPT_SECONDS or len(self._written) > _KEPT_EVENTS:
            self._written, self._since = {}, clock.monotonic()
        account_id, written = caller.account_id, self._written
        missing = [event for event in wanted if (account_id, event) not in written]
        for event, document in (await _events(conn, caller, missing)).items():
            written[account_id, event] = ecmascript_json.encode(document)
        return {event: written[account_id, event] for event in wanted if (account_id, event) in written}


async def compose(
    conn: db.Connection, caller: Caller, deliveries: Sequence[Delivery], now: datetime, documents: Documents
) -> Composed:
    """The bodies of claimed deliveries: one about events, or one for each happening."""
    if deliveries and topics.is_batched(deliveries[0].topic):
        written = await documents.of(conn, caller, [delivery.event_id or 0 for delivery in deliveries])
        there = [delivery for delivery in deliveries if delivery.event_id in written]
        gone = [delivery for delivery in deliveries if delivery.event_id not in written]
        if not there:
            return Composed([], gone)
        parts = _fitting([_part(delivery, written[delivery.event_id or 0]) for delivery in there])
        return Composed([Body(_batch(parts, caller, now), there[: len(parts)])], gone, there[len(parts) :])
    subjects = await _subjects(conn, caller, deliveries)
    there = [delivery for delivery in deliveries if delivery.id in subjects]
    gone = [delivery for delivery in deliveries if delivery.id not in subjects]
    return Composed([Body(_single(caller, delivery, subjects[delivery.id]), [delivery]) for delivery in there], gone)


def sample(caller: Caller, topic: str, now: datetime) -> Body:
    """A body about this topic with contents that are made up, and says so."""
    event_id = ids.event_id(now, 0)
    named = Delivery(0, topic, 0, event_id if _is_of_event(topic) else None, "SAMPLE", now, 0)
    document = (
        _sample_event(event_id, now, caller) if _is_of_event(topic) else _told(named, _sample_profile(now, caller))
    )
    if topics.is_batched(topic):
        return Body(_batch([_part(named, ecmascript_json.encode(document))], caller, now, test=True), [named])
    return Body(_single(caller, named, document, test=True), [named])


def _is_of_event(topic: str) -> bool:
    return topics.is_batched(topic) or topic == topics.EVENT_CREATED


def _sample_event(event_id: int, now: datetime, caller: Caller) -> Mapping[str, Any]:
    row = {
        "id": event_id,
        "time": now.replace(microsecond=0),
        "metric_id": 0,
        "profile_id": 0,
        "value": 12.5,
        "value_currency": None,
        "unique_id": "sample",
        "properties": {"sample": True},
        "message_id": None,
        "metric_public_id": "SAMPLE",
        "profile_ulid": ids.ulid(now),
    }
    return _document(record_of(row), EVENT, caller)


def _sample_profile(now: datetime, caller: Caller) -> Mapping[str, Any]:
    attributes = ProfileAttributes(
        email="sample@example.com", first_name="Sample", created=now, updated=now, properties={"sample": True}
    )
    return _document(Record(ids.ulid(now), attributes), PROFILE, caller)


def _part(delivery: Delivery, document: bytes) -> bytes:
    named = ecmascript_json.encode({"external_id": ids.event_text(delivery.event_id or 0), "topic": delivery.topic})
    return named[:-1] + b',"payload":{"data":' + document + b"}}"


def _fitting(parts: Sequence[bytes]) -> Sequence[bytes]:
    """As many as fit into a body, and at least one."""
    size = 0
    for number, part in enumerate(parts):
        size += len(part)
        if size > LARGEST and number:
            return parts[:number]
    return parts


def _batch(parts: Sequence[bytes], caller: Caller, now: datetime, *, test: bool = False) -> bytes:
    meta: dict[str, Any] = {
        "klaviyo_account_id": caller.account,
        "klaviyo_webhook_id": caller.webhook,
        "timestamp": iso(now),
        "version": NEWEST,
    }
    if test:
        meta["test"] = True
    return b'{"data":[' + b",".join(parts) + b'],"meta":' + ecmascript_json.encode(meta) + b"}"


def _single(caller: Caller, delivery: Delivery, data: Mapping[str, Any], *, test: bool = False) -> bytes:
    """`id` stays the same when the call is made again."""
    body = {
        "type": delivery.topic,
        "id": ids.event_text(delivery.id),
        "created": iso(delivery.created),
        "account_id": caller.account,
        "webhook_id": caller.webhook,
        "data": data,
    }
    return ecmascript_json.encode(body | {"test": True} if test else body)


async def _subjects(
    conn: db.Connection, caller: Caller, deliveries: Sequence[Delivery]
) -> dict[int, Mapping[str, Any]]:
    """What each delivery tells of, by its id; those that are no more are missing."""
    event_by_id = await _events(conn, caller, [one.event_id for one in deliveries if one.event_id is not None])
    people = await _profiles(conn, caller, sorted({one.profile_id for one in deliveries if one.event_id is None}))
    subjects: dict[int, Mapping[str, Any]] = {}
    for delivery in deliveries:
        if delivery.event_id is not None:
            document = event_by_id.get(delivery.event_id)
        else:
            document = people.get(delivery.profile_id)
            if document is not None:
                document = _told(delivery, document)
        if document is not None:
            subjects[delivery.id] = document
    return subjects


def _told(delivery: Delivery, profile: Mapping[str, Any]) -> Mapping[str, Any]:
    """A list's member stands beside the list; a merge names who was merged."""
    if delivery.topic in (topics.LIST_ADDED, topics.LIST_REMOVED):
        return {"list": {"type": "list", "id": delivery.detail}, "profile": profile}
    if delivery.topic == topics.PROFILE_MERGED:
        return {**profile, "meta": {"merged_profile": {"type": "profile", "id": delivery.detail}}}
    return profile


async def _events(conn: db.Connection, caller: Caller, wanted: Sequence[int]) -> dict[int, Mapping[str, Any]]:
    if not wanted:
        return {}
    parameters = {
        "account": caller.account_id,
        "times": [ids.event_time(event) for event in wanted],
        "ids": db.array(wanted),
    }
    rows = await db.dicts(conn, _EVENTS, parameters)
    return {row["id"]: _document(record_of(row), EVENT, caller) for row in rows}


async def _profiles(conn: db.Connection, caller: Caller, wanted: Sequence[int]) -> dict[int, Mapping[str, Any]]:
    if not wanted:
        return {}
    rows = await profiles.by_ids(conn, caller.account_id, wanted)
    return {row["id"]: _document(_profile(row), PROFILE, caller) for row in rows}


def _profile(row: dict[str, Any]) -> Record:
    return Record(row["ulid"], ProfileAttributes(**attributes_of(row), subscriptions=UNSET, predictive_analytics=UNSET))


def _document(record: Record, resource: Resource, caller: Caller) -> Mapping[str, Any]:
    """As the API answers a GET of it."""
    return show(record, resource, View(caller.base_url, "GET", {}, frozenset(), READABLE))
