"""Events."""

from typing import Any

from rapport.connect.action import Action, Body, Call, Input, Values
from rapport.connect.component.common import CONNECTION, CURSOR, EVENT_FIELDS, PAGE, an_id
from rapport.connect.failures import BadInput
from rapport.connect.session import Session
from rapport.connect.shapes import IDENTIFIER, PROFILE_BASICS, listed, names, resource, single, to_many, to_one

_ARRAY = Input(
    "eventsArray",
    "Events Array",
    "array",
    "The events: each with eventName, eventProfile and what else createEvent takes, or the API's `event-bulk-create`.",
    required=True,
)
_PROFILE = Input(
    "eventProfile",
    "Event Profile",
    "object",
    "Whose event it is: attributes of a profile, or its id.",
    example={"email": "sarah.mason@example.com"},
    required=True,
)
_INPUTS = (
    Input("eventName", "Event Name", note="Name of the metric.", example="Viewed Product", required=True),
    _PROFILE,
    Input("eventProperties", "Event Properties", "properties", "What is known of it."),
    Input("eventTime", "Event Time", "time", "When it happened; otherwise now.", example="2024-07-10T14:48:00.000Z"),
    Input("eventUniqueId", "Event Unique ID", note="Sent twice, it is recorded once.", example="123"),
    Input("eventValue", "Event Value", "number", "An amount of money.", example=10),
    Input("eventValueCurrency", "Event Value Currency", note="Its currency (ISO 4217).", example="USD"),
)
_OPTIONAL = {
    "time": "eventTime",
    "unique_id": "eventUniqueId",
    "value": "eventValue",
    "value_currency": "eventValueCurrency",
}
_ATTRIBUTION = names(
    "type id",
    relationships={
        name: names(data=IDENTIFIER)
        for name in (
            *("event", "attributedEvent", "campaign", "campaignMessage"),
            *("flow", "flowMessage", "flowMessageVariation"),
        )
    },
    links=names("self"),
)
_EVENT = resource(
    names("timestamp eventProperties datetime uuid"), {**to_one("profile", "metric"), **to_many("attributions")}
)
_INCLUDED = {
    "attribution": _ATTRIBUTION,
    "metric": resource(names("name created updated integration")),
    "profile": resource(PROFILE_BASICS),
}
_QUERY = {
    **{f"fields[{type}]": f"{{{type}Fields}}" for type in ("event", "metric", "profile")},
    "include": "attributions,metric,profile",
}
_READS = ("events:read", "metrics:read", "profiles:read")


async def _create(session: Session, values: Values) -> dict[str, Any]:
    attributes = {
        **_attributes(values),
        "metric": {"data": {"type": "metric", "attributes": {"name": values["eventName"]}}},
        "profile": {"data": _profile(values["eventProfile"])},
    }
    body = {"data": {"type": "event", "attributes": attributes}}
    await session.ask("POST", "/api/events", body=body, revision=CREATE.revision)
    return {"data": CREATED}


def _attributes(values: Values) -> dict[str, Any]:
    return {
        "properties": values.get("eventProperties") or {},
        **{name: values[key] for name, key in _OPTIONAL.items() if key in values},
    }


def _profile(sent: Any) -> dict[str, Any]:
    """A resource object from one, from attributes, or from attributes with an id."""
    if not isinstance(sent, dict) or not sent:
        raise BadInput(_PROFILE.key, '\'eventProfile\' must be an object such as {"email": "sarah@example.com"}.')
    if isinstance(sent.get("data"), dict):
        sent = sent["data"]
    if "attributes" in sent or "type" in sent:
        return {"type": "profile", **sent}
    attributes = {name: value for name, value in sent.items() if name != "id"}
    identity = {"id": sent["id"]} if "id" in sent else {}
    return {"type": "profile", **identity, "attributes": attributes}


async def _create_many(session: Session, values: Values) -> dict[str, Any]:
    events = [_bulk(event, at) for at, event in enumerate(values["eventsArray"])]
    job = {"events-bulk-create": {"data": events}}
    body = {"data": {"type": "event-bulk-create-job", "attributes": job}}
    await session.ask("POST", _BULK, body=body, revision=CREATE.revision)
    return {"data": CREATED_MANY}


def _bulk(sent: Any, at: int) -> dict[str, Any]:
    """One entry of a bulk job, of one event."""
    if isinstance(sent, dict) and "attributes" in sent:
        return {"type": "event-bulk-create", **sent}
    fields: dict[str, Any] = sent if isinstance(sent, dict) else {}
    values = {_KEYS.get(name, name): value for name, value in fields.items()}
    unknown = sorted(set(values) - {entry.key for entry in _INPUTS})
    if unknown or "eventName" not in values:
        what = f"has '{unknown[0]}', which no event has" if unknown else "lacks 'eventName'"
        raise BadInput(_ARRAY.key, f"Event {at} of 'eventsArray' {what}.")
    metric = {"metric": {"data": {"type": "metric", "attributes": {"name": values["eventName"]}}}}
    event = {"type": "event", "attributes": {**_attributes(values), **metric}}
    profile = {"data": _profile(values.get("eventProfile"))}
    return {"type": "event-bulk-create", "attributes": {"profile": profile, "events": {"data": [event]}}}


# `array` inputs come with keys in snake_case.
_KEYS = {
    "event_name": "eventName",
    "event_profile": "eventProfile",
    "event_properties": "eventProperties",
    "event_time": "eventTime",
    "event_unique_id": "eventUniqueId",
    "event_value": "eventValue",
    "event_value_currency": "eventValueCurrency",
}
_BULK = "/api/event-bulk-create-jobs"
CREATED, CREATED_MANY = "Event created successfully.", "Events created successfully."
CREATE = Action(
    name="component.createEvent",
    label="Create Event",
    note="Record an event of a profile.",
    inputs=(CONNECTION, *_INPUTS),
    calls=(Call("POST", "/api/events", body=Body("event", {"properties": "eventProperties", **_OPTIONAL})),),
    done=CREATED,
    run=_create,
    writes=True,
    scopes=("events:write",),
)

ACTIONS = (
    Action(
        name="component.bulkCreateEvents",
        label="Bulk Create Events",
        note="Record up to 1,000 events.",
        inputs=(CONNECTION, _ARRAY),
        calls=(Call("POST", _BULK),),
        done=CREATED_MANY,
        run=_create_many,
        writes=True,
        scopes=("events:write",),
    ),
    CREATE,
    Action(
        name="component.getEvent",
        label="Get Event",
        note="One event, with its metric, its profile and what it is attributed to.",
        inputs=(CONNECTION, an_id("eventId", "Event ID", "5nJKMJuHUQy"), *EVENT_FIELDS),
        calls=(Call("GET", "/api/events/{eventId}", _QUERY),),
        output=single(_EVENT, **_INCLUDED),
        scopes=_READS,
    ),
    Action(
        name="component.listEvents",
        label="List Events",
        note="The account's events, the latest first.",
        inputs=(CONNECTION, *EVENT_FIELDS, CURSOR),
        calls=(Call("GET", "/api/events", {**_QUERY, **PAGE}),),
        output=listed(_EVENT, **_INCLUDED),
        scopes=_READS,
    ),
)
