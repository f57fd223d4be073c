"""Flows as stored: loaded whole, for running them and for the API."""

from collections import OrderedDict, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

import msgspec

from rapport.flows import conditions
from rapport.flows.action_types import KINDS, Kind, NoLinks, TimeDelay
from rapport.flows.trigger_types import Trigger, kind_of, trigger_type
from rapport.kit import db
from rapport.segments.conditions import Definition, parse

FLOW_COLUMNS = """id, public_id, name, status, archived, trigger_kind, trigger_ref, trigger, profile_filter,
    reentry_criteria, entry_action_id, opened, created, updated"""
_FLOWS = f"SELECT {FLOW_COLUMNS} FROM flows WHERE account_id = %s AND id = ANY(%s)"
_ACTIONS = """
    SELECT id, flow_id, type, status, data, links, winner, created, updated FROM flow_actions
    WHERE account_id = %s AND flow_id = ANY(%s) ORDER BY flow_id, position"""
_MESSAGES = """
    SELECT id, public_id, action_id, inner_id, name, channel, template_id, content, created, updated FROM flow_messages
    WHERE account_id = %s AND flow_id = ANY(%s) ORDER BY id"""

# Whoever writes a row gives it another xmin and another place, also when the write is undone later.
_ROW = "{0}.xmin::text || {0}.ctid::text"
_VERSIONS = f"""
    SELECT f.id, {_ROW.format("f")}
        || coalesce((SELECT string_agg({_ROW.format("a")} || coalesce({_ROW.format("m")}, ''), '' ORDER BY a.id, m.id)
                     FROM flow_actions a
                     LEFT JOIN flow_messages m ON m.account_id = a.account_id AND m.action_id = a.id
                     WHERE a.account_id = f.account_id AND a.flow_id = f.id), '')
    FROM flows f WHERE f.account_id = %s AND f.id = ANY(%s)"""
# Flows a process keeps: of a hundred actions each takes about a hundred kilobytes.
KEPT = 200


@dataclass(frozen=True)
class Message:
    """`content` is the message of the definition, `template_id` the flow's own copy of the template. `inner_id`: the
    action inside a test that has it; None = the action itself."""

    id: int
    public_id: str
    action_id: int
    inner_id: int | None
    name: str
    channel: str
    template_id: int | None
    content: dict[str, Any]
    created: datetime
    updated: datetime


@dataclass(frozen=True)
class Action:
    """`winner`: of a test that is over, the inner id of the variation that won."""

    id: int
    flow_id: int
    type: str
    status: str | None
    data: Any
    links: dict[str, int | None]
    winner: int | None
    created: datetime
    updated: datetime
    messages: tuple[Message, ...] = ()

    @property
    def kind(self) -> Kind:
        return KINDS[self.type]

    @property
    def message(self) -> Message | None:
        """Of an action that sends one itself."""
        return next((message for message in self.messages if message.inner_id is None), None)

    def message_of(self, inner_id: int) -> Message:
        """Of an action inside a test."""
        return next(message for message in self.messages if message.inner_id == inner_id)

    @cached_property
    def typed(self) -> Any:
        """The data, converted to the Struct of its type; as it is where there is none."""
        return self.answered_data if self.kind.data is None else msgspec.convert(self.answered_data, self.kind.data)

    @property
    def answered_data(self) -> Any:
        if self.kind.data is None:
            return self.data
        data = dict(self.data)
        if self.message is not None:
            data["message"] = self.message.content
        if self.kind.is_test:
            data |= self._answered_test(data)
        if self.kind.links is NoLinks:
            data["branches"] = [
                branch | {"links": {"next": _text(self.links.get(branch["branch_id"]))}} for branch in data["branches"]
            ]
        return data | ({"status": self.status} if self.kind.has_status else {})

    def _answered_test(self, data: dict[str, Any]) -> dict[str, Any]:
        """The actions inside a test, each with its message."""
        answered: dict[str, Any] = {"main_action": self._answered_inner(data["main_action"])}
        if data["current_experiment"] is not None:
            variations = [self._answered_inner(inner) for inner in data["current_experiment"]["variations"]]
            answered["current_experiment"] = data["current_experiment"] | {"variations": variations}
        return answered

    def _answered_inner(self, inner: dict[str, Any]) -> dict[str, Any]:
        message = self.message_of(int(inner["id"]))
        return inner | {"data": inner["data"] | {"message": message.content}}

    @property
    def inner(self) -> Mapping[str, str]:
        """Types of the actions inside a test, by id."""
        if not self.kind.is_test:
            return {}
        experiment = self.data["current_experiment"]
        inside = [self.data["main_action"], *(experiment["variations"] if experiment else ())]
        return {inner["id"]: inner["type"] for inner in inside}

    @property
    def definition(self) -> dict[str, Any]:
        """The action as the API shows it, with real ids as text."""
        links = {way: _text(target) for way, target in self.links.items()}
        shown: dict[str, Any] = {"id": str(self.id), "type": self.type}
        shown["links"] = None if self.kind.links is NoLinks else links
        if self.kind.data is None or self.kind.data.__struct_fields__:
            shown["data"] = self.answered_data
        return shown

    @property
    def acts(self) -> bool:
        """Whether the action is live or manual, so that runs that come here are acted on."""
        return self.status in ("live", "manual")


