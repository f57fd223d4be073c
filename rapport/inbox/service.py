"""Append to the inbox in the caller's own transaction."""

from collections.abc import Collection, Iterable

from rapport.inbox.types import Accepted, Change, Deferred, Merge, encoder
from rapport.kit import db

# Listeners wake on this channel.
CHANNEL = "rapport_inbox"
NOTIFY = f"NOTIFY {CHANNEL}"
_INSERT = "INSERT INTO inbox (account_id, kind, body) SELECT %s, %s, body FROM json_array_elements(%s::json) AS body"
_DEFER = "INSERT INTO inbox (account_id, id, kind, body) VALUES (%s, %s, 'deferred', %s)"


async def append(conn: db.Connection, account_id: int, entries: Iterable[Accepted | Change | Merge]) -> None:
    """Append in the caller's own transaction: platform events, and changes made by an API call."""
    entries = list(entries)
    events = [entry for entry in entries if isinstance(entry, Accepted)]
    changes = [entry for entry in entries if isinstance(entry, Change)]
    merges = [entry for entry in entries if isinstance(entry, Merge)]
    for kind, of_kind in (("event", events), ("change", changes), ("merge", merges)):
        if of_kind:
            await db.execute(conn, _INSERT, (account_id, kind, encoder.encode(of_kind).decode()))
    if entries:
        await db.execute(conn, NOTIFY)


async def defer(conn: db.Connection, account_id: int, deferred: Deferred, number: int) -> None:
    """For a later batch, in the place of a row that the caller's transaction took: before all that came after it."""
    if deferred:
        await db.execute(conn, _DEFER, (account_id, number, encoder.encode(deferred).decode()))


async def append_changed(conn: db.Connection, account_id: int, profiles: Collection[int], *what: str) -> None:
    """Something about these profiles is different; see `Change.what`."""
    await append(conn, account_id, [Change(sorted(profiles), list(what))])
