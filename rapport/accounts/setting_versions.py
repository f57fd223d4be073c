"""Versions of an account's settings (docs/adr/0035): one counter for each kind, that is for each operation that changes
some, because what they change lies together in one row of `accounts`, and only a part of it is on each page.

A first change makes the row; until then the version is 1. `hold_version` begins a change, the functions that store
settings move the version, and `accounts.service.load_with_version` reads what is answered.
"""

from datetime import datetime

from rapport.kit import db
from rapport.kit.jsonapi import Versions

_TABLE, _ID = "setting_versions", "kind"
_VERSION = f"SELECT version FROM {_TABLE} WHERE account_id = %s AND {_ID} = %s"
_MOVE = f"""
    INSERT INTO {_TABLE} AS v (account_id, {_ID}, version, updated) VALUES (%s, %s, 2, %s)
    ON CONFLICT (account_id, {_ID}) DO UPDATE SET version = v.version + 1, updated = excluded.updated"""


def versions_of(key: str, words: str) -> Versions:
    """Of one kind of settings; `words`: as a sentence names it after "the"."""
    return Versions(words, _TABLE, _ID, key=key, starts=True)


async def version_of(conn: db.Connection, account_id: int, kind: Versions) -> int:
    row = await db.row(conn, _VERSION, (account_id, kind.key))
    return int(row[0]) if row else 1


async def move(conn: db.Connection, account_id: int, kind: Versions, now: datetime) -> None:
    """After a change. `now`: the account's time."""
    await db.execute(conn, _MOVE, (account_id, kind.key, now))
