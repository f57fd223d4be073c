"""How far an account is sealed, and whether its files agree with the table."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from rapport.accounts import service as accounts
from rapport.events.lake import failures, plan, query
from rapport.events.lake.engine import engine
from rapport.events.lake.failures import Failure
from rapport.events.lake.manifest import File, Span, sealed
from rapport.events.lake.open_rows import Wanted
from rapport.kit import db
from rapport.kit.files import Files

_COUNTS = """
    SELECT (SELECT count(*) FROM lake_changes WHERE account_id = %(account)s),
           (SELECT count(*) FROM lake_moves WHERE account_id = %(account)s)"""
# The same numbers in both dialects; the last differs when an event is another, or belongs to another person or metric.
# tenant-scope: the view it is asked of is of one account
_DAYS_IN_LAKE = """
    SELECT time::DATE::VARCHAR, count(*), coalesce(sum(value), 0)::VARCHAR::DOUBLE,
           sum(id % 998244353 * ((profile * 31 + metric) % 1000003))::VARCHAR
    FROM events GROUP BY 1"""
_DAYS_IN_TABLE = """
    SELECT (time AT TIME ZONE 'UTC')::date::text, count(*), coalesce(sum(round(value, 12)), 0)::float8,
           sum(id %% 998244353 * ((profile_id * 31 + metric_id) %% 1000003))::text
    FROM events WHERE account_id = %s AND time >= %s AND time < %s GROUP BY 1"""
# Sealing takes its time after midnight, but not days.
_LATE = timedelta(days=2)
# What was recorded into sealed days is folded into their files within minutes once it is much.
_UNFOLDED = """
    SELECT coalesce(sum(c.changes), 0)::bigint FROM lake_files f
    CROSS JOIN LATERAL (
        SELECT count(*) AS changes FROM lake_changes c WHERE c.account_id = f.account_id AND c.time >= f.since
            AND c.time < f.until AND c.noted < now() - interval '1 hour') AS c
    WHERE f.account_id = %s AND f.state = 'sealed' AND c.changes >= greatest(%s, f.rows / %s)"""
_BEHIND = """
    SELECT EXISTS (SELECT FROM events WHERE account_id = %(account)s AND time < %(closed)s AND time >= coalesce(
        (SELECT max(until) FROM lake_files WHERE account_id = %(account)s AND state = 'sealed'), '-infinity'))"""


@dataclass(frozen=True)
class Health:
    """Of all accounts: what is sealed, names of files that are not what was written, days (account and date) that
    differ from the table, accounts with days that should have been sealed long ago, those with changes that should
    have been folded in, and those of which it failed."""

    files: int
    events: int
    damaged: tuple[str, ...]
    differing: tuple[str, ...]
    behind: tuple[str, ...]
    unfolded: tuple[str, ...]
    failing: tuple[Failure, ...]


@dataclass(frozen=True)
class Status:
    """Of one account. `until`: days before it are sealed; None when none is."""

    until: datetime | None
    files: int
    events: int
    bytes: int
    # events read from the table though their day is sealed, and people folded since
    changes: int
    moves: int


async def of(conn: db.Connection, account_id: int) -> Status:
    listed = await sealed(conn, account_id)
    changes, moves = (await db.rows(conn, _COUNTS, {"account": account_id}))[0]
    return Status(
        listed[-1].span.until if listed else None,
        sum(file.bytes is not None for file in listed),
        sum(file.rows for file in listed),
        sum(file.bytes or 0 for file in listed),
        changes,
        moves,
    )


async def damaged(conn: db.Connection, account_id: int, files: Files) -> list[str]:
    """Names of listed files that are missing, or not what was written."""
    listed = [file for file in await sealed(conn, account_id) if file.bytes is not None]
    return [file.name for file in listed if await asyncio.to_thread(_is_damaged, files, file)]


def _is_damaged(files: Files, file: File) -> bool:
    return files.size(file.name) != file.bytes or files.digest(file.name) != file.digest


async def differing_days(pool: db.Pool, account_id: int) -> list[str]:
    """Days (YYYY-MM-DD) on which lake and table differ in count, sum of values, or a checksum over ids, people and
    metrics. Both are read at the same moment."""
    async with pool.connection() as conn:
        await db.execute(conn, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        listed = await sealed(conn, account_id)
        if not listed:
            return []
        span = Span(listed[0].span.since, listed[-1].span.until)
        async with query.opened(conn, Wanted(account_id, span, properties=False), engine()) as events:
            ours = await events.sql(_DAYS_IN_LAKE)
        table = await db.rows(conn, _DAYS_IN_TABLE, (account_id, span.since, span.until))
    return _differences(ours, table)


def _differences(ours: Sequence[tuple[object, ...]], table: Sequence[tuple[object, ...]]) -> list[str]:
    return sorted({str(row[0]) for row in {*map(_rounded, ours)} ^ {*map(_rounded, table)}})


def _rounded(row: tuple[object, ...]) -> tuple[object, ...]:
    """Sums in cents: both are exact until they become floats."""
    return (row[0], row[1], round(float(str(row[2])), 2), row[3])


async def health(pool: db.Pool, files: Files) -> Health:
    """Look at every file and every sealed day. Reads all of both, so it takes a while."""
    async with pool.connection() as conn:
        all_accounts = [await accounts.load(conn, account_id) for account_id in await accounts.all_ids(conn)]
        failing = await failures.all_of_them(conn)
    statuses, bad, days, behind, unfolded = [], list[str](), list[str](), list[str](), list[str]()
    for account in all_accounts:
        async with pool.connection() as conn:
            statuses.append(await of(conn, account.account_id))
            broken = await damaged(conn, account.account_id, files)
            parameters = {"account": account.account_id, "closed": plan.closed(account.now() - _LATE)}
            if (await db.rows(conn, _BEHIND, parameters))[0][0]:
                behind.append(account.public_id)
            changes = (await db.rows(conn, _UNFOLDED, (account.account_id, plan.CHANGES, plan.SHARE)))[0][0]
            if changes:
                unfolded.append(f"{account.public_id} ({changes:,} events)")
        bad += broken
        if not broken:
            days += [f"{account.public_id} {day}" for day in await differing_days(pool, account.account_id)]
    return Health(
        sum(status.files for status in statuses),
        sum(status.events for status in statuses),
        tuple(bad),
        tuple(days),
        tuple(behind),
        tuple(unfolded),
        tuple(failing),
    )
