"""Parameters that links in messages get for the shop's own web analytics (behaviour-messaging 8.9).

An account's settings say what they are; what it never set is as in `USUAL`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from psycopg.types.json import Jsonb

from rapport.accounts import setting_versions
from rapport.accounts.types import Account
from rapport.kit import db

Side = Literal["flow", "campaign"]
VERSIONS = setting_versions.versions_of("tracking", "tracking setting")
# Where they lie in the account's settings.
_SETTING = "tracking"
NAMES = ("utm_source", "utm_medium", "utm_campaign", "utm_id", "utm_term")
# For each parameter, what a flow's and a campaign's messages give it: a text, or a value known at sending by its name.
USUAL: dict[str, Any] = {
    "auto_add_parameters": False,
    "utm_source": {
        "flow": {"type": "static", "value": "Klaviyo"},
        "campaign": {"type": "static", "value": "Klaviyo"},
    },
    "utm_medium": {
        "flow": {"type": "static", "value": "flow"},
        "campaign": {"type": "dynamic", "value": "message_type"},
    },
    "utm_campaign": {
        "flow": {"type": "dynamic", "value": "message_name_id"},
        "campaign": {"type": "dynamic", "value": "campaign_name_id"},
    },
    "utm_id": None,
    "utm_term": None,
    "custom_parameters": [],
}
# Dynamic values by name -> their templates, of every message.
OF_EVERY_MESSAGE = {
    "profile_id": "{{ person.KlaviyoID }}",
    "profile_external_id": "{{ person.external_id }}",
    "email_subject": "{{ message.subject }}",
    "link_alt_text": "{{ link.alt_text }}",
    "message_type": "{{ message.channel }}",
}
# One statement, so that changes at the same time all hold.
_STORE = f"""
    UPDATE accounts SET settings = settings
        || jsonb_build_object('{_SETTING}', coalesce(settings -> '{_SETTING}', '{{}}') || %s::jsonb)
    WHERE account_id = %s"""


@dataclass(frozen=True)
class Parameter:
    """`value`: a text that may hold tags, or the name of a dynamic value."""

    name: str
    dynamic: bool
    value: str

    @staticmethod
    def of(name: str, part: Mapping[str, Any]) -> "Parameter":
        """`part`: `type` and `value`; without a type it is dynamic (behaviour-messaging 2.5)."""
        return Parameter(name, part.get("type") != "static", str(part.get("value", "")))


def settings_of(account: Account) -> dict[str, Any]:
    """Every setting, by its name in the API."""
    return {**USUAL, **account.settings.get(_SETTING, {})}


def are_automatic(account: Account) -> bool:
    """Whether messages that do not say get them too."""
    return bool(settings_of(account)["auto_add_parameters"])


def usual(account: Account, side: Side) -> list[Parameter]:
    """Those of the account for messages of flows or of campaigns."""
    settings = settings_of(account)
    named = [(name, settings[name]) for name in NAMES] + [(one["name"], one) for one in settings["custom_parameters"]]
    return [Parameter.of(name, sides[side]) for name, sides in named if sides and sides.get(side)]


def templates(parameters: Sequence[Parameter], dynamic: Mapping[str, str]) -> dict[str, str]:
    """Parameter name -> template of its value; `dynamic`: those of the values that this message has."""
    known = {**OF_EVERY_MESSAGE, **dynamic}
    return {
        parameter.name: known.get(parameter.value, "") if parameter.dynamic else parameter.value
        for parameter in parameters
    }


async def store(conn: db.Connection, account: Account, changes: Mapping[str, Any]) -> None:
    """Set those named, each as a whole."""
    before = settings_of(account)
    if {**before, **changes} != before:
        await db.execute(conn, _STORE, (Jsonb(dict(changes)), account.account_id))
        await setting_versions.move(conn, account.account_id, VERSIONS, account.now())
