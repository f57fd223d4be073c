"""Segments kept alive: the pipeline's reaction. Only segments that depend on what changed are asked, about those
profiles only."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from pyroaring import BitMap64

from rapport.events.follow_merges import follow_merges_of_waiting
from rapport.events.reactions import Batch
from rapport.events.record import Recorded
from rapport.inbox.types import Change, Waiting
from rapport.kit import clock, db
from rapport.segments.conditions.definition import resolve
from rapport.segments.grammar.dependencies import Thing
from rapport.segments.membership import members
from rapport.segments.membership.index import Cause, Index, Level, Watching
from rapport.segments.membership.members import Question
from rapport.segments.sql.scope import Names, Scope

_SOONER = """
    UPDATE segments SET due = %(due)s
    WHERE account_id = %(account)s AND id = %(id)s AND (due IS NULL OR due > %(due)s)"""

_TOUCHED = """
    INSERT INTO segment_touched (account_id, segment_id, profile_id)
    SELECT %s, %s, profile FROM unnest(%s::bigint[]) AS t (profile) ON CONFLICT DO NOTHING"""

# Kind of a change that is put off: somebody did something of the metric whose own id is the group.
_DID = "did"
# While a backlog lasts, people are asked about this often.
_SECONDS = 10.0
# Asking may have taken long because something else held it up; no membership is to be minutes old for that.
_MOST_TIMES = 6.0
# More mentions of people are not put off: the row they are in should stay of a reasonable size.
_MOST_WAITING = 200_000


class Live:
    """`react` is registered with the pipeline, after the totals.

    While much waits, the people of several batches are asked about together: most of them are in more than one, and to
    ask about somebody costs the same however much is new (docs/adr 0018). `patience`: seconds
    they wait at most; where asking takes longer than one second, so many times what it took, up to `_MOST_TIMES`: ten
    seconds are less work on a slow machine, and asking is as much.
    """

    def __init__(self, patience: float = _SECONDS) -> None:
        self._index = Index()
        self._patience = patience
        # by account, by the monotonic clock: since when people wait
        self._since: dict[int, float] = {}
        # by account: how long it took, the last time, to ask about those who had waited
        self._took: dict[int, float] = {}

    async def react(self, batch: Batch) -> None:
        """Follow what the batch recorded. Entries and exits are appended to `batch.changes`, level by level, so that
        segments of segments see them too."""
        account_id = batch.account.account_id
        watching = await self._index.load(batch.conn, account_id)
        if not watching.segments or not (batch.events or batch.changes or batch.later):
            return
        if batch.more and self._can_wait(account_id):
            said = _Touched(batch.events, batch.changes, batch.later).said_again()
            if sum(len(one.profiles) for one in said) <= _MOST_WAITING:
                batch.put_off.extend(said)
                return
        begun = clock.monotonic()
        later = await follow_merges_of_waiting(batch.conn, account_id, batch.later)
        await _follow(batch, watching, _Touched(batch.events, [*batch.changes, *later]))
        self._since.pop(account_id, None)
        if later:
            self._took[account_id] = clock.monotonic() - begun

    def _can_wait(self, account_id: int) -> bool:
        """With ten seconds of patience, asking takes a tenth of the time at most while it takes six seconds or less."""
        now = clock.monotonic()
        waited = now - self._since.setdefault(account_id, now)
        took = self._took.get(account_id, 0.0)
        return waited < self._patience * min(max(1.0, took), _MOST_TIMES)


async def _follow(batch: Batch, watching: Watching, touched: "_Touched") -> None:
    account_id = batch.account.account_id
    names = await resolve(batch.conn, account_id, watching.outline.depends)
    # Asked now and not of `batch.now`: the timer relies on this being no earlier than `recorded` of the events.
    scope = Scope(batch.conn, account_id, batch.account.now(), names)
    for level in watching.outline.levels:
        found = touched.following(level, names)
        questions = [Question(watching.segments[place], profiles) for place, profiles in found.items()]
        # What is being built is asked about them at its end.
        await _write_down(scope, [one for one in questions if one.segment.building])
        questions = [one for one in questions if not one.segment.building]
        changes = await members.settle(scope, questions, touched.active)
        batch.changes.extend(changes)
        touched.note(changes)
        await _mind_dates(scope, questions)


class _Touched:
    """Which profiles a batch says something new about, by what it is about."""

    def __init__(self, events: Sequence[Recorded], changes: Sequence[Change], waiting: Sequence[Waiting] = ()) -> None:
        # by the metric's own id
        by_metric: defaultdict[int, list[int]] = defaultdict(list)
        for event in events:
            by_metric[event.metric.id].append(event.profile_id)
        self._metrics = {metric: BitMap64(profiles) for metric, profiles in by_metric.items()}
        # by kind, and by kind and the group or thing that was joined or left, None where it is not said which
        self._kinds: dict[str, BitMap64] = {}
        self._groups: dict[tuple[str, int | None], BitMap64] = {}
        self.note(changes)
        for one in waiting:
            self._note(one.change, one.profiles)

    @property
    def active(self) -> BitMap64:
        """Who did anything."""
        return _union(self._metrics.values())

    def said_again(self) -> list[Waiting]:
        """All of it."""
        did = [((_DID, metric), profiles) for metric, profiles in self._metrics.items()]
        return [
            Waiting(profiles, Change([], [kind], group=group))
            for (kind, group), profiles in (*did, *self._groups.items())
            if profiles
        ]

    def note(self, changes: Sequence[Change]) -> None:
        for change in changes:
            self._note(change, BitMap64(change.profiles))

    def _note(self, change: Change, profiles: BitMap64) -> None:
        for kind in change.what:
            if kind == _DID and change.group is not None:
                self._metrics.setdefault(change.group, BitMap64()).update(profiles)
            else:
                self._kinds.setdefault(kind, BitMap64()).update(profiles)
                self._groups.setdefault((kind, change.group), BitMap64()).update(profiles)

    def following(self, level: Level, names: Names) -> dict[int, BitMap64]:
        """Places of segments about which something is said, with the profiles. Those of which the same is said share
        one set."""
        sets = {cause: profiles for cause in level.following if (profiles := self._by(cause, names))}
        causes: dict[int, tuple[Cause, ...]] = {}
        for cause in sets:
            for place in level.following[cause]:
                causes[place] = (*causes.get(place, ()), cause)
        unions = {some: _union(sets[cause] for cause in some) for some in set(causes.values())}
        return {place: unions[causes[place]] for place in sorted(causes)}

    def _by(self, cause: Cause, names: Names) -> BitMap64:
        kind, what = cause
        if kind == "activity":
            return self.active
        if kind == "change":
            return self._kinds.get(str(what), _NOBODY)
        if kind == "metric":
            return self._metrics.get(names.metrics.get(str(what), 0), _NOBODY)
        if kind == "purpose":
            serving = names.purposes.get(str(what))
            return _NOBODY if serving is None else self._metrics.get(serving.id, _NOBODY)
        return self._in_group(*_own(cause, names))

    def _in_group(self, kind: str, own: int | None) -> BitMap64:
        """Who joined or left it, or something of its kind that is not named; own None: it is not there."""
        if own is None:
            return _NOBODY
        return _union(self._groups.get((kind, which), _NOBODY) for which in (own, None))


_NOBODY = BitMap64()


def _union(sets: Iterable[BitMap64]) -> BitMap64:
    return BitMap64.union(_NOBODY, *sets)


def _own(cause: Cause, names: Names) -> tuple[str, int | None]:
    """Kind of change, and own id, of a group or thing."""
    if isinstance(cause[1], Thing):
        return cause[1].kind, names.things.get(cause[1])
    group = names.groups.get(str(cause[1]))
    return ("", None) if group is None else (group.kind, group.id)


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
