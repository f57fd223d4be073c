"""The pages' side of signing in: what a browser without a session may ask, as JSON under `/auth/`.

Whatever the way in, what comes of it is a new session in the account that was last used. Only a page of this server is
answered, so that no other site signs anybody in or out.
"""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from uuid import uuid4

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from rapport.accounts import service as accounts
from rapport.accounts import sessions
from rapport.accounts.sessions import Device
from rapport.accounts.users import (
    challenges,
    failures,
    invitations,
    letters,
    new_email,
    passkeys,
    passwords,
    people,
    second_factor,
)
from rapport.accounts.users.people import User
from rapport.kit import clock, crypto, db
from rapport.kit.forms import read_at_most
from rapport.kit.jsonapi import ApiError
from rapport.kit.proxies import Proxies
from rapport.kit.refusals import Refused
from rapport.kit.settings import Settings

T = TypeVar("T")
_PRIVATE = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
_LIMIT = 50_000  # bytes
_PASSKEY = "passkey"
_WRONG = "The address and the password don't fit together, or nobody signs in with this address."
_USED = (
    "This link was used already, or it is wrong or too old. Ask for a new one; on the server, `rapport sign-in` prints "
    "one."
)
_NO_ACCOUNT = "You are in no team any more. Ask who runs the account to invite you again."


class Password(msgspec.Struct):
    email: str
    password: str
    code: str = ""


class Link(msgspec.Struct):
    token: str
    code: str = ""


class Email(msgspec.Struct):
    email: str


class NewPassword(msgspec.Struct):
    token: str
    password: str


class Accept(msgspec.Struct):
    """`password`: of somebody who signs in with this address already, theirs; else the one they choose."""

    token: str
    name: str = ""
    password: str = ""
    code: str = ""


class Credential(msgspec.Struct):
    state: str
    credential: dict[str, Any]


class NeedsCode(Exception):
    """The right password, and a second factor that was not given."""


def routes(pool: db.Pool, settings: Settings) -> list[BaseRoute]:
    ways = WaysIn(pool, settings)
    posts: dict[str, Callable[[Request], Awaitable[Response]]] = {
        "password": ways.by_password,
        "link": ways.by_link,
        "send-link": ways.send_link,
        "send-password-link": ways.send_password_link,
        "new-password": ways.set_password,
        "confirm-email": ways.confirm_email,
        "invitation": ways.invitation,
        "accept": ways.accept,
        "passkey-options": ways.passkey_options,
        "passkey": ways.by_passkey,
    }
    return [
        Route("/auth/ways", ways.ways, methods=["GET"]),
        *(Route(f"/auth/{name}", ways.guarded(handler), methods=["POST"]) for name, handler in posts.items()),
    ]


