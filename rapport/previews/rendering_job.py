"""What a rendering process does for a preview: the mail filled in for somebody, and read over."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rapport.messages.mail import RecipientUrls, RenderedEmail
from rapport.messages.rendering_job import compiled
from rapport.previews.checks import Mail, check
from rapport.previews.types import Finding
from rapport.templates.language import profile_context


@dataclass(frozen=True, slots=True)
class Work:
    """A content (`content.store`), whom it is filled in for, and what its checks ask about."""

    body: Mapping[str, Any]
    person: Mapping[str, Any]
    event: Mapping[str, Any] | None
    organization: Mapping[str, Any]
    names: Mapping[str, Any]
    now: datetime
    urls: RecipientUrls
    has_way_out: bool
    transactional: bool


def preview(work: Work) -> tuple[RenderedEmail, list[Finding]]:
    """The mail, and what is to be mended in it. Raises TemplateError."""
    about = {"id": "", "name": "Preview", "subject": work.body.get("subject"), "channel": "email"}
    context = profile_context(
        work.person, organization=work.organization, event=work.event, message=about, now=work.now
    )
    rendered = compiled(work.body).render({**context, **work.names}, work.urls)
    address = {key: str(value) for key, value in work.organization["address"].items() if value}
    mail = Mail(rendered.subject, rendered.html, rendered.text, work.has_way_out, work.transactional, address)
    return rendered, check(mail)
