"""Reading a definition: every part checked, every refusal pointing at the part (behaviour-messaging 1.2, 10.1)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from msgspec import UNSET

from rapport.flows import branches, checking
from rapport.flows.action_types import (
    KINDS,
    TESTED,
    ActionInput,
    ConditionalSplit,
    Kind,
    MultiBranchSplit,
    SendEmail,
    SendInternalAlert,
    SendWebhook,
)
from rapport.flows.checking import POINTER, converted
from rapport.flows.trigger_types import TRIGGERS, Trigger, kind_of
from rapport.flows.types import DefinitionInput, ReentryCriteria
from rapport.kit.refusals import Refused
from rapport.segments.conditions import Definition, parse
from rapport.templates import service as templates
from rapport.templates.contents import BadTemplate
from rapport.templates.rendering import Part

MAX_ACTIONS = 500


@dataclass(frozen=True)
class Step:
    """An action as it was drawn. `name`: its temporary id, or its id when it is there already; links name others by
    theirs, by way (`next`, a side of a split, the id of a branch). `inner`: the actions that a test compares, the main
    one first."""

    name: str
    type: str
    status: str | None
    data: Any
    links: dict[str, str | None]
    pointer: str
    inner: Sequence["Step"] = ()
    is_new: bool = True

    @property
    def kind(self) -> Kind:
        return KINDS[self.type]

    @property
    def every(self) -> Sequence["Step"]:
        """The action and those inside it."""
        return (self, *self.inner)


@dataclass(frozen=True)
class Drawn:
    """A definition that holds together."""

    trigger: Trigger
    profile_filter: dict[str, Any] | None
    reentry: ReentryCriteria | None
    entry: str | None
    steps: Sequence[Step] = field(default_factory=list)
    # an omitted re-entry is not answered either (1.1)
    reentry_given: bool = True


def read(definition: DefinitionInput, known: Mapping[str, str] | None = None) -> Drawn:
    """`known`: types of the actions that are there, by id, for a definition that takes the place of another; None = a
    new flow, whose actions have no ids yet. Raises Refused."""
    trigger = _trigger(definition.triggers)
    checking.check_filter(definition.profile_filter, f"{POINTER}/profile_filter", whole_flow=True)
    if len(definition.actions) > MAX_ACTIONS:
        raise Refused(f"A flow can have at most {MAX_ACTIONS} actions.", pointer=f"{POINTER}/actions")
    reader = _Reader(trigger, known)
    steps = [reader.step(action, f"{POINTER}/actions/{at}") for at, action in enumerate(definition.actions)]
    _check_names(steps)
    _check_graph(steps, definition.entry_action_id)
    targets = [step for step in steps if step.type == "target-date"]
    if len(targets) > 1:
        raise Refused("A flow can have only one target date.", pointer=f"{targets[1].pointer}/type")
    reentry = definition.reentry_criteria
    criteria = None if reentry is UNSET else reentry
    return Drawn(trigger, definition.profile_filter, criteria, definition.entry_action_id, steps, reentry is not UNSET)


def _trigger(triggers: list[dict[str, Any]]) -> Trigger:
    if len(triggers) != 1:
        raise Refused("Exactly one trigger is supported.", pointer=f"{POINTER}/triggers")
    pointer, kind = f"{POINTER}/triggers/0", kind_of(triggers[0])
    if kind is None:
        if triggers[0].get("type") in TRIGGERS:
            raise Refused("'profile-property' or 'custom-object' is needed.", pointer=f"{pointer}/date_field_type")
        raise Refused(f"'{triggers[0].get('type')}' is not a type of trigger.", pointer=f"{pointer}/type")
    trigger: Any = converted(triggers[0], kind.data, pointer)
    checking.check_trigger(trigger, kind, pointer)
    checked: Trigger = trigger
    return checked


def filters_of(step: Step) -> Iterator[tuple[Definition, str]]:
    """The definitions an action asks of profiles, each with where it stands."""
    for part in step.every:
        data, pointer = part.data, f"{part.pointer}/data"
        asked: list[tuple[Any, str]] = []
        if isinstance(data, ConditionalSplit):
            asked.append((data.profile_filter, f"{pointer}/profile_filter"))
        additional = getattr(getattr(data, "message", None), "additional_filters", None)
        asked.append((additional, f"{pointer}/message/additional_filters"))
        yield from ((parse(definition, flow=True), at) for definition, at in asked if definition is not None)
        for at, branch in enumerate(data.branches if isinstance(data, MultiBranchSplit) else ()):
            groups = branches.parse(branch.branch_filter or {"condition_groups": []})
            yield branches.of_profiles(groups), f"{pointer}/branches/{at}/branch_filter"


_OF_EMAIL = ("subject_line", "preview_text", "from_email", "from_label", "reply_to_email")
_TEMPLATES: Mapping[type[Any], tuple[str, ...]] = {
    SendEmail: _OF_EMAIL,
    SendInternalAlert: ("subject_line", "from_email", "from_label"),
    SendWebhook: ("body",),
}


def templates_of(step: Step) -> Iterator[Part]:
    """The templates written in an action, each by where it stands."""
    for part in step.every:
        for name in _TEMPLATES.get(type(part.data), ()):
            yield Part(f"{part.pointer}/data/message/{name}", getattr(part.data.message, name))


async def check_templates(account_id: int, steps: Iterable[Step]) -> None:
    """Raises Refused. Takes a while: not inside a transaction."""
    try:
        await templates.check(account_id, [part for step in steps for part in templates_of(step)])
    except BadTemplate as error:
        raise Refused(str(error), pointer=error.part) from None


def read_step(head: ActionInput, name: str, pointer: str, *, trigger: Trigger, known: Mapping[str, str]) -> Step:
    """One action that is there already, checked on its own; `known`: it and those inside it. Raises Refused."""
    return _Reader(trigger, known).read(head, name, pointer)


def new_step(action: dict[str, Any], pointer: str, trigger: Trigger) -> Step:
    """One new action, checked on its own. Raises Refused."""
    return _Reader(trigger, None).step(action, pointer)


@dataclass(frozen=True)
class _Reader:
    trigger: Trigger
    known: Mapping[str, str] | None

    def step(self, action: dict[str, Any], pointer: str, types: tuple[str, ...] = tuple(KINDS)) -> Step:
        head = converted(action, ActionInput, pointer, "flow-action")
        if head.id is not UNSET and head.id is not None and self.known is not None:
            return self._there(head, pointer, types)
        if head.id is not UNSET:
            raise Refused("'id' is not allowed on create; use 'temporary_id'.", pointer=f"{pointer}/id")
        if not head.temporary_id:
            raise Refused("Each new action needs a 'temporary_id'.", pointer=f"{pointer}/temporary_id")
        return self.read(head, str(head.temporary_id), pointer, types=types, is_new=True)

    def _there(self, head: ActionInput, pointer: str, types: tuple[str, ...]) -> Step:
        assert self.known is not None
        name = str(head.id)
        if name not in self.known:
            raise Refused(f"There is no action '{name}' in this flow.", pointer=f"{pointer}/id")
        if self.known[name] != head.type:
            detail = f"This is an action of type '{self.known[name]}', which can't be changed."
            raise Refused(detail, pointer=f"{pointer}/type")
        return self.read(head, name, pointer, types=types)

    def read(
        self,
        head: ActionInput,
        name: str,
        pointer: str,
        *,
        types: tuple[str, ...] = tuple(KINDS),
        is_new: bool = False,
    ) -> Step:
        if head.type not in KINDS:
            raise Refused(f"'{head.type}' is not a type of action.", pointer=f"{pointer}/type")
        if head.type not in types:
            raise Refused(f"An action of type '{head.type}' can't stand here.", pointer=f"{pointer}/type")
        kind = KINDS[head.type]
        data: Any = None if head.data is UNSET else head.data
        if kind.data is not None:
            data = converted({} if head.data is UNSET else data, kind.data, f"{pointer}/data", "flow-action")
        links = self._links(head, kind, data, pointer)
        inner = self._inner(head.type, data, f"{pointer}/data", is_new) if kind.is_test else []
        checking.Checker(f"{pointer}/data", self.trigger, is_new).check(data)
        return Step(name, head.type, getattr(data, "status", None), data, links, pointer, inner, is_new)

    def _links(self, head: ActionInput, kind: Kind, data: Any, pointer: str) -> dict[str, str | None]:
        links: Any = converted(head.links or {}, kind.links, f"{pointer}/links", "flow-action")
        if isinstance(data, MultiBranchSplit):
            return {branch.branch_id: branch.links.next for branch in data.branches}
        return {name: getattr(links, name) for name in links.__struct_fields__}

    def _inner(self, type: str, data: Any, pointer: str, is_new: bool) -> list[Step]:
        reader = self if not is_new else _Reader(self.trigger, None)
        inner = [reader.step(data.main_action, f"{pointer}/main_action", TESTED[type])]
        experiment = data.current_experiment
        if experiment is not None:
            at = f"{pointer}/current_experiment/variations"
            inner += [
                reader.step(variation, f"{at}/{number}", TESTED[type])
                for number, variation in enumerate(experiment.variations)
            ]
            checking.check_experiment(experiment, [step.name for step in inner[1:]], pointer, is_new)
        return inner


def _check_names(steps: Sequence[Step]) -> None:
    seen: set[str] = set()
    for part in (part for step in steps for part in step.every):
        if part.name in seen:
            word = "temporary_id" if part.is_new else "id"
            raise Refused(f"The {word} '{part.name}' is used twice.", pointer=f"{part.pointer}/{word}")
        seen.add(part.name)


def link_pointer(step: Step, way: str) -> str:
    """Where a link stands."""
    if isinstance(step.data, MultiBranchSplit):
        at = [branch.branch_id for branch in step.data.branches].index(way)
        return f"{step.pointer}/data/branches/{at}/links/next"
    return f"{step.pointer}/links/{way}"


def _check_graph(steps: Sequence[Step], entry: str | None) -> None:
    """Every link leads somewhere, everything is reached from the entry, and nobody can walk in a circle."""
    by_name = {step.name: step for step in steps}
    if entry is not None and entry not in by_name:
        raise Refused(f"There is no action '{entry}'.", pointer=f"{POINTER}/entry_action_id")
    for step in steps:
        for way, target in step.links.items():
            if target is not None and target not in by_name:
                raise Refused(f"There is no action '{target}'.", pointer=link_pointer(step, way))
    reached = _walk(by_name, entry)
    for step in steps:
        if step.name not in reached:
            raise Refused("This action can't be reached from the entry action.", pointer=step.pointer)


def _walk(steps: dict[str, Step], entry: str | None) -> set[str]:
    """Names reached from the entry. An explicit stack, because a flow may be a chain of hundreds."""
    done: set[str] = set()
    path: set[str] = set()
    stack = [(entry, False)] if entry is not None else []
    while stack:
        name, leaving = stack.pop()
        if leaving:
            path.discard(name)
            done.add(name)
            continue
        if name in done:
            continue
        path.add(name)
        stack.append((name, True))
        for way, target in steps[name].links.items():
            if target in path:
                raise Refused("This link leads back.", pointer=link_pointer(steps[name], way))
            if target is not None:
                stack.append((target, False))
    return done
