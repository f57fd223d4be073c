"""Whether what a file says of consent still holds, beside what is known of the person.

History never overrules what somebody said since: who unsubscribed, or was barred, after the consent in the file stays
so.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from rapport.imports.profiles import Said

SUBSCRIBED, UNSUBSCRIBED = "SUBSCRIBED", "UNSUBSCRIBED"
Known = Mapping[str, Any]
Decision = Literal["change", "left", "same"]


def decide(current: Known, stated: Said) -> Decision:
    """`current`: one channel of a profile's `subscriptions`, empty for who is not known."""
    if _is_so(current, stated.consent):
        return "same"
    if stated.consent == SUBSCRIBED and _refused_since(current, stated):
        return "left"
    return "change" if stated.consent == SUBSCRIBED or current.get("consent") != stated.consent else "same"


def _is_so(current: Known, consent: str) -> bool:
    """A yes is not wholly one while they are barred; a no always comes with a suppression of its own."""
    return current.get("consent") == consent and (consent == UNSUBSCRIBED or not current.get("suppression"))


def _refused_since(current: Known, stated: Said) -> bool:
    """A consent without a date is taken to be older."""
    moments = [suppression["timestamp"] for suppression in current.get("suppression") or ()]
    if current.get("consent") == UNSUBSCRIBED:
        moments.append(current.get("consent_timestamp"))
    stated_at = None if stated.at is None else _moment(stated.at)
    return any(stated_at is None or moment is None or _moment(moment) >= stated_at for moment in moments)


def _moment(at: str | datetime) -> datetime:
    return at if isinstance(at, datetime) else datetime.fromisoformat(at)
