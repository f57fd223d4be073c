"""Operations of our own on who stands behind an account's messages."""

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from rapport.accounts import sender, service
from rapport.accounts.sender import Imprint
from rapport.accounts.types import Principal
from rapport.kit import db
from rapport.kit.jsonapi import AnyCall, Body, Call, Record, Resource, hold_version, operation
from rapport.kit.ratelimit import S
from rapport.kit.refusals import Refused

KIND = "sender-settings"
_PATH = "/api/sender-settings"
_Line = Annotated[str, Meta(max_length=300)]


class ImprintUpdate(msgspec.Struct, forbid_unknown_fields=True):
    """What is absent stays; an empty text takes it away. `register`: as it should read."""

    company: _Line | UnsetType = UNSET
    register: _Line | UnsetType = UNSET
    email: _Line | UnsetType = UNSET
    phone: _Line | UnsetType = UNSET


class SenderUpdate(msgspec.Struct, forbid_unknown_fields=True):
    """`default_reply_to`: null = answers go to the sender of the message."""

    default_reply_to: _Line | None | UnsetType = UNSET
    imprint: ImprintUpdate | UnsetType = UNSET


class SenderAttributes(msgspec.Struct):
    """`lines`: the imprint as pages and mails show it, with the account's postal address; empty until there is a
    company or a register."""

    default_reply_to: str | None
    imprint: Imprint
    lines: list[str]


SENDER = Resource(KIND, _PATH, SenderAttributes, self_link=False)


async def _record(conn: db.Connection, account_id: int) -> Record:
    account, version = await service.load_with_version(conn, account_id, sender.VERSIONS)
    attributes = SenderAttributes(
        sender.reply_to_of(account), sender.imprint_of(account), sender.imprint_lines(account)
    )
    return Record(account.public_id, attributes, resource=SENDER, version=version)


@operation("get_sender_settings", "GET", _PATH, scopes="accounts:read", rate=S, answers=SENDER)
async def get_sender_settings(call: AnyCall) -> Record:
    async with call.transaction() as conn:
        return await _record(conn, call.principal.account_id)


@operation(
    "update_sender_settings",
    "PATCH",
    _PATH,
    scopes="accounts:write",
    rate=S,
    answers=SENDER,
    body=Body(KIND, SenderUpdate, id="optional"),
    versions=sender.VERSIONS,
)
async def update_sender_settings(call: Call[SenderUpdate]) -> Record:
    principal = call.principal
    assert isinstance(principal, Principal)
    imprint = {} if call.body.imprint is UNSET else _checked_imprint(call.body.imprint)
    changes: dict[str, str | None] = {}
    if call.body.default_reply_to is not UNSET:
        changes["reply_to"] = _address(call.body.default_reply_to, "default_reply_to") or None
    async with call.transaction() as conn:
        await hold_version(call, conn)
        await sender.change(conn, await service.load(conn, principal.account_id), imprint, changes)
        answer = await _record(conn, principal.account_id)
    principal.forget()
    return answer


def _checked_imprint(imprint: ImprintUpdate) -> dict[str, str]:
    sent: dict[str, str] = {name: text.strip() for name, text in msgspec.to_builtins(imprint).items()}
    for name, text in sent.items():
        if not text.isprintable():
            raise Refused("One line of plain text is needed.", pointer=f"/data/attributes/imprint/{name}")
    if "email" in sent:
        sent["email"] = _address(sent["email"], "imprint/email")
    return sent


def _address(text: str | None, place: str) -> str:
    """An address as it is stored; empty where there is none. Raises Refused."""
    text = (text or "").strip()
    try:
        return service.CHANGEABLE["sender_email"](text) if text else ""
    except ValueError as error:
        raise Refused(str(error), pointer=f"/data/attributes/{place}") from error
