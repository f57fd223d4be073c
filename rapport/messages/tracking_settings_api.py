"""Tracking settings: which parameters links get (behaviour-rest 14)."""

from typing import Any

import msgspec

from rapport.accounts.api import account_of
from rapport.accounts.types import Account
from rapport.kit.jsonapi import AnyCall, Page, PageSize, Record, Resource, getting, operation, page_of
from rapport.kit.ratelimit import M
from rapport.messages.tracking_parameters import DEFAULTS


class TrackingSettingAttributes(msgspec.Struct):
    """What messages add to their links where they are to add parameters and name none themselves.

    Each parameter has a value for messages of flows and one for those of campaigns, each `static` (a text) or `dynamic`
    (the name of something known at sending). auto_add_parameters: also to messages that do not say.
    """

    auto_add_parameters: bool
    utm_source: dict[str, Any]
    utm_medium: dict[str, Any]
    utm_campaign: dict[str, Any] | None = None
    utm_id: dict[str, Any] | None = None
    utm_term: dict[str, Any] | None = None
    custom_parameters: list[dict[str, Any]] = []


TRACKING_SETTING = Resource(
    type="tracking-setting", path="/api/tracking-settings", attributes=TrackingSettingAttributes
)


def _record(account: Account) -> Record:
    attributes = TrackingSettingAttributes(auto_add_parameters=False, **DEFAULTS)
    return Record(account.public_id, attributes, resource=TRACKING_SETTING)


@operation(
    "get_tracking_settings",
    "GET",
    "/api/tracking-settings",
    scopes="tracking-settings:read",
    rate=M,
    answers=TRACKING_SETTING,
    many=True,
    page=PageSize(1, 1),
)
async def get_tracking_settings(call: AnyCall) -> Page:
    return page_of(call, [_record(account_of(call))])


async def _load(call: AnyCall) -> Record | None:
    account = account_of(call)
    return _record(account) if account.public_id == call.path["id"] else None


get_tracking_setting = getting(
    "get_tracking_setting", TRACKING_SETTING, scopes="tracking-settings:read", rate=M, load=_load
)
