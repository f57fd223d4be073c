"""Metrics: made by their first event, one for each integration and name."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from rapport.kit import db, ids

# How an integration is shown: key -> (id, name, category). The ids are the product's own.
INTEGRATIONS = {"api": ("7FtS4J", "API", "API"), "klaviyo": ("0rG4eQ", "Klaviyo", "Internal")}
PLATFORM = "klaviyo"


@dataclass(frozen=True)
class Metric:
    id: int
    public_id: str
    service: str
    name: str


_ALL = """
    SELECT id, public_id, service, name FROM metrics
    WHERE account_id = %s AND (service, name) IN (SELECT * FROM unnest(%s::text[], %s::text[]))"""
_INSERT = """
    INSERT INTO metrics (account_id, public_id, service, name, created, updated) VALUES (%s, %s, %s, %s, %s, %s)
    ON CONFLICT (account_id, service, name) DO NOTHING"""
_BY_PUBLIC_ID = "SELECT id, public_id, service, name FROM metrics WHERE account_id = %s AND public_id = %s"


async def find_or_create(
    conn: db.Connection, account_id: int, names: Iterable[tuple[str, str]], now: datetime
) -> dict[tuple[str, str], Metric]:
    """Metrics by (service, name); those that are new are made."""
    wanted = sorted(set(names))
    metric_by_name = await _find(conn, account_id, wanted)
    missing = [key for key in wanted if key not in metric_by_name]
    if missing:
        for service, name in missing:
            await db.execute(conn, _INSERT, (account_id, ids.short_id(), service, name, now, now))
        metric_by_name = await _find(conn, account_id, wanted)
    return metric_by_name


async def _find(conn: db.Connection, account_id: int, keys: list[tuple[str, str]]) -> dict[tuple[str, str], Metric]:
    rows = await db.rows(conn, _ALL, (account_id, [service for service, _ in keys], [name for _, name in keys]))
    return {(row[2], row[3]): Metric(*row) for row in rows}


async def by_public_id(conn: db.Connection, account_id: int, public_id: str) -> Metric | None:
    row = await db.row(conn, _BY_PUBLIC_ID, (account_id, public_id))
    return Metric(*row) if row else None
