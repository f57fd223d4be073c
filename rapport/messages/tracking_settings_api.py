"""Tracking settings: which parameters links get (behaviour-rest 14)."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal, get_args

import msgspec
from msgspec import UNSET, Meta, UnsetType

from rapport.accounts import service as accounts
from rapport.accounts.api import account_of
from rapport.accounts.types import Account, Principal
from rapport.kit import db
from rapport.kit.jsonapi import (
    AnyCall,
    Body,
    Call,
    Page,
    PageSize,
    Record,
    Resource,
    getting,
    hold_version,
    operation,
    page_of,
)
from rapport.kit.ratelimit import M
from rapport.kit.refusals import NotThere, Refused
from rapport.messages import tracking_parameters
from rapport.messages.tracking_parameters import NAMES

READ, WRITE = "tracking-settings:read", "tracking-settings:write"
MOST_CUSTOM = 5
_CUSTOM = "/data/attributes/custom_parameters"
_OfFlow = Literal[
    "email_subject",
    "flow_id",
    "flow_name",
    "link_alt_text",
    "message_name",
    "message_name_id",
    "message_type",
    "profile_external_id",
    "profile_id",
]
_OfCampaign = Literal[
    "campaign_id",
    "campaign_name",
    "campaign_name_id",
    "campaign_name_send_day",
    "email_subject",
    "group_id",
    "group_name",
    "group_name_id",
    "link_alt_text",
    "message_type",
    "profile_external_id",
    "profile_id",
]
DYNAMIC_OF_CAMPAIGN: tuple[str, ...] = get_args(_OfCampaign)
ParameterName = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_.~-]{1,50}$(?!\n)")]


class Static(msgspec.Struct, tag_field="type", tag="static", forbid_unknown_fields=True):
    """A text."""

    value: Annotated[str, Meta(max_length=500)]


class OfFlow(msgspec.Struct, tag_field="type", tag="dynamic", forbid_unknown_fields=True):
    """Something known when a flow's message is sent."""

    value: _OfFlow


class OfCampaign(msgspec.Struct, tag_field="type", tag="dynamic", forbid_unknown_fields=True):
    """Something known when a campaign's message is sent."""

    value: _OfCampaign


class TrackingParameter(msgspec.Struct, forbid_unknown_fields=True):
    """What it is in messages of flows and in those of campaigns; absent = they go without."""

    flow: Static | OfFlow | UnsetType = UNSET
    campaign: Static | OfCampaign | UnsetType = UNSET


class CustomParameter(TrackingParameter, kw_only=True, forbid_unknown_fields=True):
    """One of the account's own."""

    name: ParameterName


class TrackingSettingAttributes(msgspec.Struct):
    """What messages add to their links where they are to add parameters and name none themselves.

    auto_add_parameters: also to messages that do not say.
    """

    auto_add_parameters: bool
    utm_source: TrackingParameter
    utm_medium: TrackingParameter
    utm_campaign: TrackingParameter | None = None
    utm_id: TrackingParameter | None = None
    utm_term: TrackingParameter | None = None
    custom_parameters: list[CustomParameter] = []


class TrackingSettingUpdate(msgspec.Struct, forbid_unknown_fields=True):
    """What is absent stays; a parameter is replaced whole. Null takes away those that need not be there."""

    auto_add_parameters: bool | UnsetType | None = UNSET
    utm_source: TrackingParameter | UnsetType | None = UNSET
    utm_medium: TrackingParameter | UnsetType | None = UNSET
    utm_campaign: TrackingParameter | UnsetType | None = UNSET
    utm_id: TrackingParameter | UnsetType | None = UNSET
    utm_term: TrackingParameter | UnsetType | None = UNSET
    custom_parameters: list[CustomParameter] | UnsetType | None = UNSET


# Null of these is as if they were absent.
_ALWAYS_THERE = frozenset({"auto_add_parameters", "utm_source", "utm_medium"})
TRACKING_SETTING = Resource(
    type="tracking-setting", path="/api/tracking-settings", attributes=TrackingSettingAttributes
)


def _record(account: Account, version: int | None = None) -> Record:
    attributes = msgspec.convert(tracking_parameters.settings_of(account), TrackingSettingAttributes)
    return Record(account.public_id, attributes, resource=TRACKING_SETTING, version=version)


async def _as_it_is(conn: db.Connection, account_id: int) -> Record:
    return _record(*await accounts.load_with_version(conn, account_id, tracking_parameters.VERSIONS))


@operation(
    "get_tracking_settings",
    "GET",
    "/api/tracking-settings",
    scopes=READ,
    rate=M,
    answers=TRACKING_SETTING,
    many=True,
    page=PageSize(1, 1),
)
async def get_tracking_settings(call: AnyCall) -> Page:
    return page_of(call, [_record(account_of(call))])


async def _load(call: AnyCall) -> Record | None:
    if call.principal.public_id != call.path["id"]:
        return None
    async with call.transaction() as conn:
        return await _as_it_is(conn, call.principal.account_id)


get_tracking_setting = getting("get_tracking_setting", TRACKING_SETTING, scopes=READ, rate=M, load=_load)


@operation(
    "update_tracking_setting",
    "PATCH",
    "/api/tracking-settings/{id}",
    scopes=WRITE,
    rate=M,
    body=Body("tracking-setting", TrackingSettingUpdate),
    answers=TRACKING_SETTING,
    versions=tracking_parameters.VERSIONS,
)
async def update_tracking_setting(call: Call[TrackingSettingUpdate]) -> Record:
    """Messages that are sent from now on follow."""
    principal = call.principal
    assert isinstance(principal, Principal)
    if call.path["id"] != principal.public_id:
        raise NotThere(TRACKING_SETTING.type, call.path["id"])
    changes = _changes(call.body)
    _check_custom(changes.get("custom_parameters", []))
    async with call.transaction() as conn:
        await hold_version(call, conn)
        await tracking_parameters.store(conn, await accounts.load(conn, principal.account_id), changes)
        answer = await _as_it_is(conn, principal.account_id)
    principal.forget()
    return answer


def _changes(body: TrackingSettingUpdate) -> dict[str, Any]:
    sent = {name: getattr(body, name) for name in body.__struct_fields__}
    changes = {
        name: msgspec.to_builtins(value)
        for name, value in sent.items()
        if value is not UNSET and not (value is None and name in _ALWAYS_THERE)
    }
    if "custom_parameters" in changes:
        changes["custom_parameters"] = changes["custom_parameters"] or []
    return changes


def _check_custom(parameters: Sequence[dict[str, Any]]) -> None:
    """Raises Refused for too many, and for a name that is taken."""
    if len(parameters) > MOST_CUSTOM:
        raise Refused(f"At most {MOST_CUSTOM} parameters of your own are possible.", pointer=_CUSTOM)
    names = [*NAMES]
    for at, parameter in enumerate(parameters):
        if parameter["name"] in names:
            raise Refused(f"There is another parameter '{parameter['name']}'.", pointer=f"{_CUSTOM}/{at}/name")
        names.append(parameter["name"])
