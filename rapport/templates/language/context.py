"""What a message's template can see (behaviour-messaging 3.6)."""

from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from rapport.kit.locales import language_part

# Of `organization`: the words of a message's own links, by language. Names that begin so can't be written in templates.
WORDS = "_words"
_SHORTCUTS = ("first_name", "last_name", "email", "phone_number")


def profile_context(
    profile: Mapping[str, Any],
    *,
    organization: Mapping[str, Any],
    event: Mapping[str, Any] | None,
    message: Mapping[str, Any],
    now: datetime,
) -> dict[str, Any]:
    """The context of one recipient.

    `profile`: its attributes as the API shows them, with `id`, `location` and `properties`. `organization`: `name`,
    `url`, …, `timezone` (IANA; dates are shown in it) and `currency` (ISO 4217). `event`: properties of the triggering
    event with `$value` and `$extra`, None for campaigns. `message`: `id`, `name`, `subject`. `now` must be aware.
    """
    person = person_of(profile)
    context: dict[str, Any] = {name: profile.get(name) for name in _SHORTCUTS}
    context |= {"person": person, "organization": organization, "message": message}
    context |= {"_now": now.astimezone(_zone(organization)), "_currency": organization.get("currency")}
    context[WORDS] = _words(organization, profile.get("locale"))
    context["_seed"] = f"{message.get('id')}:{profile.get('id')}"
    if event is not None:
        context["event"] = event_of(event)
    return context


def person_of(profile: Mapping[str, Any]) -> dict[str, Any]:
    """`person`: native fields, location, then custom properties, which win over native fields (3.5)."""
    person: dict[str, Any] = {
        key: value for key, value in profile.items() if key not in ("properties", "location", "id")
    }
    person |= profile.get("location") or {}
    person |= profile.get("properties") or {}
    person.setdefault("id", profile.get("external_id"))
    return person | {"KlaviyoID": profile.get("id")}


def event_of(event: Mapping[str, Any]) -> dict[str, Any]:
    """`event`: its properties, with `$extra` also reachable as `extra`."""
    return {"extra": event.get("$extra") or {}, **event}


def _zone(organization: Mapping[str, Any]) -> tzinfo:
    try:
        return ZoneInfo(organization.get("timezone") or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def _words(organization: Mapping[str, Any], locale: str | None) -> Mapping[str, str]:
    """In the language of the profile, else of the account."""
    by_language: Mapping[str, Mapping[str, str]] = organization.get(WORDS) or {}
    for known in (locale, organization.get("locale")):
        spoken = language_part(known)
        if spoken in by_language:
            return by_language[spoken]
    return by_language.get("en", {})
