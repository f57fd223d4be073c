"""Mails about accounts: to those who sign in, never to a store's customers.

They are no messages of the store: they stand in no list of messages, no export and no statistic, and no consent is
asked for them. They are written in the transaction of their cause and sent by a worker; what they say is sealed, for it
holds links that sign in.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from rapport.accounts.types import Account
from rapport.kit import crypto, db

CHANNEL = "rapport_letters"
_PURPOSE = "account-letter"
_NOT_YOU = "If it was not you, nothing happens."
_PAUSES = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2))


class Letter(msgspec.Struct, frozen=True):
    """`paragraphs` without markup; `link` with its `button`."""

    subject: str
    paragraphs: list[str]
    button: str
    link: str


@dataclass(frozen=True)
class Due:
    """A letter that a worker is to hand over."""

    account_id: int
    id: int
    email: str
    letter: Letter


async def write(
    conn: db.Connection, secret: bytes, account: Account, email: str, letter: Letter, now: datetime
) -> None:
    sealed = crypto.seal(secret, _PURPOSE, msgspec.json.encode(letter), email.encode())
    query = "INSERT INTO account_letters (account_id, email, sealed, due) VALUES (%s, %s, %s, %s)"
    await db.execute(conn, query, (account.account_id, email, sealed, now))
    await db.execute(conn, f"NOTIFY {CHANNEL}")


async def claim(conn: db.Connection, secret: bytes, now: datetime, limit: int) -> Sequence[Due]:
    """Letters that are due. They are moved on before they are handed over, so that a worker which dies repeats none at
    once; the next try is later."""
    query = """
        WITH claimed AS (
            SELECT account_id, id, tries FROM account_letters
            WHERE due <= %(now)s AND tries <= cardinality(%(pauses)s::interval[])
            ORDER BY due LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
        UPDATE account_letters l SET tries = l.tries + 1, due = %(now)s
            + coalesce((%(pauses)s::interval[])[c.tries + 1], interval '1 day')
        FROM claimed c WHERE l.account_id = c.account_id AND l.id = c.id
        RETURNING l.account_id, l.id, l.email, l.sealed"""
    rows = await db.rows(conn, query, {"now": now, "limit": limit, "pauses": list(_PAUSES)})
    return [Due(row[0], row[1], row[2], _opened(secret, row[2], row[3])) for row in rows]


async def done(conn: db.Connection, letter: Due) -> None:
    """It was taken, or never will be."""
    await db.execute(
        conn, "DELETE FROM account_letters WHERE account_id = %s AND id = %s", (letter.account_id, letter.id)
    )


async def give_up(conn: db.Connection) -> None:
    """Letters that were tried often enough."""
    # tenant-scope: of every account at once
    await db.execute(conn, "DELETE FROM account_letters WHERE tries > %s", (len(_PAUSES),))


def _opened(secret: bytes, email: str, sealed: str) -> Letter:
    return msgspec.json.decode(crypto.unseal(secret, _PURPOSE, sealed, email.encode()), type=Letter)


def invitation(account: Account, invited_by: str, role: str, link: str) -> Letter:
    return Letter(
        f"{invited_by} invites you to {account.name}",
        [
            f"{invited_by} invites you to work in {account.name} as {role.replace('-', ' ')}.",
            "The link works for seven days.",
        ],
        "Accept the invitation",
        link,
    )


def sign_in(account: Account, link: str) -> Letter:
    return Letter(
        f"Your sign-in link for {account.name}",
        [
            "Somebody asked for a link that signs you in. It works once, for seven days.",
            _NOT_YOU,
        ],
        "Sign in",
        link,
    )


def new_email(account: Account, link: str) -> Letter:
    return Letter(
        f"Confirm your address for {account.name}",
        [
            "Somebody, hopefully you, wants to sign in with this address from now on. The link works for a day.",
            _NOT_YOU,
        ],
        "Confirm the address",
        link,
    )


def email_changed(account: Account, email: str, link: str) -> Letter:
    """To the address of before."""
    return Letter(
        f"Your address for {account.name} was changed",
        [
            f"You sign in with {email} from now on.",
            "If it was not you, ask an owner or admin of your team for help at once.",
        ],
        "Open the account",
        link,
    )


def notification(account: Account, title: str, detail: str, link: str) -> Letter:
    return Letter(
        f"{account.name}: {title}",
        [
            f"{title}.",
            detail,
            "You get this because it concerns your role. Under “You and your sign-in” you can switch such mails off.",
        ],
        "Look at it",
        link,
    )


def new_password(account: Account, link: str) -> Letter:
    return Letter(
        f"Set a new password for {account.name}",
        [
            "Somebody asked to set a new password for you. The link works once, for an hour.",
            _NOT_YOU,
        ],
        "Set a new password",
        link,
    )
