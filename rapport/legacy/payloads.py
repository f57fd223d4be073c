"""What the old calls `track` and `identify` say, as the entries and people that the newer API's calls become.

Old clients are loose about types: PHP's empty objects are lists, postal codes are numbers, a phone number is written in
any way. What can be understood is taken; what can't is left out, as long as it is clear who is meant.
"""

import ipaddress
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec

from rapport.events import accept
from rapport.events.types import EventInput, MetricName, MetricOf, MetricResource
from rapport.inbox.person import Changes, Person
from rapport.inbox.types import Accepted
from rapport.kit.jsonapi import ApiError, decode_json, invalid
from rapport.profiles import special
from rapport.profiles.checks import check_email, check_phone_number, person_of, require_identifier
from rapport.profiles.types import ProfileInput

_TRACK_ONCE = "__track_once__"
# As the script on a shop's pages says it: recorded once for each person and metric.
_ONCE = "once"
# Identifiers as old clients send them without their sign.
_PLAIN = {"email": "$email", "phone_number": "$phone_number", "id": "$id"}
_CHECKS: dict[str, Callable[[str, str], None]] = {"$email": check_email, "$phone_number": check_phone_number}
_PLACES = ("$latitude", "$longitude")

Properties = dict[str, msgspec.Raw]


class Identify(msgspec.Struct):
    """Everything is optional, so that what is missing is told apart from what can't be read."""

    token: str = ""
    properties: dict[str, Any] | list[Any] | None = None


class Track(msgspec.Struct):
    """`time`: seconds since 1970. `ip`: of the person."""

    token: str = ""
    event: str = ""
    customer_properties: dict[str, Any] | list[Any] | None = None
    properties: Properties | list[Any] | None = None
    time: int | float | str | None = None
    ip: str | None = None


_identify = msgspec.json.Decoder(Identify)
_track = msgspec.json.Decoder(Track)


def identify_of(text: bytes) -> Identify:
    """Raises ApiError 400 for what is no JSON of this form."""
    return decode_json(text, _identify)


def track_of(text: bytes) -> Track:
    """Raises ApiError 400 for what is no JSON of this form."""
    return decode_json(text, _track)


def identified(payload: Identify) -> Person:
    """Raises ApiError 400 where it is not clear who is meant."""
    return _person(_object(payload.properties))


def tracked(payload: Track, now: datetime) -> Accepted:
    """The event. `now`: the account's. Raises ApiError 400 for one that can't be recorded."""
    properties: Properties = payload.properties if isinstance(payload.properties, dict) else {}
    once = bytes(properties.pop(_TRACK_ONCE, msgspec.Raw(b"false"))) == b"true"
    event = EventInput(
        properties=msgspec.Raw(msgspec.json.encode(properties)),
        metric=MetricOf(MetricResource("metric", MetricName(payload.event.strip()))),
        time=_moment(payload.time),
        value=_number(properties.get("$value")),
        unique_id=_ONCE if once else _text(properties.get("$event_id")),
    )
    person = _person(_object(payload.customer_properties))
    if payload.ip:
        _locate(person, payload.ip.strip())
    return accept.event_of(event, person, now)


def _object(value: dict[str, Any] | list[Any] | None) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _person(properties: dict[str, Any]) -> Person:
    for plain, named in _PLAIN.items():
        if named not in properties and properties.get(plain) not in (None, ""):
            properties[named] = properties.pop(plain)
    for name in [*special.ATTRIBUTES, *special.LOCATION]:
        if name in properties and name not in _PLACES:
            _read_text(properties, name)
    for name in _CHECKS:
        if not _fits(name, properties.get(name)):
            del properties[name]
    person = person_of(ProfileInput(properties=properties), pointer="/properties")
    require_identifier(person, "/properties")
    return person


def _read_text(properties: dict[str, Any], name: str) -> None:
    """A number as a text; what is neither is left out."""
    value = properties[name]
    if isinstance(value, int | float) and not isinstance(value, bool):
        properties[name] = str(value)
    elif not isinstance(value, str | None):
        del properties[name]


def _fits(name: str, value: str | None) -> bool:
    try:
        if value and value.strip():
            _CHECKS[name](value.strip(), "")
    except ApiError:
        return False
    return True


def _locate(person: Person, address: str) -> None:
    try:
        ip = str(ipaddress.ip_address(address))
    except ValueError:
        return
    changes = person.changes = person.changes or Changes()
    if changes.location is not None:
        changes.location = {"ip": ip, **changes.location}


def _moment(time: int | float | str | None) -> str | None:
    """ISO 8601 of seconds since 1970; what is none of a number is read as a date."""
    if time is None or time == "":
        return None
    try:
        return datetime.fromtimestamp(float(time), UTC).isoformat()
    except ValueError:
        return str(time)
    except (OverflowError, OSError):
        raise invalid("The time is in seconds since 1970.", pointer="/time") from None


def _plain(raw: msgspec.Raw | None) -> Any:
    return None if raw is None else msgspec.json.decode(raw)


def _number(raw: msgspec.Raw | None) -> float | int | None:
    value = _plain(raw)
    if not isinstance(value, str):
        return None
    try:
        return float(value)
    except ValueError:
        return None


def _text(raw: msgspec.Raw | None) -> str | None:
    value = _plain(raw)
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None
