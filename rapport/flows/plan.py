"""Flows as stored: loaded whole, for running them and for the API."""

from collections import OrderedDict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

import msgspec

from rapport.flows.types import KINDS, TRIGGER_TYPES, UNCONFIGURED, Kind, TimeDelay
from rapport.kit import db
from rapport.segments.conditions import Definition, parse

FLOW_COLUMNS = """id, public_id, name, status, archived, trigger_kind, trigger_ref, trigger, profile_filter,
    reentry_criteria, entry_action_id, created, updated"""
_FLOWS = f"SELECT {FLOW_COLUMNS} FROM flows WHERE account_id = %s AND id = ANY(%s)"
_ACTIONS = """
    SELECT id, flow_id, type, status, data, links, created, updated FROM flow_actions
    WHERE account_id = %s AND flow_id = ANY(%s) ORDER BY flow_id, position"""
_MESSAGES = """
    SELECT id, public_id, action_id, name, channel, template_id, content, created, updated FROM flow_messages
    WHERE account_id = %s AND flow_id = ANY(%s)"""

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
    """`content` is the message of the definition, `template_id` the flow's own copy of the template."""

    id: int
    public_id: str
    action_id: int
    name: str
    channel: str
    template_id: int | None
    content: dict[str, Any]
    created: datetime
    updated: datetime


@dataclass(frozen=True)
class Action:
    id: int
    flow_id: int
    type: str
    status: str | None
    data: dict[str, Any]
    links: dict[str, int | None]
    created: datetime
    updated: datetime
    message: Message | None = None

    @property
    def kind(self) -> Kind:
        return KINDS[self.type]

    @cached_property
    def typed(self) -> msgspec.Struct:
        """The data, converted to the Struct of its type."""
        return msgspec.convert(self.answered_data, self.kind.data)

    @property
    def answered_data(self) -> dict[str, Any]:
        data = dict(self.data)
        if self.message is not None:
            data["message"] = self.message.content
        return data | ({"status": self.status} if self.kind.has_status else {})

    @property
    def definition(self) -> dict[str, Any]:
        """The action as the API shows it, with real ids as text."""
        links = {key: None if target is None else str(target) for key, target in self.links.items()}
        return {"id": str(self.id), "type": self.type, "links": links, "data": self.answered_data}

    @property
    def acts(self) -> bool:
        """Whether the action is live or manual, so that runs that come here are acted on."""
        return self.status in ("live", "manual")


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
    created: datetime
    updated: datetime
    actions: Mapping[int, Action]

    @cached_property
    def filter(self) -> Definition | None:
        return self.parsed(self.profile_filter, "filter")

    def parsed(self, definition: Mapping[str, Any] | None, place: str) -> Definition | None:
        """`place` keeps the samples of two splits independent of each other."""
        return None if definition is None else parse(definition, flow=True, place=f"flow:{self.id}:{place}")

    @cached_property
    def leads_on(self) -> frozenset[int]:
        """Ids of actions from which another live or manual action can be reached (1.7)."""
        leading_on: set[int] = set()
        for action in self._from_the_end:
            targets = [target for target in action.links.values() if target is not None]
            if any(target in leading_on or self._acts(target) for target in targets):
                leading_on.add(action.id)
        return frozenset(leading_on)

    def _acts(self, action_id: int) -> bool:
        return action_id in self.actions and self.actions[action_id].acts

    @property
    def _from_the_end(self) -> list[Action]:
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
                stack += [
                    (self.actions[to], False) for to in action.links.values() if to is not None and to in self.actions
                ]
        return ordered

    @property
    def first_delay(self) -> TimeDelay | None:
        """The delay at the start of the flow, if there is one."""
        entry = self.actions.get(self.entry_action_id or 0)
        return entry.typed if entry is not None and isinstance(entry.typed, TimeDelay) else None

    @property
    def trigger_type(self) -> str:
        return TRIGGER_TYPES[self.trigger_kind] if self.trigger_ref is not None else UNCONFIGURED

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
    messages = {row["action_id"]: Message(**row) for row in await db.dicts(conn, _MESSAGES, (account_id, wanted))}
    actions: dict[int, dict[int, Action]] = {row["id"]: {} for row in flows}
    for row in await db.dicts(conn, _ACTIONS, (account_id, wanted)):
        if row["flow_id"] in actions:
            actions[row["flow_id"]][row["id"]] = Action(**row, message=messages.get(row["id"]))
    return {row["id"]: Flow(**row, actions=actions[row["id"]]) for row in flows}
