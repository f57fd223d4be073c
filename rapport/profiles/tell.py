"""Word left in the inbox, in the same transaction, for the pipeline's reactions to look at people again.

The inbox belongs to a higher room; what this one has to say is of three forms only, and all are here.
"""

from collections.abc import Collection
from datetime import datetime

from psycopg.types.json import Jsonb

from rapport.kit import db

_INSERT = "INSERT INTO inbox (account_id, kind, body) VALUES (%s, %s, %s)"
_NOTIFY = "NOTIFY rapport_inbox"


async def changed(conn: db.Connection, account_id: int, profiles: Collection[int], *what: str) -> None:
    """Something about these profiles is different. `what`: profile, consent, list, segment, event."""
    body = {"profiles": sorted(profiles), "what": list(what)}
    await db.execute(conn, _INSERT, (account_id, "change", Jsonb(body)))
    await db.execute(conn, _NOTIFY)


async def to_merge(conn: db.Connection, account_id: int, source: int, into: int) -> None:
    """Two profiles are to be merged once everything that was accepted before is recorded."""
    await db.execute(conn, _INSERT, (account_id, "merge", Jsonb({"source": source, "into": into})))
    await db.execute(conn, _NOTIFY)


async def merged(conn: db.Connection, account_id: int, source: int, into: int, now: datetime) -> None:
    """The event that a merge leaves on the surviving profile (behaviour-people 1.5, 1.6)."""
    body = {
        "person": {"pk": into},
        "metric": "Merged Profile",
        "service": "klaviyo",
        "time": int(now.timestamp()),
        "received": now.isoformat(),
        "unique_id": f"merged:{source}",
    }
    await db.execute(conn, _INSERT, (account_id, "event", Jsonb(body)))
    await db.execute(conn, _NOTIFY)
