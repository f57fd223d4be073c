"""Applications, registered by the installation's operator and allowed by any of its accounts (behaviour-people 7.4)."""

import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from urllib.parse import urlsplit
from uuid import uuid4

from rapport.accounts.scopes import SCOPES
from rapport.kit import clock, crypto, db
from rapport.kit.refusals import Refused

_COLUMNS = "app_id, client_id, name, redirect_uris, scopes, created, version"
_CLIENT_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_MOST_URIS = 20
_PRINTABLE = re.compile(r"[\x21-\x7e]+")


@dataclass(frozen=True)
class App:
    """An application as it was registered: where people may be sent back to, and what it may ask for at most."""

    app_id: int
    client_id: str
    name: str
    redirect_uris: list[str]
    scopes: list[str]
    created: datetime
    version: int


async def create(
    conn: db.Connection, *, name: str, redirect_uris: Sequence[str], scopes: Sequence[str]
) -> tuple[App, str]:
    """A new application and its secret, which is returned here and never again: only its hash is stored.

    Raises Refused for a name, a redirect URI or a scope that can't be.
    """
    _check(name, redirect_uris, scopes)
    secret, now = _new_secret(), clock.utcnow()
    # tenant-scope: an application is of the installation
    row = await db.row(
        conn,
        f"""INSERT INTO oauth_apps (client_id, name, secret_hash, redirect_uris, scopes, created, updated)
            VALUES (%s, %s, %s, %s, %s, %s, %s) RETURNING {_COLUMNS}""",
        (str(uuid4()), name, crypto.key_hash(secret), unique(redirect_uris), unique(scopes), now, now),
    )
    assert row is not None
    return App(*row), secret


async def change(
    conn: db.Connection, client_id: str, *, name: str, redirect_uris: Sequence[str], scopes: Sequence[str]
) -> App | None:
    """As registered from now on; what was allowed before stays allowed. None when there is no such application; raises
    Refused as `create` does."""
    _check(name, redirect_uris, scopes)
    # tenant-scope: an application is of the installation
    query = f"""
        UPDATE oauth_apps SET name = %s, redirect_uris = %s, scopes = %s, version = version + 1, updated = %s
        WHERE client_id = %s RETURNING {_COLUMNS}"""
    row = await db.row(conn, query, (name, unique(redirect_uris), unique(scopes), clock.utcnow(), client_id))
    return App(*row) if row else None


async def rotate_secret(conn: db.Connection, client_id: str) -> str | None:
    """A new secret, returned here and never again. The old one ends at once (as in RFC 7592, 2.2), so that one which
    leaked is worth nothing; tokens stay good. None when there is no such application."""
    if not _CLIENT_ID.fullmatch(client_id):
        return None
    secret = _new_secret()
    # tenant-scope: an application is of the installation
    query = "UPDATE oauth_apps SET secret_hash = %s WHERE client_id = %s"
    return secret if await db.execute(conn, query, (crypto.key_hash(secret), client_id)) else None


def _new_secret() -> str:
    return secrets.token_urlsafe(32)


async def every(conn: db.Connection) -> list[tuple[App, int]]:
    """Every application, the newest first, and in how many accounts it is installed."""
    # tenant-scope: an application is of the installation
    query = f"""
        SELECT {_COLUMNS}, (
            SELECT count(DISTINCT g.account_id) FROM oauth_grants g WHERE g.app_id = a.app_id AND g.used IS NOT NULL)
        FROM oauth_apps a ORDER BY app_id DESC"""
    return [(App(*row[:-1]), row[-1]) for row in await db.rows(conn, query)]


async def find(conn: db.Connection, client_id: str) -> App | None:
    if not _CLIENT_ID.fullmatch(client_id):
        return None
    # tenant-scope: an application is of the installation
    row = await db.row(conn, f"SELECT {_COLUMNS} FROM oauth_apps WHERE client_id = %s", (client_id,))
    return App(*row) if row else None


async def authenticate(conn: db.Connection, client_id: str, secret: str) -> App | None:
    """The application whose id and secret these are."""
    app = await find(conn, client_id)
    if app is None:
        return None
    # tenant-scope: an application is of the installation
    row = await db.row(conn, "SELECT secret_hash FROM oauth_apps WHERE app_id = %s", (app.app_id,))
    return app if row and hmac.compare_digest(row[0], crypto.key_hash(secret)) else None


async def delete(conn: db.Connection, client_id: str) -> bool:
    """With everything that accounts allowed it. False when there is no such application."""
    if not _CLIENT_ID.fullmatch(client_id):
        return False
    # tenant-scope: an application is of the installation
    return bool(await db.execute(conn, "DELETE FROM oauth_apps WHERE client_id = %s", (client_id,)))


def unique(texts: Sequence[str]) -> list[str]:
    """Each once, in the order of their first mention."""
    return list(dict.fromkeys(texts))


def _check(name: str, redirect_uris: Sequence[str], scopes: Sequence[str]) -> None:
    if not name.strip() or not name.isprintable() or len(name) > 100:
        raise _refused("name", "A name has 1 to 100 characters on one line.")
    if not 1 <= len(redirect_uris) <= _MOST_URIS:
        raise _refused("redirect_uris", f"An application has 1 to {_MOST_URIS} redirect URIs.")
    for uri in redirect_uris:
        if (fault := _fault_of(uri)) is not None:
            raise _refused("redirect_uris", f"{uri[:200]!r} {fault}.")
    if not scopes:
        raise _refused("scopes", "An application has at least one scope.")
    if wrong := sorted({*scopes} - SCOPES):
        raise _refused("scopes", f"There is no such scope: {', '.join(wrong)[:200]}; write names such as lists:read.")


def _refused(field: str, text: str) -> Refused:
    return Refused(text, pointer=f"/data/attributes/{field}")


def _fault_of(uri: str) -> str | None:
    """What is wrong with a redirect URI. Only a machine's own address goes without TLS (RFC 9700, 2.6)."""
    try:
        parts = urlsplit(uri)
        # a port that is none is found out by asking for it
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "is no URL"
    if not _PRINTABLE.fullmatch(uri) or not host or parts.username is not None:
        return "is no URL like https://app.example.com/callback"
    if "#" in uri:
        return "has a fragment"
    if parts.scheme == "https" or (parts.scheme == "http" and _is_this_machine(host)):
        return None
    return "does not begin with https:// (http:// is for this machine alone)"


def _is_this_machine(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
