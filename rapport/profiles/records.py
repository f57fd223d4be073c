"""Rows of profiles as JSON:API records."""

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from rapport.kit.jsonapi import AnyCall, Record, Resource, Row, ToMany
from rapport.profiles.types import Location, MemberAttributes, ProfileAttributes

PROFILE = Resource(
    type="profile",
    path="/api/profiles",
    attributes=ProfileAttributes,
    relationships={
        "lists": ToMany("list"),
        "segments": ToMany("segment"),
        "push-tokens": ToMany("push-token"),
        "conversations": ToMany("conversation"),
    },
    additional=("subscriptions", "predictive_analytics"),
    whole_seconds=True,
)
# The answer's word for an external id that was given as a number is that number again (1.1), but the SDK's models
# want a string; a string it is.
_PLAIN = (
    "email", "phone_number", "external_id", "anonymous_id", "first_name", "last_name", "organization", "locale",
    "title", "image", "created", "updated", "last_event_date", "properties",
)  # fmt: skip
_PREDICTIONS = dict.fromkeys(
    (
        "historic_clv",
        "predicted_clv",
        "total_clv",
        "historic_number_of_orders",
        "predicted_number_of_orders",
        "average_days_between_orders",
        "average_order_value",
        "churn_probability",
        "expected_date_of_next_order",
        "ranked_channel_affinity",
    )
)


def attributes_of(row: Row) -> dict[str, Any]:
    """The plain attributes of a profile row, ready for a Struct."""
    return {name: row[name] for name in _PLAIN} | {"location": msgspec.convert(row["location"], Location, strict=False)}


def profile_record(row: Row, call: AnyCall) -> Record:
    """A row of `profiles` (with `subscriptions` beside it where it was loaded) as a record keyed by its bigint id."""
    extra = {"subscriptions": row.get("subscriptions", UNSET), "predictive_analytics": _predictions(call)}
    attributes = ProfileAttributes(**attributes_of(row), **extra)
    return Record(row["ulid"], attributes, key=row["id"], resource=PROFILE, version=row["version"])


def member_record(row: Row, call: AnyCall) -> Record:
    """A profile row with `joined`: the time it became a member of the list or segment that is asked for."""
    extra = {"subscriptions": row.get("subscriptions", UNSET), "predictive_analytics": _predictions(call)}
    attributes = MemberAttributes(**attributes_of(row), **extra, joined_group_at=row["joined"])
    return Record(row["ulid"], attributes, key=row["id"], resource=PROFILE)


def _predictions(call: AnyCall) -> dict[str, Any] | UnsetType:
    """Null until there is history enough to predict from (behaviour-people 1.11)."""
    return _PREDICTIONS if "predictive_analytics" in call.additional else UNSET
