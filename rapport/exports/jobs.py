"""Export jobs: taken down in the request, made by `exporter`, kept for seven days (behaviour-rest 17.10)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from rapport.kit import db, ids
from rapport.kit.jobs import CHANNEL
from rapport.kit.refusals import NotThere, Refused

Kind = Literal["profile", "event"]
Source = Literal["list", "segment", "metric"]
# How long a file can be fetched.
KEPT = timedelta(days=7)
# Jobs of one account that wait or run at a time.
MAXIMUM = 20
_KNOWN = {
    "list": "SELECT FROM lists WHERE account_id = %s AND public_id = %s",
    "segment": "SELECT FROM segments WHERE account_id = %s AND public_id = %s",
    "metric": "SELECT FROM metrics WHERE account_id = %s AND public_id = %s",
}
_OPEN = "SELECT count(*) FROM export_jobs WHERE account_id = %s AND status = 'processing'"
_INSERT = """
    INSERT INTO export_jobs (account_id, ulid, kind, source, source_id, properties, start_date, end_date, status,
        created)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, 'processing', %s) RETURNING *"""
_BY_ULID = "SELECT * FROM export_jobs WHERE account_id = %s AND kind = %s AND ulid = %s"


@dataclass(frozen=True)
class Wish:
    """What is to be exported. `start` and `end`: of events, both inclusive."""

    kind: Kind
    source: Source
    source_id: str
    properties: Sequence[str] | None
    start: datetime | None = None
    end: datetime | None = None


async def create(conn: db.Connection, account_id: int, wish: Wish, now: datetime) -> dict[str, Any]:
    """A new job. Raises Refused for a list, segment or metric that is not there, and where too many are open."""
    if await db.row(conn, _KNOWN[wish.source], (account_id, wish.source_id)) is None:
        detail = f"There is no {wish.source} with id {wish.source_id}."
        raise Refused(detail, pointer=f"/data/relationships/{wish.source}/data/id")
    count = await db.row(conn, _OPEN, (account_id,))
    if count and count[0] >= MAXIMUM:
        raise Refused(f"{MAXIMUM} exports are being made. Wait until one of them is complete.", status=409)
    properties = None if wish.properties is None else list(wish.properties)
    values = (account_id, ids.ulid(now), wish.kind, wish.source, wish.source_id, properties, wish.start, wish.end, now)
    row = await db.one(conn, _INSERT, values)
    assert row is not None
    await db.execute(conn, f"NOTIFY {CHANNEL}")
    return row


async def by_ulid(conn: db.Connection, account_id: int, kind: Kind, ulid: str) -> dict[str, Any]:
    """Raises NotThere."""
    row = await db.one(conn, _BY_ULID, (account_id, kind, ulid))
    if row is None:
        raise NotThere(f"{kind}-bulk-export-job", ulid)
    return row


def status_of(row: dict[str, Any], now: datetime) -> str:
    """processing, complete, failed, or expired: what was complete for seven days."""
    is_over = row["status"] == "complete" and row["expires"] <= now
    return "expired" if is_over else str(row["status"])
