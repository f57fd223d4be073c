"""The dimensions by which events are grouped and filtered, and how each is read from the event lake (behaviour-people
3.8, 3.6)."""

from collections.abc import Iterable
from dataclasses import dataclass

from rapport.events.lake.query import prop_text
from rapport.kit.rooms import Point

# Dimensions that are a property of the same name.
_PROPERTIES = (
    "$flow", "$message", "$usage_amount", "$variation", "Bot Click", "Bounce Type", "Campaign Name",
    "Client Canonical", "Client Name", "Client Type", "Email Domain", "Failure Source", "Failure Type", "From Number",
    "From Phone Region", "Inbox Provider", "List", "Message Format", "Message Name", "Message Type", "Method",
    "Segment Count", "Subject", "To Number", "To Phone Region", "URL", "form_id",
)  # fmt: skip
# Dimension -> the property that holds it.
_COHORTS = {
    "$message_send_cohort": "$_cohort$message_send_cohort",
    "$variation_send_cohort": "$_cohort$variation_send_cohort",
}
_CHANNELS = ("$campaign_channel", "$flow_channel")
_ATTRIBUTED = ("$attributed_channel", "$attributed_flow", "$attributed_message", "$attributed_variation")
ALL = frozenset({*_PROPERTIES, *_COHORTS, *_CHANNELS, *_ATTRIBUTED, "$value_currency"})
# A metric is about messages of the channel that its name ends in.
_OF_NAMES = {"Email": "email", "SMS": "sms", "Push": "push", "WhatsApp": "whatsapp"}


@dataclass(frozen=True)
class Source:
    """Dimensions of events that a room above provides.

    `query`: SQL for PostgreSQL with the parameters account, metric, since and until. Its columns are the event's id and
    one text for each of `names`, in their order. Events that it does not return have none of these dimensions.
    """

    names: tuple[str, ...]
    query: str


SOURCES: Point[Source] = Point("dimensions of events")


def sources_of(names: Iterable[str]) -> list[Source]:
    """The sources that provide some of these dimensions."""
    wanted = set(names)
    return [source for source in SOURCES if not wanted.isdisjoint(source.names)]


def properties_of(names: Iterable[str]) -> list[str]:
    """The event properties that these dimensions are read from."""
    properties: list[str] = []
    for name in names:
        if name in _CHANNELS:
            properties += ["$message", "$flow"]
        elif name not in _ATTRIBUTED and name != "$value_currency":
            properties.append(_COHORTS.get(name, name))
    return list(dict.fromkeys(properties))


def sql(name: str, metric: str) -> str:
    """SQL of a dimension's text for an event `e`, "" when there is none. `metric`: the metric's name."""
    return f"coalesce({_sql(name, metric)}, '')"


def _sql(name: str, metric: str) -> str:
    if name == "$value_currency":
        return "e.currency"
    if name in _CHANNELS:
        return _channel(name, metric)
    if name in _ATTRIBUTED:
        return _of_source(name)
    return prop_text(_COHORTS.get(name, name))


def _channel(name: str, metric: str) -> str:
    """The channel of the message that the event is about, under the kind of sender that it has."""
    channel = next((channel for ending, channel in _OF_NAMES.items() if metric.endswith(ending)), None)
    if channel is None:
        return "NULL"
    by_flow = "IS NOT NULL" if name == "$flow_channel" else "IS NULL"
    of_message = f"{prop_text('$message')} IS NOT NULL"
    return f"CASE WHEN {of_message} AND {prop_text('$flow')} {by_flow} THEN '{channel}' END"


def _of_source(name: str) -> str:
    for at, source in enumerate(SOURCES):
        if name in source.names:
            return f's{at}."{name}"'
    return "NULL"