class WaysIn:
    """See the module."""

    def __init__(self, pool: db.Pool, settings: Settings) -> None:
        self._pool, self._settings = pool, settings
        self._proxies = Proxies(settings.trusted_proxies)

    def guarded(self, handler: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
        """Every refusal in the form of the API's errors."""

        async def answered(request: Request) -> Response:
            if not self._proxies.is_own_page(request.scope, request.headers):
                return problem(403, "This was sent from a page of another website.")
            try:
                return await handler(request)
            except Refused as error:
                return problem(error.status, str(error), pointer=error.pointer, code=error.code)
            except NeedsCode:
                return problem(401, "Enter the code of your authenticator, or a recovery code.", code="code_needed")

        return answered

    async def ways(self, _request: Request) -> Response:
        """What the sign-in page offers."""
        answer = {"mail": self._settings.smtp_url is not None, "oidc": self._settings.oidc_name}
        return JSONResponse(answer, 200, _PRIVATE)

    async def by_password(self, request: Request) -> Response:
        asked = await _read(request, Password)
        now = clock.utcnow()
        email = asked.email.strip().lower()[:320]
        async with self._pool.connection() as conn:
            await self._check_failures(conn, email, request)
            user = await people.find(conn, email)
            stored = await people.password_of(conn, user) if user else None
            if not await passwords.matches(stored, asked.password) or user is None:
                await failures.count(conn, now, email=email, address=self._address(request))
                return problem(401, _WRONG, code="wrong_password")
            if not await self._passes_code(conn, user, asked.code):
                return await self._wrong_code(conn, request, email)
            await failures.forgive(conn, email)
            return await self.begin(conn, request, user)

    async def by_link(self, request: Request) -> Response:
        """The button on a link's page: what only looks at the link leaves it as it is."""
        asked = await _read(request, Link)
        now = clock.utcnow()
        async with self._pool.connection() as conn:
            opened = await sessions.use_link(conn, asked.token, now)
            if opened is None:
                return problem(403, _USED, code="link_used")
            account_id, user_id = opened
            user = await people.load(conn, user_id)
            email = user.email or user.public_id
            if user.has_second_factor:
                await self._check_failures(conn, email, request)
            if not await self._passes_code(conn, user, asked.code):
                # the link stays good: only a right code uses it up
                await conn.rollback()
                return await self._wrong_code(conn, request, email)
            return await self.begin(conn, request, user, account_id)

    async def send_link(self, request: Request) -> Response:
        return await self._send(request, "sign-in")

    async def send_password_link(self, request: Request) -> Response:
        return await self._send(request, "password")

    async def _send(self, request: Request, kind: sessions.Kind) -> Response:
        """The same answer whether or not somebody has the address."""
        if self._settings.smtp_url is None:
            raise Refused(
                "This installation sends no mail. An owner or admin can make a link for you under Settings, Team; on "
                "the server, `rapport sign-in` prints the owner's.",
                status=409,
            )
        asked = await _read(request, Email)
        now = clock.utcnow()
        email = asked.email.strip().lower()[:320]
        async with self._pool.connection() as conn:
            await self._check_failures(conn, f"letters to {email}", request)
            await failures.count(conn, now, email=f"letters to {email}", address=self._address(request))
            user = await people.find(conn, email)
            of_user = await people.memberships(conn, user) if user else []
            if user is not None and of_user:
                account = await accounts.load(conn, of_user[0][0])
                token = await sessions.new_link(conn, account.account_id, user.user_id, now, kind=kind)
                base = self._settings.base_url
                letter = (
                    letters.sign_in(account, f"{base}/sign-in?token={token}")
                    if kind == "sign-in"
                    else letters.new_password(account, f"{base}/new-password?token={token}")
                )
                await letters.write(conn, self._settings.secret, account, email, letter, now)
        return JSONResponse({}, 202, _PRIVATE)

    async def set_password(self, request: Request) -> Response:
        """Every session there was ends: whoever knew the old password is out."""
        asked = await _read(request, NewPassword)
        now = clock.utcnow()
        async with self._pool.connection() as conn:
            opened = await sessions.use_link(conn, asked.token, now, kind="password")
            if opened is None:
                return problem(403, _USED, code="link_used")
            user = await people.load(conn, opened[1])
            passwords.check(asked.password, email=user.email, name=user.name, pointer="/password")
            await people.set_password(conn, user, await passwords.hashed(asked.password))
            await sessions.end_of_user(conn, user.user_id)
            if user.email:
                await failures.forgive(conn, user.email)
        return JSONResponse({}, 200, _PRIVATE)

    async def confirm_email(self, request: Request) -> Response:
        """The button on the page of a link that was mailed to a new address; whoever signs in with it is told."""
        asked = await _read(request, Link)
        async with self._pool.connection() as conn:
            email = await new_email.confirm(conn, self._settings, asked.token, clock.utcnow())
        return problem(403, _USED, code="link_used") if email is None else JSONResponse({"email": email}, 200, _PRIVATE)

    async def invitation(self, request: Request) -> Response:
        """What a link invites to; it stays good."""
        asked = await _read(request, Link)
        async with self._pool.connection() as conn:
            invitation = await invitations.find(conn, asked.token, clock.utcnow())
            if invitation is None:
                return problem(403, _USED, code="link_used")
            account = await accounts.load(conn, invitation.account_id)
            known = await people.find(conn, invitation.email)
        answer = {
            "account": account.name,
            "email": invitation.email,
            "role": invitation.role,
            "invited_by": invitation.invited_by,
            # they prove who they are instead of choosing a password
            "known": known is not None and known.has_password,
        }
        return JSONResponse(answer, 200, _PRIVATE)

    async def accept(self, request: Request) -> Response:
        asked = await _read(request, Accept)
        now = clock.utcnow()
        async with self._pool.connection() as conn:
            invitation = await invitations.find(conn, asked.token, now)
            if invitation is None:
                return problem(403, _USED, code="link_used")
            user = await people.find(conn, invitation.email)
            if user is not None and user.has_password:
                await self._check_failures(conn, invitation.email, request)
                if not await passwords.matches(await people.password_of(conn, user), asked.password):
                    await failures.count(conn, now, email=invitation.email, address=self._address(request))
                    return problem(401, "This is not your password.", code="wrong_password", pointer="/password")
                if not await self._passes_code(conn, user, asked.code):
                    return await self._wrong_code(conn, request, invitation.email)
            else:
                user = await self._new_user(conn, invitation.email, user, asked)
            if not await invitations.accept(conn, invitation, user, now):
                return problem(403, _USED, code="link_used")
            return await self.begin(conn, request, user, invitation.account_id)

    async def _new_user(self, conn: db.Connection, email: str, user: User | None, asked: Accept) -> User:
        name = people.read_name(asked.name, pointer="/name")
        passwords.check(asked.password, email=email, name=name, pointer="/password")
        if user is None:
            user = await people.create(conn, name=name, email=email, now=clock.utcnow())
        await people.set_password(conn, user, await passwords.hashed(asked.password))
        return user

    async def passkey_options(self, request: Request) -> Response:
        options, challenge = passkeys.authentication(self.site(request))
        async with self._pool.connection() as conn:
            state = await challenges.ask(conn, _PASSKEY, crypto.base64url(challenge), clock.utcnow())
        return JSONResponse({"state": state, "options": options}, 200, _PRIVATE)

    async def by_passkey(self, request: Request) -> Response:
        """A passkey proves who holds it and that they unlocked it: it is both factors."""
        asked = await _read(request, Credential)
        now = clock.utcnow()
        async with self._pool.connection() as conn:
            challenge = await challenges.take(conn, _PASSKEY, asked.state, now)
            user_id = None
            if challenge is not None:
                expected = crypto.from_base64url(challenge)
                user_id = await passkeys.authenticate(conn, self.site(request), asked.credential, expected, now)
            if user_id is None:
                return problem(401, "No passkey of this installation answered.", code="wrong_passkey")
            return await self.begin(conn, request, await people.load(conn, user_id))

    def site(self, request: Request) -> passkeys.Site:
        """Where the browser is."""
        return passkeys.Site.of(self._settings, self._proxies.origin(request.scope, request.headers))

    def _address(self, request: Request) -> str:
        return self._proxies(request.client.host if request.client else "", request.headers)

    async def _check_failures(self, conn: db.Connection, email: str, request: Request) -> None:
        seconds = await failures.wait(conn, clock.utcnow(), email=email, address=self._address(request))
        if seconds:
            minutes = -(-seconds // 60)
            raise Refused(f"Too many attempts failed. Try again in {minutes} minutes.", status=429, code="throttled")

    async def _passes_code(self, conn: db.Connection, user: User, code: str) -> bool:
        """Raises NeedsCode."""
        if not user.has_second_factor:
            return True
        if not code.strip():
            raise NeedsCode
        return await second_factor.passes(conn, self._settings.secret, user, code, clock.utcnow())

    async def _wrong_code(self, conn: db.Connection, request: Request, email: str) -> Response:
        await failures.count(conn, clock.utcnow(), email=email, address=self._address(request))
        return problem(401, "This code is wrong, or was used already.", code="wrong_code")

    async def begin(self, conn: db.Connection, request: Request, user: User, account_id: int | None = None) -> Response:
        """A new session, whatever the browser had before."""
        of_user = await people.memberships(conn, user)
        known = [membership[0] for membership in of_user]
        if account_id not in known:
            account_id = await _last_account(conn, user, known)
        if account_id is None:
            raise Refused(_NO_ACCOUNT, status=403)
        now = clock.utcnow()
        before = sessions.session_in(request.headers.get("cookie", ""))
        if before is not None:
            await sessions.end(conn, before)
        device = Device(request.headers.get("user-agent", ""), self._address(request))
        session = await sessions.begin(conn, account_id, user.user_id, now, device)
        answer = JSONResponse({}, 200, _PRIVATE)
        self.give(answer, request, session)
        return answer

    def give(self, answer: Response, request: Request, session: str) -> None:
        """Hand the session to the browser."""
        origin = self._proxies.origin(request.scope, request.headers)
        secure = self._settings.base_url.startswith("https:") or origin.startswith("https:")
        age = int(sessions.SESSION_LIFE.total_seconds())
        answer.set_cookie(sessions.COOKIE, session, max_age=age, httponly=True, samesite="lax", secure=secure)


async def _last_account(conn: db.Connection, user: User, known: list[int]) -> int | None:
    # tenant-scope: a user's own, in all their accounts
    query = "SELECT account_id FROM sessions WHERE user_id = %s AND account_id = ANY(%s) ORDER BY used DESC LIMIT 1"
    row = await db.row(conn, query, (user.user_id, known))
    return row[0] if row else (known[0] if known else None)


async def _read(request: Request, kind: type[T]) -> T:
    """Raises Refused."""
    body = await read_at_most(request, _LIMIT)
    if body is None:
        raise Refused("The request is too large.", pointer=None)
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Refused(f"The request can't be read: {error}.", pointer=None) from error


def problem(status: int, detail: str, *, code: str | None = None, pointer: str | None = None) -> Response:
    """An error in the form of the API's."""
    error = ApiError(status, code or "invalid", "Not signed in.", detail, pointer=pointer)
    return JSONResponse(error.document(str(uuid4())), status, _PRIVATE, media_type="application/vnd.api+json")
