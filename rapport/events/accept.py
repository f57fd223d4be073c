"""Checks of events that come in, and their translation into inbox entries (behaviour-people 3.1, 3.2)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from rapport.events.types import BulkDocument, EventDocument, EventInput, Group
from rapport.inbox.types import Accepted
from rapport.kit.ids import EVENT_EPOCH
from rapport.kit.jsonapi import invalid
from rapport.profiles.checks import event_person, person_of, require_identifier
from rapport.profiles.identity import Person

MAX_BULK = 1000
_MAX_NAME = 128
_MAX_KEYS = 400
_MAX_STRING = 100_000
_MAX_ARRAY = 4000
_MAX_DEPTH = 10
_MAX_AHEAD = timedelta(days=366)
_MAX_VALUE = 1e15
# A JSON text this short can't hold an array or string that is too long, so only its keys and depth are counted.
_SHORT = 8000
_properties = msgspec.json.Decoder(dict[str, Any])


def event(document: EventDocument, now: datetime) -> Accepted:
    """One event, checked. `now`: the account's. Raises ApiError 400."""
    profile = document.data.attributes.profile.data
    person = event_person(profile.attributes, pointer="/data/attributes/profile/data/attributes", id=profile.id)
    return event_of(document.data.attributes, person, now)


def event_of(attributes: EventInput, person: Person, now: datetime) -> Accepted:
    """One event of a person who was checked before. Raises ApiError 400."""
    return _accepted(attributes, person, now, pointer="/data/attributes", backfill=False)


def events(document: BulkDocument, now: datetime) -> list[Accepted]:
    """The events of a bulk call, in order. Raises ApiError 400 for the first that is wrong: then none is taken."""
    groups = document.data.attributes.events_bulk_create.data
    pointer = "/data/attributes/events-bulk-create/data"
    accepted = [event for at, group in enumerate(groups) for event in _group(group, now, f"{pointer}/{at}/attributes")]
    _check_number(accepted, pointer)
    _refuse_repeats(accepted, pointer)
    return accepted


def group(submitted: Group, now: datetime) -> list[Accepted]:
    """The events of one person, as a browser sends them together (6.4). A repeated unique_id is allowed and dropped
    later, when recorded. Raises ApiError 400 for the first that is wrong: then none is taken."""
    accepted = _group(submitted, now, "/data/attributes")
    _check_number(accepted, "/data/attributes/events/data")
    return accepted


def _check_number(accepted: list[Accepted], pointer: str) -> None:
    if not accepted:
        raise invalid("At least one event is required.", pointer=pointer)
    if len(accepted) > MAX_BULK:
        raise invalid(
            f"No more than {MAX_BULK} events are allowed in one call; this one has {len(accepted)}.", pointer=pointer
        )


def _group(group: Group, now: datetime, pointer: str) -> list[Accepted]:
    profile = group.attributes.profile.data
    where = f"{pointer}/profile/data/attributes"
    person = person_of(profile.attributes, pointer=where, id=profile.id, meta=profile.meta)
    require_identifier(person, where)
    quiet = bool(group.attributes.backfill)
    accepted = [
        _accepted(event.attributes, person, now, pointer=f"{pointer}/events/data/{at}/attributes", backfill=quiet)
        for at, event in enumerate(group.attributes.events.data)
    ]
    for later in accepted[1:]:
        # What is said of the person is said once; the rest of the group only needs to find them.
        later.person = msgspec.structs.replace(person, changes=None)
    return accepted


def _refuse_repeats(accepted: list[Accepted], pointer: str) -> None:
    """A unique_id twice for a person and metric makes the whole call fail (3.2)."""
    seen: set[tuple[object, ...]] = set()
    for event in accepted:
        if event.unique_id is None:
            continue
        keys = {(event.service, event.metric, event.unique_id, *who) for who in _names_of(event.person)}
        if not keys.isdisjoint(seen):
            raise invalid(f"The unique_id '{event.unique_id}' is given more than once in this call.", pointer=pointer)
        seen |= keys


def _names_of(person: Person) -> list[tuple[object, ...]]:
    """All identifiers of a person: two groups that share one are about the same person."""
    return [("id", person.id)] if person.id else [(kind, value) for kind, value, _ in person.identifiers()]


