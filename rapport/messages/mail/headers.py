"""Header lines: encoded, folded, and closed against anything that could start another header.

RFC 5322 for lines, RFC 2047 for words that are not ASCII, RFC 6532 for addresses that are not.
"""

import re
from base64 import b64encode
from functools import lru_cache

from rapport.messages.mail.address import wire_address

_PLAIN_LENGTH = 60
"""An ASCII text up to this length fits on its header's line without folding (78 characters with the name)."""

_WORD_BYTES = 39
"""UTF-8 bytes in one encoded word: 64 characters, so that with `Reply-To: ` before it a line stays under 76."""

_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*")
_CONTROLS = dict.fromkeys([*range(32), *range(127, 160), 8232, 8233], " ")


def clean(text: str) -> str:
    """One line without control characters and without half characters."""
    one_line = " ".join(text.translate(_CONTROLS).split())
    return one_line.encode("utf-8", "replace").decode()


def unstructured(text: str) -> str:
    """A subject or the like, encoded and folded."""
    line = clean(text)
    if line.isascii() and len(line) <= _PLAIN_LENGTH and "=?" not in line:
        return line
    return _encoded_words(line)


def _encoded_words(text: str) -> str:
    words = [f"=?utf-8?b?{b64encode(chunk).decode()}?=" for chunk in _chunks(text)]
    return "\r\n ".join(words)


def _chunks(text: str) -> list[bytes]:
    """UTF-8 in pieces of whole characters: a decoder reads each word alone."""
    chunks, data = [], text.encode()
    while len(data) > _WORD_BYTES:
        end = _WORD_BYTES
        while data[end] & 0xC0 == 0x80:
            end -= 1
        chunks.append(data[:end])
        data = data[end:]
    return [*chunks, data]


@lru_cache(maxsize=1024)
def mailbox(name: str, email: str) -> str:
    """`Ann Lee <ann@example.com>`, with a name of any kind. Raises AddressError."""
    address = wire_address(email.strip())
    phrase = _phrase(clean(name))
    if not phrase:
        return address
    return f"{phrase} <{address}>" if len(phrase) + len(address) < _PLAIN_LENGTH else f"{phrase}\r\n <{address}>"


def _phrase(name: str) -> str:
    if not name.isascii() or len(name) > _PLAIN_LENGTH or "=?" in name:
        return _encoded_words(name)
    if _ATOMS.fullmatch(name):
        return name
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
