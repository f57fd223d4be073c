"""Who asks: a private key, or the session of a person who followed a sign-in link."""

import re
from collections.abc import Callable, Mapping
from http.cookies import CookieError, SimpleCookie

from rapport.accounts import service
from rapport.accounts.types import Account, Principal
from rapport.kit import clock, crypto, db
from rapport.kit.jsonapi import ApiError, Scopes, authentication_failed, invalid, not_authenticated

SESSION_COOKIE = "rapport_session"
_SESSION_SECONDS = 30 * 24 * 3600
_LINK_SECONDS = 7 * 24 * 3600
# A revoked key or a moved test clock is seen by every process within this time; by the one that did it, at once.
_CACHE_SECONDS = 1.0
_PUBLIC_KEY = re.compile(r"[0-9A-Za-z]{6}")
_KEY = re.compile(r"pk_[0-9A-Za-z]{16,64}(_[0-9A-Za-z]+)?")


class PublicAuthenticator:
    """The principal of a request to the client API: the account whose public key is its `company_id` (6.1)."""

    def __init__(self, pool: db.Pool) -> None:
        self._pool = pool
        self._seen: dict[str, tuple[float, Principal]] = {}

    async def __call__(self, headers: Mapping[str, str], query: Mapping[str, str]) -> Principal:
        """Raises ApiError 400 for a public key that nobody has."""
        company = query.get("company_id", "")
        now = clock.monotonic()
        seen = self._seen.get(company)
        if seen and seen[0] > now:
            return seen[1]
        account = await self._find(company)
        principal = Principal(account, "public")
        self._seen[company] = (now + _CACHE_SECONDS, principal)
        return principal

    async def _find(self, company: str) -> Account:
        if not company:
            raise invalid("The query parameter 'company_id' is required.", parameter="company_id")
        account = None
        if _PUBLIC_KEY.fullmatch(company):
            async with self._pool.connection() as conn:
                account = await service.load_by_public_id(conn, company)
        if account is None:
            raise invalid(f"No account has the public key '{company[:40]}'.", parameter="company_id")
        return account


class Authenticator:
    """Turns request headers into a Principal, remembering each for a second."""

    def __init__(self, pool: db.Pool, secret: bytes) -> None:
        self._pool = pool
        self._secret = secret
        self._seen: dict[tuple[str, str], tuple[float, Principal]] = {}

    async def __call__(self, headers: Mapping[str, str], query: Mapping[str, str]) -> Principal:
        """Raises ApiError 401 in the two forms of behaviour-people 7.3."""
        given = headers.get("authorization", "")
        if given:
            scheme, _, key = given.partition(" ")
            if scheme == "Klaviyo-API-Key" and _KEY.fullmatch(key):
                return await self._remembered(("key", key), authentication_failed)
            raise not_authenticated()
        session = self._session(headers.get("cookie", ""))
        if session is None:
            raise not_authenticated()
        return await self._remembered(("session", session), not_authenticated)

    def forget(self) -> None:
        """Ask the database again next time: a clock was moved or a key revoked here."""
        self._seen.clear()

    async def _remembered(self, credential: tuple[str, str], refusal: Callable[[], ApiError]) -> Principal:
        now = clock.monotonic()
        seen = self._seen.get(credential)
        if seen and seen[0] > now:
            return seen[1]
        principal = await self._find(*credential)
        if principal is None:
            self._seen.pop(credential, None)
            raise refusal()
        self._seen[credential] = (now + _CACHE_SECONDS, principal)
        return principal

    async def _find(self, kind: str, value: str) -> Principal | None:
        async with self._pool.connection() as conn:
            if kind == "session":
                account = await service.load_by_public_id(conn, value)
                return Principal(account, "session", "full", self.forget) if account else None
            found = await service.find_key(conn, value)
        return Principal(found[0], str(found[1]), _scopes(found[2]), self.forget) if found else None

    def _session(self, cookie_header: str) -> str | None:
        try:
            morsel = SimpleCookie(cookie_header).get(SESSION_COOKIE)
        except CookieError:
            return None
        return _unexpired(self._secret, "session", morsel.value) if morsel else None


def _scopes(stored: list[str] | None) -> Scopes:
    """Null = full access; the one word read-only stands for every read scope there is or will be."""
    if stored is None:
        return "full"
    return "read-only" if stored == ["read-only"] else frozenset(stored)


def sign_in_token(secret: bytes, public_id: str) -> str:
    """What a sign-in link carries; good for seven days."""
    return _expiring(secret, "sign-in", public_id, _LINK_SECONDS)


def session_for(secret: bytes, token: str) -> str | None:
    """The session cookie's value for a sign-in link's token, or None when it is wrong or too old."""
    public_id = _unexpired(secret, "sign-in", token)
    return _expiring(secret, "session", public_id, _SESSION_SECONDS) if public_id else None


def _expiring(secret: bytes, purpose: str, text: str, seconds: int) -> str:
    return crypto.sign(secret, purpose, f"{text}:{int(clock.utcnow().timestamp()) + seconds}")


def _unexpired(secret: bytes, purpose: str, token: str) -> str | None:
    try:
        text, _, until = crypto.verify(secret, purpose, token).rpartition(":")
    except crypto.BadToken:
        return None
    return text if int(until) > clock.utcnow().timestamp() else None
