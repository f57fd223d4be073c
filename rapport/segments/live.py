"""Segments kept alive: the pipeline's reaction. Only segments that depend on what changed are asked, about those
profiles only."""

from collections.abc import Sequence

from pyroaring import BitMap64

from rapport.events.inbox import Change
from rapport.events.reactions import Batch
from rapport.kit import db
from rapport.segments import members
from rapport.segments.conditions.definition import resolve
from rapport.segments.conditions.scope import Dependencies, Names, Scope
from rapport.segments.index import Index, levels
from rapport.segments.members import Question

_SOONER = """
    UPDATE segments SET due = %(due)s
    WHERE account_id = %(account)s AND id = %(id)s AND (due IS NULL OR due > %(due)s)"""

_TOUCHED = """
    INSERT INTO segment_touched (account_id, segment_id, profile_id)
    SELECT %s, %s, profile FROM unnest(%s::bigint[]) AS t (profile) ON CONFLICT DO NOTHING"""


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
        depends = Dependencies.of_all(segment.definition.depends for segment in segments)
        names = await resolve(batch.conn, account_id, depends)
        # Asked now and not of `batch.now`: the timer relies on this being no earlier than `recorded` of the events.
        scope = Scope(batch.conn, account_id, batch.account.now(), names)
        touched = _Touched(batch)
        for level in levels(segments):
            questions = [Question(one, found) for one in level if (found := touched.by(one.definition.depends, names))]
            # What is being built is asked about them at its end.
            await _write_down(scope, [one for one in questions if one.segment.building])
            questions = [one for one in questions if not one.segment.building]
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
        # by kind, and by kind and the group or thing that was joined or left, None where it is not said which
        self._kinds: dict[str, BitMap64] = {}
        self._groups: dict[tuple[str, int | None], BitMap64] = {}
        self._note(batch.changes)

    def add(self, changes: Sequence[Change]) -> None:
        self._batch.changes.extend(changes)
        self._note(changes)

    def _note(self, changes: Sequence[Change]) -> None:
        for change in changes:
            profiles = BitMap64(change.profiles)
            for kind in change.what:
                self._kinds.setdefault(kind, BitMap64()).update(profiles)
                self._groups.setdefault((kind, change.group), BitMap64()).update(profiles)

    def by(self, depends: Dependencies, names: Names) -> BitMap64:
        """Moved events mean a merge, and a merge may change anything."""
        found = [self._kinds.get(kind) for kind in ("event", *depends.changes)]
        found += [self._metrics.get(metric) for metric in names.metrics_of(depends)]
        for kind, own in _named(depends, names):
            found += [self._groups.get((kind, own)), self._groups.get((kind, None))]
        if depends.activity:
            found.append(self._active)
        return BitMap64.union(BitMap64(), *(one for one in found if one))


def _named(depends: Dependencies, names: Names) -> list[tuple[str, int]]:
    """Kind of change and own id of what is depended on."""
    groups = (names.groups.get(name) for name in depends.groups)
    things = ((thing, names.things.get(thing)) for thing in depends.things)
    return [
        *((group.kind, group.id) for group in groups if group is not None),
        *((thing.kind, own) for thing, own in things if own is not None),
    ]


async def _write_down(scope: Scope, questions: Sequence[Question]) -> None:
    for question in questions:
        profiles = db.array(list(question.profiles))
        await db.execute(scope.conn, _TOUCHED, (scope.account_id, question.segment.id, profiles))


async def _mind_dates(scope: Scope, questions: Sequence[Question]) -> None:
    """A stored date that `now` reaches sooner than any other brings the timer's next look forward."""
    for question in questions:
        for condition in question.segment.definition.moving:
            if condition.indexed:
                continue
            if any(edge.flows for timeframe in condition.timeframes for edge in timeframe.moving()):
                due = await condition.due(scope.about(question.profiles))
                if due is not None and (question.segment.due is None or due < question.segment.due):
                    parameters = {"due": due, "account": scope.account_id, "id": question.segment.id}
                    await db.execute(scope.conn, _SOONER, parameters)
