"""What an e-mail's content holds, for whatever sends one: campaigns, flows."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from rapport.accounts.sender import reply_to_of
from rapport.accounts.types import Account
from rapport.messages.way_out import with_way_out


@dataclass(frozen=True, kw_only=True)
class Email:
    """An e-mail as its author wrote it: templates, but for the addresses. Empty texts count as missing.

    utm: parameter name -> template of its value. transactional: it needs no way to unsubscribe.
    """

    subject: str | None
    preview_text: str | None
    from_email: str | None
    from_label: str | None
    reply_to: str | None
    cc: str | None
    bcc: str | None
    html: str | None
    text: str | None
    track_opens: bool = True
    track_clicks: bool = True
    utm: Mapping[str, str] | None = None
    transactional: bool = False


def email_body(account: Account, email: Email) -> dict[str, Any]:
    """The content to be stored (`content.store`). A sender, and where answers go, that were left empty are the
    account's; marketing mail whose
    author offers no way out gets one."""
    fields = asdict(email)
    transactional = fields.pop("transactional")
    body = {
        **fields,
        "subject": email.subject or "",
        "from_email": email.from_email or account.sender_email,
        "html": email.html or "",
        "reply_to": email.reply_to or reply_to_of(account),
        **{name: fields[name] or None for name in ("preview_text", "from_label", "cc", "bcc", "text")},
    }
    return body if transactional else with_way_out(body)
