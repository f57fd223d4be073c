"""The kinds of notifications: their words, the page that each leads to, and whom it concerns.

Whom: whoever's role holds `needs` (`accounts/roles`). Words and pages are filled in with the notice's facts and
`target`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rapport.accounts import roles


@dataclass(frozen=True)
class Kind:
    title: str
    detail: str
    page: str
    needs: str
    is_bad: bool = False
    # mailed too, for somebody has to act on it soon
    is_important: bool = False


KINDS: Mapping[str, Kind] = {
    "webhook-off": Kind(
        "The webhook “{name}” was switched off", "{reason}", "/settings/webhooks/{target}", "webhooks:write", True, True
    ),
    "import-finished": Kind(
        "“{file}” is imported", "Rows: {rows}. Refused: {refused}.", "/imports/{target}", "profiles:write"
    ),
    "import-failed": Kind(
        "“{file}” could not be imported", "{reason}", "/imports/{target}", "profiles:write", True, True
    ),
    "export-ready": Kind("An export is ready", "Rows: {rows}. Kept for seven days.", "/settings/exports", roles.EXPORT),
    "export-failed": Kind("An export failed", "{reason}", "/settings/exports", roles.EXPORT, True),
    "campaign-sent": Kind("“{name}” is sent", "Recipients: {recipients}.", "/campaigns/{target}", "campaigns:read"),
    "campaign-cancelled": Kind(
        "“{name}” was cancelled", "{reason}", "/campaigns/{target}", "campaigns:read", True, True
    ),
    "campaign-approval-asked": Kind(
        "{who} asks for approval of “{name}”", "{words}", "/campaigns/{target}", roles.SEND
    ),
    "campaign-approved": Kind("{who} approved “{name}”", "{words}", "/campaigns/{target}", "campaigns:write"),
    "campaign-declined": Kind("{who} declined “{name}”", "{words}", "/campaigns/{target}", "campaigns:write", True),
    "sending-refused": Kind(
        "The mail server refuses what is sent",
        "Messages of this day did not leave. Look at one of them for the server's answer.",
        "/messages",
        roles.SEND,
        True,
        True,
    ),
    "sending-not-set-up": Kind(
        "Messages do not leave this installation",
        "No mail server is set up (RAPPORT_SMTP_URL): messages are kept here and reach nobody.",
        "/messages",
        roles.SEND,
        True,
    ),
    "segment-failed": Kind(
        "The segment “{name}” could not be built",
        "It is tried again by itself. If it goes on, the installation's log says why.",
        "/audiences/segments/{target}",
        "segments:write",
        True,
    ),
    "deletion-done": Kind(
        "A deletion of personal data is done", "Profiles deleted: {profiles}.", "/profiles", "data-privacy:write"
    ),
    "invitation-accepted": Kind("{who} joined the team", "As {role}.", "/team", roles.WRITE_USERS),
}


def words(kind: Kind, target: str, facts: Mapping[str, Any]) -> tuple[str, str, str]:
    """Title, detail and page."""
    named = {**facts, "target": target}
    return kind.title.format_map(named), kind.detail.format_map(named), kind.page.format_map(named)


def concerning(held: frozenset[str]) -> list[str]:
    """The kinds that concern whoever holds these scopes and permissions."""
    return [name for name, kind in KINDS.items() if kind.needs in held]
