"""What a user has of their own, whatever their role: name, ways to sign in, sessions, accounts.

Whoever has a password confirms by it what would lock them out or let another in.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from rapport.accounts import roles, sessions
from rapport.accounts import service as accounts
from rapport.accounts.api import account_of
from rapport.accounts.users import challenges, failures, new_email, passkeys, passwords, people, second_factor
from rapport.accounts.users.api import person
from rapport.accounts.users.passkeys import Passkey
from rapport.accounts.users.people import User
from rapport.kit import clock, crypto, db
from rapport.kit.jsonapi import EMPTY, AnyCall, Body, Call, Empty, Operation, Page, Record, Resource, operation, page_of
from rapport.kit.ratelimit import S
from rapport.kit.refusals import NotThere, Refused
from rapport.kit.rooms import Process

_KIND = "new-passkey"
_Text = Annotated[str, Meta(max_length=500)]


Mails = Literal["important", "off"]


class OwnAttributes(msgspec.Struct):
    """Yourself. `pending_email`: your next address, until you follow the link that was mailed to it. `mails`: which
    notifications of this account are mailed to you."""

    name: str
    email: str | None
    pending_email: str | None
    mails: Mails
    has_password: bool
    second_factor: bool
    is_administrator: bool


class OwnUpdate(msgspec.Struct, forbid_unknown_fields=True):
    """What is absent stays. `current_password`: needed for another address, by whoever has one. Where the installation
    sends mail, another `email` counts once it was confirmed; the present one takes a change back that waits."""

    name: _Text | UnsetType = UNSET
    email: _Text | UnsetType = UNSET
    mails: Mails | UnsetType = UNSET
    current_password: _Text = ""


class PasswordChange(msgspec.Struct, forbid_unknown_fields=True):
    """`current_password`: needed by whoever has one."""

    password: _Text
    current_password: _Text = ""


class SessionAttributes(msgspec.Struct):
    """A browser that is signed in. `used`: to the minute."""

    created: datetime
    used: datetime
    agent: str
    address: str
    is_this: bool


class PasskeyAttributes(msgspec.Struct):
    name: str
    created: datetime
    used: datetime | None


class PasskeyQuestion(msgspec.Struct):
    """`options`: for `navigator.credentials.create`; `state`: comes back with what it answers."""

    state: str
    options: dict[str, Any]


class PasskeyCreate(msgspec.Struct, forbid_unknown_fields=True):
    name: Annotated[str, Meta(min_length=1, max_length=100)]
    state: _Text
    credential: dict[str, Any]


class FactorQuestion(msgspec.Struct):
    """`secret`: as it is typed into an authenticator; `address`: as a picture tells it."""

    secret: str
    address: str


class Code(msgspec.Struct, forbid_unknown_fields=True):
    code: _Text


class Confirmation(msgspec.Struct, forbid_unknown_fields=True):
    current_password: _Text = ""


class RecoveryCodes(msgspec.Struct):
    """Each signs in once in the place of a code; shown this once."""

    codes: list[str]


class AccountChoice(msgspec.Struct, forbid_unknown_fields=True):
    account_id: _Text


class AccountCreate(msgspec.Struct, forbid_unknown_fields=True):
    name: Annotated[str, Meta(min_length=1, max_length=100)]
    timezone: _Text = "UTC"
    currency: _Text = "USD"


class OwnAccount(msgspec.Struct):
    """An account that you are a member of."""

    name: str
    role: str
    is_this: bool


OWN = Resource("me", "/api/me", OwnAttributes, self_link=False)
SESSION = Resource("browser-session", "/api/me/sessions", SessionAttributes, self_link=False)
PASSKEY = Resource("passkey", "/api/me/passkeys", PasskeyAttributes, self_link=False)
QUESTION = Resource("passkey-question", "/api/me/passkey-questions", PasskeyQuestion, self_link=False)
FACTOR = Resource("second-factor", "/api/me/second-factor", FactorQuestion, self_link=False)
CODES = Resource("recovery-codes", "/api/me/second-factor/confirmation", RecoveryCodes, self_link=False)
ACCOUNTS = Resource("own-account", "/api/me/accounts", OwnAccount, self_link=False)
_own = partial(operation, rate=S, personal=True, permissions=roles.SELF)


async def _me(conn: db.Connection, call: AnyCall) -> User:
    user_id = person(call).user_id
    assert user_id is not None
    return await people.load(conn, user_id)


async def _confirmed(call: AnyCall, password: str) -> User:
    """You, and no one who found your browser open: what was wrong stays counted, whatever becomes of the call. Raises
    Refused."""
    pointer, now = "/data/attributes/current_password", clock.utcnow()
    async with call.pool.connection() as conn:
        user = await _me(conn, call)
        if not user.has_password:
            return user
        name = f"confirmation of {user.public_id}"
        waits = await failures.wait(conn, now, email=name, address="")
        right = not waits and await passwords.matches(await people.password_of(conn, user), password)
        if not waits and not right:
            await failures.count(conn, now, email=name, address=name)
    if waits:
        raise Refused("Too many wrong passwords. Try again in a quarter of an hour.", pointer=pointer)
    if not right:
        raise Refused("This is not your password.", pointer=pointer)
    return user


async def _record(conn: db.Connection, call: AnyCall) -> Record:
    user = await _me(conn, call)
    attributes = OwnAttributes(
        user.name,
        user.email,
        user.pending_email,
        msgspec.convert(await people.mails_of(conn, call.principal.account_id, user), Mails),
        user.has_password,
        user.has_second_factor,
        user.is_administrator,
    )
    return Record(user.public_id, attributes)


@_own("get_me", "GET", "/api/me", answers=OWN)
async def get_me(call: AnyCall) -> Record:
    """Yourself."""
    async with call.transaction() as conn:
        return await _record(conn, call)


@_own("change_own_password", "POST", "/api/me/password", answers=OWN, body=Body("password", PasswordChange))
async def change_own_password(call: Call[PasswordChange]) -> Record:
    """Every other session of yours ends."""
    user = await _confirmed(call, call.body.current_password)
    if user.email is None:
        raise Refused("Give the address that you sign in with first.", status=409, pointer="/data/attributes/password")
    passwords.check(call.body.password, email=user.email, name=user.name)
    hashed = await passwords.hashed(call.body.password)
    async with call.transaction() as conn:
        await people.set_password(conn, user, hashed)
        await sessions.end_of_user(conn, user.user_id, but=person(call).session_id)
        return await _record(conn, call)


@_own("get_own_sessions", "GET", "/api/me/sessions", answers=SESSION, many=True)
async def get_own_sessions(call: AnyCall) -> Page:
    """Every browser that you are signed in with, the last used first."""
    me = person(call)
    assert me.user_id is not None
    async with call.transaction() as conn:
        living = await sessions.of_user(conn, me.user_id, clock.utcnow())
    records = [
        Record(
            str(session.id),
            SessionAttributes(
                session.created,
                session.used,
                session.device.agent,
                session.device.address,
                session.id == me.session_id,
            ),
        )
        for session in living
    ]
    return page_of(call, records)


@_own("end_own_session", "DELETE", "/api/me/sessions/{id}", status=204)
async def end_own_session(call: AnyCall) -> Empty:
    """It is out at its next call. The id `others` ends all but this one."""
    me, id = person(call), call.path["id"]
    assert me.user_id is not None
    async with call.transaction() as conn:
        if id == "others":
            await sessions.end_of_user(conn, me.user_id, but=me.session_id)
            return EMPTY
        known = id.isascii() and id.isdigit() and len(id) < 10
        if not known or not await sessions.end_of_user(conn, me.user_id, id=int(id)):
            raise NotThere("session", id)
    return EMPTY


def _passkey(passkey: Passkey) -> Record:
    return Record(passkey.id, PasskeyAttributes(passkey.name, passkey.created, passkey.used))


@_own("get_passkeys", "GET", "/api/me/passkeys", answers=PASSKEY, many=True)
async def get_passkeys(call: AnyCall) -> Page:
    async with call.transaction() as conn:
        return page_of(call, [_passkey(one) for one in await passkeys.of_user(conn, await _me(conn, call))])


@_own("delete_passkey", "DELETE", "/api/me/passkeys/{id}", status=204)
async def delete_passkey(call: AnyCall) -> Empty:
    async with call.transaction() as conn:
        await passkeys.remove(conn, await _me(conn, call), call.path["id"])
    return EMPTY


@_own("get_own_accounts", "GET", "/api/me/accounts", answers=ACCOUNTS, many=True)
async def get_own_accounts(call: AnyCall) -> Page:
    """The accounts that you are a member of."""
    async with call.transaction() as conn:
        memberships = await people.memberships(conn, await _me(conn, call))
    this = call.principal.public_id
    return page_of(call, [Record(id, OwnAccount(name, role, id == this)) for _, id, name, role in memberships])


@_own("switch_account", "POST", "/api/me/account", status=204, body=Body("account-choice", AccountChoice))
async def switch_account(call: Call[AccountChoice]) -> Empty:
    """This session goes on in another account of yours."""
    me = person(call)
    async with call.transaction() as conn:
        user = await _me(conn, call)
        ids = {public_id: id for id, public_id, _, _ in await people.memberships(conn, user)}
        if call.body.account_id not in ids:
            raise NotThere("account", call.body.account_id)
        assert me.session_id is not None
        await sessions.move(conn, me.session_id, me.account_id, ids[call.body.account_id])
    return EMPTY


@operation(
    "create_account",
    "POST",
    "/api/me/accounts",
    rate=S,
    personal=True,
    permissions=roles.INSTALLATION,
    status=201,
    answers=ACCOUNTS,
    body=Body("own-account", AccountCreate),
)
async def create_account(call: Call[AccountCreate]) -> Record:
    """Another account (shop) in this installation, whose owner you are. Only an administrator of the installation."""
    asked, now = call.body, clock.utcnow()
    async with call.transaction() as conn:
        user = await _me(conn, call)
        account = await accounts.create(conn, name=asked.name, sender_email=user.email or account_of(call).sender_email)
        changes = {"name": asked.name, "timezone": asked.timezone, "currency": asked.currency}
        try:
            account = await accounts.change(conn, account.account_id, changes)
        except ValueError as error:
            raise Refused(str(error), pointer="/data/attributes") from error
        await people.add(conn, account.account_id, user, roles.OWNER, now)
    return Record(account.public_id, OwnAccount(account.name, roles.OWNER, False))


def with_secrets(process: Process) -> Sequence[Operation]:
    """Those that need the installation's secret, its address or its mail server."""
    settings = process.settings

    @_own("update_me", "PATCH", "/api/me", answers=OWN, body=Body("me", OwnUpdate))
    async def update_me(call: Call[OwnUpdate]) -> Record:
        """Your name, the address that you sign in with, and what is mailed to you."""
        changes, now = call.body, clock.utcnow()
        async with call.pool.connection() as conn:
            user = await _me(conn, call)
        name = user.name if changes.name is UNSET else people.read_name(changes.name)
        email = user.email if changes.email is UNSET else people.read_email(changes.email)
        if email != user.email:
            await _confirmed(call, changes.current_password)
        # the first address of the first owner takes nobody's place, and they may not have a mail server yet
        is_to_confirm = email != user.email and user.email is not None and settings.smtp_url is not None
        async with call.transaction() as conn:
            if changes.mails is not UNSET:
                await people.choose_mails(conn, call.principal.account_id, user, changes.mails)
            if is_to_confirm and email is not None:
                await new_email.ask(conn, settings, account_of(call), user, email, now)
                await people.rename(conn, user, name)
            elif changes.email is UNSET:
                await people.rename(conn, user, name)
            else:
                await people.describe(conn, user, name=name, email=email)
            return await _record(conn, call)

    @_own("ask_for_passkey", "POST", "/api/me/passkey-questions", answers=QUESTION, status=201)
    async def ask_for_passkey(call: AnyCall) -> Record:
        """What the browser is to be asked for a new passkey; good for ten minutes."""
        async with call.transaction() as conn:
            user = await _me(conn, call)
            options, challenge = passkeys.registration(_site(call), user, await passkeys.of_user(conn, user))
            kept = f"{user.user_id} {crypto.base64url(challenge)}"
            state = await challenges.ask(conn, _KIND, kept, clock.utcnow())
        return Record(user.public_id, PasskeyQuestion(state, options))

    @_own(
        "create_passkey", "POST", "/api/me/passkeys", status=201, answers=PASSKEY, body=Body("passkey", PasskeyCreate)
    )
    async def create_passkey(call: Call[PasskeyCreate]) -> Record:
        now = clock.utcnow()
        async with call.transaction() as conn:
            user = await _me(conn, call)
            kept = await challenges.take(conn, _KIND, call.body.state, now)
            user_id, _, challenge = (kept or "").partition(" ")
            if user_id != str(user.user_id):
                raise Refused("This took too long. Begin again.", pointer="/data/attributes/state")
            expected, answer = crypto.from_base64url(challenge), call.body.credential
            made = await passkeys.register(conn, _site(call), user, answer, expected, call.body.name, now)
        return _passkey(made)

    def _site(call: AnyCall) -> passkeys.Site:
        return passkeys.Site.of(settings, call.origin)

    @_own(
        "begin_second_factor", "POST", "/api/me/second-factor", answers=FACTOR, body=Body("confirmation", Confirmation)
    )
    async def begin_second_factor(call: Call[Confirmation]) -> Record:
        """A secret for an authenticator; it counts once a code confirmed it."""
        user = await _confirmed(call, call.body.current_password)
        if user.has_second_factor:
            raise Refused("A second factor is in use. Remove it first.", status=409)
        shown, sealed = second_factor.new_secret(settings.secret, user)
        async with call.transaction() as conn:
            await second_factor.begin(conn, user, sealed)
        address = second_factor.address(shown, user, account_of(call).name)
        return Record(user.public_id, FactorQuestion(shown, address))

    @_own("confirm_second_factor", "POST", "/api/me/second-factor/confirmation", answers=CODES, body=Body("code", Code))
    async def confirm_second_factor(call: Call[Code]) -> Record:
        """From now on a code is asked for; the recovery codes are shown this once."""
        async with call.transaction() as conn:
            user = await _me(conn, call)
            if user.has_second_factor:
                raise Refused("A second factor is in use already.", status=409)
            code = call.body.code.replace(" ", "")
            codes = await second_factor.confirm(conn, settings.secret, user, code, clock.utcnow())
        if codes is None:
            raise Refused("This code is wrong. Look at the clock of your device.", pointer="/data/attributes/code")
        return Record(user.public_id, RecoveryCodes(codes))

    @_own(
        "remove_second_factor",
        "POST",
        "/api/me/second-factor/removal",
        answers=OWN,
        body=Body("confirmation", Confirmation),
    )
    async def remove_second_factor(call: Call[Confirmation]) -> Record:
        user = await _confirmed(call, call.body.current_password)
        async with call.transaction() as conn:
            await second_factor.remove(conn, user)
            return await _record(conn, call)

    return [
        update_me,
        ask_for_passkey,
        create_passkey,
        begin_second_factor,
        confirm_second_factor,
        remove_second_factor,
    ]
