"""Accounts and keys: make them, find them, change them, move a test account's clock."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from email_validator import EmailNotValidError, validate_email
from psycopg.types.json import Jsonb

from rapport.accounts import setting_versions
from rapport.accounts.types import Account
from rapport.kit import clock, crypto, db, ids
from rapport.kit.jsonapi import Versions
from rapport.kit.refusals import Refused

# Of what `change` changes.
VERSIONS = setting_versions.versions_of("account", "account")
_COLUMNS = """account_id, public_id, name, timezone, currency, locale, industry, website, sender_name, sender_email,
    address, is_test, clock_offset, settings"""
_KEY_COLUMNS = "id, name, last_four, scopes, created, revoked, expires, used"
# How exactly it is known when a key was last used.
_NOTED = timedelta(minutes=1)
# Ten years in all: far enough for any test, near enough that every date still fits every column.
MAX_AHEAD = timedelta(days=3660)
_ADVANCE = "/data/attributes/advance_seconds"


class NotATestAccount(Refused):
    """The clock of a live account is the world's."""

    def __init__(self) -> None:
        super().__init__("Only a test account has a clock that can be moved.", status=403)


async def load(conn: db.Connection, account_id: int) -> Account:
    """Raises LookupError when there is no such account."""
    row = await db.one(conn, f"SELECT {_COLUMNS} FROM accounts WHERE account_id = %s", (account_id,))
    if row is None:
        raise LookupError(f"no account {account_id}")
    return _account(row)


async def load_with_version(conn: db.Connection, account_id: int, kind: Versions) -> tuple[Account, int]:
    """The account, and the version of some of its settings (`setting_versions`)."""
    # The version first: whoever changes them between the two is noticed when the reader writes, and would not be if it
    # were the other way round.
    version = await setting_versions.version_of(conn, account_id, kind)
    return await load(conn, account_id), version


async def load_by_public_id(conn: db.Connection, public_id: str) -> Account | None:
    # tenant-scope: this finds the tenant
    row = await db.one(conn, f"SELECT {_COLUMNS} FROM accounts WHERE public_id = %s", (public_id,))
    return _account(row) if row else None


async def all_ids(conn: db.Connection) -> list[int]:
    return [row[0] for row in await db.rows(conn, "SELECT account_id FROM accounts ORDER BY account_id")]


# Of new accounts: whether marketing mail needs consent follows the country of their address, until somebody decides
# (`subscriptions.settings`). Those that were there before write to whom they wrote to.
BY_COUNTRY = "by_country"
_NEW_SETTINGS = {"subscribed_only": BY_COUNTRY}


async def create(
    conn: db.Connection,
    *,
    name: str,
    public_id: str | None = None,
    is_test: bool = False,
    timezone: str = "UTC",
    currency: str = "USD",
    website: str | None = None,
    sender_email: str = "hello@example.com",
    behind: timedelta = timedelta(),
) -> Account:
    """A new account; `public_id` is made up when not given. `behind`: how far a test account's clock begins in the
    past. Raises NotATestAccount for another that is to have one."""
    if behind and not is_test:
        raise NotATestAccount
    row = await db.one(
        conn,
        f"""INSERT INTO accounts
              (public_id, name, timezone, currency, website, sender_name, sender_email, is_test, clock_offset, created,
               settings)
            VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING {_COLUMNS}""",
        (
            public_id or ids.account_id(),
            name,
            timezone,
            currency,
            website,
            name,
            sender_email,
            is_test,
            -behind,
            clock.utcnow() - behind,
            Jsonb(_NEW_SETTINGS),
        ),
    )
    assert row is not None
    return _account(row)


async def create_key(
    conn: db.Connection,
    account_id: int,
    *,
    name: str,
    scopes: list[str] | None = None,
    private_key: str | None = None,
    expires: datetime | None = None,
) -> str:
    """A new private key, returned here and never again: only its hash is stored. `scopes` None = full access;
    `expires` None = never."""
    key = private_key or ids.private_key()
    await db.execute(
        conn,
        """INSERT INTO api_keys (account_id, name, hash, last_four, scopes, created, expires)
           VALUES (%s, %s, %s, %s, %s, %s, %s)""",
        (account_id, name, crypto.key_hash(key), key[-4:], scopes, clock.utcnow(), expires),
    )
    return key


async def find_key(conn: db.Connection, private_key: str) -> "tuple[Account, Key] | None":
    """The account and what is known of a key that is neither revoked, expired nor disabled. Its use is noted, to the
    minute."""
    now = clock.utcnow()
    hash = crypto.key_hash(private_key)
    # tenant-scope: the key names the tenant
    query = f"""SELECT account_id, {_KEY_COLUMNS} FROM api_keys
                WHERE hash = %s AND revoked IS NULL AND disabled IS NULL
                  AND (expires IS NULL OR expires > %s)"""
    row = await db.row(conn, query, (hash, now))
    if row is None:
        return None
    key = Key(*row[1:])
    if key.used is None or key.used <= now - _NOTED:
        noted = "UPDATE api_keys SET used = %s WHERE account_id = %s AND id = %s"
        await db.execute(conn, noted, (now, row[0], key.id))
    return await load(conn, row[0]), key


async def was_key(conn: db.Connection, private_key: str) -> bool:
    """Whether it is a key, or was one before it was revoked."""
    # tenant-scope: the key names the tenant
    return await db.row(conn, "SELECT FROM api_keys WHERE hash = %s", (crypto.key_hash(private_key),)) is not None


