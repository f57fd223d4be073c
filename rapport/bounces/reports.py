"""What a returned mail says: that a message was not delivered (RFC 3464), or that somebody complained of it (RFC 5965).

Programs that follow neither are read by what they are known to write. What says that a message is late, was delivered,
or that somebody is on holiday, says nothing here.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from typing import Literal

from flufl.bounce import scan_message

_COMPLAINTS = frozenset({"abuse", "fraud", "virus", "other"})
# "smtp; 550 5.1.1 <a@b>: no such user", with or without the type and the code
_DIAGNOSTIC = re.compile(r"(?:[\w.-]+;\s*)?(?:([245]\d\d)[ -])?(.*)", re.DOTALL)
_STATUS = re.compile(r"([245])\.\d{1,3}\.\d{1,3}")
_MOST_PARTS = 50


@dataclass(frozen=True)
class Report:
    """kind: what is reported. code and text: of the reply that a bounce tells of, as a mail server would say it.
    return_path: of the message that a complaint is about, where it says so."""

    kind: Literal["bounce", "complaint"]
    code: int = 0
    text: str = ""
    return_path: str | None = None


def read(data: bytes) -> Report | None:
    """What a mail that came back reports; None = nothing. Raises nothing, whatever the bytes are."""
    try:
        message = message_from_bytes(data)
        return _complaint(message) or _delivery_status(message) or _known(message)
    except (ValueError, LookupError, AttributeError, TypeError, RecursionError):
        # the standard library's parser and the readers above it stumble over hostile headers in these ways
        return None


def _complaint(message: Message) -> Report | None:
    for part in _parts(message, "message/feedback-report"):
        for fields in _fields(part):
            if str(fields.get("Feedback-Type", "")).strip().lower() in _COMPLAINTS:
                return_path = fields.get("Original-Mail-From")
                return Report("complaint", return_path=str(return_path) if return_path else None)
    return None


def _delivery_status(message: Message) -> Report | None:
    """Of a standard report: the first recipient for whom it failed for good."""
    for part in _parts(message, "message/delivery-status"):
        for fields in _fields(part):
            if str(fields.get("Action", "")).strip().lower() == "failed":
                return reply(str(fields.get("Status", "")), str(fields.get("Diagnostic-Code", "")))
    return None


def reply(status_field: str, diagnostic_field: str) -> Report:
    """What a mail server answered, from the two fields of a report (RFC 3464): its status and its own words."""
    status = _STATUS.search(status_field)
    diagnostic = _DIAGNOSTIC.match(" ".join(diagnostic_field.split()))
    code, words = (diagnostic[1], diagnostic[2].strip()) if diagnostic else (None, "")
    if _STATUS.match(words) is None and status is not None:
        words = f"{status[0]} {words}"
    if code is None:
        code = "450" if status is not None and status[1] == "4" else "550"
    return Report("bounce", int(code), words[:900])


def _known(message: Message) -> Report | None:
    """Of programs that write no standard report: an address that failed for good, without saying why."""
    if list(_parts(message, "message/delivery-status")) or message.get_content_type() == "message/feedback-report":
        return None
    return Report("bounce", 550, "") if scan_message(message) else None


def _parts(message: Message, content_type: str) -> Iterator[Message]:
    for number, part in enumerate(message.walk()):
        if number == _MOST_PARTS:
            return
        if part.get_content_type() == content_type:
            yield part


def _fields(part: Message) -> list[Message]:
    """Groups of fields of a report, which the standard library parses as messages."""
    payload = part.get_payload()
    if isinstance(payload, list):
        return [group for group in payload if isinstance(group, Message)]
    return [message_from_bytes(str(payload).encode())]