def _text(id: int | None) -> str | None:
    return None if id is None else str(id)


@dataclass(frozen=True)
class Flow:
    id: int
    public_id: str
    name: str
    status: str
    archived: bool
    trigger_kind: str
    trigger_ref: int | None
    trigger: dict[str, Any]
    profile_filter: dict[str, Any] | None
    reentry_criteria: dict[str, Any] | None
    entry_action_id: int | None
    opened: datetime | None
    created: datetime
    updated: datetime
    actions: Mapping[int, Action]

    @cached_property
    def filter(self) -> Definition | None:
        return self.parsed(self.profile_filter, "filter")

    def parsed(self, definition: Mapping[str, Any] | None, place: str) -> Definition | None:
        """`place` keeps the samples of two splits independent of each other."""
        if definition is None:
            return None
        return conditions.bound(parse(definition, flow=True, place=f"flow:{self.id}:{place}"), self.id)

    @cached_property
    def typed_trigger(self) -> Trigger:
        kind = kind_of(self.trigger)
        assert kind is not None
        trigger: Any = msgspec.convert(self.trigger, kind.data)
        typed: Trigger = trigger
        return typed

    @cached_property
    def target(self) -> int | None:
        """The action that waits for the date the flow is about."""
        return next((action.id for action in self.actions.values() if action.type == "target-date"), None)

    @cached_property
    def _after_target(self) -> frozenset[int]:
        """The target date, and what comes after it."""
        after: set[int] = set()
        stack = [self.target] if self.target is not None else []
        while stack:
            id = stack.pop()
            if id not in after and id in self.actions:
                after.add(id)
                stack += [target for target in self.actions[id].links.values() if target is not None]
        return frozenset(after)

    def onward(self, action: Action, way: str = "next") -> int | None:
        """Where a way out of an action leads; None is the end. What ends before the target date joins there (1.3)."""
        target = action.links.get(way)
        return self.beyond(action) if target is None else target

    def beyond(self, action: Action) -> int | None:
        """Where a path leads that ends at an action."""
        return self.target if self.target is not None and action.id not in self._after_target else None

    def onward_of(self, action: Action) -> list[int]:
        """Where all its ways out lead."""
        targets = [self.onward(action, way) for way in action.links]
        return [target for target in targets if target is not None]

    @cached_property
    def leads_on(self) -> frozenset[int]:
        """Ids of actions from which another live or manual action can be reached (1.7)."""
        leading_on: set[int] = set()
        for action in self.from_the_end:
            if any(target in leading_on or self._acts(target) for target in self.onward_of(action)):
                leading_on.add(action.id)
        return frozenset(leading_on)

    def _acts(self, action_id: int) -> bool:
        return action_id in self.actions and self.actions[action_id].acts

    @property
    def from_the_end(self) -> list[Action]:
        """The actions, each after all those it leads to; links never form a circle."""
        ordered: list[Action] = []
        seen: set[int] = set()
        stack = [(action, False) for action in self.actions.values()]
        while stack:
            action, leaving = stack.pop()
            if leaving:
                ordered.append(action)
            elif action.id not in seen:
                seen.add(action.id)
                stack.append((action, True))
                stack += [(self.actions[to], False) for to in self.onward_of(action) if to in self.actions]
        return ordered

    @property
    def first_delay(self) -> TimeDelay | None:
        """The delay at the start of the flow, if there is one."""
        entry = self.actions.get(self.entry_action_id or 0)
        return entry.typed if entry is not None and isinstance(entry.typed, TimeDelay) else None

    @property
    def trigger_type(self) -> str:
        return trigger_type(self.trigger_kind, configured=self.trigger_ref is not None)

    @property
    def known(self) -> dict[str, str]:
        """Types of all its actions, those inside tests too, by id."""
        inner = {id: type for action in self.actions.values() for id, type in action.inner.items()}
        return {str(action.id): action.type for action in self.actions.values()} | inner

    @property
    def definition(self) -> dict[str, Any]:
        definition: dict[str, Any] = {
            "triggers": [self.trigger],
            "profile_filter": self.profile_filter,
            "actions": [action.definition for action in self.actions.values()],
            "entry_action_id": None if self.entry_action_id is None else str(self.entry_action_id),
        }
        # An empty object stands for criteria that were given as null; none were given at all: not answered (1.1).
        if self.reentry_criteria is not None:
            definition["reentry_criteria"] = self.reentry_criteria or None
        return definition


