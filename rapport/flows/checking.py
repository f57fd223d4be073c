"""What the shape of a trigger or an action does not say by itself (behaviour-messaging 1.3 to 1.13)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import partial
from typing import Any, TypeVar
from zoneinfo import available_timezones

import msgspec

from rapport.flows import branches, trigger_filter
from rapport.flows.action_types import (
    ActionOutputSplit,
    AlertMessage,
    ConditionalSplit,
    CountdownDelay,
    DeleteProperty,
    EmailMessage,
    MultiBranchSplit,
    Operation,
    SendInternalAlert,
    SendWebhook,
    SetDate,
    Setting,
    TargetDate,
    TimeDelay,
    TriggerSplit,
    UpdateProfile,
)
from rapport.flows.conditions import NotInFlow
from rapport.flows.trigger_types import DateTrigger, MetricTrigger, ObjectDateTrigger, TriggerKind, kind_of
from rapport.kit import outgoing
from rapport.kit.jsonapi import bad_json
from rapport.kit.outgoing import Unsendable
from rapport.kit.refusals import Refused
from rapport.messages import senders
from rapport.messages.mail.address import AddressError, wire_address
from rapport.segments.conditions import parse

POINTER = "/data/attributes/definition"
MAX_TEXT = 100_000
_T = TypeVar("_T")


def converted(value: Any, kind: type[_T], pointer: str, name: str = "flow") -> _T:
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        problem = bad_json(error, name, pointer)
        raise Refused(problem.detail, pointer=problem.source["pointer"]) from None


def check_filter(definition: dict[str, Any] | None, pointer: str, *, whole_flow: bool = False) -> None:
    """`whole_flow`: the filter is the flow's own, and may ask whether the profile was in the flow before (1.4)."""
    if definition is None:
        return
    groups = parse(definition, pointer=pointer, flow=True).groups
    if not whole_flow:
        _check_not_in_flow(groups, pointer)


def _check_not_in_flow(groups: Sequence[Sequence[Any]], pointer: str) -> None:
    for number, group in enumerate(groups):
        for place, condition in enumerate(group):
            if isinstance(condition, NotInFlow):
                at = f"{pointer}/condition_groups/{number}/conditions/{place}/type"
                raise Refused("Only the filter of the whole flow can ask 'profile-not-in-flow'.", pointer=at)


def check_trigger(trigger: Any, kind: TriggerKind, pointer: str) -> None:
    if isinstance(trigger, DateTrigger | ObjectDateTrigger):
        _check_zone(trigger.timezone, f"{pointer}/timezone")
        _check_time(trigger.trigger_time, f"{pointer}/trigger_time")
    elif getattr(trigger, "trigger_filter", None) is not None:
        metric = trigger.id if isinstance(trigger, MetricTrigger) else None
        at = f"{pointer}/trigger_filter"
        trigger_filter.parse(trigger.trigger_filter, pointer=at, metric=metric, types=kind.conditions)


def check_experiment(experiment: Any, names: Sequence[str], pointer: str, is_new: bool) -> None:
    """`names`: of the variations."""
    at = f"{pointer}/current_experiment"
    if is_new and experiment.id is not None:
        raise Refused("'id' is not allowed on create.", pointer=f"{at}/id")
    for name, weight in (experiment.allocations or {}).items():
        if name not in names:
            raise Refused(f"There is no variation '{name}'.", pointer=f"{at}/allocations/{name}")
        if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 <= weight <= 1_000_000:
            raise Refused("A weight is a number from 0.", pointer=f"{at}/allocations/{name}")
    settings = getattr(experiment, "automatic_winner_selection_settings", None)
    end = getattr(settings or None, "automatic_end_date", None)
    if end is not None and _moment(end) is None:
        detail = "A date and time with a zone is needed, such as 2026-03-31T10:00:00Z."
        raise Refused(detail, pointer=f"{at}/automatic_winner_selection_settings/automatic_end_date")


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


def _check_sendable(check: Callable[[], None], pointer: str) -> None:
    try:
        check()
    except Unsendable as error:
        raise Refused(str(error), pointer=pointer) from error


def _check_zone(zone: str, pointer: str) -> None:
    if zone != "profile" and zone not in available_timezones():
        raise Refused("A time zone such as Europe/Brussels, or 'profile', is needed.", pointer=pointer)


def _check_time(text: Any, pointer: str) -> None:
    if isinstance(text, str) and not _is_time(text):
        raise Refused("A time of day such as 10:00:00 is needed.", pointer=pointer)


