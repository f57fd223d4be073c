"""The `Prefer` header (RFC 7240): a client that would rather wait than poll."""

import re
from collections.abc import Awaitable, Callable, Iterable

from .call import AnyCall

# Proxies and clients give up on an answer after a minute or less.
MAX_WAIT = 30
# Waits up to so many seconds for what follows from a call that was answered; whether it is all there.
PreferWait = Callable[[AnyCall, float], Awaitable[bool]]
_QUOTED = r'"(?:[^"\\]|\\.)*"'
# One preference with its parameters, up to the next comma that is not quoted.
_PREFERENCE = re.compile(
    rf'\s*(?P<name>[^\s=;,"]+)\s*(?:=\s*(?P<value>{_QUOTED}|[^\s;,"]*))?[^,"]*(?:{_QUOTED}[^,"]*)*(?:,|$)'
)


def wait_of(headers: Iterable[tuple[bytes, bytes]]) -> int | None:
    """Seconds of the first `wait`, at most MAX_WAIT; None when there is none that can be read, which is ignored."""
    sent = ",".join(value.decode("latin-1") for name, value in headers if name == b"prefer")
    for preference in _PREFERENCE.finditer(sent):
        if preference["name"].lower() == "wait":
            value = (preference["value"] or "").strip('"')
            return min(int(value[:9]), MAX_WAIT) if value.isascii() and value.isdigit() else None
    return None
