"""What a rendering process does: messages in, e-mails out. Nothing here knows a database.

Rendering follows what the account wrote and what strangers sent, so it runs in a process with a deadline
(`kit/compute`); `rendering` is the way to it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email import policy
from email.parser import BytesHeaderParser
from functools import cached_property, lru_cache
from typing import Any

import msgspec

from rapport.messages.composed import CACHED, Batch, Message
from rapport.messages.mail import CompiledEmail, MimeError, RecipientUrls, RenderedEmail, mime_bytes, wire_address
from rapport.messages.mail.compile import compile_email
from rapport.messages.providers.base import Envelope
from rapport.templates.language import TemplateError, TemplateSyntaxError, profile_context


@dataclass(frozen=True, slots=True)
class Made:
    """A message ready for its provider, or the reason why it can't be made (behaviour-messaging 1.16), and what was
    wrong with it."""

    id: int
    envelope: Envelope | None
    subject: str
    reason: str | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class Preview:
    """A message as it is shown in the web app."""

    html: str | None = None
    text: str | None = None
    headers: dict[str, str] = field(default_factory=dict)


def make(batch: Batch) -> list[Made]:
    """Every message for its provider."""
    return [_made(message) for message in _messages(batch)]


def preview(batch: Batch) -> Preview:
    """The one message of `batch`; an empty preview where it could not be made."""
    (message,) = _messages(batch)
    try:
        rendered = message.render()
        data = message.envelope(rendered).data
    except (TemplateError, MimeError):
        return Preview()
    headers = BytesHeaderParser(policy=policy.default).parsebytes(data)
    return Preview(rendered.html, rendered.text, {name: str(value) for name, value in headers.items()})


def rendered(batch: Batch) -> RenderedEmail:
    """The one message of `batch`, whatever its addresses are. Raises TemplateError."""
    (message,) = _messages(batch)
    return message.render()


def source(batch: Batch) -> bytes:
    """MIME text of the one message of `batch`. Raises TemplateError and MimeError."""
    (message,) = _messages(batch)
    return message.envelope(message.render()).data


def web_view(batch: Batch) -> str:
    """HTML of the one message of `batch`. Raises TemplateError."""
    (message,) = _messages(batch)
    return message.render().html


def target(batch: Batch, link: int) -> str | None:
    """Where link number `link` of the one message of `batch` leads; None = no such link. Raises TemplateError."""
    (message,) = _messages(batch)
    return message.target(link)


@dataclass(frozen=True)
class _Renderable:
    """A message with all it is made of."""

    message: Message
    body: Mapping[str, Any]
    compiled: CompiledEmail | TemplateSyntaxError
    organization: Mapping[str, Any]
    urls: RecipientUrls

    @cached_property
    def context(self) -> dict[str, Any]:
        stored = self.message.context
        about = {
            "id": self.message.message_id,
            "name": self.message.options.name,
            "subject": self.body.get("subject"),
            "channel": self.message.channel,
        }
        context = profile_context(
            stored["person"],
            organization=self.organization,
            event=stored.get("event"),
            message=about,
            now=datetime.fromisoformat(stored["now"]),
        )
        return {**context, **stored.get("names", {})}

    def email(self) -> CompiledEmail:
        """Raises TemplateSyntaxError."""
        if isinstance(self.compiled, TemplateSyntaxError):
            raise self.compiled
        return self.compiled

    def render(self) -> RenderedEmail:
        """Raises TemplateError."""
        return self.email().render(self.context, self.urls)

    def target(self, link: int) -> str | None:
        """Raises TemplateError."""
        return self.email().resolve(link, self.context)

    def envelope(self, rendered: RenderedEmail) -> Envelope:
        """The bytes for the wire. Raises MimeError for an address that cannot be one."""
        message, body = self.message, self.body
        sender = wire_address(rendered.from_email)
        marketing = not message.options.transactional
        data = mime_bytes(
            rendered,
            to_email=message.to_address,
            to_name=_name(message.context["person"]),
            message_id=f"{message.ulid}@{sender.rpartition('@')[2]}",
            date=message.sent,
            cc=body.get("cc") or None,
            list_unsubscribe_url=self.urls.unsubscribe if marketing else None,
            list_unsubscribe_mailto=f"{sender}?subject=unsubscribe" if marketing else None,
            headers=dict([self.urls.header]) if self.urls.header else None,
        )
        recipients = (message.to_address, body.get("cc"), body.get("bcc"))
        return Envelope(
            str(message.id),
            self.urls.return_path or sender,
            tuple(wire_address(address) for address in recipients if address),
            data,
        )


def _made(message: _Renderable) -> Made:
    id = message.message.id
    try:
        rendered = message.render()
        envelope = message.envelope(rendered)
    except TemplateError as error:
        return Made(id, None, "", error.reason, str(error))
    except MimeError as error:
        reason = "Unable to Send Email" if message.body.get("from_email") else "Invalid From Email"
        return Made(id, None, "", reason, str(error))
    return Made(id, envelope, rendered.subject)


def _messages(batch: Batch) -> Sequence[_Renderable]:
    return [
        _Renderable(
            message,
            *_content(batch.contents[message.content_id]),
            _decoded(batch.organizations[message.context["organization"]]),
            urls,
        )
        for message, urls in batch.messages
    ]


@lru_cache(maxsize=CACHED)
def _decoded(text: bytes) -> Any:
    return msgspec.json.decode(text)


@lru_cache(maxsize=CACHED)
def _content(text: bytes) -> tuple[Mapping[str, Any], CompiledEmail | TemplateSyntaxError]:
    """A stored body, and it compiled, or what is wrong with it."""
    body = _decoded(text)
    try:
        return body, compiled(body)
    except TemplateSyntaxError as error:
        return body, error


def compiled(body: Mapping[str, Any]) -> CompiledEmail:
    """A content (`content.store`) as templates. Raises TemplateSyntaxError."""
    return compile_email(
        subject=body.get("subject") or "",
        preview_text=body.get("preview_text"),
        from_email=body.get("from_email") or "",
        from_label=body.get("from_label"),
        reply_to=body.get("reply_to"),
        html=body.get("html") or "",
        text=body.get("text"),
        track_clicks=body.get("track_clicks", True),
        track_opens=body.get("track_opens", True),
        utm=body.get("utm"),
    )


def _name(person: Mapping[str, Any]) -> str | None:
    return " ".join(part for part in (person.get("first_name"), person.get("last_name")) if part) or None
