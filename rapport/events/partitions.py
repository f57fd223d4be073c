"""Monthly partitions of the event log, made when the first event of a month arrives."""

from collections.abc import Iterable
from datetime import UTC, datetime

from rapport.kit import db, locks

# Partitions that are there for good, by database: one process may serve several.
_known: dict[str, set[str]] = {}


async def ensure(conn: db.Connection, times: Iterable[datetime]) -> None:
    """Make the months of `times` exist.

    A new month is made in the caller's transaction, and attached rather than created in place: attaching lets
    readers of other months go on.
    """
    known = _known.setdefault(conn.info.dsn, set())
    missing = sorted({month for time in times if _name(*(month := (time.year, time.month))) not in known})
    if not missing:
        return
    await db.execute(conn, "SELECT pg_advisory_xact_lock(%s)", (locks.PARTITIONS,))
    present = {
        row[0] for row in await db.rows(conn, "SELECT relname FROM pg_class WHERE starts_with(relname, 'events_p')")
    }
    for month in missing:
        if _name(*month) not in present:
            await _create(conn, *month)
    known.update(present & {_name(*month) for month in missing})


async def _create(conn: db.Connection, year: int, month: int) -> None:
    start = datetime(year, month, 1, tzinfo=UTC)
    end = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)
    name = _name(year, month)
    await db.execute(conn, f"CREATE TABLE {name} (LIKE events INCLUDING DEFAULTS INCLUDING CONSTRAINTS)")
    await db.execute(
        conn,
        f"ALTER TABLE events ATTACH PARTITION {name} FOR VALUES FROM ('{start.isoformat()}') TO ('{end.isoformat()}')",
    )


def _name(year: int, month: int) -> str:
    return f"events_p{year:04d}{month:02d}"
