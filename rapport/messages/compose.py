"""Compose: from a stored message to what its recipient sees. The same call renders it for sending, for the web view
and for resolving a click years later, because everything it needs was stored when the message was taken.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from rapport.accounts.types import Account
from rapport.kit import crypto, db
from rapport.kit.settings import Settings
from rapport.messages import content
from rapport.messages.content import Content, Contents
from rapport.messages.mail import RecipientUrls, RenderedEmail, mime_bytes, wire_address
from rapport.messages.providers import Envelope
from rapport.messages.types import Options
from rapport.profiles.consent import CLICK_TRACKING, OPEN_TRACKING
from rapport.templates.language import profile_context

PURPOSE = "message"

_LOAD = """
    SELECT id, ulid, channel, profile_id, source, campaign_id, flow_id, message_id, variation_id, content_id,
        context, options, to_address, sent, status, subject
    FROM messages WHERE account_id = %s AND id = %s"""


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it was taken from the outbox; `context` holds the person, the event and the moment."""

    id: int
    ulid: str
    channel: str
    profile_id: int
    source: str
    campaign_id: int | None
    flow_id: int | None
    message_id: str
    variation_id: str | None
    content_id: int
    context: Mapping[str, Any]
    options: Options
    to_address: str
    sent: datetime
    status: str
    # as it was rendered; null until it was sent
    subject: str | None

    @property
    def untracked(self) -> Collection[str]:
        """Kinds of tracking that the recipient had refused when the message was taken."""
        return self.context.get("untracked") or ()


@dataclass(frozen=True, slots=True)
class Composed:
    """A message with all it is made of, ready to be rendered."""

    message: Message
    content: Content
    organization: Mapping[str, Any]
    urls: RecipientUrls

    def context(self) -> dict[str, Any]:
        stored = self.message.context
        about = {
            "id": self.message.message_id, "name": self.message.options.name,
            "subject": self.content.body.get("subject"), "channel": self.message.channel,
        }  # fmt: skip
        return profile_context(
            stored["person"], organization=self.organization, event=stored.get("event"), message=about,
            now=datetime.fromisoformat(stored["now"]),
        )  # fmt: skip

    def render(self) -> RenderedEmail:
        """Raises TemplateError."""
        return self.content.email().render(self.context(), self.urls)

    def target(self, link: int) -> str | None:
        """Where link number `link` leads for this recipient; None = no such link. Raises TemplateError."""
        return self.content.email().resolve(link, self.context())


def organization_of(account: Account) -> dict[str, Any]:
    """`organization` of the templates (behaviour-messaging 3.6)."""
    address = account.address
    parts = (address.get(key) for key in ("address1", "address2", "city", "region", "zip", "country"))
    return {
        "name": account.name, "url": account.website or "", "homepage": account.website or "",
        "full_address": ", ".join(str(part) for part in parts if part), "phone": address.get("phone") or "",
        "address": address, "timezone": account.timezone, "currency": account.currency, "locale": account.locale,
    }  # fmt: skip


def token(settings: Settings, account_id: int, id: int) -> str:
    """What names a message in its links; nobody can make one without the secret."""
    return crypto.sign(settings.secret, PURPOSE, f"{account_id}.{id}")


def read_token(settings: Settings, text: str) -> tuple[int, int]:
    """(account_id, id of the message). Raises crypto.BadToken."""
    account_id, _, id = crypto.verify(settings.secret, PURPOSE, text).partition(".")
    return int(account_id), int(id)


def urls_of(settings: Settings, account_id: int, id: int, untracked: Collection[str] = ()) -> RecipientUrls:
    """A message's own addresses; `untracked`: kinds of tracking its recipient refused (behaviour-people 2.1)."""
    signed, base = token(settings, account_id, id), settings.base_url
    return RecipientUrls(
        click=None if CLICK_TRACKING in untracked else lambda number: f"{base}/c/{signed}/{number}",
        open="" if OPEN_TRACKING in untracked else f"{base}/o/{signed}.gif",
        unsubscribe=f"{base}/u/{signed}",
        preferences=f"{base}/p/{signed}",
        web_view=f"{base}/v/{signed}",
    )


async def load(
    conn: db.Connection, contents: Contents, account_id: int, id: int, urls: RecipientUrls
) -> Composed | None:
    """A message that was taken once, so that it can be rendered; None when there is none such."""
    found = await db.one(conn, _LOAD, (account_id, id))
    if found is None or "person" not in found["context"] or found["sent"] is None:
        return None
    found["options"] = msgspec.convert(found["options"], Options)
    return await composed(conn, contents, account_id, Message(**found), urls)


async def composed(
    conn: db.Connection, contents: Contents, account_id: int, message: Message, urls: RecipientUrls
) -> Composed:
    organization = await contents.get(conn, account_id, message.context["organization"])
    made_of = await contents.get(conn, account_id, message.content_id)
    return Composed(message, made_of, organization.body, urls)


async def store_organization(conn: db.Connection, account: Account) -> int:
    """The account as templates show it, stored once: a message refers to what it was when it was sent."""
    return await content.store(conn, account.account_id, organization_of(account))


def envelope(composed: Composed, rendered: RenderedEmail, now: datetime) -> Envelope:
    """The bytes for the wire. Raises MimeError for an address that cannot be one."""
    message, body = composed.message, composed.content.body
    sender = wire_address(rendered.from_email)
    marketing = not message.options.transactional
    data = mime_bytes(
        rendered,
        to_email=message.to_address,
        to_name=_name(message.context["person"]),
        message_id=f"{message.ulid}@{sender.rpartition('@')[2]}",
        date=now,
        cc=body.get("cc") or None,
        list_unsubscribe_url=composed.urls.unsubscribe if marketing else None,
        list_unsubscribe_mailto=f"{sender}?subject=unsubscribe" if marketing else None,
    )
    recipients = (message.to_address, body.get("cc"), body.get("bcc"))
    return Envelope(str(message.id), sender, tuple(wire_address(one) for one in recipients if one), data)


def _name(person: Mapping[str, Any]) -> str | None:
    return " ".join(part for part in (person.get("first_name"), person.get("last_name")) if part) or None
