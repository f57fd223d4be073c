"""Throw an account's files away and write them anew from the table; readers go on meanwhile, with exact answers."""

from collections.abc import Callable

from rapport.accounts import service as accounts
from rapport.events.lake import failures, plan, seal
from rapport.events.lake.engine import Engine
from rapport.events.lake.manifest import sealed
from rapport.events.lake.plan import Limits
from rapport.events.lake.seal import Job
from rapport.kit import clock, db
from rapport.kit.files import Files

Progress = Callable[[int], None]


async def rebuild(
    pool: db.Pool,
    files: Files,
    account_id: int,
    progress: Progress = lambda _events: None,
    limits: Limits | None = None,
    waits: Callable[[], None] = lambda: None,
) -> int:
    """Returns the events written; `progress` is told of each file's. While a worker seals this account, `waits` is
    called once, and it is the next."""
    lake = Engine(1)
    async with seal.locked(pool, account_id, waits) as conn:
        assert conn is not None
        return await _rebuild(conn, files, lake, account_id, progress, limits or Limits())


async def _rebuild(
    conn: db.Connection, files: Files, lake: Engine, account_id: int, progress: Progress, limits: Limits
) -> int:
    written = 0
    for file in await sealed(conn, account_id):
        anew = Job(account_id, file.span, "rebuilt", (file,), from_table=True)
        written += await _done(conn, files, lake, await plan.divided(conn, anew, limits), progress)
    account = await accounts.load(conn, account_id)
    while (job := await plan.next_job(conn, account_id, account.now(), files, limits)) is not None:
        written += await _done(conn, files, lake, job, progress)
    await seal.clean(conn, files, account_id, clock.utcnow())
    await failures.forget(conn, account_id)
    return written


async def _done(conn: db.Connection, files: Files, lake: Engine, job: Job, progress: Progress) -> int:
    while True:
        try:
            written = await seal.seal(conn, files, lake, job)
        except seal.Postponed:
            continue
        progress(written)
        return written


async def delete_strays(pool: db.Pool, files: Files) -> int:
    """Delete files that no manifest lists, such as those of another database. Returns how many."""
    # A name is listed before its file is made: so what is on disk first and then not listed is nobody's.
    on_disk = [name.removesuffix(".part") for name in files.names()]
    async with pool.connection() as conn:
        # tenant-scope: an operator cleans up for all accounts
        listed = {row[0] for row in await db.rows(conn, "SELECT name FROM lake_files")}
    strays = [name for name in on_disk if name not in listed]
    for name in strays:
        files.delete(name)
    return len(strays)
