"""How texts look in the mails and pages they stand in, before they are stored."""

import msgspec

from rapport.accounts.api import account_of
from rapport.consent import previews
from rapport.kit.jsonapi import Body, Call, Record, Resource, operation
from rapport.kit.ratelimit import M
from rapport.texts import api, service
from rapport.texts.words import Group, Language

KIND = "consent-text-preview"


class PreviewRequest(msgspec.Struct, forbid_unknown_fields=True):
    """`texts` by name: those that are to differ from the usual ones of the language; null is the usual one."""

    language: Language
    group: Group
    texts: dict[str, str | None] = {}


class View(msgspec.Struct):
    """One mail, page or text as somebody would see it. `subject` of a mail alone; `html` a whole document."""

    name: str
    html: str
    subject: str | None = None


class PreviewAttributes(msgspec.Struct):
    """What the texts of a group look like, in the order in which a person meets it."""

    language: Language
    group: Group
    views: list[View]


PREVIEW = Resource(KIND, "/api/consent-text-previews", PreviewAttributes, self_link=False)


@operation(
    "preview_consent_text",
    "POST",
    "/api/consent-text-previews",
    scopes="accounts:read",
    rate=M,
    body=Body(KIND, PreviewRequest),
    answers=PREVIEW,
)
async def preview_consent_text(call: Call[PreviewRequest]) -> Record:
    """Of an invented person; nothing is stored."""
    language, group = call.body.language, call.body.group
    stored = api.checked(language, group, call.body.texts)
    said = {name: text for name, text in stored.items() if text is not None}
    texts = service.with_texts(account_of(call), language, {group: said})
    views = [View(*view) for view in previews.VIEWS[group](texts)]
    return Record(service.id_of(language, group), PreviewAttributes(language, group, views))
