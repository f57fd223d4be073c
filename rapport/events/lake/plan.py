"""What a sealer does next for an account: seal days that ended, fold changes in, or join small files."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from rapport.events.lake.manifest import BEGINNING, File, Span, adjacent, gaps, sealed
from rapport.events.lake.seal import Job
from rapport.kit import db
from rapport.kit.clock import midnight
from rapport.kit.files import Files

# Events of a day keep coming in for a moment after it: those seal with it instead of being late.
SETTLING = timedelta(minutes=10)
# Events that are taken from the table for one file: what fits into a sealer's memory, and seconds of work.
STEP = 100_000
# A file below this takes the days after it in, so that a small shop has one file and not one a day.
SMALL = 20_000
# So many neighbours become one file, unless it would hold more events or more time than this. What changes within a
# file writes the whole of it anew; with years in one, changes of all those years would.
RUN = 8
FULL = 1_000_000
SPAN = timedelta(days=366)
# A file is written anew when so many of its events, or one in so many, are read from the table instead.
CHANGES = 500
SHARE = 50
# After so many failures in a row pieces don't get smaller any more.
_MOST_HALVINGS = 7
_SEALED, _JOINED = "sealed", "joined"
# Folds that every reader has to know of.
_MOVES = 10_000

_FIRST = "SELECT min(time) FROM events WHERE account_id = %s AND time >= %s AND time < %s"
_NTH = """
    SELECT time FROM events WHERE account_id = %s AND time >= %s AND time < %s ORDER BY time OFFSET %s LIMIT 1"""
_NTH_CHANGE = """
    SELECT time FROM lake_changes WHERE account_id = %s AND time >= %s AND time < %s ORDER BY time OFFSET %s LIMIT 1"""
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
# No piece is shorter: that is how finely the times of changes are noted.
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class Limits:
    """Sizes, in events, and the longest time in one file; tests use small ones."""

    step: int = STEP
    small: int = SMALL
    run: int = RUN
    full: int = FULL
    changes: int = CHANGES
    moves: int = _MOVES
    span: timedelta = SPAN

    def halved(self, times: int) -> "Limits":
        """For a sealer that failed so often: smaller pieces take less memory."""
        by = 2 ** min(times, _MOST_HALVINGS)
        return replace(self, step=max(1, self.step // by), full=max(1, self.full // by))


def closed(now: datetime) -> datetime:
    """Days before this one, 00:00 UTC, are over. `now`: the account's."""
    return midnight(now - SETTLING)


async def next_job(
    conn: db.Connection, account_id: int, now: datetime, files: Files, limits: Limits, *, failed: int = 0
) -> Job | None:
    """The most urgent job, None when nothing is due. `now`: the account's. `failed`: how many attempts failed in a row;
    each halves the size of the pieces."""
    listed = await sealed(conn, account_id)
    job = (
        _missing(account_id, listed, files)
        or await _foreign(conn, account_id, listed)
        or await _worn(conn, account_id, listed, limits)
        or await _open_days(conn, account_id, listed, closed(now), limits)
        or _oversized(account_id, listed, limits)
        or _neighbours(account_id, listed, limits)
        or await _moved(conn, account_id, listed, limits)
    )
    if job is None:
        return None
    job = await divided(conn, job, limits.halved(failed))
    # what would be in pieces again is better left as it is
    return None if job.why == _JOINED and len(job.pieces) > 1 else job


async def divided(conn: db.Connection, job: Job, limits: Limits) -> Job:
    """The job in pieces, none of which reads more rows from the table than a step, or makes more than a full file."""
    pieces, at = list[Span](), job.span.since
    while at < job.span.until:
        end = await _end_of_piece(conn, job, Span(at, job.span.until), limits)
        pieces.append(Span(at, end))
        at = end
    return replace(job, pieces=tuple(pieces))


def _most(job: Job, limits: Limits) -> int:
    """Events in a piece: as many as are taken from the table where all are, beside a small file where days are added to
    one; a full file where it is written anew."""
    if job.from_table or not job.replaces:
        return limits.step
    return limits.step + limits.small if job.why == _SEALED else limits.full


async def _end_of_piece(conn: db.Connection, job: Job, left: Span, limits: Limits) -> datetime:
    """At a midnight where a day fits into a piece, else at a whole second."""
    scope = (job.account_id, left.since, min(left.until, left.since + limits.span))
    rows = await db.rows(conn, _NTH, (*scope, _most(job, limits)))
    rows += await db.rows(conn, _NTH_CHANGE, (*scope, limits.step))
    if not rows:
        return scope[2]
    cut: datetime = min(row[0] for row in rows)
    if midnight(cut) > left.since:
        return midnight(cut)
    return max(cut.replace(microsecond=0), left.since + _SECOND)


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
    row = await db.row(conn, _WORN, (account_id, limits.changes, SHARE))
    for file in listed:
        if row and file.id == row[0]:
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
        if before and before.rows < limits.small and before.span.since + limits.span > gap.since:
            until = min(until, before.span.since + limits.span)
            return Job(account_id, Span(before.span.since, until), _SEALED, (before,))
        return Job(account_id, Span(since, min(until, since + limits.span)), _SEALED)
    return None


async def _step(conn: db.Connection, account_id: int, span: Span, limits: Limits) -> datetime:
    """Where to stop so that not much more than a step is written: whole days, at least one."""
    row = await db.row(conn, _NTH, (account_id, span.since, span.until, limits.step))
    return span.until if row is None else max(midnight(row[0]), span.since + _DAY)


def _oversized(account_id: int, listed: Sequence[File], limits: Limits) -> Job | None:
    """A file from before there were such limits, or that grew beyond them."""
    for file in listed:
        too_long = file.span.until - file.span.since > limits.span and file.bytes is not None
        too_large = file.rows > 2 * limits.full and file.span.until - file.span.since > _SECOND
        if too_long or too_large:
            return Job(account_id, file.span, "divided", (file,))
    return None


def _neighbours(account_id: int, listed: Sequence[File], limits: Limits) -> Job | None:
    """Files of a like size: each event is then written anew only as often as sizes multiply."""
    for at in range(len(listed) - limits.run + 1):
        neighbours = listed[at : at + limits.run]
        total = sum(file.rows for file in neighbours)
        alike = max(file.rows for file in neighbours) <= max(total // 2, limits.small)
        span = Span(neighbours[0].span.since, neighbours[-1].span.until)
        fits = total <= limits.full and span.until - span.since <= limits.span
        if fits and alike and adjacent(neighbours):
            return Job(account_id, span, _JOINED, tuple(neighbours))
    return None


async def _moved(conn: db.Connection, account_id: int, listed: Sequence[File], limits: Limits) -> Job | None:
    """The file that was written longest ago, when there are so many folds that readers feel them."""
    count, newest = (await db.rows(conn, _MANY_MOVES, (account_id,)))[0]
    if count < limits.moves or not listed:
        return None
    oldest = min(listed, key=lambda file: file.horizon)
    return Job(account_id, oldest.span, "moved", (oldest,)) if oldest.horizon <= newest else None
