"""Previews and tests of mails as they cross the API; extensions, but for the job (behaviour-rest 13.2)."""

from datetime import datetime
from typing import Any, Literal

import msgspec

from rapport.templates.definition.layout import TemplateDefinition

Severity = Literal["problem", "warning"]


class MailSource(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A mail that may not be saved yet.

    `template_id`: a template; or else what one is made of, as it is on the screen: `html`, or a `definition`. `text`
    absent: derived. What is left out of the rest is empty.
    """

    template_id: str | None = None
    html: str | None = None
    definition: TemplateDefinition | None = None
    text: str | None = None
    subject: str = ""
    preview_text: str | None = None
    from_label: str | None = None
    transactional: bool = False


class SeenBy(MailSource, kw_only=True):
    """For whom it is filled in: a profile, or else somebody made up. `event_id`: an event that the mail follows, or
    `event`: its properties."""

    profile_id: str | None = None
    event_id: str | None = None
    event: dict[str, Any] | None = None


class TestSend(SeenBy, kw_only=True):
    """`recipients`: up to five addresses."""

    recipients: list[str]


class Finding(msgspec.Struct):
    """Something to mend. `check`: which one found it; `sample`: where, in the mail's own words; `count`: how often."""

    check: str
    severity: Severity
    detail: str
    sample: str = ""
    count: int = 1


class PreviewAttributes(msgspec.Struct):
    """The mail as that person gets it; its links count nothing and unsubscribe nobody. `size`: bytes of the HTML."""

    subject: str
    preview_text: str
    from_label: str
    from_email: str
    html: str
    text: str
    size: int
    checks: list[Finding]


class TestSendAttributes(msgspec.Struct):
    """`status`: queued; what becomes of each is told by the messages of the outbox whose source is `test`."""

    status: str
    recipients: list[str]


class PreviewSendJob(msgspec.Struct, forbid_unknown_fields=True):
    """`context`: names that the template sees beside those of the profile."""

    recipients: list[str]
    context: dict[str, Any] | None = None


class PreviewSendJobAttributes(msgspec.Struct):
    status: str
    created_at: datetime
