"""Operations of our own on an account's rules of consent: what is a page of switches in the live system."""

from typing import Annotated, Any

import msgspec
import phonenumbers
from msgspec import UNSET, UnsetType

from rapport.accounts import service as accounts
from rapport.kit import db
from rapport.kit.jsonapi import AnyCall, Body, Call, Record, Resource, hold_version, invalid, operation
from rapport.kit.ratelimit import S
from rapport.subscriptions import settings
from rapport.subscriptions.settings import ListRule, ListRuleChange, OptIn

KIND = "consent-settings"
_PATH = "/api/consent-settings"
_ATTRIBUTES = "/data/attributes"


class ConsentSettingsUpdate(msgspec.Struct, forbid_unknown_fields=True):
    """Absent = left alone. `minimum_age` in years; null = nobody is asked for a date of birth. `sms_regions`: ISO 3166
    codes; null = everywhere. `exact_opt_out`: STOP and the like end consent to texts only when they are the whole text,
    but for STOP in the US. `subscribed_only`: marketing mail only to people who are SUBSCRIBED. `lists`: lists that
    differ, each with what changes; null = as the account."""

    opt_in_process: OptIn | UnsetType = UNSET
    global_unsubscribe: bool | UnsetType = UNSET
    minimum_age: Annotated[int, msgspec.Meta(ge=1, le=150)] | UnsetType | None = UNSET
    sms_regions: list[str] | UnsetType | None = UNSET
    exact_opt_out: bool | UnsetType = UNSET
    subscribed_only: bool | UnsetType = UNSET
    lists: list[ListRuleChange] | UnsetType = UNSET


class ConsentSettingsAttributes(msgspec.Struct):
    """As `ConsentSettings`; `lists`: those with a rule of their own."""

    opt_in_process: OptIn
    global_unsubscribe: bool
    minimum_age: int | None
    sms_regions: list[str] | None
    exact_opt_out: bool
    subscribed_only: bool
    lists: list[ListRule]


SETTINGS = Resource(KIND, _PATH, ConsentSettingsAttributes, self_link=False)


async def _shown(conn: db.Connection, account_id: int) -> Record:
    account, version = await accounts.load_with_version(conn, account_id, settings.VERSIONS)
    known = msgspec.to_builtins(settings.settings_of(account))
    rules = await settings.rules(conn, account_id)
    attributes = msgspec.convert({**known, "lists": rules}, ConsentSettingsAttributes)
    return Record(account.public_id, attributes, version=version)


@operation("get_consent_settings", "GET", _PATH, scopes="accounts:read", rate=S, answers=SETTINGS)
async def get_consent_settings(call: AnyCall) -> Record:
    async with call.transaction() as conn:
        return await _shown(conn, call.principal.account_id)


@operation(
    "update_consent_settings",
    "PATCH",
    _PATH,
    scopes="accounts:write",
    rate=S,
    answers=SETTINGS,
    body=Body(KIND, ConsentSettingsUpdate, id="optional"),
    versions=settings.VERSIONS,
)
async def update_consent_settings(call: Call[ConsentSettingsUpdate]) -> Record:
    changes = _changes(call.body)
    rules = [] if call.body.lists is UNSET else call.body.lists
    async with call.transaction() as conn:
        await hold_version(call, conn)
        try:
            await settings.change(conn, await accounts.load(conn, call.principal.account_id), changes, rules)
        except settings.NoSuchList as error:
            pointer = f"{_ATTRIBUTES}/lists/{error.at}/list_id"
            raise invalid(f"List not found with id {rules[error.at].list_id}.", pointer=pointer) from error
        answer = await _shown(conn, call.principal.account_id)
    call.principal.forget()  # type: ignore[attr-defined]
    return answer


def _changes(body: ConsentSettingsUpdate) -> dict[str, Any]:
    plain = ("opt_in_process", "global_unsubscribe", "minimum_age", "exact_opt_out", "subscribed_only")
    sent = {name: getattr(body, name) for name in plain}
    sent["sms_regions"] = _regions(body.sms_regions)
    return {name: value for name, value in sent.items() if value is not UNSET}


def _regions(codes: list[str] | UnsetType | None) -> list[str] | UnsetType | None:
    if codes is UNSET or codes is None:
        return codes
    regions = [code.upper() for code in codes]
    for at, region in enumerate(regions):
        if region not in phonenumbers.SUPPORTED_REGIONS:
            raise invalid(
                f"'{codes[at]}' is not a region; write a code such as US.", pointer=f"{_ATTRIBUTES}/sms_regions/{at}"
            )
    return regions