@dataclass(frozen=True)
class Key:
    """What is known of a private key once it was handed out. `scopes` None = full access."""

    id: int
    name: str
    last_four: str
    scopes: list[str] | None
    created: datetime
    revoked: datetime | None
    expires: datetime | None
    used: datetime | None


async def keys(conn: db.Connection, account_id: int) -> list[Key]:
    """Every key the account ever had, the oldest first."""
    query = f"SELECT {_KEY_COLUMNS} FROM api_keys WHERE account_id = %s ORDER BY id"
    return [Key(*row) for row in await db.rows(conn, query, (account_id,))]


async def revoke_key(conn: db.Connection, account_id: int, id: int) -> bool:
    """False when the account has no such key in use. Every process refuses it within a second."""
    query = "UPDATE api_keys SET revoked = %s WHERE account_id = %s AND id = %s AND revoked IS NULL"
    return bool(await db.execute(conn, query, (clock.utcnow(), account_id, id)))


async def advance_clock(conn: db.Connection, account: Account, seconds: float) -> Account:
    """Move a test account's time ahead. Raises NotATestAccount; Refused for a step back, or out of reach."""
    if not account.is_test:
        raise NotATestAccount
    if not 0 <= seconds <= MAX_AHEAD.total_seconds():
        raise Refused("advance_seconds must be between 0 and ten years.", pointer=_ADVANCE)
    step = timedelta(seconds=seconds)
    # the row's lock lets steps that come at once follow one another
    moved = await db.execute(
        conn,
        """UPDATE accounts SET clock_offset = clock_offset + %s
           WHERE account_id = %s AND clock_offset + %s <= %s""",
        (step, account.account_id, step, MAX_AHEAD),
    )
    current = await load(conn, account.account_id)
    if not moved:
        left = (MAX_AHEAD - current.clock.offset).total_seconds()
        detail = f"A test account's clock is ten years ahead at most: {left:.0f} seconds are left."
        raise Refused(detail, pointer=_ADVANCE)
    return current


async def change(conn: db.Connection, account_id: int, changes: Mapping[str, str]) -> Account:
    """Change what the account says of itself (`CHANGEABLE`); an empty text takes back what may be missing.

    Raises ValueError that says what is wrong with a value.
    """
    stored = {field: checked(field, value) for field, value in changes.items()}
    before = await load(conn, account_id)
    for field, value in stored.items():
        if field in ADDRESS:
            await db.execute(conn, _SET_ADDRESS, (Jsonb({field: value}), account_id))
        else:
            await db.execute(conn, f"UPDATE accounts SET {field} = %s WHERE account_id = %s", (value, account_id))
    after = await load(conn, account_id)
    if replace(after, clock=before.clock, settings=before.settings) != before:
        await setting_versions.move(conn, account_id, VERSIONS, after.now())
    return after


def checked(field: str, value: str) -> str | None:
    """A value of a field of `CHANGEABLE` as it is stored. Raises ValueError that says what is wrong with it."""
    if not value and field not in ("website", "industry", *ADDRESS):
        raise ValueError(f"The {field.replace('_', ' ')} can't be empty.")
    return CHANGEABLE[field](value) if value else None


def _line(value: str) -> str:
    if not value.isprintable():
        raise ValueError("One line of plain text is needed.")
    return value


def _website(value: str) -> str:
    try:
        parts = urlsplit(value)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and not re.search(r"\s", value)
    except ValueError:
        good = False
    if not good:
        raise ValueError(f"{value!r} is no website: write it as in https://shop.example.")
    return value


def _timezone(value: str) -> str:
    if value not in available_timezones():
        raise ValueError(f"There is no time zone {value!r}: write it as in Europe/Brussels or UTC.")
    return value


def _currency(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z]{3}", value):
        raise ValueError(f"{value!r} is no currency: write three letters, as in EUR.")
    return value.upper()


def _locale(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8}){0,2}", value):
        raise ValueError(f"{value!r} is no locale: write it as in de-AT or fr.")
    return value


def _email(value: str) -> str:
    try:
        return validate_email(value, check_deliverability=False, test_environment=True).normalized
    except EmailNotValidError as error:
        raise ValueError(f"{value!r} is no address: {error}") from error


# Parts of its postal address, which messages show.
ADDRESS = ("address1", "address2", "city", "region", "country", "zip")
_SET_ADDRESS = "UPDATE accounts SET address = address || %s WHERE account_id = %s"
# What an account says of itself and may change, each with what checks a value.
CHANGEABLE: Mapping[str, Callable[[str], str]] = {
    "name": _line,
    "website": _website,
    "timezone": _timezone,
    "currency": _currency,
    "locale": _locale,
    "industry": _line,
    "sender_name": _line,
    "sender_email": _email,
    **dict.fromkeys(ADDRESS, _line),
}


async def change_settings(conn: db.Connection, account_id: int, changes: dict[str, Any]) -> None:
    """Merge `changes` into the account's settings, key by key. Of those that people edit, move the version."""
    await db.execute(
        conn, "UPDATE accounts SET settings = settings || %s WHERE account_id = %s", (Jsonb(changes), account_id)
    )


def _account(row: dict[str, Any]) -> Account:
    fields = dict(row)
    return Account(clock=clock.Clock(fields.pop("clock_offset")), **fields)
