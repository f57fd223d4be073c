"""What is in the way of turning a flow live: what this version has no provider or room for, and what is not set up."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rapport.flows import branches
from rapport.flows.action_types import AbTest, ConditionalSplit, MultiBranchSplit
from rapport.flows.definition import Step, filters_of
from rapport.flows.plan import Action, Flow
from rapport.flows.trigger_types import kind_of
from rapport.segments.conditions.definition import Definition
from rapport.segments.conditions.unavailable import Unavailable


@dataclass(frozen=True)
class Problem:
    """`action_id`: of the action that is in the way, or temporary id of one that is drawn; null = the trigger, or the
    flow's own filter."""

    detail: str
    action_id: str | None = None


def problems(flow: Flow) -> Iterator[Problem]:
    """Everything that keeps a flow from being live."""
    yield from of_trigger(flow)
    for action in flow.actions.values():
        if action.status is not None:
            yield from (Problem(reason, str(action.id)) for reason in _of_action(flow, action))


def of_trigger(flow: Flow) -> Iterator[Problem]:
    """What keeps every one of its actions from being live."""
    kind = kind_of(flow.trigger)
    if kind is not None and kind.lacks is not None:
        yield Problem(kind.lacks)
    yield from (Problem(reason) for reason in _unavailable(flow.filter))
    # Those without a status of their own are part of whatever of the flow is live.
    for action in flow.actions.values():
        if action.status is None:
            yield from (Problem(reason, str(action.id)) for reason in _of_action(flow, action))


def of_step(step: Step) -> Iterator[str]:
    """Of an action as it was read."""
    for part in step.every:
        if part.kind.lacks is not None:
            yield part.kind.lacks
    for definition, _ in filters_of(step):
        yield from _unavailable(definition)
    yield from _of_test(step.data)


def _of_action(flow: Flow, action: Action) -> Iterator[str]:
    if action.kind.lacks is not None:
        yield action.kind.lacks
    for definition in _asked(flow, action):
        yield from _unavailable(definition)
    yield from _of_test(action.typed)
    for type in {*action.inner.values()} - {"send-email"}:
        yield f"A test can't have an action of type '{type}' yet."


def _asked(flow: Flow, action: Action) -> Iterator[Definition | None]:
    data = action.typed
    if isinstance(data, ConditionalSplit):
        yield flow.parsed(data.profile_filter, "")
    if isinstance(data, MultiBranchSplit):
        for branch in data.branches:
            yield branches.of_profiles(branches.parse(branch.branch_filter or {"condition_groups": []}))
    for message in action.messages:
        yield flow.parsed(message.content.get("additional_filters"), "")


def _unavailable(definition: Definition | None) -> Iterator[str]:
    if definition is not None:
        yield from (condition.reason for condition in definition.conditions if isinstance(condition, Unavailable))


def _of_test(data: Any) -> Iterator[str]:
    if isinstance(data, AbTest) and data.current_experiment is not None and data.experiment_status != "completed":
        if len(data.current_experiment.variations) < 2:
            yield "A test needs at least two variations."
        if data.current_experiment.winner_metric == "submission":
            yield "Submissions of forms can't decide a test in this version."
