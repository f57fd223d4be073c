"""Sender, reply and copy addresses of an e-mail, checked when they are written rather than when it is sent."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from rapport.messages.mail.address import AddressError, wire_address

# Filled in for each recipient, so they may be templates; copies go to the same addresses for all.
_TEMPLATES = ("from_email", "reply_to_email", "from_label")
_ADDRESSES = ("from_email", "reply_to_email", "cc_email", "bcc_email")
_NAME = "from_label"
_TAGS = ("{{", "{%")
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def problems(message: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(field, what is wrong and what to do) for an e-mail's sender, reply and copy addresses; empty ones are
    allowed."""
    for field in (*_ADDRESSES, _NAME):
        value = message.get(field)
        wrong = _problem(field, value) if value else None
        if wrong is not None:
            yield field, wrong


def _problem(field: str, value: Any) -> str | None:
    if not isinstance(value, str):
        return f"'{field}' must be a text."
    if _CONTROLS.search(value):
        return f"'{field}' must be one line without control characters."
    if field == _NAME or (field in _TEMPLATES and any(tag in value for tag in _TAGS)):
        return None
    try:
        wire_address(value.strip())
    except AddressError:
        return f"'{field}' must be an e-mail address such as name@example.com."
    return None
