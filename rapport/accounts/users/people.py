"""Users and what they are in an account: found, made, changed, removed.

Rules that hold whatever the table of roles says: the last owner stays one; only who may change the ownership makes an
owner or takes an owner's role away.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from email_validator import EmailNotValidError, validate_email

from rapport.accounts import roles
from rapport.kit import db, ids
from rapport.kit.refusals import NotThere, Refused

_COLUMNS = """u.user_id, u.public_id, u.email, u.name, u.is_administrator, u.password IS NOT NULL AS has_password,
    u.totp_confirmed AS has_second_factor, u.pending_email"""
LONGEST_NAME = 100


@dataclass(frozen=True)
class User:
    """Somebody who can sign in."""

    user_id: int
    public_id: str
    email: str | None
    name: str
    is_administrator: bool
    has_password: bool
    has_second_factor: bool
    # a next address that waits for its confirmation
    pending_email: str | None = None

    @property
    def actor(self) -> str:
        """What they are called in the audit log."""
        return self.name if self.email is None else f"{self.name} <{self.email}>"


@dataclass(frozen=True)
class Member:
    """A user as a member of one account. `seen`: their last call, to the minute."""

    user: User
    role: str
    created: datetime
    seen: datetime | None = None


def read_email(text: str, *, pointer: str = "/data/attributes/email") -> str:
    """An address as users are found by. Raises Refused for what is none."""
    try:
        return validate_email(text, check_deliverability=False, test_environment=True).normalized.lower()
    except EmailNotValidError as error:
        raise Refused(f"'{text[:100]}' is no e-mail address: {error}", pointer=pointer) from error


def read_name(text: str, *, pointer: str = "/data/attributes/name") -> str:
    """Raises Refused for one that is empty, too long or not on one line."""
    name = text.strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise Refused(f"A name is one line of 1 to {LONGEST_NAME} characters.", pointer=pointer)
    return name


async def create(
    conn: db.Connection, *, name: str, email: str | None, now: datetime, is_administrator: bool = False
) -> User:
    """Raises Refused (409) where somebody has the address."""
    query = f"""
        INSERT INTO users AS u (public_id, email, name, is_administrator, created) VALUES (%s, %s, %s, %s, %s)
        ON CONFLICT (email) DO NOTHING RETURNING {_COLUMNS}"""
    row = await db.one(conn, query, (ids.ulid(now), email, name, is_administrator, now))
    if row is None:
        raise taken()
    return User(**row)


def taken() -> Refused:
    return Refused("Somebody signs in with this address already.", status=409, pointer="/data/attributes/email")


async def find(conn: db.Connection, email: str) -> User | None:
    row = await db.one(conn, f"SELECT {_COLUMNS} FROM users u WHERE u.email = %s", (email,))
    return User(**row) if row else None


async def load(conn: db.Connection, user_id: int) -> User:
    """Raises LookupError."""
    row = await db.one(conn, f"SELECT {_COLUMNS} FROM users u WHERE u.user_id = %s", (user_id,))
    if row is None:
        raise LookupError(f"no user {user_id}")
    return User(**row)


async def password_of(conn: db.Connection, user: User) -> str | None:
    row = await db.row(conn, "SELECT password FROM users WHERE user_id = %s", (user.user_id,))
    return row[0] if row else None


async def set_password(conn: db.Connection, user: User, hashed: str) -> None:
    await db.execute(conn, "UPDATE users SET password = %s WHERE user_id = %s", (hashed, user.user_id))


async def describe(conn: db.Connection, user: User, *, name: str, email: str | None) -> User:
    """Raises Refused (409) where somebody else has the address."""
    query = f"""
        UPDATE users u SET name = %(name)s, email = %(email)s, pending_email = NULL WHERE u.user_id = %(user)s
        AND NOT EXISTS (SELECT FROM users o WHERE o.email = %(email)s AND o.user_id <> %(user)s)
        RETURNING {_COLUMNS}"""
    row = await db.one(conn, query, {"name": name, "email": email, "user": user.user_id})
    if row is None:
        raise taken()
    return User(**row)


async def rename(conn: db.Connection, user: User, name: str) -> None:
    await db.execute(conn, "UPDATE users SET name = %s WHERE user_id = %s", (name, user.user_id))


async def await_email(conn: db.Connection, user: User, email: str | None) -> None:
    """Another address is to be confirmed; None = no other."""
    await db.execute(conn, "UPDATE users SET pending_email = %s WHERE user_id = %s", (email, user.user_id))


async def mails_of(conn: db.Connection, account_id: int, user: User) -> str:
    """Which notifications of an account are mailed to a member: important, off."""
    query = "SELECT mails FROM members WHERE account_id = %s AND user_id = %s"
    row = await db.row(conn, query, (account_id, user.user_id))
    return str(row[0]) if row else "off"


async def choose_mails(conn: db.Connection, account_id: int, user: User, mails: str) -> None:
    query = "UPDATE members SET mails = %s WHERE account_id = %s AND user_id = %s"
    await db.execute(conn, query, (mails, account_id, user.user_id))


async def mailed(conn: db.Connection, account_id: int) -> list[tuple[User, str]]:
    """Members to whom important notifications are mailed, each with their role."""
    query = f"""
        SELECT {_COLUMNS}, m.role FROM members m JOIN users u ON u.user_id = m.user_id
        WHERE m.account_id = %s AND m.mails = 'important' AND u.email IS NOT NULL ORDER BY u.user_id"""
    rows = await db.dicts(conn, query, (account_id,))
    return [(User(**{name: value for name, value in row.items() if name != "role"}), row["role"]) for row in rows]


async def first_owner(conn: db.Connection, account_id: int, now: datetime) -> User:
    """The owner who has been there longest; made, without an address, where there is none."""
    query = f"""
        SELECT {_COLUMNS} FROM members m JOIN users u ON u.user_id = m.user_id
        WHERE m.account_id = %s AND m.role = %s ORDER BY m.created, m.user_id LIMIT 1"""
    row = await db.one(conn, query, (account_id, roles.OWNER))
    if row is not None:
        return User(**row)
    user = await create(conn, name="Owner", email=None, now=now, is_administrator=True)
    await add(conn, account_id, user, roles.OWNER, now)
    return user


async def add(conn: db.Connection, account_id: int, user: User, role: str, now: datetime) -> None:
    """Make a user a member; whoever is one stays as they are."""
    query = "INSERT INTO members (account_id, user_id, role, created) VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING"
    await db.execute(conn, query, (account_id, user.user_id, role, now))


async def members(conn: db.Connection, account_id: int, public_id: str | None = None) -> list[Member]:
    """Everybody in an account, or the one with this id; owners first, then by name."""
    query = f"""
        SELECT {_COLUMNS}, m.role, m.created, (
            SELECT max(s.used) FROM sessions s WHERE s.account_id = m.account_id AND s.user_id = m.user_id) AS seen
        FROM members m JOIN users u ON u.user_id = m.user_id
        WHERE m.account_id = %(account)s AND (%(id)s::text IS NULL OR u.public_id = %(id)s)
        ORDER BY array_position(%(roles)s, m.role), lower(u.name), u.user_id"""
    parameters = {"account": account_id, "id": public_id, "roles": list(roles.DESCRIPTIONS)}
    return [_member(row) for row in await db.dicts(conn, query, parameters)]


async def member(conn: db.Connection, account_id: int, public_id: str) -> Member:
    """Raises NotThere."""
    matching = await members(conn, account_id, public_id)
    if not matching:
        raise NotThere("user", public_id)
    return matching[0]


async def memberships(conn: db.Connection, user: User) -> Sequence[tuple[int, str, str, str]]:
    """The accounts that a user is a member of: account_id, public id, name, role; by name."""
    query = """
        SELECT a.account_id, a.public_id, a.name, m.role FROM members m JOIN accounts a ON a.account_id = m.account_id
        WHERE m.user_id = %s ORDER BY lower(a.name), a.account_id"""
    return [(row[0], row[1], row[2], row[3]) for row in await db.rows(conn, query, (user.user_id,))]


async def membership(conn: db.Connection, account_id: int, user_id: int) -> tuple[User, str] | None:
    """A user and their role in an account; None for whoever is no member of it."""
    query = f"""
        SELECT {_COLUMNS}, m.role FROM members m JOIN users u ON u.user_id = m.user_id
        WHERE m.account_id = %s AND m.user_id = %s"""
    row = await db.one(conn, query, (account_id, user_id))
    if row is None:
        return None
    role = row.pop("role")
    return User(**row), role


async def change_role(conn: db.Connection, account_id: int, member: Member, role: str, *, by: frozenset[str]) -> None:
    """`by`: what whoever asks may do. Raises Refused."""
    check_grant(role, by)
    if member.role == roles.OWNER and role != roles.OWNER:
        await _check_owners(conn, account_id, member, by)
    query = "UPDATE members SET role = %s WHERE account_id = %s AND user_id = %s"
    await db.execute(conn, query, (role, account_id, member.user.user_id))


async def remove(conn: db.Connection, account_id: int, member: Member, *, by: frozenset[str]) -> None:
    """Out of the account at their next call. Raises Refused."""
    if member.role == roles.OWNER:
        await _check_owners(conn, account_id, member, by)
    of_member = (account_id, member.user.user_id)
    await db.execute(conn, "DELETE FROM members WHERE account_id = %s AND user_id = %s", of_member)
    await db.execute(conn, "DELETE FROM sessions WHERE account_id = %s AND user_id = %s", of_member)
    await db.execute(conn, "DELETE FROM sign_in_links WHERE account_id = %s AND user_id = %s", of_member)


def check_grant(role: str, by: frozenset[str]) -> None:
    """Nobody gives a role that allows more than they may themselves. Raises Refused."""
    if role not in roles.ROLES:
        known = ", ".join(roles.DESCRIPTIONS)
        raise Refused(f"There is no role '{role[:50]}'. Roles are {known}.", pointer="/data/attributes/role")
    if not roles.ROLES[role] <= by:
        raise Refused(f"Only who may do as much gives the role '{role}'.", status=403)


async def _check_owners(conn: db.Connection, account_id: int, member: Member, by: frozenset[str]) -> None:
    """Two owners who remove each other at once are taken one after the other. Raises Refused."""
    if roles.OWNERSHIP not in by:
        raise Refused("Only an owner takes an owner's role away.", status=403)
    # the account's row, whose lock every such change waits for
    await db.row(conn, "SELECT FROM accounts WHERE account_id = %s FOR UPDATE", (account_id,))
    query = "SELECT count(*) FROM members WHERE account_id = %s AND role = %s AND user_id <> %s"
    row = await db.row(conn, query, (account_id, roles.OWNER, member.user.user_id))
    if row is None or not row[0]:
        raise Refused("This is the last owner. Make somebody else an owner first.", status=409, code="last_owner")


def _member(row: dict[str, Any]) -> Member:
    fields = dict(row)
    role, created, seen = fields.pop("role"), fields.pop("created"), fields.pop("seen")
    return Member(User(**fields), role, created, seen)
