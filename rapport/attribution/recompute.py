"""Work the history out anew, in pieces that the pipeline does between its batches.

A piece is a change in the inbox like any other: it is done under the account's pipeline lock with the settings of that
moment, and leaves the next piece in the same transaction. So it survives a crash, and can't race with new orders.
"""

from rapport.accounts.types import Account
from rapport.attribution import credit
from rapport.attribution.models import model_of
from rapport.attribution.windows import settings_of
from rapport.events.reactions import Batch
from rapport.inbox.service import append
from rapport.inbox.types import Change
from rapport.kit import db

WHAT = "attribution"
_A_PIECE = 500
# Whoever has no touch and no credit has nothing to work out.
_NEXT = """
    SELECT DISTINCT profile_id FROM (
        (SELECT DISTINCT profile_id FROM engagements WHERE account_id = %(account)s AND profile_id > %(after)s
         ORDER BY profile_id LIMIT %(limit)s)
        UNION ALL
        (SELECT DISTINCT profile_id FROM attributions WHERE account_id = %(account)s AND profile_id > %(after)s
         ORDER BY profile_id LIMIT %(limit)s)) people
    ORDER BY profile_id LIMIT %(limit)s"""
_RUNNING = """
    SELECT EXISTS (SELECT FROM inbox
        WHERE account_id = %s AND kind = 'change' AND body::jsonb -> 'what' ? %s)"""


async def start(conn: db.Connection, account: Account) -> None:
    """Begin, in the caller's transaction."""
    await _leave(conn, account, after=0)


async def running(conn: db.Connection, account_id: int) -> bool:
    row = await db.row(conn, _RUNNING, (account_id, WHAT))
    return bool(row and row[0])


async def react(batch: Batch) -> None:
    """Do the next piece of each recomputation that is under way."""
    for change in batch.changes:
        if WHAT in change.what:
            await _piece(batch, after=change.group or 0)


async def _piece(batch: Batch, *, after: int) -> None:
    account = batch.account
    scope = {"account": account.account_id, "after": after, "limit": _A_PIECE}
    people = [row[0] for row in await db.rows(batch.conn, _NEXT, scope)]
    await credit.of_profiles(batch.conn, model_of(settings_of(account), account.account_id), people)
    if len(people) == _A_PIECE:
        await _leave(batch.conn, account, after=people[-1])


async def _leave(conn: db.Connection, account: Account, *, after: int) -> None:
    # It names no people, so no other reaction takes it for a change of theirs; the group is where to go on.
    await append(conn, account.account_id, [Change([], [WHAT], group=after)])
