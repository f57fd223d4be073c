"""The first build of a segment, and the build after its definition was replaced."""

from datetime import datetime

from rapport.accounts import service as accounts
from rapport.accounts.types import Account
from rapport.events import inbox
from rapport.events.inbox import Change
from rapport.kit import db
from rapport.segments import members
from rapport.segments.conditions import Definition
from rapport.segments.conditions.definition import resolve
from rapport.segments.conditions.scope import Scope
from rapport.segments.index import stored
from rapport.segments.locks import LET_GO, LOCK_ACCOUNT

# tenant-scope: a worker looks for work of every account
_WAITING = "SELECT account_id, id FROM segments WHERE built IS NULL AND is_active ORDER BY updated LIMIT 20"
_CLAIM = """
    SELECT public_id, definition FROM segments
    WHERE account_id = %s AND id = %s AND built IS NULL AND is_active FOR UPDATE SKIP LOCKED"""
_BUILT = "UPDATE segments SET built = %s, evaluated = %s, due = %s WHERE account_id = %s AND id = %s"
_OTHERS = "SELECT public_id, definition FROM segments WHERE account_id = %s AND public_id <> %s AND is_active"


class SegmentBuilder:
    """Worker loop: builds what waits for it."""

    def __init__(self, pool: db.Pool) -> None:
        self._pool = pool

    async def run_once(self) -> int:
        """Build every waiting segment; returns how many were built, 0 = nothing to do."""
        async with self._pool.connection() as conn:
            waiting = await db.rows(conn, _WAITING)
        return sum([await build(self._pool, account_id, segment_id) for account_id, segment_id in waiting])


async def build(pool: db.Pool, account_id: int, segment_id: int) -> bool:
    """Build one segment; False when it needs none any more, or another worker has it.

    The account's pipeline stands still meanwhile (what arrives waits in the inbox), so every change is either in the
    tables before the build reads them, or reacted to by a batch after the build's commit, which finds the segment
    among those that are alive. A change that is written beside the pipeline (a profile patched, a list joined) and
    becomes visible half way through has its own row in the inbox, so the batch after asks about that profile again;
    asking twice does no harm, because a membership is computed from the tables and never counted up.
    """
    async with pool.connection() as conn:
        # Before the row: whoever holds both took them in this order.
        await db.execute(conn, LOCK_ACCOUNT, (account_id,))
        claimed = await db.row(conn, _CLAIM, (account_id, segment_id))
        if claimed is None:
            return False
        account = await accounts.load(conn, account_id)
        await _build(conn, account, segment_id, claimed[0], stored(*claimed))
        await db.execute(conn, LET_GO)
    return True


async def _build(conn: db.Connection, account: Account, segment_id: int, name: str, definition: Definition) -> None:
    now = account.now()
    scope = Scope(conn, account.account_id, now, await resolve(conn, account.account_id, definition.depends))
    changes = await members.replace(scope, segment_id, definition)
    evaluated = now if definition.moving else None
    await db.execute(conn, _BUILT, (now, evaluated, await due(scope, definition), account.account_id, segment_id))
    if changes and await _has_dependents(conn, account.account_id, name):
        # Who was found by a build starts no flow (behaviour-people 4.8); segments of this segment have to hear of it.
        quiet = [Change(one.profiles, one.what, group=one.group, joined=one.joined, quiet=True) for one in changes]
        await inbox.append(conn, account.account_id, quiet)


async def due(scope: Scope, definition: Definition) -> datetime | None:
    """When the timer has to look at dates stored with people next."""
    found = [await condition.due(scope) for condition in definition.moving]
    return min((moment for moment in found if moment is not None), default=None)


async def _has_dependents(conn: db.Connection, account_id: int, name: str) -> bool:
    others = await db.rows(conn, _OTHERS, (account_id, name))
    return any(name in stored(*other).depends.groups for other in others)
