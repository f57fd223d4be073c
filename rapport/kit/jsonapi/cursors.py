"""Opaque cursors: where a page begins, as the sort value and unique key of the row next to it."""

import base64
from dataclasses import dataclass
from typing import Any

import msgspec

from .errors import ApiError, invalid


@dataclass(frozen=True, slots=True)
class Cursor:
    """`backwards` pages towards the start. `order` is the sort it was made for, such as "-created".

    `value` is the sort value of the neighbouring row as JSON holds it (datetimes as text), `key` its unique key.
    """

    backwards: bool
    order: str
    value: Any
    key: Any

    def text(self) -> str:
        parts = [1 if self.backwards else 0, self.order, self.value, self.key]
        return base64.urlsafe_b64encode(msgspec.json.encode(parts)).decode().rstrip("=")


def read_cursor(text: str, order: str) -> Cursor:
    """Raises ApiError 400 `Invalid cursor provided.` for what was not made by us, or made for another sort."""
    try:
        padded = text + "=" * (-len(text) % 4)
        parts = msgspec.json.decode(base64.b64decode(padded, altchars=b"-_", validate=True))
        backwards, made_for, value, key = parts
    except (ValueError, TypeError, msgspec.MsgspecError, RecursionError):
        raise bad_cursor() from None
    if made_for != order or not _simple(value) or not _simple(key) or key is None:
        raise bad_cursor()
    return Cursor(backwards == 1, order, value, key)


def _simple(value: object) -> bool:
    return value is None or (isinstance(value, str) and "\x00" not in value) or isinstance(value, int | float)


def bad_cursor() -> ApiError:
    return invalid("Invalid cursor provided.", parameter="page[cursor]")
