"""Flows as they cross the API. Triggers and actions have files of their own."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from rapport.flows.action_types import Amount

FlowStatus = Literal["draft", "manual", "live"]


class ReentryCriteria(msgspec.Struct, forbid_unknown_fields=True):
    """`alltime`: duration 1 = never again, 0 = always. Else: again after so many hours, days or weeks."""

    duration: Amount
    unit: Literal["hour", "day", "week", "alltime"]


class DefinitionInput(msgspec.Struct, forbid_unknown_fields=True):
    """A definition as it comes. Triggers, filters and actions are read one by one, so each refusal can point at it."""

    triggers: list[dict[str, Any]]
    actions: list[dict[str, Any]]
    entry_action_id: str | None
    profile_filter: dict[str, Any] | None = None
    reentry_criteria: ReentryCriteria | None | UnsetType = UNSET


class FlowCreate(msgspec.Struct, forbid_unknown_fields=True):
    name: Annotated[str, Meta(min_length=1, max_length=1000)]
    definition: DefinitionInput


class FlowUpdate(msgspec.Struct, forbid_unknown_fields=True):
    """`status`: of the flow and of all its actions. `archived` is an extension: an archived flow is in draft."""

    status: FlowStatus | UnsetType = UNSET
    archived: bool | UnsetType = UNSET


class ActionUpdate(msgspec.Struct, forbid_unknown_fields=True):
    definition: dict[str, Any]


class FlowAttributes(msgspec.Struct):
    """A flow in an answer; `definition` only when asked for."""

    name: str | None = None
    status: str | None = None
    archived: bool | None = None
    created: datetime | None = None
    updated: datetime | None = None
    trigger_type: str | None = None
    definition: dict[str, Any] | UnsetType = UNSET


class ActionAttributes(msgspec.Struct):
    """An action in an answer: `definition`, or up to 2025-07-15 the fields after it (`older`)."""

    created: datetime | None = None
    updated: datetime | None = None
    definition: dict[str, Any] | UnsetType | None = UNSET
    action_type: str | UnsetType = UNSET
    status: str | UnsetType | None = UNSET
    settings: dict[str, Any] | UnsetType = UNSET
    tracking_options: dict[str, Any] | UnsetType | None = UNSET
    send_options: dict[str, bool] | UnsetType | None = UNSET
    render_options: dict[str, bool] | UnsetType | None = UNSET


class MessageAttributes(msgspec.Struct):
    """A message in an answer: `definition`, or up to 2025-07-15 `name` and `content`."""

    channel: str | None = None
    created: datetime | None = None
    updated: datetime | None = None
    definition: dict[str, Any] | UnsetType | None = UNSET
    name: str | UnsetType = UNSET
    content: dict[str, Any] | UnsetType = UNSET
