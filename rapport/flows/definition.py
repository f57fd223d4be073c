"""Reading a definition: every part checked, every refusal pointing at the part (behaviour-messaging 1.2, 10.1)."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from functools import partial
from typing import Any, TypeVar
from zoneinfo import available_timezones

import msgspec
from msgspec import UNSET

from rapport.flows import trigger_filter
from rapport.flows.types import (
    KINDS,
    KINDS_LATER,
    TRIGGERS_LATER,
    ActionInput,
    ConditionalSplit,
    DefinitionInput,
    DeleteProperty,
    EmailMessage,
    GroupTrigger,
    MetricTrigger,
    Operation,
    ReentryCriteria,
    SendEmail,
    SendWebhook,
    SetDate,
    Setting,
    TimeDelay,
    Trigger,
    TriggerSplit,
    UpdateProfile,
)
from rapport.kit import outgoing
from rapport.kit.jsonapi import bad_json
from rapport.kit.outgoing import Unsendable
from rapport.kit.refusals import Refused
from rapport.messages import senders
from rapport.segments.conditions import parse
from rapport.templates import service as templates
from rapport.templates.contents import BadTemplate
from rapport.templates.rendering import Part

POINTER = "/data/attributes/definition"
MAX_ACTIONS = 500
MAX_TEXT = 100_000
_T = TypeVar("_T")


@dataclass(frozen=True)
class Step:
    """An action as it was drawn; links name temporary ids, or ids on an update."""

    name: str
    type: str
    status: str | None
    data: msgspec.Struct
    links: dict[str, str | None]
    pointer: str


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


def read(definition: DefinitionInput) -> Drawn:
    """Raises Refused."""
    trigger = _trigger(definition.triggers)
    _check_filter(definition.profile_filter, f"{POINTER}/profile_filter")
    if len(definition.actions) > MAX_ACTIONS:
        raise Refused(f"A flow can have at most {MAX_ACTIONS} actions.", pointer=f"{POINTER}/actions")
    steps = [_new_step(action, f"{POINTER}/actions/{at}", trigger) for at, action in enumerate(definition.actions)]
    _check_graph(steps, definition.entry_action_id)
    reentry = definition.reentry_criteria
    known = None if reentry is UNSET else reentry
    return Drawn(trigger, definition.profile_filter, known, definition.entry_action_id, steps, reentry is not UNSET)


def _trigger(triggers: list[dict[str, Any]]) -> Trigger:
    if len(triggers) != 1:
        raise Refused("Exactly one trigger is supported.", pointer=f"{POINTER}/triggers")
    pointer, kind = f"{POINTER}/triggers/0", triggers[0].get("type")
    if kind in TRIGGERS_LATER:
        raise Refused(f"Triggers of type '{kind}' are not available yet.", pointer=f"{pointer}/type")
    if kind not in ("list", "segment", "metric"):
        raise Refused(f"'{kind}' is not a type of trigger.", pointer=f"{pointer}/type")
    if kind != "metric":
        return _converted(triggers[0], GroupTrigger, pointer)
    trigger = _converted(triggers[0], MetricTrigger, pointer)
    if trigger.trigger_filter is not None:
        trigger_filter.parse(trigger.trigger_filter, pointer=f"{pointer}/trigger_filter", metric=trigger.id)
    return trigger


def _converted(value: Any, kind: type[_T], pointer: str, name: str = "flow") -> _T:
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        problem = bad_json(error, name, pointer)
        raise Refused(problem.detail, pointer=problem.source["pointer"]) from None


def _check_sendable(check: Callable[[], None], pointer: str) -> None:
    try:
        check()
    except Unsendable as error:
        raise Refused(str(error), pointer=pointer) from error


def filters_of(step: Step) -> Iterator[tuple[dict[str, Any], str]]:
    """The definitions an action asks of profiles, each with where it stands."""
    data = step.data
    if isinstance(data, ConditionalSplit) and data.profile_filter is not None:
        yield data.profile_filter, f"{step.pointer}/data/profile_filter"
    if isinstance(data, SendEmail) and data.message.additional_filters is not None:
        yield data.message.additional_filters, f"{step.pointer}/data/message/additional_filters"


def templates_of(step: Step) -> Iterator[Part]:
    """The templates written in an action, each by where it stands."""
    data, pointer = step.data, f"{step.pointer}/data/message"
    names: tuple[str, ...] = ()
    if isinstance(data, SendEmail):
        names = ("subject_line", "preview_text", "from_email", "from_label", "reply_to_email")
    elif isinstance(data, SendWebhook):
        names = ("body",)
    for name in names:
        yield Part(f"{pointer}/{name}", getattr(data.message, name))  # type: ignore[attr-defined]


async def check_templates(account_id: int, steps: Iterable[Step]) -> None:
    """Raises Refused. Takes a while: not inside a transaction."""
    try:
        await templates.check(account_id, [part for step in steps for part in templates_of(step)])
    except BadTemplate as error:
        raise Refused(str(error), pointer=error.part) from None


def _check_filter(definition: dict[str, Any] | None, pointer: str) -> None:
    if definition is not None:
        parse(definition, pointer=pointer, flow=True)


def _new_step(action: dict[str, Any], pointer: str, trigger: Trigger) -> Step:
    head = _converted(action, ActionInput, pointer, "flow-action")
    if head.id is not UNSET:
        raise Refused("'id' is not allowed on create; use 'temporary_id'.", pointer=f"{pointer}/id")
    if not head.temporary_id:
        raise Refused("Each new action needs a 'temporary_id'.", pointer=f"{pointer}/temporary_id")
    step = read_step(head, str(head.temporary_id), pointer, trigger=trigger)
    if getattr(getattr(step.data, "message", None), "id", None) is not None:
        raise Refused("'id' is not allowed on create.", pointer=f"{pointer}/data/message/id")
    return step


def read_step(head: ActionInput, name: str, pointer: str, *, trigger: Trigger) -> Step:
    """One action, checked on its own. Raises Refused."""
    if head.type in KINDS_LATER:
        raise Refused(f"Actions of type '{head.type}' are not available yet.", pointer=f"{pointer}/type")
    if head.type not in KINDS:
        raise Refused(f"'{head.type}' is not a type of action.", pointer=f"{pointer}/type")
    kind = KINDS[head.type]
    data: Any = _converted(head.data, kind.data, f"{pointer}/data", "flow-action")
    links = _converted(head.links or {}, kind.links, f"{pointer}/links", "flow-action")
    _Checker(f"{pointer}/data", trigger).check(data)
    return Step(name, head.type, getattr(data, "status", None), data, msgspec.to_builtins(links), pointer)


@dataclass(frozen=True)
class _Checker:
    """What the shape alone does not say."""

    pointer: str
    trigger: Trigger

    def check(self, data: Any) -> None:
        if isinstance(data, SendEmail):
            self._email(data.message)
        elif isinstance(data, SendWebhook):
            self._webhook(data)
        elif isinstance(data, TimeDelay):
            self._delay(data)
        elif isinstance(data, ConditionalSplit):
            _check_filter(data.profile_filter, f"{self.pointer}/profile_filter")
        elif isinstance(data, TriggerSplit):
            self._trigger_split(data)
        elif isinstance(data, UpdateProfile):
            operations_of(data, f"{self.pointer}/profile_operations")

    def _email(self, message: EmailMessage) -> None:
        pointer = f"{self.pointer}/message"
        _check_filter(message.additional_filters, f"{pointer}/additional_filters")
        for name, wrong in senders.problems(msgspec.structs.asdict(message)):
            raise Refused(wrong, pointer=f"{pointer}/{name}")

    def _webhook(self, data: SendWebhook) -> None:
        pointer = f"{self.pointer}/message"
        if data.message.url is not None:
            _check_sendable(partial(outgoing.check_url, data.message.url), f"{pointer}/url")
        _check_sendable(partial(outgoing.check_headers, data.message.headers or {}), f"{pointer}/headers")

    def _delay(self, delay: TimeDelay) -> None:
        if delay.timezone != "profile" and delay.timezone not in available_timezones():
            raise Refused("A time zone such as Europe/Brussels, or 'profile', is needed.", pointer=self._at("timezone"))
        if delay.secondary_value and delay.unit != "hours":
            raise Refused("Only a delay in hours has a second value: its minutes.", pointer=self._at("secondary_value"))
        if isinstance(delay.delay_until_time, str) and not _is_time(delay.delay_until_time):
            raise Refused("A time of day such as 10:00:00 is needed.", pointer=self._at("delay_until_time"))

    def _trigger_split(self, data: TriggerSplit) -> None:
        if not isinstance(self.trigger, MetricTrigger):
            raise Refused("Only a flow that a metric triggers can have a trigger split.", pointer=self.pointer)
        if data.trigger_filter is not None:
            trigger_filter.parse(data.trigger_filter, pointer=self._at("trigger_filter"), metric=self.trigger.id)

    def _at(self, name: str) -> str:
        return f"{self.pointer}/{name}"


def _is_time(text: str) -> bool:
    try:
        return time.fromisoformat(text).tzinfo is None
    except ValueError:
        return False


def operations_of(data: UpdateProfile, pointer: str = "") -> list[Operation]:
    """The operations in their order. Raises Refused."""
    operations = [_operation(operation, f"{pointer}/{at}") for at, operation in enumerate(data.profile_operations)]
    texts = [operation.property_value for operation in operations if not isinstance(operation, DeleteProperty)]
    if sum(len(text.encode()) for text in texts if isinstance(text, str)) > MAX_TEXT:
        raise Refused(f"The values may hold at most {MAX_TEXT} bytes of text together.", pointer=pointer)
    return operations


def _operation(operation: dict[str, Any], pointer: str) -> Operation:
    if operation.get("operator") == "delete":
        return _converted(operation, DeleteProperty, pointer, "flow-action")
    setting: Setting = _converted(operation, Setting, pointer, "flow-action")  # type: ignore[arg-type]
    if isinstance(setting, SetDate) and setting.property_value != "today" and not _is_date(setting.property_value):
        raise Refused("A date such as 2026-03-31, or 'today', is needed.", pointer=f"{pointer}/property_value")
    return setting


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _check_graph(steps: Sequence[Step], entry: str | None) -> None:
    """Every link leads somewhere, everything is reached from the entry, and nobody can walk in a circle."""
    by_name: dict[str, Step] = {}
    for step in steps:
        if step.name in by_name:
            raise Refused(f"The temporary_id '{step.name}' is used twice.", pointer=f"{step.pointer}/temporary_id")
        by_name[step.name] = step
    if entry is not None and entry not in by_name:
        raise Refused(f"There is no action '{entry}'.", pointer=f"{POINTER}/entry_action_id")
    for step, key, target in _links(steps):
        if target not in by_name:
            raise Refused(f"There is no action '{target}'.", pointer=f"{step.pointer}/links/{key}")
    reached = _walk(by_name, entry)
    for step in steps:
        if step.name not in reached:
            raise Refused("This action can't be reached from the entry action.", pointer=step.pointer)


def _links(steps: Sequence[Step]) -> Iterator[tuple[Step, str, str]]:
    return ((step, key, target) for step in steps for key, target in step.links.items() if target is not None)


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
        for key, target in steps[name].links.items():
            if target in path:
                raise Refused("This link leads back.", pointer=f"{steps[name].pointer}/links/{key}")
            if target is not None:
                stack.append((target, False))
    return done
