"""Where the API is, and with what right it is asked: an API key, an OAuth 2.0 grant, or what a caller brought."""

from dataclasses import dataclass
from typing import Protocol

import httpx

from rapport.connect.action import Input
from rapport.connect.failures import BadInput

DEFAULT_PAUSE_SECONDS = 0.5
# What a connection by API key is made from.
INPUTS = (Input("apiKey", "API Key", note="A private key.", example="pk_…", required=True),)


class Credential(Protocol):
    """Something that gives the value of the header Authorization."""

    async def authorization(self, http: httpx.AsyncClient) -> str:
        """Raises AccessEnded or NoAnswer where one has to be fetched."""
        ...

    async def renewed(self, http: httpx.AsyncClient) -> str | None:
        """Another one, after the host refused the last; None where there is no other."""
        ...


@dataclass(frozen=True)
class Fixed:
    """A header as it is: a caller's own."""

    header: str

    async def authorization(self, http: httpx.AsyncClient) -> str:
        return self.header

    async def renewed(self, http: httpx.AsyncClient) -> str | None:
        return None


def api_key(key: str) -> Fixed:
    """A private key, `pk_` and what follows."""
    return Fixed(f"Klaviyo-API-Key {_printable('key', key)}")


def access_token(token: str) -> Fixed:
    """An OAuth access token that somebody else refreshes."""
    return Fixed(f"Bearer {_printable('token', token)}")


def _printable(key: str, text: str) -> str:
    text = text.strip()
    if not text or not text.isascii() or not text.isprintable() or " " in text:
        raise BadInput(key, f"This {key} holds what none can hold. Copy it again.")
    return text


@dataclass(frozen=True)
class Connection:
    """host: `https://rapport.example.com`, no path. pause_seconds: before the second
    try of a call, doubled before each further one."""

    host: str
    credential: Credential
    pause_seconds: float = DEFAULT_PAUSE_SECONDS

    def __post_init__(self) -> None:
        try:
            parsed = httpx.URL(self.host)
        except (httpx.InvalidURL, ValueError, UnicodeError):
            parsed = httpx.URL("")
        if parsed.scheme not in ("http", "https") or not parsed.host or parsed.raw_path != b"/" or parsed.userinfo:
            raise BadInput("host", f"'{self.host[:80]}' is no host: write it like https://rapport.example.com.")

    def url(self, path: str) -> httpx.URL:
        """`path` on this host, and on no other. Raises BadInput."""
        base = httpx.URL(self.host.rstrip("/"))
        try:
            url = httpx.URL(f"{self.host.rstrip('/')}{path}")
        except (httpx.InvalidURL, ValueError, UnicodeError):
            raise BadInput("url", "This path can't be sent. Write it like /api/accounts.") from None
        if not path.startswith("/") or path.startswith("//") or (url.scheme, url.netloc) != (base.scheme, base.netloc):
            raise BadInput("url", "A path alone is needed, such as /api/accounts: keys are sent to no other host.")
        return url
