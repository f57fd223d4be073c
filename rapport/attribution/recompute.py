"""Work the history out anew, in pieces that the pipeline does between its batches.

A piece is a change in the inbox like any other: it is done under the account's pipeline lock with the settings of that
moment, and leaves the next piece in the same transaction. So it survives a crash, and can't race with new orders.
New credits are written as a version beside the one that is read; after the last person the new one is read, in one
step, and the rows of the old one are deleted piece by piece.
"""

import msgspec

from rapport.accounts import setting_versions
from rapport.accounts.types import Account
from rapport.attribution import refunds, versions
from rapport.attribution.credit import Writer
from rapport.attribution.models import model_of
from rapport.attribution.versions import Build
from rapport.attribution.windows import AttributionSettings
from rapport.events.reactions import Batch
from rapport.inbox.service import append
from rapport.inbox.types import Change
from rapport.kit import clock, db

WHAT = "attribution"
# People in one statement, and rows that are deleted in one.
_FEW, _MANY, _ROWS = 100, 3200, 20_000
# How long a piece takes: what arrives meanwhile waits, and every piece costs a batch of the pipeline.
_SECONDS = 0.2
# Whoever has no touch has no credit.
_NEXT = """
    SELECT DISTINCT profile_id FROM engagements WHERE account_id = %(account)s AND profile_id > %(after)s
    ORDER BY profile_id LIMIT %(limit)s"""
_ENDS = """
    SELECT coalesce(min(profile_id), 0), coalesce(max(profile_id), 0) FROM engagements
    WHERE account_id = %(account)s"""
_SWEEP = """
    DELETE FROM attributions a
    USING (SELECT version, event_id, touch_event_id FROM attributions
           WHERE account_id = %(account)s AND version < %(current)s LIMIT %(limit)s) old
    WHERE a.account_id = %(account)s AND a.version = old.version AND a.event_id = old.event_id
      AND a.touch_event_id = old.touch_event_id"""
_SWEEP_TOTALS = "DELETE FROM credit_totals WHERE account_id = %(account)s AND version < %(current)s"


async def start(conn: db.Connection, account: Account, settings: AttributionSettings) -> Build:
    """Begin, in the caller's transaction, which holds the account (`versions.locked`). What was being worked out
    before is given up."""
    under_way = versions.build_of(account)
    latest = under_way.version if under_way else versions.current_version(account)
    first, last = await db.row(conn, _ENDS, {"account": account.account_id}) or (0, 0)
    build = Build(latest + 1, settings, account.now(), max(0, first - 1), last, max(0, first - 1))
    await versions.save_build(conn, account.account_id, build)
    await setting_versions.move(conn, account.account_id, versions.VERSIONS, account.now())
    await _leave(conn, account)
    return build


async def react(batch: Batch) -> None:
    """Do the next piece of a recomputation that is under way."""
    if any(WHAT in change.what for change in batch.changes):
        account = await versions.locked(batch.conn, batch.account.account_id)
        build = versions.build_of(account)
        more = await (_build(batch.conn, account, build) if build else _sweep(batch.conn, account))
        if more:
            await _leave(batch.conn, account)


async def _build(conn: db.Connection, account: Account, build: Build) -> bool:
    """Credit people for a moment, and have the version read after the last of them. True: there is more to do."""
    model = model_of(build.settings, account.account_id, build.version)
    metrics = await refunds.metrics_of(conn, account.account_id)
    writer = Writer(conn, model, account.currency, metrics)
    after, people, until = build.after, _FEW, clock.monotonic() + _SECONDS
    while (begun := clock.monotonic()) < until:
        credited = await _credit_next(writer, after, people)
        if len(credited) < people:
            await versions.read_from_now_on(conn, account.account_id, build)
            return True
        after = credited[-1]
        people = _next_size(people, clock.monotonic() - begun)
    await versions.save_build(conn, account.account_id, msgspec.structs.replace(build, after=after))
    return True


async def _credit_next(writer: Writer, after: int, limit: int) -> list[int]:
    """Credit the next people, and answer their ids: fewer than `limit` are the last."""
    scope = {"account": writer.account_id, "after": after, "limit": limit}
    people = [row[0] for row in await db.rows(writer.conn, _NEXT, scope)]
    await writer.of_profiles(people)
    return people


def _next_size(people: int, seconds: float) -> int:
    """How many people to credit in the next statement, after one of so many took so long: what a person did is ten
    events or ten thousand."""
    return (
        min(_MANY, 2 * people) if seconds < _SECONDS / 4 else max(_FEW, people // 2) if seconds > _SECONDS else people
    )


async def _sweep(conn: db.Connection, account: Account) -> bool:
    """Delete rows of versions that nobody reads. True: there may be more."""
    scope = {"account": account.account_id, "current": versions.current_version(account), "limit": _ROWS}
    await db.execute(conn, _SWEEP_TOTALS, scope)
    return await db.execute(conn, _SWEEP, scope) == _ROWS


async def _leave(conn: db.Connection, account: Account) -> None:
    # It names no people, so no other reaction takes it for a change of theirs.
    await append(conn, account.account_id, [Change([], [WHAT])])
