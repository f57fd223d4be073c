"""Many definitions about some people in few questions: what a batch of the pipeline asks for all segments at once.

In: people, and definitions, each with those of the people it is asked about. Out: for each definition, who meets it.
What is cheap to know comes first and narrows what is asked next:

1. the totals over all time: one question for all metrics, which of most metrics tells that nobody did it;
2. what is on record with the profiles;
3. the log, of the metrics and the people that are left;
4. whatever else there is, condition by condition.

After each, `Narrowing` says of which conditions it has to be known of whom still; when that is nobody, nothing more is
asked.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from rapport.segments.conditions.condition import Condition
from rapport.segments.conditions.definition import Definition
from rapport.segments.conditions.metric import MetricCondition
from rapport.segments.conditions.properties import PropertyCondition
from rapport.segments.evaluation import columns, event_columns, metric_bounds
from rapport.segments.evaluation.bounds import Bounds, Narrowing, Undecided
from rapport.segments.evaluation.event_columns import Slice
from rapport.segments.evaluation.loaded_totals import Totals
from rapport.segments.evaluation.masks import Mask, People
from rapport.segments.sql.scope import Scope


async def matching(scope: Scope, people: People, definitions: Sequence[tuple[Definition, Mask]]) -> list[Mask]:
    """For each definition, the profiles that meet it, out of those it is evaluated for. All profiles must exist."""
    narrowing = Narrowing(people, definitions)
    stages = await _Stages.begun(scope, people, narrowing.conditions)
    narrowing.begin(stages.by_totals())
    for ask in (stages.by_profiles, stages.by_log, stages.one_by_one):
        if undecided := narrowing.undecided():
            narrowing.take(undecided, await ask(undecided))
    narrowing.undecided()
    return narrowing.matching


@dataclass(frozen=True)
class _Counted:
    """A condition on a metric of which the log has to be asked, about some people."""

    number: int
    condition: MetricCondition
    among: Mask


@dataclass(frozen=True)
class _Stages:
    """The four stages of evaluation; each answers those conditions it can. `totals`: by metric id; metrics that none of
    the people has an event of are left out."""

    scope: Scope
    people: People
    conditions: Sequence[Condition]
    totals: Mapping[int, Totals]

    @classmethod
    async def begun(cls, scope: Scope, people: People, conditions: Sequence[Condition]) -> "_Stages":
        counted = list(_counted(scope, conditions).values())
        metrics = sorted({metric for _, metric in counted if metric})
        sums = any(condition.is_plain and condition.measurement == "sum" for condition, _ in counted)
        return cls(scope, people, conditions, await columns.totals(scope, people, metrics, sums=sums))

    def by_totals(self) -> dict[int, Bounds]:
        now, people = self.scope.now, self.people
        known: dict[int, Bounds] = {}
        for number, (condition, metric) in _counted(self.scope, self.conditions).items():
            differing = metric_bounds.by_totals(condition, people, self.totals.get(metric), now)
            known[number] = metric_bounds.bounds(condition, people, differing)
        return known

    async def by_profiles(self, undecided: Undecided) -> dict[int, Bounds]:
        properties = {
            number: (condition, among)
            for number, among in undecided.items()
            if isinstance(condition := self.conditions[number], PropertyCondition)
        }
        passing = await columns.of_profiles(self.scope, self.people, properties)
        return {number: Bounds.exactly(mask & properties[number][1]) for number, mask in passing.items()}

    async def by_log(self, undecided: Undecided) -> dict[int, Bounds]:
        by_metric: dict[int, list[_Counted]] = {}
        for number, among in undecided.items():
            condition = self.conditions[number]
            if isinstance(condition, MetricCondition) and condition.timeframe is not None:
                metric = self.scope.names.metrics[condition.metric]
                by_metric.setdefault(metric, []).append(_Counted(number, condition, among))
        rounds = {metric: _rounds(counted) for metric, counted in by_metric.items()}
        answers: dict[int, Bounds] = {}
        for place in range(max(map(len, rounds.values()), default=0)):
            answers |= await self._round({metric: some[place] for metric, some in rounds.items() if some[place:]})
        return answers

    async def _round(self, by_metric: Mapping[int, Sequence[_Counted]]) -> dict[int, Bounds]:
        slices = [part for metric, counted in sorted(by_metric.items()) for part in self._slices(metric, counted)]
        often = {metric: self.totals[metric].counts for metric in by_metric}
        logs = await event_columns.read(self.scope, self.people, slices, often)
        answers: dict[int, Bounds] = {}
        for metric, counted in by_metric.items():
            numbers = {test: number for number, test in enumerate(_tests(counted))}
            for question in counted:
                test = numbers.get(question.condition.tested)
                differing = metric_bounds.by_log(
                    question.condition, self.people, logs.get(metric), test, self.scope.now
                )
                answer = metric_bounds.bounds(question.condition, self.people, differing)
                answers[question.number] = Bounds(
                    answer.surely & question.among, answer.possibly & question.among, answer.decided
                )
        return answers

    def _slices(self, metric: int, counted: Sequence[_Counted]) -> list[Slice]:
        """The parts of the log to read: for all people from the earliest start on. Events before that open every
        partition, so they are read only for people who have a condition without a start."""
        people = self.people
        spans = [question.condition.span(self.scope.now) for question in counted]
        starts = [start for start, _ in spans if start is not None]
        ends = [end for _, end in spans if end is not None]
        end = max(ends) if len(ends) == len(spans) else None
        for_ever = people.union(
            question.among for question, (start, _) in zip(counted, spans, strict=True) if start is None
        )
        everyone = people.union(question.among for question in counted)
        windows: list[tuple[Mask, datetime | None, datetime | None]] = [(for_ever, None, end)]
        if starts:
            windows = [(everyone, min(starts), end), (for_ever, None, min(starts))]
        tests, sums = (
            list(_tests(counted).values()),
            any(question.condition.measurement == "sum" for question in counted),
        )
        return [
            Slice(metric, among, (start, end), tests, sums)
            for among, start, end in windows
            if not people.is_nobody(among)
        ]

    async def one_by_one(self, undecided: Undecided) -> dict[int, Bounds]:
        answers: dict[int, Bounds] = {}
        for number, among in undecided.items():
            some = self.people.chosen(among)
            meeting = await self.conditions[number].matching(self.scope.about(some))
            answers[number] = Bounds.exactly(self.people.mask(meeting & some))
        return answers


def _counted(scope: Scope, conditions: Iterable[Condition]) -> dict[int, tuple[MetricCondition, int]]:
    """Conditions on metrics by number, each with its metric id; 0 = a metric that does not exist."""
    return {
        number: (condition, scope.names.metrics.get(condition.metric, 0))
        for number, condition in enumerate(conditions)
        if isinstance(condition, MetricCondition) and condition.timeframe is not None
    }


def _rounds(counted: Sequence[_Counted]) -> list[Sequence[_Counted]]:
    """The conditions in groups, each with at most as many different event filters as fit into one statement."""
    by_test: dict[object, list[_Counted]] = {}
    for question in counted:
        by_test.setdefault(question.condition.tested, []).append(question)
    return [[question for test in tests for question in by_test[test]] for tests in columns.chunks(list(by_test))]


def _tests(counted: Sequence[_Counted]) -> dict[object, MetricCondition]:
    """The different event filters, each with one condition that has it."""
    return {
        question.condition.tested: question.condition for question in counted if question.condition.tested is not None
    }