def _accepted(event: EventInput, person: Person, now: datetime, *, pointer: str, backfill: bool) -> Accepted:
    name = event.metric.data.attributes
    if not 0 < len(name.name) < _MAX_NAME:
        raise invalid(
            f"A metric's name has at least 1 and fewer than {_MAX_NAME} characters.",
            pointer=f"{pointer}/metric/data/attributes/name",
        )
    properties = _checked_properties(event.properties, f"{pointer}/properties")
    return Accepted(
        person=person,
        metric=name.name,
        service=name.service or "api",
        time=_time(event.time, now, f"{pointer}/time"),
        received=now,
        properties=event.properties,
        value=_value(event.value, properties, f"{pointer}/value"),
        currency=_currency(event.value_currency, f"{pointer}/value_currency"),
        unique_id=_unique_id(event.unique_id, properties),
        backfill=backfill or bool(event.backfill),
    )


def _time(text: str | None, now: datetime, pointer: str) -> int:
    """Seconds since 1970; after 1990 and at most a year ahead."""
    if text is None:
        return int(now.timestamp())
    try:
        moment = datetime.fromisoformat(text.strip())
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise invalid(f"'{text}' is not a date and time in ISO 8601.", pointer=pointer) from error
    if not EVENT_EPOCH < moment <= now + _MAX_AHEAD:
        raise invalid("The time must lie after 1990 and at most one year ahead.", pointer=pointer)
    return int(moment.timestamp())


def _value(value: float | None, properties: dict[str, Any], pointer: str) -> str | None:
    """Decimal text. `$value` among the properties counts when there is no value (3.1)."""
    number = properties.get("$value") if value is None else value
    if number is None or isinstance(number, bool) or not isinstance(number, int | float):
        return None
    if abs(number) > _MAX_VALUE:
        raise invalid("The value is out of range.", pointer=pointer)
    return repr(number)


def _currency(code: str | None, pointer: str) -> str | None:
    if code is not None and not (len(code) == 3 and code.isascii() and code.isalpha()):
        raise invalid(f"'{code[:40]}' is not a currency code of ISO 4217 such as USD.", pointer=pointer)
    return code


def _unique_id(unique_id: str | None, properties: dict[str, Any]) -> str | None:
    """`$event_id` among the properties counts when there is no unique_id, as `$value` does for the value (3.1)."""
    key = properties.get("$event_id") if unique_id is None else unique_id
    return key if isinstance(key, str) else None


def _checked_properties(raw: msgspec.Raw, pointer: str) -> dict[str, Any]:
    text = bytes(raw)
    try:
        properties = _properties.decode(text)
    except msgspec.ValidationError as error:
        wrong = f"properties can't be read: {error}." if text.startswith(b"{") else "properties must be an object."
        raise invalid(wrong, pointer=pointer) from error
    if len(properties) > _MAX_KEYS:
        raise invalid(f"An event has at most {_MAX_KEYS} properties; this one has {len(properties)}.", pointer=pointer)
    if len(text) > _SHORT or text.count(b"[") + text.count(b"{") > _MAX_DEPTH:
        _check_sizes(properties, 1, pointer)
    return properties


def _check_sizes(value: Any, depth: int, pointer: str) -> None:
    if isinstance(value, str):
        if len(value) > _MAX_STRING or len(value.encode()) > _MAX_STRING:
            raise invalid(f"A string has at most {_MAX_STRING} bytes.", pointer=pointer)
        return
    if depth > _MAX_DEPTH:
        raise invalid(f"Properties may be nested {_MAX_DEPTH} levels deep at most.", pointer=pointer)
    if isinstance(value, list):
        if len(value) > _MAX_ARRAY:
            raise invalid(f"An array has at most {_MAX_ARRAY} items.", pointer=pointer)
        for item in value:
            if isinstance(item, list | dict | str):
                _check_sizes(item, depth + 1, pointer)
    elif isinstance(value, dict):
        for key, item in value.items():
            if isinstance(item, list | dict | str):
                _check_sizes(item, depth + 1, f"{pointer}/{key}")
