"""The bytes of a message.

Built by hand: the standard library's classes build about 330 messages a second, a campaign needs ten times that.
The tests read every kind of result back with the standard library.
"""

import re
from binascii import b2a_qp
from collections.abc import Mapping
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache
from hashlib import blake2b

from rapport.messages.mail.address import AddressError
from rapport.messages.mail.compile import RenderedEmail
from rapport.messages.mail.headers import mailbox, unstructured

_MAX_LINE = 990
"""Octets of a line that may go out as it is; 998 is the limit of RFC 5322."""

_QUOTED_WIDTH = 76
_CONTROLS = bytes([*range(9), *range(11, 32), 127])
_MESSAGE_ID = re.compile(r"[!-;=?A-~]+@[!-;=?A-~]+")
_URL = re.compile(r"[!-;=?-~]{1,900}")
_HEADER_NAME = re.compile(r"[!-9;-~]{1,70}")
_BOUNDARY = re.compile(r"[0-9A-Za-z'()+_,./:=?-]{1,70}")
_GENERATED = frozenset({"mime-version", "content-type", "content-transfer-encoding", "bcc"})

MimeError = AddressError
"""What cannot be put on the wire: a wrong address, message id, URL or header name."""


def mime_bytes(
    rendered: RenderedEmail,
    *,
    to_email: str,
    to_name: str | None,
    message_id: str,
    date: datetime,
    cc: str | None = None,
    list_unsubscribe_url: str | None = None,
    list_unsubscribe_mailto: str | None = None,
    headers: Mapping[str, str] | None = None,
    boundary: str | None = None,
) -> bytes:
    """A multipart/alternative message with CRLF line ends, ready for SMTP DATA (dots are not stuffed yet).

    `message_id` without angle brackets; `date` aware. With `list_unsubscribe_url` (https) the one-click header of RFC
    8058 is added. `list_unsubscribe_mailto` is an address, with or without `mailto:`. `boundary` is derived from the
    message id unless given. Nothing in a rendered value can start a header of its own. Raises MimeError.
    """
    lines = [
        f"Message-ID: <{_checked(_MESSAGE_ID, message_id)}>",
        f"Date: {format_datetime(date)}",
        f"From: {mailbox(rendered.from_label, rendered.from_email)}",
        f"To: {mailbox(to_name or '', to_email)}",
        *_copies(rendered.reply_to, cc),
        f"Subject: {unstructured(rendered.subject)}",
        *_unsubscribe(list_unsubscribe_url, list_unsubscribe_mailto),
        *_extra(headers or {}),
    ]
    return _assembled(lines, rendered, _checked(_BOUNDARY, boundary or _boundary(message_id)))


def _assembled(lines: list[str], rendered: RenderedEmail, boundary: str) -> bytes:
    head = "\r\n".join([*lines, "MIME-Version: 1.0", f'Content-Type: multipart/alternative;\r\n boundary="{boundary}"'])
    mark = b"--" + boundary.encode()
    parts = [head.encode(), b"\r\n\r\n", mark, _part("plain", rendered.text), mark, _part("html", rendered.html)]
    return b"".join([*parts, mark, b"--\r\n"])


def _part(subtype: str, text: str) -> bytes:
    encoding, body = encode_body(text)
    head = f"\r\nContent-Type: text/{subtype}; charset=utf-8\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    return head.encode() + body + b"\r\n"


def encode_body(text: str) -> tuple[str, bytes]:
    """`7bit` where the text allows it, else `quoted-printable`; CRLF at the end of every line."""
    if "\0" in text:
        text = text.replace("\0", "")
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = text.encode("utf-8", "replace").split(b"\n")
    if text.isascii() and max(map(len, lines)) <= _MAX_LINE:
        return "7bit", b"\r\n".join(lines)
    return "quoted-printable", b"\r\n".join(map(_quoted_line, lines))


@lru_cache(maxsize=4096)
def _quoted_line(line: bytes) -> bytes:
    """A line in quoted-printable. Most lines of a campaign are the same for all, so they are found, not encoded."""
    if not line.isascii() or line.endswith((b" ", b"\t")) or len(line.translate(None, _CONTROLS)) != len(line):
        return b2a_qp(line, istext=True).replace(b"=\n", b"=\r\n")
    escaped = line.replace(b"=", b"=3D")
    return escaped if len(escaped) <= _QUOTED_WIDTH else _soft_broken(escaped)


def _soft_broken(line: bytes) -> bytes:
    """Cut into lines of at most 76 octets, never inside an `=3D`."""
    parts, start = [], 0
    while len(line) - start > _QUOTED_WIDTH:
        end = start + _QUOTED_WIDTH - 1
        mark = line.rfind(b"=", end - 2, end)
        end = end if mark < 0 else mark
        parts.append(line[start:end])
        start = end
    return b"=\r\n".join([*parts, line[start:]])


def _boundary(message_id: str) -> str:
    """`=_` occurs in no quoted-printable text, and nobody who writes a message knows its id."""
    return "=_" + blake2b(message_id.encode("utf-8", "replace"), digest_size=16).hexdigest()


def _checked(pattern: re.Pattern[str], value: str) -> str:
    if pattern.fullmatch(value) is None:
        raise MimeError(f"'{value}' cannot stand in a header.")
    return value


def _copies(reply_to: str, cc: str | None) -> list[str]:
    pairs = (("Reply-To", reply_to), ("Cc", cc))
    return [f"{name}: {mailbox('', email)}" for name, email in pairs if email]


def _unsubscribe(url: str | None, mailto: str | None) -> list[str]:
    targets = [url] if url else []
    if mailto:
        targets.append("mailto:" + mailto.removeprefix("mailto:"))
    if not targets:
        return []
    line = "List-Unsubscribe: " + ",\r\n ".join(f"<{_checked(_URL, target)}>" for target in targets)
    return [line, "List-Unsubscribe-Post: List-Unsubscribe=One-Click"] if url else [line]


def _extra(headers: Mapping[str, str]) -> list[str]:
    return [f"{_header_name(name)}: {unstructured(value)}" for name, value in headers.items()]


def _header_name(name: str) -> str:
    if name.lower() in _GENERATED:
        raise MimeError(f"'{name}' is set by the message itself.")
    return _checked(_HEADER_NAME, name)
