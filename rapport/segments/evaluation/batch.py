"""Many definitions about some people in few questions: what a batch of the pipeline asks for all segments at once.

Of each condition two things are kept: who surely meets it, and who possibly does. What is cheap to know comes first and
narrows what is asked next: the totals say about whom the log need be asked at all, which of most metrics is nobody;
then comes what is on record with the profiles; then the log; and what is left is asked condition by condition. A
definition about which nobody is in doubt any more asks for nothing.

The algebra is that of `evaluate`, over columns instead of sets; `tests/segments/test_differential.py` holds both to one
meaning.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from rapport.segments.conditions.definition import Definition
from rapport.segments.conditions.metric import MetricCondition
from rapport.segments.conditions.properties import PropertyCondition
from rapport.segments.evaluation import columns
from rapport.segments.evaluation.columns import Part
from rapport.segments.evaluation.loaded_events import Log
from rapport.segments.evaluation.loaded_totals import PARTS, Totals
from rapport.segments.evaluation.masks import Mask, People
from rapport.segments.grammar.timeframes import Window
from rapport.segments.sql.scope import Condition, Scope


@dataclass(frozen=True)
class Bounds:
    """Who meets a condition, or a definition, for all that is known: nobody but `possibly`, and `surely` at least."""

    surely: Mask
    possibly: Mask


# Conditions by their number, with the people of whom it is open.
Open = Mapping[int, Mask]


async def together(scope: Scope, people: People, asked: Sequence[tuple[Definition, Mask]]) -> list[Mask]:
    """Who meets each definition, of those it is asked about; they are taken to exist.

    Conditions that are one object, as those of an `Index` are when they are equal, are asked once.
    """
    asking = _Asking(people, asked)
    totals = await _totals(scope, people, asking.conditions)
    asking.narrow(_by_totals(scope, people, asking.conditions, totals))
    for read in (_of_profiles, partial(_of_events, totals), _one_by_one):
        if still := asking.open():
            asking.tell(still, await read(scope, people, asking.conditions, still))
    asking.open()
    return asking.found


class _Asking:
    """The algebra, with conditions by their numbers."""

    def __init__(self, people: People, asked: Sequence[tuple[Definition, Mask]]) -> None:
        self._people = people
        self.conditions: list[Condition] = []
        # by identity: to compare them by what they say takes longer than all the algebra
        self._numbers: dict[int, int] = {}
        self._groups = [[[*map(self._number, group)] for group in definition.groups] for definition, _ in asked]
        self._among = [mask for _, mask in asked]
        self._bounds = [Bounds(people.nobody, people.everybody)] * len(self.conditions)
        self._undecided: Sequence[int] = range(len(asked))
        self.found = [people.nobody] * len(asked)

    def _number(self, condition: Condition) -> int:
        number = self._numbers.setdefault(id(condition), len(self.conditions))
        if number == len(self.conditions):
            self.conditions.append(condition)
        return number

    def narrow(self, bounds: Mapping[int, Bounds]) -> None:
        for number, one in bounds.items():
            self._bounds[number] = one

    def tell(self, asked: Open, answers: Mapping[int, Bounds]) -> None:
        """Of those who were asked about: of the others it does not matter any more."""
        for number, one in answers.items():
            before, others = self._bounds[number], ~asked[number]
            surely, possibly = before.surely & others | one.surely, before.possibly & others | one.possibly
            self._bounds[number] = Bounds(self._people.known(surely), self._people.known(possibly))

    def open(self) -> dict[int, Mask]:
        """What has to be known still, after taking down what follows from what is known."""
        needed: dict[int, Mask] = {}
        self._undecided = [number for number in self._undecided if self._is_open(number, needed)]
        return needed

    def _is_open(self, question: int, needed: dict[int, Mask]) -> bool:
        nobody, among = self._people.nobody, self._among[question]
        groups: list[Bounds] = []
        surely = possibly = self._people.everybody
        for numbers in self._groups[question]:
            group = self._any(numbers)
            if group.possibly is nobody:
                return False
            groups.append(group)
            surely, possibly = self._people.both(surely, group.surely), self._people.both(possibly, group.possibly)
        self.found[question] = self._people.both(surely, among)
        doubtful = nobody if possibly is surely else possibly & ~surely & among
        if not doubtful.any():
            return False
        for group, numbers in zip(groups, self._groups[question], strict=True):
            self._need(needed, numbers, doubtful & ~group.surely)
        return True

    def _need(self, needed: dict[int, Mask], numbers: Sequence[int], doubtful: Mask) -> None:
        for number in numbers:
            bounds = self._bounds[number]
            if bounds.surely is not bounds.possibly:
                own = doubtful & bounds.possibly & ~bounds.surely
                if own.any():
                    needed[number] = needed[number] | own if number in needed else own

    def _any(self, numbers: Sequence[int]) -> Bounds:
        if len(numbers) == 1:
            return self._bounds[numbers[0]]
        surely = possibly = self._people.nobody
        for number in numbers:
            bounds = self._bounds[number]
            surely = self._people.either(surely, bounds.surely)
            possibly = self._people.either(possibly, bounds.possibly)
        return Bounds(surely, possibly)


async def _totals(scope: Scope, people: People, conditions: Sequence[Condition]) -> dict[int, Totals]:
    counted = list(_counted(scope, conditions).values())
    metrics = sorted({metric for _, metric in counted if metric})
    sums = any(condition.is_plain and condition.measurement == "sum" for condition, _ in counted)
    return await columns.totals(scope, people, metrics, sums=sums)


def _by_totals(
    scope: Scope, people: People, conditions: Sequence[Condition], totals: Mapping[int, Totals]
) -> dict[int, Bounds]:
    return {
        number: _told(people, condition, _differing(scope, people, condition, totals.get(metric)))
        for number, (condition, metric) in _counted(scope, conditions).items()
    }


def _counted(scope: Scope, conditions: Iterable[Condition]) -> dict[int, tuple[MetricCondition, int]]:
    """By number, what is counted of which metric; 0 = of one that is not there."""
    return {
        number: (condition, scope.names.metrics.get(condition.metric, 0))
        for number, condition in enumerate(conditions)
        if isinstance(condition, MetricCondition) and condition.timeframe is not None
    }


def _differing(scope: Scope, people: People, condition: MetricCondition, totals: Totals | None) -> Bounds:
    """Who differs from somebody without any event."""
    if totals is None:
        return Bounds(people.nobody, people.nobody)
    return Bounds(*condition.by_totals(totals, scope.now))


def _told(people: People, condition: MetricCondition, differing: Bounds) -> Bounds:
    """Who meets it, of which may be those who do not differ."""
    if condition.idle:
        return Bounds(people.others(differing.possibly), people.others(differing.surely))
    return differing


async def _of_profiles(scope: Scope, people: People, conditions: Sequence[Condition], still: Open) -> dict[int, Bounds]:
    asked = {
        number: (condition, mask)
        for number, mask in still.items()
        if isinstance(condition := conditions[number], PropertyCondition)
    }
    found = await columns.of_profiles(scope, people, asked)
    masks = {number: one & asked[number][1] for number, one in found.items()}
    return {number: Bounds(mask, mask) for number, mask in masks.items()}


async def _one_by_one(scope: Scope, people: People, conditions: Sequence[Condition], still: Open) -> dict[int, Bounds]:
    found: dict[int, Bounds] = {}
    for number, mask in still.items():
        some = people.chosen(mask)
        answer = people.mask(await conditions[number].matching(scope.about(some)) & some)
        found[number] = Bounds(answer, answer)
    return found


@dataclass(frozen=True)
class _Counted:
    """A condition of which the log has to be asked, about some people."""

    number: int
    condition: MetricCondition
    among: Mask


async def _of_events(
    totals: Mapping[int, Totals], scope: Scope, people: People, conditions: Sequence[Condition], still: Open
) -> dict[int, Bounds]:
    asked: dict[int, list[_Counted]] = {}
    for number, mask in still.items():
        condition = conditions[number]
        if isinstance(condition, MetricCondition) and condition.timeframe is not None:
            metric = scope.names.metrics[condition.metric]
            asked.setdefault(metric, []).append(_Counted(number, condition, mask))
    rounds = {metric: _rounds(some) for metric, some in asked.items()}
    found: dict[int, Bounds] = {}
    for number in range(max(map(len, rounds.values()), default=0)):
        found |= await _read(
            scope, people, totals, {metric: some[number] for metric, some in rounds.items() if some[number:]}
        )
    return found


def _rounds(some: Sequence[_Counted]) -> list[Sequence[_Counted]]:
    """Each with no more different tests than go into one statement."""
    by_test: dict[object, list[_Counted]] = {}
    for one in some:
        by_test.setdefault(one.condition.tested, []).append(one)
    return [[one for test in tests for one in by_test[test]] for tests in columns.parts(list(by_test))]


async def _read(
    scope: Scope, people: People, totals: Mapping[int, Totals], asked: Mapping[int, Sequence[_Counted]]
) -> dict[int, Bounds]:
    parts = [part for metric, some in sorted(asked.items()) for part in _parts(scope, people, metric, some)]
    logs = await columns.of_events(scope, people, parts, {metric: totals[metric].counts for metric in asked})
    found: dict[int, Bounds] = {}
    for metric, some in asked.items():
        places = {test: place for place, test in enumerate(_tests(some))}
        for one in some:
            differing = Bounds(people.nobody, people.nobody)
            if metric in logs:
                differing = _measured(scope, one.condition, logs[metric], places.get(one.condition.tested))
            answer = _told(people, one.condition, differing)
            found[one.number] = Bounds(answer.surely & one.among, answer.possibly & one.among)
    return found


def _tests(some: Sequence[_Counted]) -> dict[object, MetricCondition]:
    return {one.condition.tested: one.condition for one in some if one.condition.tested is not None}


def _parts(scope: Scope, people: People, metric: int, some: Sequence[_Counted]) -> list[Part]:
    """All from the earliest start on. What reaches back for ever opens every partition of the log, so what was before
    is read for those only of whom that is asked."""
    spans = [one.condition.span(scope.now) for one in some]
    starts = [start for start, _ in spans if start is not None]
    ends = [end for _, end in spans if end is not None]
    end = max(ends) if len(ends) == len(spans) else None
    back = people.union(one.among for one, (start, _) in zip(some, spans, strict=True) if start is None)
    everyone = people.union(one.among for one in some)
    slices = [(back, Window(None, end))]
    if starts:
        slices = [(everyone, Window(min(starts), end)), (back, Window(None, min(starts)))]
    tests, sums = list(_tests(some).values()), any(one.condition.measurement == "sum" for one in some)
    return [Part(metric, among, window, tests, sums) for among, window in slices if among is not people.nobody]


def _measured(scope: Scope, condition: MetricCondition, log: Log, test: int | None) -> Bounds:
    """Who differs from somebody without any event. Those whose values are not exact stay in doubt."""
    inside = log.inside(condition.span(scope.now), test)
    if condition.measurement == "count":
        found = condition.differing(log.counts(inside), 1)
        return Bounds(found, found)
    found = condition.differing(log.sums(inside), PARTS)
    return Bounds(found & ~log.inexact, found | log.inexact)
