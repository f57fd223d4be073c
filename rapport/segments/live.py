"""Segments kept alive: the pipeline's reaction. Only segments that depend on what changed are asked, about those
profiles only."""

from collections.abc import Sequence

from pyroaring import BitMap64

from rapport.events.inbox import Change
from rapport.events.reactions import Batch
from rapport.kit import db
from rapport.segments import members
from rapport.segments.conditions.definition import resolve
from rapport.segments.conditions.scope import Dependencies, Group, Names, Scope
from rapport.segments.index import Index, levels
from rapport.segments.members import Question

_SOONER = """
    UPDATE segments SET due = %(due)s
    WHERE account_id = %(account)s AND id = %(id)s AND (due IS NULL OR due > %(due)s)"""


class Live:
    """`react` is registered with the pipeline, after the totals."""

    def __init__(self) -> None:
        self._index = Index()

    async def react(self, batch: Batch) -> None:
        """Follow what the batch recorded. Entries and exits are appended to `batch.changes`, level by level, so that
        segments of segments see them too."""
        account_id = batch.account.account_id
        segments = await self._index.load(batch.conn, account_id)
        if not segments or not (batch.events or batch.changes):
            return
        depends = Dependencies()
        for segment in segments:
            depends |= segment.definition.depends
        names = await resolve(batch.conn, account_id, depends)
        # Asked now and not of `batch.now`: the timer relies on this being no earlier than `recorded` of the events.
        scope = Scope(batch.conn, account_id, batch.account.now(), names)
        touched = _Touched(batch)
        for level in levels(segments):
            questions = [Question(one, found) for one in level if (found := touched.by(one.definition.depends, names))]
            touched.add(await members.settle(scope, questions))
            await _mind_dates(scope, questions)


class _Touched:
    """Which profiles a batch says something new about, by what it is about."""

    def __init__(self, batch: Batch) -> None:
        self._batch = batch
        self._active = BitMap64(event.profile_id for event in batch.events)
        self._metrics: dict[str, BitMap64] = {}
        for event in batch.events:
            self._metrics.setdefault(event.metric.public_id, BitMap64()).add(event.profile_id)

    def add(self, changes: Sequence[Change]) -> None:
        self._batch.changes.extend(changes)

    def by(self, depends: Dependencies, names: Names) -> BitMap64:
        found = BitMap64(self._active if depends.activity else ())
        for metric in depends.metrics:
            found |= self._metrics.get(metric, BitMap64())
        groups = {group for name, group in names.groups.items() if name in depends.groups}
        for change in self._batch.changes:
            if _concerns(change, depends, groups):
                found |= BitMap64(change.profiles)
        return found


def _concerns(change: Change, depends: Dependencies, groups: set[Group]) -> bool:
    """Moved events mean a merge, and a merge may change anything."""
    if "event" in change.what or not depends.changes.isdisjoint(change.what):
        return True
    return any(group.kind in change.what and change.group in (None, group.id) for group in groups)


async def _mind_dates(scope: Scope, questions: Sequence[Question]) -> None:
    """A stored date that `now` reaches sooner than any other brings the timer's next look forward."""
    for question in questions:
        for condition in question.segment.definition.moving:
            if any(edge.flows for timeframe in condition.timeframes for edge in timeframe.moving()):
                due = await condition.due(scope.about(question.profiles))
                if due is not None and (question.segment.due is None or due < question.segment.due):
                    parameters = {"due": due, "account": scope.account_id, "id": question.segment.id}
                    await db.execute(scope.conn, _SOONER, parameters)
