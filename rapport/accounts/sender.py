"""Who stands behind an account's messages: the imprint that the law asks for, and where answers go."""

from collections.abc import Mapping
from typing import Any

import msgspec

from rapport.accounts import service, setting_versions
from rapport.accounts.types import Account
from rapport.kit import db

VERSIONS = setting_versions.versions_of("sender", "sender settings")
_REPLY_TO, _IMPRINT = "reply_to", "imprint"


class Imprint(msgspec.Struct, frozen=True):
    """Empty where nothing was said. The postal address beside it is the account's."""

    company: str = ""
    register: str = ""
    email: str = ""
    phone: str = ""


def imprint_of(account: Account) -> Imprint:
    return msgspec.convert(account.settings.get(_IMPRINT) or {}, Imprint)


def reply_to_of(account: Account) -> str | None:
    """Where answers to a message go that names nothing itself; None = to its sender."""
    reply_to: str | None = account.settings.get(_REPLY_TO)
    return reply_to


def imprint_lines(account: Account) -> list[str]:
    """The imprint as it is shown; empty until there is a company or a register."""
    imprint = imprint_of(account)
    if not (imprint.company or imprint.register):
        return []
    lines = (
        (imprint.company or account.name, full_address(account)),
        (imprint.register,),
        (imprint.email, imprint.phone),
    )
    return [", ".join(filter(None, line)) for line in lines if any(line)]


def full_address(account: Account) -> str:
    """The postal address in one line."""
    return ", ".join(str(part) for name in _PARTS if (part := account.address.get(name)))


_PARTS = ("address1", "address2", "city", "region", "zip", "country")


def organization_of(account: Account) -> dict[str, Any]:
    """`organization` of templates (behaviour-messaging 3.6). `company`, `register`, `email` and `imprint` are ours."""
    imprint = imprint_of(account)
    return {
        "name": account.name,
        "url": account.website or "",
        "homepage": account.website or "",
        "full_address": full_address(account),
        "phone": imprint.phone or account.address.get("phone") or "",
        "email": imprint.email or reply_to_of(account) or account.sender_email,
        "company": imprint.company or account.name,
        "register": imprint.register,
        "imprint": " · ".join(imprint_lines(account)),
        "address": account.address,
        "timezone": account.timezone,
        "currency": account.currency,
        "locale": account.locale,
    }


async def change(
    conn: db.Connection, account: Account, imprint: Mapping[str, str], changes: Mapping[str, str | None]
) -> None:
    """`imprint`: by field, those that change. `changes`: `reply_to`, or nothing."""
    said = msgspec.structs.asdict(imprint_of(account))
    before = {_REPLY_TO: reply_to_of(account), _IMPRINT: said}
    after = {**before, **changes, _IMPRINT: {**said, **imprint}}
    if after != before:
        await service.change_settings(conn, account.account_id, after)
        await setting_versions.move(conn, account.account_id, VERSIONS, account.now())
