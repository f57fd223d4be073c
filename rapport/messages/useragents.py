"""What a user agent tells of an open or a click: enough for the event's properties, and no library for it."""

import re
from typing import Any

from starlette.requests import Request

# Apple Mail Privacy Protection loads images through a proxy that says this and no more.
_PRIVACY_PROXY = "Mozilla/5.0"
_SYSTEMS = (
    ("iOS", re.compile(r"iPhone|iPad|iPod")),
    ("Android", re.compile(r"Android")),
    ("Windows", re.compile(r"Windows")),
    ("Mac OS X", re.compile(r"Mac OS X|Macintosh")),
    ("Linux", re.compile(r"Linux|X11")),
)
_CLIENTS = (
    ("Gmail Image Proxy", re.compile(r"GoogleImageProxy")),
    ("Yahoo Image Proxy", re.compile(r"YahooMailProxy")),
    ("Outlook", re.compile(r"Outlook|MSOffice")),
    ("Thunderbird", re.compile(r"Thunderbird")),
    ("Edge", re.compile(r"Edg/|Edge/")),
    ("Firefox", re.compile(r"Firefox/")),
    ("Chrome", re.compile(r"Chrome/|CriOS/")),
    ("Safari", re.compile(r"Version/[\d.]+.*Safari/")),
    ("Apple Mail", re.compile(r"AppleWebKit/(?!.*Safari)")),
)
# What browsers and mail programs say when nobody opened anything yet.
_BEFOREHAND = ("sec-purpose", "purpose", "x-purpose", "x-moz")
_HANDHELD = frozenset({"iOS", "Android"})


def is_machine(agent: str) -> bool:
    """Whether an open came from Apple's privacy proxy, which opens everything (behaviour-messaging 4.3)."""
    return agent.strip() == _PRIVACY_PROXY


def is_of_a_person(request: Request) -> bool:
    """Not where a program looks whether something is there, or fetches what its user may open next.

    The answer may not be kept (`links.FRESH`), so that somebody who does open it asks again.
    """
    marks = " ".join(request.headers.get(name, "") for name in _BEFOREHAND).lower()
    return request.method == "GET" and not any(word in marks for word in ("prefetch", "prerender", "preview"))


def client_of(agent: str) -> dict[str, Any]:
    """`Client Name`, `Client OS`, `Client OS Family` and `Client Type`; "" where nothing can be told."""
    system = _first(_SYSTEMS, agent)
    kind = "Mobile" if system in _HANDHELD else "Desktop" if system else ""
    return {
        "Client Name": _first(_CLIENTS, agent),
        "Client OS": system,
        "Client OS Family": system,
        "Client Type": kind,
    }


def _first(known: tuple[tuple[str, re.Pattern[str]], ...], agent: str) -> str:
    return next((name for name, pattern in known if pattern.search(agent)), "")
