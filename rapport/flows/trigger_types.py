"""What starts a flow, one type for each trigger (behaviour-messaging 1.3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
DateUnit = Literal["days", "weeks", "months"]
Filters = dict[str, Any]
# Ten years: far enough, and every moment still fits the calendar.
DateAmount = Annotated[int, Meta(ge=0, le=3660)]
Number = int | float


class GroupTrigger(msgspec.Struct, forbid_unknown_fields=True):
    """Joining a list, or becoming a member of a segment. `id` null: not set up yet, nobody enters."""

    type: Literal["list", "segment"]
    id: str | None = None


class MetricTrigger(msgspec.Struct, forbid_unknown_fields=True):
    """Every event of the metric that passes the filter."""

    type: Literal["metric"]
    id: str | None = None
    trigger_filter: Filters | None = None


class DateTrigger(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A date kept with the profile. The flow starts so long before it, at `trigger_time` in `timezone` (an IANA name,
    or the profile's own), on the next of `trigger_days`."""

    type: Literal["date"]
    date_field_type: Literal["profile-property"]
    date_profile_property: str
    timedelta_unit_before_date: DateUnit = "weeks"
    timedelta_value_before_date: DateAmount
    recurrence_frequency: Literal["annually", "monthly", "weekly", "never"] = "monthly"
    timezone: str = "profile"
    trigger_time: str
    trigger_days: list[Weekday] | None = None


class ObjectDateTrigger(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A date kept with a custom object."""

    type: Literal["date"]
    date_field_type: Literal["custom-object"]
    custom_object_label: str
    custom_object_property_id: int
    object_type_id: str
    object_type_relationship_id: str
    timedelta_unit_before_date: DateUnit = "weeks"
    timedelta_value_before_date: DateAmount
    recurrence_frequency: Literal["annually", "monthly", "weekly", "never"] = "monthly"
    timezone: str = "profile"
    trigger_time: str
    trigger_days: list[Weekday] | None = None


class PriceDropTrigger(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    type: Literal["price-drop"]
    trigger_filter: Filters | None
    price_drop_amount_value: Number
    price_drop_amount_unit: Literal["currency", "percent"] = "currency"
    audience: list[Literal["viewed", "checkout-started"]]
    timeframe_days: int = 30
    currency_type: Literal["usd"] = "usd"


class LowInventoryTrigger(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    type: Literal["low-inventory"]
    product_level: Literal["product", "variant"]
    trigger_filter: Filters | None
    inventory_count: int
    audience: list[Literal["added-to-cart", "checkout-started", "viewed"]]
    timeframe_days: int = 30


Trigger = GroupTrigger | MetricTrigger | DateTrigger | ObjectDateTrigger | PriceDropTrigger | LowInventoryTrigger


@dataclass(frozen=True)
class TriggerKind:
    """`shown`: what the trigger is called in answers; a segment's is called a list's, for want of a word of its own
    (1.1). `conditions`: types of conditions its filter can have. `lacks`: why a flow with it can't be live yet."""

    data: type[msgspec.Struct]
    shown: str
    conditions: tuple[str, ...] = ()
    lacks: str | None = None


_GROUP = TriggerKind(GroupTrigger, "Added to List")
_DATE = TriggerKind(DateTrigger, "Date Based")
# By type; a date's by `date_field_type` too.
TRIGGERS: Mapping[str, TriggerKind] = {
    "list": _GROUP,
    "segment": _GROUP,
    "metric": TriggerKind(MetricTrigger, "Metric", ("metric-property",)),
    "date": _DATE,
    "price-drop": TriggerKind(
        PriceDropTrigger, "Price Drop", ("price-drop-property",), "Falling prices are not watched by this version."
    ),
    "low-inventory": TriggerKind(
        LowInventoryTrigger, "Low Inventory", ("low-inventory-property",), "Stock is not watched by this version."
    ),
}
DATES: Mapping[str, TriggerKind] = {
    "profile-property": _DATE,
    "custom-object": TriggerKind(
        ObjectDateTrigger,
        "Date Based",
        ("custom-object-trigger-property", "custom-object-property"),
        "There are no custom objects in this installation.",
    ),
}
UNCONFIGURED = "Unconfigured"


def kind_of(trigger: Mapping[str, Any]) -> TriggerKind | None:
    """By its `type`, and of a date by its `date_field_type`; None = there is no such trigger."""
    if trigger.get("type") == "date":
        return DATES.get(str(trigger.get("date_field_type")))
    return TRIGGERS.get(str(trigger.get("type")))


def trigger_type(kind: str, *, configured: bool) -> str:
    """`trigger_type` of a flow in answers. `configured`: its list, segment or metric is named."""
    needs = kind in ("list", "segment", "metric")
    return TRIGGERS[kind].shown if configured or not needs else UNCONFIGURED
