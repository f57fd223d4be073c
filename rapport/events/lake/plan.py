"""What a sealer should do next for an account: seal days that ended, fold changes in, put small files together."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from rapport.events.lake.manifest import BEGINNING, File, Span, adjacent, gaps, sealed
from rapport.events.lake.seal import Job
from rapport.kit import db
from rapport.kit.clock import midnight
from rapport.kit.files import Files

# Events of a day keep coming in for a moment after it: those seal with it instead of being late.
SETTLING = timedelta(minutes=10)
# Events in one step while catching up: seconds of work.
STEP = 250_000
# A file below this takes the days after it in, so that a small shop has one file and not one a day.
SMALL = 20_000
# So many neighbours become one file, unless it would be larger than this.
RUN = 8
FULL = 4_000_000
# A file is written anew when so many of its events, or one in so many, are read from the table instead.
_CHANGES = 500
_SHARE = 50
# Folds that every reader has to know of.
_MOVES = 10_000

_FIRST = "SELECT min(time) FROM events WHERE account_id = %s AND time >= %s AND time < %s"
_NTH = """
    SELECT time FROM events WHERE account_id = %s AND time >= %s AND time < %s ORDER BY time OFFSET %s LIMIT 1"""
# What should be gone from a file is gone within minutes, what is only slower to read within a day.
_WORN = """
    SELECT f.id FROM lake_files f
    CROSS JOIN LATERAL (
        SELECT count(*) AS changes, min(c.noted) AS noted, min(c.noted) FILTER (WHERE c.rewritten) AS rewritten
        FROM lake_changes c WHERE c.account_id = f.account_id AND c.time >= f.since AND c.time < f.until) AS c
    WHERE f.account_id = %s AND f.state = 'sealed' AND (
        c.changes >= greatest(%s, f.rows / %s) OR c.noted < now() - interval '1 day'
        OR c.rewritten < now() - interval '15 minutes')
    ORDER BY c.changes DESC LIMIT 1"""
_MANY_MOVES = "SELECT count(*), max(written_by) FROM lake_moves WHERE account_id = %s"
_NEWEST = "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint"
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Limits:
    """Sizes, in events; tests use small ones."""

    step: int = STEP
    small: int = SMALL
    run: int = RUN
    full: int = FULL
    changes: int = _CHANGES
    moves: int = _MOVES


def closed(now: datetime) -> datetime:
    """Days before this one, 00:00 UTC, are over. `now`: the account's."""
    return midnight(now - SETTLING)


async def next_job(conn: db.Connection, account_id: int, now: datetime, files: Files, limits: Limits) -> Job | None:
    """The most urgent thing to do, None when nothing is due. `now`: the account's."""
    listed = await sealed(conn, account_id)
    return (
        _missing(account_id, listed, files)
        or await _foreign(conn, account_id, listed)
        or await _worn(conn, account_id, listed, limits)
        or await _open_days(conn, account_id, listed, closed(now), limits)
        or _neighbours(account_id, listed, limits)
        or await _moved(conn, account_id, listed, limits)
    )


def _missing(account_id: int, listed: Sequence[File], files: Files) -> Job | None:
    for file in listed:
        if file.bytes is not None and files.size(file.name) != file.bytes:
            return Job(account_id, file.span, "missing", (file,), from_table=True)
    return None


async def _foreign(conn: db.Connection, account_id: int, listed: Sequence[File]) -> Job | None:
    """A file older than the database, which was restored from a copy: its horizon means nothing here."""
    newest = (await db.rows(conn, _NEWEST))[0][0]
    for file in listed:
        if file.horizon > newest:
            return Job(account_id, file.span, "restored", (file,), from_table=True)
    return None


async def _worn(conn: db.Connection, account_id: int, listed: Sequence[File], limits: Limits) -> Job | None:
    found = await db.row(conn, _WORN, (account_id, limits.changes, _SHARE))
    for file in listed:
        if found and file.id == found[0]:
            return Job(account_id, file.span, "changed", (file,))
    return None


async def _open_days(
    conn: db.Connection, account_id: int, listed: Sequence[File], end: datetime, limits: Limits
) -> Job | None:
    for gap in gaps(Span(BEGINNING, end), [file.span for file in listed]):
        first = (await db.rows(conn, _FIRST, (account_id, gap.since, gap.until)))[0][0]
        if first is None:
            continue
        before = next((file for file in listed if file.span.until == gap.since), None)
        until = await _step(conn, account_id, Span(midnight(first), gap.until), limits)
        since = gap.since if before else midnight(first)
        if before and before.rows < limits.small:
            return Job(account_id, Span(before.span.since, until), "sealed", (before,))
        return Job(account_id, Span(since, until), "sealed")
    return None


async def _step(conn: db.Connection, account_id: int, span: Span, limits: Limits) -> datetime:
    """Where to stop so that not much more than a step is written: whole days, at least one."""
    found = await db.row(conn, _NTH, (account_id, span.since, span.until, limits.step))
    return span.until if found is None else max(midnight(found[0]), span.since + _DAY)


def _neighbours(account_id: int, listed: Sequence[File], limits: Limits) -> Job | None:
    """Files of a like size: each event is then written anew only as often as sizes multiply."""
    for at in range(len(listed) - limits.run + 1):
        some = listed[at : at + limits.run]
        total = sum(file.rows for file in some)
        alike = max(file.rows for file in some) <= max(total // 2, limits.small)
        if total <= limits.full and alike and adjacent(some):
            return Job(account_id, Span(some[0].span.since, some[-1].span.until), "joined", tuple(some))
    return None


async def _moved(conn: db.Connection, account_id: int, listed: Sequence[File], limits: Limits) -> Job | None:
    """The file that was written longest ago, when there are so many folds that readers feel them."""
    count, newest = (await db.rows(conn, _MANY_MOVES, (account_id,)))[0]
    if count < limits.moves or not listed:
        return None
    oldest = min(listed, key=lambda file: file.horizon)
    return Job(account_id, oldest.span, "moved", (oldest,)) if oldest.horizon <= newest else None
