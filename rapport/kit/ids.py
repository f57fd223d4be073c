"""Ids as clients see them: ULIDs, six characters of base62, and eleven for events."""

import secrets
import string
import uuid
from datetime import UTC, datetime, timedelta

_BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
_BASE62_VALUE = {character: value for value, character in enumerate(_BASE62)}
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_ACCOUNT = string.ascii_uppercase + string.digits

# An event id holds the second it happened in, so that a lookup by id alone prunes to one month's partition.
EVENT_EPOCH = datetime(1990, 1, 1, tzinfo=UTC)
EVENT_SEQUENCE_BITS = 28
_EVENT_SEQUENCE_MASK = (1 << EVENT_SEQUENCE_BITS) - 1
_EVENT_LENGTH = 11


def ulid(now: datetime) -> str:
    """26 characters, sortable by `now` to the millisecond."""
    return numbered_ulid(now, secrets.randbits(80))


def numbered_ulid(now: datetime, number: int) -> str:
    """A ULID that holds a number of at most 80 bits instead of chance: what it names can be told from it."""
    value = (int(now.timestamp() * 1000) << 80) | number
    return "".join(_CROCKFORD[(value >> shift) & 31] for shift in range(125, -1, -5))


def number_in_ulid(text: str) -> int | None:
    """The number that `numbered_ulid` put in, as far as an integer column goes; None for what is no such ULID."""
    if len(text) != 26 or any(character not in _CROCKFORD for character in text):
        return None
    number = 0
    for character in text[10:]:
        number = number << 5 | _CROCKFORD.index(character)
    return number if number < 1 << 31 else None


def short_id() -> str:
    """Six characters of base62: lists, segments, flows, templates, metrics. A table's unique key settles collisions."""
    return "".join(secrets.choice(_BASE62) for _ in range(6))


def account_id() -> str:
    """Six of A-Z and 0-9: an account's id, which is also its public API key."""
    return "".join(secrets.choice(_ACCOUNT) for _ in range(6))


def private_key() -> str:
    return "pk_" + secrets.token_hex(16)


def base62(value: int) -> str:
    digits = ""
    while value:
        value, rest = divmod(value, 62)
        digits = _BASE62[rest] + digits
    return digits or "0"


def from_base62(text: str) -> int:
    """Raises ValueError for anything that is not base62."""
    value = 0
    for character in text:
        if character not in _BASE62_VALUE:
            raise ValueError(f"not base62: {text!r}")
        value = value * 62 + _BASE62_VALUE[character]
    return value


def event_id(time: datetime, sequence: int) -> int:
    """A bigint that sorts by time: seconds since 1990 above the low bits of a database sequence."""
    seconds = int((time - EVENT_EPOCH).total_seconds())
    return (seconds << EVENT_SEQUENCE_BITS) | (sequence & _EVENT_SEQUENCE_MASK)


def event_time(number: int) -> datetime:
    """The second an event happened in, read from its id."""
    return EVENT_EPOCH + timedelta(seconds=number >> EVENT_SEQUENCE_BITS)


def event_text(number: int) -> str:
    return base62(number).rjust(_EVENT_LENGTH, "0")


def event_text_sql(column: str) -> str:
    """The SQL, as DuckDB reads it, of `event_text` over a column of numbers."""
    digits = (f"substr('{_BASE62}', ({column} // {62**place} % 62 + 1)::INTEGER, 1)" for place in range(_EVENT_LENGTH))
    return " || ".join(reversed([*digits]))


def event_text_postgresql(column: str) -> str:
    """The same as PostgreSQL reads it, without a sign that its driver takes for a parameter."""
    digits = (f"substr('{_BASE62}', mod({column} / {62**place}, 62)::int + 1, 1)" for place in range(_EVENT_LENGTH))
    return " || ".join(reversed([*digits]))


def event_number(text: str) -> int:
    """Raises ValueError when `text` is not the id of an event."""
    number = from_base62(text) if len(text) == _EVENT_LENGTH else -1
    if not 0 <= number < 1 << 63:
        raise ValueError(f"not an event id: {text!r}")
    return number


def event_uuid(number: int, time: datetime) -> str:
    """The event's `uuid` attribute: a version 1 UUID made of its time and id, so it needs no storage."""
    ticks = int(time.timestamp() * 10_000_000) + 0x01B21DD213814000
    node = number & ((1 << 48) - 1)
    return str(
        uuid.UUID(
            fields=(
                ticks & 0xFFFFFFFF,
                (ticks >> 32) & 0xFFFF,
                (ticks >> 48) & 0x0FFF | 0x1000,
                0x80 | (number >> 56) & 0x3F,
                (number >> 48) & 0xFF,
                node,
            )
        )
    )
