"""Operations on the account itself, and two of our own: the session of the web app, and a test account's clock."""

from datetime import datetime

import msgspec

from rapport.accounts import service
from rapport.accounts.scopes import scopes_of
from rapport.accounts.types import Account, Principal
from rapport.kit.jsonapi import (
    AnyCall,
    Body,
    Call,
    Document,
    Page,
    Record,
    Resource,
    getting,
    operation,
    page_of,
)
from rapport.kit.ratelimit import XS, S


class StreetAddress(msgspec.Struct):
    address1: str | None = None
    address2: str | None = None
    city: str | None = None
    region: str | None = None
    country: str | None = None
    zip: str | None = None


class ContactInformation(msgspec.Struct):
    """Who writes to an account's customers, and from where."""

    default_sender_name: str
    default_sender_email: str
    website_url: str | None
    organization_name: str
    street_address: StreetAddress


class AccountAttributes(msgspec.Struct):
    """An account in an answer (behaviour-people 7.12)."""

    test_account: bool
    contact_information: ContactInformation
    industry: str | None
    timezone: str
    preferred_currency: str
    public_api_key: str
    locale: str


ACCOUNT = Resource(type="account", path="/api/accounts", attributes=AccountAttributes)


# Until then the city is always a text.
_CITY_MAY_BE_NULL = "2026-10-15"


def account_record(account: Account, call: AnyCall, version: int | None = None) -> Record:
    """An account as the API shows it."""
    address = StreetAddress(**{part: account.address.get(part) for part in StreetAddress.__struct_fields__})
    if call.revision < _CITY_MAY_BE_NULL:
        address.city = address.city or ""
    contact = ContactInformation(account.sender_name, account.sender_email, account.website, account.name, address)
    attributes = AccountAttributes(
        account.is_test,
        contact,
        account.industry,
        account.timezone,
        account.currency,
        account.public_id,
        account.locale,
    )
    return Record(account.public_id, attributes, resource=ACCOUNT, version=version)


def account_of(call: AnyCall) -> Account:
    principal = call.principal
    assert isinstance(principal, Principal)
    return principal.account


@operation("get_accounts", "GET", "/api/accounts", scopes="accounts:read", rate=XS, answers=ACCOUNT, many=True)
async def get_accounts(call: AnyCall) -> Page:
    return page_of(call, [account_record(account_of(call), call)])


async def _load(call: AnyCall) -> Record | None:
    if call.principal.public_id != call.path["id"]:
        return None
    async with call.transaction() as conn:
        account, version = await service.load_with_version(conn, call.principal.account_id, service.VERSIONS)
    return account_record(account, call, version)


get_account = getting("get_account", ACCOUNT, scopes="accounts:read", rate=XS, load=_load)


class SessionAttributes(msgspec.Struct):
    """The account that is signed in to; `now` by its clock, which a test account's owner may have moved ahead.

    `role` and `user_name`: of a person; `permissions`: scopes and permissions that whoever asks holds, null = all.
    """

    account_id: str
    account_name: str
    public_key: str
    timezone: str
    currency: str
    test_account: bool
    now: datetime
    role: str | None
    user_name: str | None
    permissions: list[str] | None


SESSION = Resource("session", "/api/session", SessionAttributes, self_link=False)


@operation("get_session", "GET", "/api/session", rate=S, answers=SESSION)
async def get_session(call: AnyCall) -> Record:
    """Whose key or session this is."""
    principal, account = call.principal, account_of(call)
    assert isinstance(principal, Principal)
    attributes = SessionAttributes(
        account_id=account.public_id,
        account_name=account.name,
        public_key=account.public_id,
        timezone=account.timezone,
        currency=account.currency,
        test_account=account.is_test,
        now=account.now(),
        role=principal.role,
        user_name=principal.actor if principal.user_id is not None else None,
        permissions=None if principal.scopes == "full" else sorted(scopes_of(principal.scopes)),
    )
    return Record(account.public_id, attributes)


class Advance(msgspec.Struct, forbid_unknown_fields=True):
    """By how many seconds to move the clock ahead."""

    advance_seconds: float = 0


@operation(
    "advance_test_clock",
    "POST",
    "/api/test-clock",
    scopes="accounts:write",
    rate=S,
    body=Body("test-clock", Advance),
)
async def advance_test_clock(call: Call[Advance]) -> Document:
    async with call.transaction() as conn:
        account = await service.advance_clock(conn, account_of(call), call.body.advance_seconds)
        await conn.execute("NOTIFY rapport_clock")
    call.principal.forget()  # type: ignore[attr-defined]
    attributes = {"now": account.now(), "offset_seconds": account.clock.offset.total_seconds()}
    return Document({"data": {"type": "test-clock", "id": account.public_id, "attributes": attributes}})
