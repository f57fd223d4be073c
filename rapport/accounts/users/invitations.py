"""Invitations: a link by which somebody becomes a member with a role. One for each address and account; good for seven
days, once, for whoever has it and answers for that address.
"""

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from rapport.accounts.notices import Notice, tell
from rapport.accounts.users import people
from rapport.accounts.users.people import User
from rapport.kit import crypto, db
from rapport.kit.refusals import NotThere, Refused

LIFE = timedelta(days=7)
_TOKEN = re.compile(r"[0-9A-Za-z_-]{43}")
_COLUMNS = "account_id, id, email, role, invited_by, created, until"


@dataclass(frozen=True)
class Invitation:
    account_id: int
    id: int
    email: str
    role: str
    invited_by: str
    created: datetime
    until: datetime


async def invite(
    conn: db.Connection, account_id: int, *, email: str, role: str, by: str, now: datetime
) -> tuple[Invitation, str]:
    """An invitation and its token; a new one takes the place of an older one to the same address, whose link is worth
    nothing then. Raises Refused (409) where they are a member already."""
    user = await people.find(conn, email)
    if user is not None and await people.membership(conn, account_id, user.user_id) is not None:
        raise Refused(f"{email} is in the team already.", status=409, pointer="/data/attributes/email")
    token = secrets.token_urlsafe(32)
    query = f"""
        INSERT INTO invitations (account_id, email, role, hash, invited_by, created, until)
        VALUES (%s, %s, %s, %s, %s, %s, %s)
        ON CONFLICT (account_id, email) DO UPDATE SET role = excluded.role, hash = excluded.hash,
            invited_by = excluded.invited_by, created = excluded.created, until = excluded.until
        RETURNING {_COLUMNS}"""
    values = (account_id, email, role, crypto.key_hash(token), by, now, now + LIFE)
    row = await db.one(conn, query, values)
    assert row is not None
    return Invitation(**row), token


async def pending(conn: db.Connection, account_id: int, now: datetime) -> list[Invitation]:
    query = f"SELECT {_COLUMNS} FROM invitations WHERE account_id = %s AND until > %s ORDER BY created DESC, id DESC"
    return [Invitation(**row) for row in await db.dicts(conn, query, (account_id, now))]


async def withdraw(conn: db.Connection, account_id: int, id: str) -> None:
    """Raises NotThere."""
    known = id.isascii() and id.isdigit() and len(id) < 10
    query = "DELETE FROM invitations WHERE account_id = %s AND id = %s"
    if not known or not await db.execute(conn, query, (account_id, int(id))):
        raise NotThere("invitation", id)


async def find(conn: db.Connection, token: str, now: datetime) -> Invitation | None:
    """The invitation of a link that is still good."""
    if not _TOKEN.fullmatch(token):
        return None
    # tenant-scope: the token names the tenant
    query = f"SELECT {_COLUMNS} FROM invitations WHERE hash = %s AND until > %s"
    row = await db.one(conn, query, (crypto.key_hash(token), now))
    return Invitation(**row) if row else None


async def accept(conn: db.Connection, invitation: Invitation, user: User, now: datetime) -> bool:
    """Make the user a member; False when the invitation was used or withdrawn meanwhile."""
    query = "DELETE FROM invitations WHERE account_id = %s AND id = %s"
    if not await db.execute(conn, query, (invitation.account_id, invitation.id)):
        return False
    await people.add(conn, invitation.account_id, user, invitation.role, now)
    facts: dict[str, str | int] = {"who": user.name, "role": invitation.role.replace("-", " ")}
    joined = Notice("invitation-accepted", now, user.public_id, facts, str(invitation.id), by=user.user_id)
    await tell(conn, invitation.account_id, joined)
    return True


async def of_email(conn: db.Connection, email: str, now: datetime) -> list[Invitation]:
    """What somebody who proved the address is invited to."""
    # tenant-scope: the address names the tenants
    query = f"SELECT {_COLUMNS} FROM invitations WHERE email = %s AND until > %s"
    return [Invitation(**row) for row in await db.dicts(conn, query, (email, now))]


async def forget_dead(conn: db.Connection, now: datetime) -> None:
    # tenant-scope: of every account at once
    await db.execute(conn, "DELETE FROM invitations WHERE until <= %s", (now,))