@dataclass(frozen=True)
class Checker:
    """Checks the data of one action."""

    pointer: str
    trigger: Any
    is_new: bool

    def check(self, data: Any) -> None:
        self._message(getattr(data, "message", None))
        if isinstance(data, SendWebhook):
            self._webhook(data)
        elif isinstance(data, SendInternalAlert):
            self._alert(data.message)
        elif isinstance(data, TimeDelay):
            self._delay(data)
        elif isinstance(data, TargetDate | CountdownDelay):
            self._anchored(data)
        elif isinstance(data, ConditionalSplit):
            check_filter(data.profile_filter, self._at("profile_filter"))
        elif isinstance(data, TriggerSplit):
            self._trigger_split(data)
        elif isinstance(data, ActionOutputSplit) and data.action_output_filter is not None:
            at = self._at("action_output_filter")
            trigger_filter.parse(data.action_output_filter, pointer=at, types=("action-output",))
        elif isinstance(data, MultiBranchSplit):
            self._branches(data)
        elif isinstance(data, UpdateProfile):
            operations_of(data, self._at("profile_operations"))
        if self.is_new and getattr(data, "experiment_status", None) not in (None, "draft"):
            raise Refused("A test is begun when its action is live.", pointer=self._at("experiment_status"))

    def _message(self, message: Any) -> None:
        if message is None:
            return
        if self.is_new and message.id is not None:
            raise Refused("'id' is not allowed on create.", pointer=self._at("message/id"))
        check_filter(getattr(message, "additional_filters", None), self._at("message/additional_filters"))
        if isinstance(message, EmailMessage | AlertMessage):
            for name, wrong in senders.problems(msgspec.structs.asdict(message)):
                raise Refused(wrong, pointer=self._at(f"message/{name}"))

    def _alert(self, message: AlertMessage) -> None:
        for at, address in enumerate(message.to_emails):
            try:
                wire_address(address.strip())
            except AddressError:
                detail = "An e-mail address such as name@example.com is needed."
                raise Refused(detail, pointer=self._at(f"message/to_emails/{at}")) from None

    def _webhook(self, data: SendWebhook) -> None:
        if data.message.url is not None:
            _check_sendable(partial(outgoing.check_url, data.message.url), self._at("message/url"))
        _check_sendable(partial(outgoing.check_headers, data.message.headers or {}), self._at("message/headers"))

    def _delay(self, delay: TimeDelay) -> None:
        _check_zone(delay.timezone, self._at("timezone"))
        if delay.secondary_value and delay.unit != "hours":
            raise Refused("Only a delay in hours has a second value: its minutes.", pointer=self._at("secondary_value"))
        _check_time(delay.delay_until_time, self._at("delay_until_time"))

    def _anchored(self, data: TargetDate | CountdownDelay) -> None:
        if not isinstance(self.trigger, DateTrigger | ObjectDateTrigger):
            raise Refused("Only a flow that a date triggers can wait for that date.", pointer=self.pointer)
        _check_zone(data.timezone, self._at("timezone"))
        name = "target_time" if isinstance(data, TargetDate) else "delay_until_time"
        _check_time(getattr(data, name), self._at(name))

    def _trigger_split(self, data: TriggerSplit) -> None:
        types = self._types_of_trigger()
        if not types:
            raise Refused("Only a flow that a metric triggers can have a trigger split.", pointer=self.pointer)
        if data.trigger_filter is not None:
            metric = self.trigger.id if isinstance(self.trigger, MetricTrigger) else None
            at = self._at("trigger_filter")
            trigger_filter.parse(data.trigger_filter, pointer=at, metric=metric, types=types)

    def _types_of_trigger(self) -> tuple[str, ...]:
        """What a split can ask about the trigger; nothing of one that has no properties."""
        kind = kind_of(msgspec.to_builtins(self.trigger))
        return kind.conditions if kind is not None else ()

    def _branches(self, data: MultiBranchSplit) -> None:
        seen: set[str] = set()
        elses = 0
        for at, branch in enumerate(data.branches):
            pointer = self._at(f"branches/{at}")
            if branch.branch_id in seen:
                raise Refused(f"The branch_id '{branch.branch_id}' is used twice.", pointer=f"{pointer}/branch_id")
            seen.add(branch.branch_id)
            elses += branch.is_else
            if elses > 1:
                raise Refused("Only one branch can take the rest.", pointer=f"{pointer}/is_else")
            self._branch_filter(branch.branch_filter or None, f"{pointer}/branch_filter")

    def _branch_filter(self, definition: dict[str, Any] | None, pointer: str) -> None:
        if definition is not None:
            types = tuple(type for type in self._types_of_trigger() if type in branches.OF_EVENTS)
            metric = self.trigger.id if isinstance(self.trigger, MetricTrigger) else None
            groups = branches.parse(definition, pointer=pointer, metric=metric, types=types)
            _check_not_in_flow([group.of_profile for group in groups], pointer)

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
        return converted(operation, DeleteProperty, pointer, "flow-action")
    setting: Setting = converted(operation, Setting, pointer, "flow-action")  # type: ignore[arg-type]
    if isinstance(setting, SetDate) and setting.property_value != "today" and not _is_date(setting.property_value):
        raise Refused("A date such as 2026-03-31, or 'today', is needed.", pointer=f"{pointer}/property_value")
    return setting


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