class _Kept:
    """Flows this process loaded, the most recently used kept."""

    def __init__(self) -> None:
        self._flows: OrderedDict[tuple[str, str, int, int], tuple[str, Flow]] = OrderedDict()

    def get(self, database: tuple[str, str], account_id: int, versions: Mapping[int, str]) -> dict[int, Flow]:
        """Flows whose stored version is still the given one."""
        current = {}
        for flow_id, version in versions.items():
            key = (*database, account_id, flow_id)
            kept = self._flows.get(key)
            if kept is not None and kept[0] == version:
                current[flow_id] = kept[1]
                self._flows.move_to_end(key)
        return current

    def put(
        self, database: tuple[str, str], account_id: int, versions: Mapping[int, str], flows: Mapping[int, Flow]
    ) -> None:
        for flow_id, flow in flows.items():
            self._flows[(*database, account_id, flow_id)] = versions[flow_id], flow
        while len(self._flows) > KEPT:
            self._flows.popitem(last=False)


_kept = _Kept()


async def load(conn: db.Connection, account_id: int, flow_ids: Collection[int]) -> dict[int, Flow]:
    """Flows by id, with their actions in drawing order; deleted ones are left out.

    Loaded and parsed again only when the stored version differs.
    """
    versions: dict[int, str] = dict(await db.rows(conn, _VERSIONS, (account_id, list(flow_ids))))
    database = conn.info.host, conn.info.dbname
    flows = _kept.get(database, account_id, versions)
    changed = [flow_id for flow_id in versions if flow_id not in flows]
    if changed:
        # read after its version: should it be a newer one by now, the version kept beside it is not found again
        read = await _read(conn, account_id, changed)
        _kept.put(database, account_id, versions, read)
        flows |= read
    return {flow_id: flows[flow_id] for flow_id in versions if flow_id in flows}


async def _read(conn: db.Connection, account_id: int, wanted: list[int]) -> dict[int, Flow]:
    flows = await db.dicts(conn, _FLOWS, (account_id, wanted))
    messages: dict[int, list[Message]] = defaultdict(list)
    for row in await db.dicts(conn, _MESSAGES, (account_id, wanted)):
        messages[row["action_id"]].append(Message(**row))
    actions: dict[int, dict[int, Action]] = {row["id"]: {} for row in flows}
    for row in await db.dicts(conn, _ACTIONS, (account_id, wanted)):
        if row["flow_id"] in actions:
            actions[row["flow_id"]][row["id"]] = Action(**row, messages=tuple(messages.get(row["id"], ())))
    return {row["id"]: Flow(**row, actions=actions[row["id"]]) for row in flows}
