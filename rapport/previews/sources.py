"""What a preview or a test is made of: the mail as it is on somebody's screen, and whom it is filled in for."""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from rapport.accounts.types import Account
from rapport.kit import db, ids
from rapport.kit.refusals import NotThere, Refused
from rapport.messages import compose
from rapport.messages.email_body import Email, email_body
from rapport.previews.types import MailSource, SeenBy
from rapport.profiles import service as profiles
from rapport.templates import contents
from rapport.templates import service as templates
from rapport.templates.rendering import Part

# Somebody who exists nowhere, for whoever names no profile.
MADE_UP: Mapping[str, Any] = {
    "id": "01ARZ3NDEKTSV4RRFFQ69G5FAV",
    "email": "alex@example.com",
    "phone_number": "+15005550006",
    "external_id": "1001",
    "first_name": "Alex",
    "last_name": "Example",
    "organization": "Example",
    "title": "Customer",
    "locale": "en-US",
    "image": None,
    "location": {"city": "Boston", "region": "Massachusetts", "country": "United States", "zip": "02108"},
    "properties": {},
}
_PERSON = (
    "email", "phone_number", "external_id", "first_name", "last_name", "organization", "locale", "title", "image",
    "location", "properties",
)  # fmt: skip
_EVENT = """
    SELECT e.properties, e.value, p.ulid AS profile FROM events e
    LEFT JOIN profiles p ON p.account_id = e.account_id AND p.id = e.profile_id
    WHERE e.account_id = %s AND e.time = %s AND e.id = %s"""
_AT = "/data/attributes"


@dataclass(frozen=True)
class Written:
    """A mail as its author wrote it. `body`: what is stored of it (`content.store`)."""

    body: dict[str, Any]
    has_way_out: bool


@dataclass(frozen=True)
class Seer:
    """Whom it is filled in for, and by whom. `names`: what templates know beside both and the event."""

    person: Mapping[str, Any]
    event: Mapping[str, Any] | None
    organization: Mapping[str, Any]
    names: Mapping[str, Any] = field(default_factory=dict)

    def knowing(self, names: Mapping[str, Any]) -> "Seer":
        """With other names. Private ones are no author's to give."""
        return replace(self, names={name: value for name, value in names.items() if not name.startswith("_")})


Connecting = Callable[[], AbstractAsyncContextManager[db.Connection]]


async def written(connect: Connecting, account: Account, source: MailSource) -> Written:
    """Raises Refused, and contents.BadTemplate for what is no template."""
    parts = [Part("subject", source.subject), Part("preview_text", source.preview_text), Part("text", source.text)]
    await templates.check(account.account_id, [*parts, Part("html", source.html, html=True)])
    html, text = await _content(connect, account, source)
    email = Email(
        subject=source.subject,
        preview_text=source.preview_text,
        from_email=None,
        from_label=source.from_label or account.sender_name,
        reply_to=None,
        cc=None,
        bcc=None,
        html=html,
        text=source.text if source.text is not None else text,
        track_opens=False,
        track_clicks=False,
        transactional=source.transactional,
    )
    body = email_body(account, email)
    return Written(body, has_way_out=body["html"] == html)


async def _content(connect: Connecting, account: Account, source: MailSource) -> tuple[str, str | None]:
    """HTML, and a text of its own where the template has one."""
    given = [name for name in ("template_id", "html", "definition") if getattr(source, name) is not None]
    if len(given) != 1:
        raise Refused("Give one of 'template_id', 'html' and 'definition'.", pointer=_AT)
    async with connect() as conn:
        if source.template_id is not None:
            template = await templates.find(conn, account.account_id, source.template_id)
            if template is None:
                raise NotThere("template", source.template_id)
            return template.mail_html or "", template.text
        data = None if source.definition is None else msgspec.to_builtins(source.definition)
        universal = await contents.universal_of(conn, account.account_id, source.html, data)
    content = await contents.prepare(account.account_id, source.html, data, universal)
    return (content.html if content.rendered is None else content.rendered) or "", None


async def seer(conn: db.Connection, account: Account, seen: SeenBy) -> Seer:
    """Raises Refused. An event without a profile is seen by whose it is."""
    event, whose = await _event(conn, account, seen)
    organization = await compose.shown_organization(conn, account)
    id = seen.profile_id or whose
    if id is None:
        return Seer(MADE_UP, event, organization)
    return Seer(await person(conn, account.account_id, id), event, organization)


async def person(conn: db.Connection, account_id: int, ulid: str) -> Mapping[str, Any]:
    """A profile as mails know it. Raises Refused for one that is not there."""
    profile = await profiles.by_ulid(conn, account_id, ulid)
    if profile is None:
        raise NotThere("profile", ulid)
    return {"id": profile["ulid"], **{name: profile[name] for name in _PERSON}}


async def _event(conn: db.Connection, account: Account, seen: SeenBy) -> tuple[Mapping[str, Any] | None, str | None]:
    """Its properties as templates see them, and whose it is."""
    if seen.event_id is None:
        return seen.event, None
    try:
        number = ids.event_number(seen.event_id)
    except ValueError:
        raise NotThere("event", seen.event_id) from None
    row = await db.row(conn, _EVENT, (account.account_id, ids.event_time(number), number))
    if row is None:
        raise NotThere("event", seen.event_id)
    properties, value, whose = row
    return (properties if value is None else {"$value": float(value), **properties}), whose
