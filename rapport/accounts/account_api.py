"""Change what an account says of itself; an operation of our own, in the names of the one that reads it."""

from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from rapport.accounts import service
from rapport.accounts.api import ACCOUNT, account_record
from rapport.accounts.types import Principal
from rapport.kit.jsonapi import Body, Call, Record, hold_version, operation
from rapport.kit.ratelimit import XS
from rapport.kit.refusals import NotThere, Refused

_Line = Annotated[str, Meta(max_length=500)]


class AddressUpdate(msgspec.Struct, forbid_unknown_fields=True):
    """A part that is absent stays, null or an empty text takes it away."""

    address1: _Line | None | UnsetType = UNSET
    address2: _Line | None | UnsetType = UNSET
    city: _Line | None | UnsetType = UNSET
    region: _Line | None | UnsetType = UNSET
    country: _Line | None | UnsetType = UNSET
    zip: _Line | None | UnsetType = UNSET


class ContactUpdate(msgspec.Struct, forbid_unknown_fields=True):
    """`organization_name`: the account's name."""

    default_sender_name: _Line | UnsetType = UNSET
    default_sender_email: _Line | UnsetType = UNSET
    website_url: _Line | None | UnsetType = UNSET
    organization_name: _Line | UnsetType = UNSET
    street_address: AddressUpdate | UnsetType = UNSET


class AccountUpdate(msgspec.Struct, forbid_unknown_fields=True):
    """What is absent stays; of what may be missing, null takes it away. `locale`: in whose language people outside are
    written to where nothing is known of their own."""

    contact_information: ContactUpdate | UnsetType = UNSET
    industry: _Line | None | UnsetType = UNSET
    timezone: _Line | UnsetType = UNSET
    preferred_currency: _Line | UnsetType = UNSET
    locale: _Line | UnsetType = UNSET


# Where a field of the account stands in the body.
_CONTACT = "contact_information/"
_PLACES = {
    f"{_CONTACT}default_sender_name": "sender_name",
    f"{_CONTACT}default_sender_email": "sender_email",
    f"{_CONTACT}website_url": "website",
    f"{_CONTACT}organization_name": "name",
    **{f"{_CONTACT}street_address/{part}": part for part in service.ADDRESS},
    "industry": "industry",
    "timezone": "timezone",
    "preferred_currency": "currency",
    "locale": "locale",
}


@operation(
    "update_account",
    "PATCH",
    "/api/accounts/{id}",
    scopes="accounts:write",
    rate=XS,
    body=Body("account", AccountUpdate),
    answers=ACCOUNT,
    versions=service.VERSIONS,
)
async def update_account(call: Call[AccountUpdate]) -> Record:
    principal = call.principal
    assert isinstance(principal, Principal)
    if call.path["id"] != principal.public_id:
        raise NotThere(ACCOUNT.type, call.path["id"])
    changes = _changes(call.body)
    async with call.transaction() as conn:
        await hold_version(call, conn)
        await service.change(conn, principal.account_id, changes)
        account, version = await service.load_with_version(conn, principal.account_id, service.VERSIONS)
    principal.forget()
    return account_record(account, call, version)


def _changes(body: AccountUpdate) -> dict[str, str]:
    """What it says, by the account's fields. Raises Refused."""
    sent = msgspec.to_builtins(body)
    changes = {}
    for place, field in _PLACES.items():
        value = _at(sent, place)
        if value is not UNSET:
            changes[field] = (value or "").strip()
            try:
                service.checked(field, changes[field])
            except ValueError as error:
                raise Refused(str(error), pointer=f"/data/attributes/{place}") from error
    return changes


def _at(sent: dict[str, Any], place: str) -> Any:
    """What a body says there; UNSET where it says nothing."""
    value: Any = sent
    for name in place.split("/"):
        value = value.get(name, UNSET)
        if value is UNSET:
            break
    return value
