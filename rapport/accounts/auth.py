"""Who asks: a private key, an application a person allowed, or the session of who followed a sign-in link."""

import asyncio
import re
from collections.abc import Callable, Mapping

from rapport.accounts import roles, service, sessions
from rapport.accounts.oauth import grants
from rapport.accounts.types import Account, Principal
from rapport.accounts.users import people
from rapport.kit import clock, db
from rapport.kit.jsonapi import SESSION, ApiError, Scopes, authentication_failed, invalid, not_authenticated
from rapport.kit.rooms import Process

# A revoked key or a moved test clock is seen by every process within this time; by the one that did it, at once.
CACHE_SECONDS = 1.0
# Tokens come and go; this is far above what asks within a second.
_REMEMBERED = 20_000
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
        self._seen[company] = (now + CACHE_SECONDS, principal)
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

    @classmethod
    def of(cls, process: Process) -> "Authenticator":
        """What a process makes once."""
        return cls(process.pool)

    def __init__(self, pool: db.Pool) -> None:
        self._pool = pool
        self._seen: dict[tuple[str, str], tuple[float, Principal]] = {}
        self._asked: dict[tuple[str, str], asyncio.Future[Principal | None]] = {}
        self._forgotten = 0

    async def __call__(self, headers: Mapping[str, str], query: Mapping[str, str]) -> Principal:
        """Raises ApiError 401 in the two forms of behaviour-people 7.3."""
        authorization = headers.get("authorization", "")
        if authorization:
            scheme, _, key = authorization.partition(" ")
            if scheme == "Klaviyo-API-Key" and _KEY.fullmatch(key):
                return await self._remembered(("key", key), authentication_failed)
            # the one is the reference's own scheme, the other's name is without case (RFC 9110, 11.1)
            if scheme.lower() == "bearer" and grants.ACCESS_TOKEN.fullmatch(key):
                return await self._remembered(("token", key), authentication_failed)
            raise not_authenticated()
        session = sessions.session_in(headers.get("cookie", ""))
        if session is None:
            raise not_authenticated()
        # whose role was changed, or whose session was ended, anywhere, is so at their very next call
        principal = await self._find(SESSION, session)
        if principal is None:
            raise not_authenticated()
        return principal

    def forget(self) -> None:
        """Ask the database again next time: a clock was moved, or a key or token ended here."""
        self._seen.clear()
        self._asked.clear()
        self._forgotten += 1

    async def _remembered(self, credential: tuple[str, str], refusal: Callable[[], ApiError]) -> Principal:
        now = clock.monotonic()
        seen = self._seen.get(credential)
        if seen and seen[0] > now:
            return seen[1]
        forgotten = self._forgotten
        principal = await self._found_together(credential)
        if principal is None:
            self._seen.pop(credential, None)
            raise refusal()
        # what was found before something ended is not remembered after it
        if forgotten == self._forgotten:
            if len(self._seen) >= _REMEMBERED:
                self._seen.clear()
            self._seen[credential] = (now + CACHE_SECONDS, principal)
        return principal

    async def _found_together(self, credential: tuple[str, str]) -> Principal | None:
        """Of many calls with one credential that meet its end here, one asks the database for all."""
        question = self._asked.get(credential)
        if question is None:
            question = self._asked[credential] = asyncio.ensure_future(self._find(*credential))
            question.add_done_callback(lambda _: self._end(credential, question))
        # a caller that goes away takes no answer from the others
        return await asyncio.shield(question)

    def _end(self, credential: tuple[str, str], question: "asyncio.Future[Principal | None] | None") -> None:
        if self._asked.get(credential) is question:
            del self._asked[credential]

    async def _find(self, kind: str, value: str) -> Principal | None:
        async with self._pool.connection() as conn:
            if kind == SESSION:
                return await self._person(conn, value)
            if kind == "token":
                return await self._app(conn, value)
            key_row = await service.find_key(conn, value)
        if key_row is None:
            return None
        account, key = key_row
        return Principal(
            account, str(key.id), _scopes(key.scopes), self.forget, actor=f"key “{key.name}” …{key.last_four}"
        )

    async def _person(self, conn: db.Connection, value: str) -> Principal | None:
        session = await sessions.find(conn, value, clock.utcnow())
        if session is None:
            return None
        member = await people.membership(conn, session.account_id, session.user_id)
        if member is None:
            return None
        user, role = member
        account = await service.load(conn, session.account_id)
        return Principal(
            account,
            SESSION,
            roles.held_by(role, is_administrator=user.is_administrator),
            self.forget,
            actor=user.actor,
            user_id=user.user_id,
            role=role,
            session_id=session.id,
        )

    async def _app(self, conn: db.Connection, token: str) -> Principal | None:
        """An application in the account that allowed it (7.4)."""
        bearer = await grants.bearer(conn, token, clock.utcnow())
        if bearer is None:
            return None
        account = await service.load(conn, bearer.account_id)
        name = f"application “{bearer.app_name}”"
        scopes = frozenset(bearer.scopes)
        return Principal(account, f"app:{bearer.app_id}", scopes, self.forget, app_id=bearer.app_id, actor=name)


def _scopes(stored: list[str] | None) -> Scopes:
    """Null = full access; the one word read-only stands for every read scope there is or will be."""
    if stored is None:
        return "full"
    return "read-only" if stored == ["read-only"] else frozenset(stored)
