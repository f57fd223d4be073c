"""Subscribing and unsubscribing."""

from typing import Any

from rapport.connect.action import Action, Call, Input, Run, Values
from rapport.connect.component.common import CONNECTION
from rapport.connect.failures import BadInput
from rapport.connect.session import Session

# The first in which also whoever unsubscribes may name channels.
_REVISION = "2025-01-15"
_CHANNELS = {"email": "email", "sms": "phone_number"}
_PROFILES = "Whom: email, phoneNumber or both of each, and `subscriptions` where not every channel is meant."
_LIST = Input("listId", "List ID", note="A list to do it in.", example="Y6nRLr", own=True)


def _job(type: str, consent: str, done: str) -> Run:
    async def run(session: Session, values: Values) -> dict[str, Any]:
        profiles = [_profile(sent, consent) for sent in values["profiles"]]
        if not profiles:
            raise BadInput("profiles", "'profiles' names nobody.")
        data: dict[str, Any] = {"type": type, "attributes": {"profiles": {"data": profiles}}}
        if "listId" in values:
            data["relationships"] = {"list": {"data": {"type": "list", "id": values["listId"]}}}
        await session.ask("POST", f"/api/{type}s", body={"data": data}, revision=_REVISION)
        return {"data": done}

    return run


def _profile(sent: Any, consent: str) -> dict[str, Any]:
    """A resource object, from one or from attributes alone; every channel that has an address, where none is named."""
    if not isinstance(sent, dict):
        raise BadInput("profiles", 'A profile is an object such as {"email": "sarah@example.com"}.')
    attributes = dict(sent["attributes"] if isinstance(sent.get("attributes"), dict) else sent)
    profile_id = sent.get("id") or attributes.get("id")
    attributes = {name: value for name, value in attributes.items() if name not in ("id", "type")}
    attributes.setdefault(
        "subscriptions",
        {
            channel: {"marketing": {"consent": consent}}
            for channel, address in _CHANNELS.items()
            if attributes.get(address)
        },
    )
    return {"type": "profile", **({"id": profile_id} if profile_id else {}), "attributes": attributes}


def _action(name: str, label: str, verb: str, type: str, consent: str, done: str) -> Action:
    return Action(
        name=name,
        label=label,
        note=f"{verb} profiles, for e-mail, SMS or both.",
        inputs=(CONNECTION, Input("profiles", "Profiles", "array", _PROFILES, required=True), _LIST),
        calls=(Call("POST", f"/api/{type}s"),),
        done=done,
        run=_job(type, consent, done),
        writes=True,
        revision=_REVISION,
        scopes=("lists:write", "profiles:write", "subscriptions:write"),
    )


ACTIONS = (
    _action(
        "component.subscribeProfiles",
        "Subscribe Profiles",
        "Subscribe",
        "profile-subscription-bulk-create-job",
        "SUBSCRIBED",
        "Profiles subscribed successfully.",
    ),
    _action(
        "component.unsubscribeProfiles",
        "Unsubscribe Profiles",
        "Unsubscribe",
        "profile-subscription-bulk-delete-job",
        "UNSUBSCRIBED",
        "Profiles unsubscribed successfully.",
    ),
)
