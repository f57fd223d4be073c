"""`rapport replay`: what the pipeline set aside goes back into its inbox."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import psycopg
from rich.console import Console

from rapport.events import refused
from rapport.events.refused import Refusal
from rapport.inbox.service import CHANNEL
from rapport.kit import clock, db, locks

_WAIT_SECONDS = 60
_LOOK_SECONDS = 0.1
_LEFT = """
    SELECT count(*) FROM inbox JOIN unnest(%s::int[], %s::bigint[]) AS g (account_id, id) USING (account_id, id)"""


@dataclass(frozen=True)
class Replayed:
    """How many rows were put back, how many of them still wait, and those that failed again."""

    rows: int
    waiting: int = 0
    failed: Sequence[Refusal] = field(default_factory=list)


async def replay(database_url: str, *, account: str | None = None, id: int | None = None) -> Replayed:
    """Put rows back: of one account (its public id), one number, or all. Where a worker lives, they are waited for."""
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as conn:
        rows = await refused.put_back(conn, account=account, id=id)
        await db.execute(conn, f"NOTIFY {CHANNEL}")
        alive = await db.row(conn, locks.WORKERS_ALIVE)
        waiting = await _waited(conn, rows) if alive and alive[0] else len(rows)
        return Replayed(len(rows), waiting, await refused.among(conn, rows))


async def _waited(conn: db.Connection, rows: Sequence[tuple[int, int]]) -> int:
    """How many are left after a while."""
    columns = [account_id for account_id, _ in rows], [number for _, number in rows]
    deadline = clock.monotonic() + _WAIT_SECONDS
    while True:
        left = await db.row(conn, _LEFT, columns)
        if not left or not left[0] or clock.monotonic() > deadline:
            return left[0] if left else 0
        await asyncio.sleep(_LOOK_SECONDS)


def report(console: Console, result: Replayed) -> bool:
    """Print it; True when nothing failed again."""
    console.print(f"{result.rows:,} put back, {len(result.failed):,} failed again.")
    if result.waiting:
        console.print(f"{result.waiting:,} wait to be worked off by a worker (`rapport serve`).")
    for failure in result.failed:
        console.print(f"  {failure.account} {failure.id}: {failure.reason}", highlight=False)
    return not result.failed
