"""The team over the API: who is in an account, as what, and who is invited. Only people may ask, no keys."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Annotated

import msgspec
from msgspec import Meta

from rapport.accounts import roles, sessions
from rapport.accounts.api import account_of
from rapport.accounts.types import Principal
from rapport.accounts.users import invitations, letters, people
from rapport.accounts.users.invitations import Invitation
from rapport.accounts.users.people import Member
from rapport.kit import clock
from rapport.kit.jsonapi import (
    EMPTY,
    Answer,
    AnyCall,
    Body,
    Call,
    Empty,
    Operation,
    Page,
    Record,
    Resource,
    operation,
    page_of,
)
from rapport.kit.ratelimit import S
from rapport.kit.refusals import Refused
from rapport.kit.rooms import Process


class UserAttributes(msgspec.Struct):
    """Somebody in the team. `seen`: their last call here, to the minute."""

    name: str
    email: str | None
    role: str
    created: datetime
    seen: datetime | None
    second_factor: bool
    is_you: bool


class UserUpdate(msgspec.Struct, forbid_unknown_fields=True):
    role: str


class InvitationAttributes(msgspec.Struct):
    """`link`: only in the answer to the invitation itself, to be passed on. `mailed`: whether it is mailed, too."""

    email: str
    role: str
    invited_by: str
    created: datetime
    until: datetime
    link: str | None = None
    mailed: bool | None = None


class InvitationCreate(msgspec.Struct, forbid_unknown_fields=True):
    email: Annotated[str, Meta(max_length=320)]
    role: str


class RoleAttributes(msgspec.Struct):
    """`permissions`: scopes and permissions it holds. `may_give`: whether you may give it."""

    description: str
    permissions: list[str]
    may_give: bool


class LinkAttributes(msgspec.Struct):
    """A link that signs the user in, once, within seven days."""

    link: str


USER = Resource("user", "/api/users", UserAttributes, self_link=False)
INVITATION = Resource("invitation", "/api/invitations", InvitationAttributes, self_link=False)
ROLE = Resource("role", "/api/roles", RoleAttributes, self_link=False)
LINK = Resource("sign-in-link", "/api/sign-in-links", LinkAttributes, self_link=False)
_reading = partial(operation, rate=S, personal=True, permissions=roles.READ_USERS)
_writing = partial(operation, rate=S, personal=True, permissions=roles.WRITE_USERS)


def person(call: AnyCall) -> Principal:
    """Who is signed in."""
    principal = call.principal
    assert isinstance(principal, Principal)
    return principal


def held(call: AnyCall) -> frozenset[str]:
    """What whoever is signed in may do."""
    return roles.ROLES[person(call).role or roles.ANALYST]


def _user(member: Member, call: AnyCall) -> Record:
    user = member.user
    attributes = UserAttributes(
        user.name,
        user.email,
        member.role,
        member.created,
        member.seen,
        user.has_second_factor,
        user.user_id == person(call).user_id,
    )
    return Record(user.public_id, attributes)


def _invitation(invitation: Invitation, link: str | None = None, mailed: bool | None = None) -> Record:
    attributes = InvitationAttributes(
        invitation.email, invitation.role, invitation.invited_by, invitation.created, invitation.until, link, mailed
    )
    return Record(str(invitation.id), attributes)


@_reading("get_users", "GET", "/api/users", answers=USER, many=True)
async def get_users(call: AnyCall) -> Page:
    """The team, owners first."""
    async with call.transaction() as conn:
        members = await people.members(conn, call.principal.account_id)
    return page_of(call, [_user(member, call) for member in members])


@_writing("update_user", "PATCH", "/api/users/{id}", answers=USER, body=Body("user", UserUpdate))
async def update_user(call: Call[UserUpdate]) -> Record:
    """Give another role; it counts from their next call on."""
    account_id = call.principal.account_id
    async with call.transaction() as conn:
        member = await people.member(conn, account_id, call.path["id"])
        await people.change_role(conn, account_id, member, call.body.role, by=held(call))
        return _user(await people.member(conn, account_id, call.path["id"]), call)


@_writing("delete_user", "DELETE", "/api/users/{id}", status=204)
async def delete_user(call: AnyCall) -> Empty:
    """Out of the team: their sessions in this account end at once."""
    account_id = call.principal.account_id
    async with call.transaction() as conn:
        member = await people.member(conn, account_id, call.path["id"])
        await people.remove(conn, account_id, member, by=held(call))
    return EMPTY


@_reading("get_roles", "GET", "/api/roles", answers=ROLE, many=True)
async def get_roles(call: AnyCall) -> Page:
    """The table of roles."""
    records = [
        Record(name, RoleAttributes(description, sorted(roles.ROLES[name]), roles.ROLES[name] <= held(call)))
        for name, description in roles.DESCRIPTIONS.items()
    ]
    return page_of(call, records)


@_reading("get_invitations", "GET", "/api/invitations", answers=INVITATION, many=True)
async def get_invitations(call: AnyCall) -> Page:
    """Those that are still open, the newest first."""
    async with call.transaction() as conn:
        pending = await invitations.pending(conn, call.principal.account_id, clock.utcnow())
    return page_of(call, [_invitation(invitation) for invitation in pending])


@_writing("delete_invitation", "DELETE", "/api/invitations/{id}", status=204)
async def delete_invitation(call: AnyCall) -> Empty:
    """Its link is worth nothing any more."""
    async with call.transaction() as conn:
        await invitations.withdraw(conn, call.principal.account_id, call.path["id"])
    return EMPTY


def with_links(process: Process) -> Sequence[Operation]:
    """Those that make links, and write letters with them."""
    settings = process.settings

    @_writing(
        "create_invitation",
        "POST",
        "/api/invitations",
        status=201,
        answers=INVITATION,
        body=Body("invitation", InvitationCreate),
    )
    async def create_invitation(call: Call[InvitationCreate]) -> Answer:
        """Invite somebody by mail; the link is in the answer, too, to be passed on by other ways."""
        account, now = account_of(call), clock.utcnow()
        email = people.read_email(call.body.email)
        people.check_grant(call.body.role, held(call))
        by = person(call).actor
        async with call.transaction() as conn:
            invitation, token = await invitations.invite(
                conn, account.account_id, email=email, role=call.body.role, by=by, now=now
            )
            link = f"{call.base_url}/invitation?token={token}"
            if settings.smtp_url is not None:
                letter = letters.invitation(account, by, invitation.role, link)
                await letters.write(conn, settings.secret, account, email, letter, now)
        return Answer(_invitation(invitation, link, settings.smtp_url is not None))

    @_writing("create_sign_in_link", "POST", "/api/users/{id}/sign-in-link", status=201, answers=LINK)
    async def create_sign_in_link(call: AnyCall) -> Record:
        """For somebody who can't get in, where no mail is sent. Whoever may not do as much makes none."""
        account_id, now = call.principal.account_id, clock.utcnow()
        async with call.transaction() as conn:
            member = await people.member(conn, account_id, call.path["id"])
            if not roles.ROLES[member.role] <= held(call):
                raise Refused("Only who may do as much makes a link for them.", status=403)
            token = await sessions.new_link(conn, account_id, member.user.user_id, now)
        return Record(member.user.public_id, LinkAttributes(f"{call.base_url}/sign-in?token={token}"))

    return [create_invitation, create_sign_in_link]
