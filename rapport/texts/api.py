"""Operations of our own on the texts that people outside read: what an account says otherwise, by language."""

from collections.abc import Mapping
from typing import Any

import msgspec

from rapport.kit.jsonapi import (
    AnyCall,
    Body,
    Call,
    Page,
    Record,
    Resource,
    Versions,
    getting,
    hold_version,
    operation,
    page_of,
)
from rapport.kit.ratelimit import S
from rapport.kit.refusals import NotThere, Refused
from rapport.texts import placeholders, service
from rapport.texts.words import GROUPS, LANGUAGES, Group, Language, usual_texts

KIND = "consent-text"
_PATH = "/api/consent-texts"


class Text(msgspec.Struct):
    """One text. `text`: as people read it; `usual`: where the account says nothing else; `placeholders`: what it may
    have between double braces."""

    name: str
    text: str
    usual: str
    placeholders: list[str]


class ConsentTextAttributes(msgspec.Struct):
    """The texts of one mail, page or kind of answer in one language."""

    language: Language
    group: Group
    texts: list[Text]


class ConsentTextUpdate(msgspec.Struct, forbid_unknown_fields=True):
    """`texts` by name: what is absent stays, null is as usual again. At most 500 characters each, one line."""

    texts: dict[str, str | None]


TEXTS = Resource(KIND, _PATH, ConsentTextAttributes)
VERSIONS = Versions(KIND, "consent_texts", "id", starts=True)


def _record(language: Language, group: Group, row: Mapping[str, Any] | None) -> Record:
    changes = row["texts"] if row else {}
    texts = [
        Text(name, changes.get(name, usual), usual, list(placeholders.placeholders_of(group, name)))
        for name, usual in usual_texts(language, group).items()
    ]
    attributes = ConsentTextAttributes(language, group, texts)
    version = row["version"] if row else 1
    return Record(service.id_of(language, group), attributes, resource=TEXTS, version=version)


@operation("get_consent_texts", "GET", _PATH, scopes="accounts:read", rate=S, answers=TEXTS, many=True)
async def get_consent_texts(call: AnyCall) -> Page:
    """Every group in every language."""
    async with call.transaction() as conn:
        rows = await service.changed(conn, call.principal.account_id)
    places = [(language, group) for language in LANGUAGES for group in GROUPS]
    records = [_record(language, group, rows.get(service.id_of(language, group))) for language, group in places]
    return page_of(call, records)


async def _load(call: AnyCall) -> Record | None:
    place = service.place_of(call.path["id"])
    if place is None:
        return None
    async with call.transaction() as conn:
        row = await service.changed_one(conn, call.principal.account_id, call.path["id"])
    return _record(*place, row)


get_consent_text = getting("get_consent_text", TEXTS, scopes="accounts:read", rate=S, load=_load)


@operation(
    "update_consent_text",
    "PATCH",
    f"{_PATH}/{{id}}",
    scopes="accounts:write",
    rate=S,
    body=Body(KIND, ConsentTextUpdate),
    answers=TEXTS,
    versions=VERSIONS,
)
async def update_consent_text(call: Call[ConsentTextUpdate]) -> Record:
    id, account_id = call.path["id"], call.principal.account_id
    place = service.place_of(id)
    if place is None:
        raise NotThere(KIND, id)
    texts = checked(*place, call.body.texts)
    async with call.transaction() as conn:
        await hold_version(call, conn)
        await service.change(conn, account_id, id, texts, call.now)
        return _record(*place, await service.changed_one(conn, account_id, id))


def checked(language: Language, group: Group, texts: Mapping[str, str | None]) -> dict[str, str | None]:
    """Texts as they are stored: null for one that is as usual. Raises Refused."""
    usual = usual_texts(language, group)
    stored: dict[str, str | None] = {}
    for name, text in texts.items():
        if name not in usual:
            known = ", ".join(usual)
            raise Refused(f"There is no text '{name}' here, but: {known}.", pointer="/data/attributes/texts")
        said = None if text is None else placeholders.check(group, name, text)
        stored[name] = None if said == usual[name] else said
    return stored
