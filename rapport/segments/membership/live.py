"""Segments kept alive: the pipeline's reaction to a batch.

In: what the batch recorded. Out: memberships written, each entry and exit told in `batch.changes`. In these steps:

1. The account's segments are at hand, parsed, in an `Index`, in levels: a segment comes after those it depends on.
2. While much waits behind the batch, it is only deferred about whom it says something, and a later one asks for all
   of them together (`backlog`): most people are in several, and to ask about somebody costs the same however much is
   new.
3. Else, level by level: the `DirtySet` says which segments depend on what changed, and about whom they have to be
   asked. They are asked and the differences written (`members`), which makes more dirty for the next level.
4. A segment that is being built is not asked: the build asks about these people at its end.
5. Where a stored date is now reached sooner than the timer would look, its next look is brought forward.
"""

from collections.abc import Sequence

from rapport.events.reactions import Batch
from rapport.kit import clock, db
from rapport.segments.conditions.definition import resolve
from rapport.segments.membership import backlog, members
from rapport.segments.membership.dirty import DirtySet
from rapport.segments.membership.index import Index, Watching
from rapport.segments.membership.members import Question
from rapport.segments.sql.scope import Scope

_SOONER = """
    UPDATE segments SET due = %(due)s
    WHERE account_id = %(account)s AND id = %(id)s AND (due IS NULL OR due > %(due)s)"""

_TOUCHED = """
    INSERT INTO segment_touched (account_id, segment_id, profile_id)
    SELECT %s, %s, profile FROM unnest(%s::bigint[]) AS t (profile) ON CONFLICT DO NOTHING"""


class Live:
    """The reaction; it runs after the one that keeps the totals. `patience`: see `backlog.Patience`."""

    def __init__(self, patience: float = backlog.SECONDS) -> None:
        self._index = Index()
        self._patience = backlog.Patience(patience)

    async def react(self, batch: Batch) -> None:
        """Bring memberships up to date with the batch. Entries and exits are appended to `batch.changes`, level by
        level, so that segments that depend on segments see them."""
        account_id = batch.account.account_id
        watching = await self._index.load(batch.conn, account_id)
        if not watching.segments or not (batch.events or batch.changes or batch.deferred):
            return
        if batch.more and self._patience.lasts(account_id):
            dirty = DirtySet(batch.events, batch.changes, backlog.unpack(batch.deferred))
            entries = dirty.entries()
            if (data := backlog.pack(entries)) is not None:
                if entries:
                    batch.defer(data)
                return
        begun = clock.monotonic()
        earlier = await backlog.changes(batch.conn, account_id, batch.deferred)
        await _follow(batch, watching, DirtySet(batch.events, [*batch.changes, *earlier]))
        self._patience.evaluated(account_id, clock.monotonic() - begun if earlier else None)


async def _follow(batch: Batch, watching: Watching, dirty: DirtySet) -> None:
    account_id = batch.account.account_id
    names = await resolve(batch.conn, account_id, watching.outline.depends)
    # Asked now and not of `batch.now`: the timer relies on this being no earlier than `recorded` of the events.
    scope = Scope(batch.conn, account_id, batch.account.now(), names)
    for level in watching.outline.levels:
        concerned = [Question(watching.segments[at], profiles) for at, profiles in dirty.segments(level, names).items()]
        # What is being built is asked about them at its end.
        await _note_touched(scope, [question for question in concerned if question.segment.building])
        questions = [question for question in concerned if not question.segment.building]
        changes = await members.apply_differences(scope, questions, dirty.active)
        batch.changes.extend(changes)
        dirty.note(changes)
        await _bring_forward(scope, questions)


async def _note_touched(scope: Scope, questions: Sequence[Question]) -> None:
    for question in questions:
        profiles = db.array(list(question.profiles))
        await db.execute(scope.conn, _TOUCHED, (scope.account_id, question.segment.id, profiles))


async def _bring_forward(scope: Scope, questions: Sequence[Question]) -> None:
    """Where a profile's stored date is reached sooner than any other, let the timer look at that time."""
    for question in questions:
        for condition in question.segment.definition.moving:
            if condition.indexed:
                continue
            if any(edge.flows for timeframe in condition.timeframes for edge in timeframe.moving()):
                due = await condition.due(scope.about(question.profiles))
                if due is not None and (question.segment.due is None or due < question.segment.due):
                    parameters = {"due": due, "account": scope.account_id, "id": question.segment.id}
                    await db.execute(scope.conn, _SOONER, parameters)
