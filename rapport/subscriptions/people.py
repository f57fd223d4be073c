"""Whom a subscription is about: profiles of many persons at once, made where they are missing."""

from collections.abc import Collection, Sequence
from datetime import datetime

import psycopg

from rapport.inbox.service import append
from rapport.kit import db
from rapport.profiles.identity import Identified, Kind, Person, identify, normalised

_ATTEMPTS = 5
# What two writers of the same person get when they meet: run again.
_RACES = (
    psycopg.errors.UniqueViolation,
    psycopg.errors.SerializationFailure,
    psycopg.errors.DeadlockDetected,
)
_LOCALES = """
    SELECT i.value, p.locale FROM profile_identifiers i
    JOIN profiles p ON p.account_id = i.account_id AND p.id = i.profile_id
    WHERE i.account_id = %s AND i.kind = %s AND i.value = ANY(%s) AND p.locale IS NOT NULL"""
_KNOWN = "SELECT value FROM profile_identifiers WHERE account_id = %s AND kind = 2 AND value = ANY(%s)"


async def profiles_of(
    conn: db.Connection, account_id: int, persons: Sequence[Person], now: datetime
) -> list[int | None]:
    """The profile of each person, in order; None for an id that nobody has and no other identifier."""
    identified = await _identified(conn, account_id, persons, now)
    await append(conn, account_id, identified.changes())
    return identified.profiles


async def _identified(conn: db.Connection, account_id: int, persons: Sequence[Person], now: datetime) -> Identified:
    for _ in range(_ATTEMPTS - 1):
        try:
            async with conn.transaction():
                return await identify(conn, account_id, persons, now)
        except _RACES:
            continue
    async with conn.transaction():
        return await identify(conn, account_id, persons, now)


async def known_addresses(conn: db.Connection, account_id: int, emails: Collection[str]) -> set[str]:
    """Those of the addresses, normalised, that are somebody's already."""
    keys = [normalised(Kind.EMAIL, email) for email in emails]
    return {row[0] for row in await db.rows(conn, _KNOWN, (account_id, keys))}


async def locales_of(conn: db.Connection, account_id: int, emails: Sequence[str]) -> list[str | None]:
    """The locale of whoever has each address, in order; None where nobody has it, or it is not known."""
    keys = [normalised(Kind.EMAIL, email) for email in emails]
    locales = await _locales(conn, account_id, Kind.EMAIL, keys)
    return [locales.get(key) for key in keys]


async def locale_of_number(conn: db.Connection, account_id: int, number: str) -> str | None:
    """The locale of whoever has a phone number, in E.164."""
    key = normalised(Kind.PHONE_NUMBER, number)
    return (await _locales(conn, account_id, Kind.PHONE_NUMBER, [key])).get(key)


async def _locales(conn: db.Connection, account_id: int, kind: Kind, keys: Sequence[str]) -> dict[str, str]:
    return {row[0]: row[1] for row in await db.rows(conn, _LOCALES, (account_id, int(kind), list(keys)))}
