"""The six actions of the lead integration: fields of a lead in, fields appended to it out, never an exception.

`outcome` is success, failure (the host refused, or found nobody) or error (no usable answer in time).
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from rapport.connect.action import REVISION, Action, Call, Input, Values
from rapport.connect.failures import BadInput, Failed, NoAnswer, NobodyFound, Refused
from rapport.connect.reading import an_object, attributes, literal, objects, text
from rapport.connect.session import Session
from rapport.connect.shapes import names

# ---- inputs ----------------------------------------------------------------------------------------------------------
EMAIL = Input("email", "Email", note="E-mail address.", example="sarah.mason@example.com")
PHONE = Input("phone_1", "Phone 1", note="Phone number with its country code.", example="+15005550006")
REFERENCE = Input("reference", "Reference", note="Id in another system; becomes external_id.")
# Input -> attribute of a profile.
_ATTRIBUTES = {
    "email": "email",
    "phone_1": "phone_number",
    "reference": "external_id",
    "first_name": "first_name",
    "last_name": "last_name",
    "company_name": "organization",
    "title": "title",
    "klaviyo_photo_url": "image",
    "klaviyo_custom": "properties",
}
_LOCATION = {
    "address_1": "address1",
    "address_2": "address2",
    "city": "city",
    "country": "country",
    "latitude": "latitude",
    "longitude": "longitude",
    "state": "region",
    "postal_code": "zip",
    "klaviyo_timezone": "timezone",
}
PERSON = (
    EMAIL,
    PHONE,
    REFERENCE,
    Input("first_name", "First Name"),
    Input("last_name", "Last Name"),
    Input("company_name", "Company Name", note="Becomes organization."),
    Input("title", "Title", note="Job title."),
    Input("address_1", "Address 1", note="First line of the address."),
    Input("address_2", "Address 2", note="Second line of the address."),
    Input("city", "City"),
    Input("country", "Country"),
    Input("latitude", "Latitude"),
    Input("longitude", "Longitude"),
    Input("state", "State", note="Becomes region."),
    Input("postal_code", "Postal Code", note="Becomes zip."),
)
DETAILS = (
    Input("klaviyo_photo_url", "Klaviyo Photo Url", note="URL of a picture; becomes image."),
    Input("klaviyo_timezone", "Klaviyo Timezone", note="Name of a time zone.", example="America/New_York"),
    Input(
        "klaviyo_custom",
        "Klaviyo Custom",
        "properties",
        note="Custom properties: an object, or one input each, `klaviyo_custom.NAME`.",
        example={"color": "red"},
    ),
)
IDENTIFIERS = ("email", "phone_number", "klaviyo_id", "external_id")
HANDLING = ("earliest creation date", "earliest update date", "newest creation date", "newest update date")
WHO = (
    Input("klaviyo_id", "Klaviyo Id", note="The profile's id.", example="01GDDKASAP8TKDDA2GRZDSVP4H"),
    Input("klaviyo_external_id", "Klaviyo External Id", note="The profile's external_id."),
    Input(
        "klaviyo_identifier",
        "Klaviyo Identifier",
        "choice",
        note="What the profile is looked for by. Otherwise the first of the four that was sent.",
        choices=IDENTIFIERS,
    ),
    Input(
        "klaviyo_profile_handling",
        "Klaviyo Profile Handling",
        "choice",
        note="Which profile is meant when several match.",
        choices=HANDLING,
        default=HANDLING[0],
    ),
)
TIMEOUT = Input(
    "timeout_seconds",
    "Timeout Seconds",
    "seconds",
    note="Seconds after which the outcome is 'error'.",
    default=360.0,
    example=360,
)
LIST = Input("klaviyo_list_id", "Klaviyo List Id", note="The list's id.", required=True, example="Y6nRLr")
_SEARCHED = {
    "email": "email",
    "phone_number": "phone_1",
    "klaviyo_id": "klaviyo_id",
    "external_id": "klaviyo_external_id",
}

# ---- outputs ---------------------------------------------------------------------------------------------------------
ERRORS = ("errors_id", "errors_code", "errors_title", "errors_detail")
# Appended field -> where it stands in a profile; `suppression` and `list_suppressions` show their latest entry.
_EMAIL_AT, _SMS_AT = "attributes.subscriptions.email.marketing.", "attributes.subscriptions.sms.marketing."
_APPENDED = {
    "type": "type",
    "id": "id",
    "reference": "attributes.external_id",
    "anonymous_id": "attributes.anonymous_id",
    "list_name": "",
    "created_time": "attributes.created",
    "updated_time": "attributes.updated",
    "last_event_date": "attributes.last_event_date",
    "email_marketing_consent_status": _EMAIL_AT + "consent",
    "email_marketing_subscription_method": _EMAIL_AT + "method",
    "email_marketing_subscription_suppression_reason": _EMAIL_AT + "suppression.reason",
    "email_marketing_subscription_suppression_timestamp": _EMAIL_AT + "suppression.timestamp",
    "email_marketing_suppression_list_id": _EMAIL_AT + "list_suppressions.list_id",
    "email_marketing_suppression_list_reason": _EMAIL_AT + "list_suppressions.reason",
    "email_marketing_suppression_list_timestamp": _EMAIL_AT + "list_suppressions.timestamp",
    "sms_marketing_consent_status": _SMS_AT + "consent",
    "sms_marketing_timestamp": _SMS_AT + "consent_timestamp",
    "sms_marketing_method": _SMS_AT + "method",
    "sms_marketing_method_details": _SMS_AT + "method_detail",
    "self_links": "links.self",
}
_CUSTOM = "custom."
OUTCOME = names("outcome reason", **dict.fromkeys(ERRORS))
PROFILE_OUTCOME = names("outcome reason", **dict.fromkeys(_APPENDED), **{"custom.*": None}, **dict.fromkeys(ERRORS))

Profile = dict[str, Any]
Appended = dict[str, Any]
Work = Callable[[Session, Values], Awaitable[Appended]]


def _telling_outcome(work: Work) -> Work:
    """What went wrong is told in the lead."""

    async def run(session: Session, values: Values) -> Appended:
        try:
            return {"outcome": "success", "reason": None, **await work(session, values), **_errors([])}
        except BadInput:
            raise
        except Refused as refused:
            return {"outcome": "failure", "reason": str(refused), **_errors(refused.errors)}
        except NobodyFound as nobody:
            return {"outcome": "failure", "reason": str(nobody), **_errors([])}
        except Failed as failed:
            return {"outcome": "error", "reason": str(failed), **_errors([])}

    return run


def _errors(errors: list[dict[str, Any]]) -> Appended:
    return {name: [error.get(name.removeprefix("errors_")) for error in errors] for name in ERRORS}


def appended(profile: Profile, list_names: list[str]) -> Appended:
    """The fields of a profile that are added to a lead; null where the host says nothing of one."""
    fields = {name: _at(profile, path.split(".")) for name, path in _APPENDED.items() if path}
    fields["list_name"] = ", ".join(list_names) or None
    properties = an_object(attributes(profile).get("properties"))
    ordered = {name: fields[name] for name in _APPENDED}
    return {**ordered, **{f"{_CUSTOM}{name}": value for name, value in properties.items()}}


def _at(value: Any, path: list[str]) -> Any:
    for name in path:
        if isinstance(value, list):
            value = max(objects(value), key=lambda entry: text(entry.get("timestamp")), default=None)
        value = value.get(name) if isinstance(value, dict) else None
    return value


# ---- whom an action is about -----------------------------------------------------------------------------------------
def identifier(values: Values) -> tuple[str, str]:
    """What to look for a profile by, and the value. Raises BadInput."""
    name = values.get("klaviyo_identifier") or next((name for name in IDENTIFIERS if _SEARCHED[name] in values), None)
    if name is None:
        wanted = ", ".join(_SEARCHED.values())
        raise BadInput("klaviyo_identifier", f"Whom? One of these is needed: {wanted}.")
    key = _SEARCHED[name]
    if key not in values:
        raise BadInput(key, f"'{key}' is needed, because klaviyo_identifier is '{name}'.")
    return name, values[key]


async def find_profile(session: Session, values: Values) -> Profile:
    """The one profile that an action is about. Raises NobodyFound."""
    name, value = identifier(values)
    attribute = "id" if name == "klaviyo_id" else name
    query = {"filter": f"equals({attribute},{literal(value)})"}
    document = await session.ask("GET", "/api/profiles", query=query, revision=REVISION)
    profiles = document.get("data")
    if not isinstance(profiles, list) or not all(_is_profile(profile) for profile in profiles):
        raise NoAnswer("The host's answer to a search holds no list of profiles.")
    if not profiles:
        raise NobodyFound(f"No profile has the {name} '{value}'.")
    return choose(profiles, values["klaviyo_profile_handling"])


def _is_profile(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("id"), str) and isinstance(value.get("attributes"), dict)


def choose(profiles: list[Profile], handling: str) -> Profile:
    """One of several, by one of the four ways of HANDLING."""
    moment = "created" if "creation" in handling else "updated"
    pick = max if handling.startswith("newest") else min
    return pick(profiles, key=lambda profile: text(profile["attributes"].get(moment)))


async def read_fields(session: Session, profile_id: str) -> Appended:
    """The appended fields of a profile, with its consent and, where the credential may read them, its lists' names."""
    path, query = f"/api/profiles/{quote(profile_id, safe='')}", {"additional-fields[profile]": "subscriptions"}
    try:
        document = await session.ask("GET", path, query={**query, "include": "lists"}, revision=REVISION)
    except Refused as refused:
        if refused.status != 403:
            raise
        document = await session.ask("GET", path, query=query, revision=REVISION)
    if not _is_profile(document.get("data")):
        raise NoAnswer("The host's answer holds no profile.")
    lists = [resource for resource in objects(document.get("included")) if resource.get("type") == "list"]
    return appended(document["data"], sorted(text(attributes(entry).get("name")) for entry in lists))


def profile_attributes(values: Values) -> dict[str, Any]:
    shown = {name: values[key] for key, name in _ATTRIBUTES.items() if key in values}
    location = {name: values[key] for key, name in _LOCATION.items() if key in values}
    return {**shown, **({"location": location} if location else {})}


# ---- the six ---------------------------------------------------------------------------------------------------------
async def _create(session: Session, values: Values) -> Appended:
    body = {"data": {"type": "profile", "attributes": profile_attributes(values)}}
    document = await session.ask("POST", "/api/profiles", body=body, revision=REVISION)
    return await read_fields(session, _id_in(document))


def _id_in(document: Mapping[str, Any]) -> str:
    if not _is_profile(document.get("data")):
        raise NoAnswer("The host's answer holds no profile.")
    return str(document["data"]["id"])


async def _update(session: Session, values: Values) -> Appended:
    profile_id = (await find_profile(session, values))["id"]
    body = {"data": {"type": "profile", "id": profile_id, "attributes": profile_attributes(values)}}
    await session.ask("PATCH", f"/api/profiles/{quote(profile_id, safe='')}", body=body, revision=REVISION)
    return await read_fields(session, profile_id)


async def _get(session: Session, values: Values) -> Appended:
    return await read_fields(session, (await find_profile(session, values))["id"])


async def _get_in_segment(session: Session, values: Values) -> Appended:
    """The segment's own list can't be searched by every identifier, so the profile is found first."""
    profile = await find_profile(session, values)
    path = f"/api/profiles/{quote(profile['id'], safe='')}/relationships/segments"
    segments = (await session.ask("GET", path, revision=REVISION)).get("data")
    wanted = values["klaviyo_segment_id"]
    if not isinstance(segments, list):
        raise NoAnswer("The host's answer holds no segments.")
    if not any(isinstance(segment, dict) and segment.get("id") == wanted for segment in segments):
        await session.ask("GET", f"/api/segments/{quote(wanted, safe='')}", revision=REVISION)
        raise NobodyFound(f"The profile {profile['id']} is not in the segment '{wanted}'.")
    return await read_fields(session, profile["id"])


async def _add_to_list(session: Session, values: Values) -> Appended:
    profile = await find_profile(session, values)
    path = f"/api/lists/{quote(values['klaviyo_list_id'], safe='')}/relationships/profiles"
    body = {"data": [{"type": "profile", "id": profile["id"]}]}
    await session.ask("POST", path, body=body, revision=REVISION)
    return {}


async def _subscribe(session: Session, values: Values) -> Appended:
    profile = await find_profile(session, values)
    addresses = {
        "email": values.get("email") or profile["attributes"].get("email"),
        "sms": values.get("phone_1") or profile["attributes"].get("phone_number"),
    }
    channels = values.get("klaviyo_channels") or [channel for channel, address in addresses.items() if address]
    subscribed: dict[str, Any] = {"subscriptions": {}}
    for channel in channels:
        if channel not in addresses:
            raise BadInput("klaviyo_channels", f"'{channel}' is no channel: use email, sms or both.")
        if not addresses[channel]:
            raise NobodyFound(f"The profile {profile['id']} has no address for {channel}.")
        subscribed["email" if channel == "email" else "phone_number"] = addresses[channel]
        subscribed["subscriptions"][channel] = {"marketing": {"consent": "SUBSCRIBED"}}
    await session.ask("POST", _SUBSCRIBE, body=_subscription(values, profile["id"], subscribed), revision=REVISION)
    return {}


_SUBSCRIBE = "/api/profile-subscription-bulk-create-jobs"


def _subscription(values: Values, profile_id: str, subscribed: dict[str, Any]) -> dict[str, Any]:
    job: dict[str, Any] = {"profiles": {"data": [{"type": "profile", "id": profile_id, "attributes": subscribed}]}}
    if "klaviyo_custom_source" in values:
        job["custom_source"] = values["klaviyo_custom_source"]
    return {
        "data": {
            "type": "profile-subscription-bulk-create-job",
            "attributes": job,
            "relationships": {"list": {"data": {"type": "list", "id": values["klaviyo_list_id"]}}},
        }
    }


_FIND = Call("GET", "/api/profiles", {"filter": "equals(IDENTIFIER,…)"})
_READ = Call("GET", "/api/profiles/{id}", {"additional-fields[profile]": "subscriptions", "include": "lists"})
_READS = ("profiles:read", "lists:read")

ACTIONS = tuple(
    replace(action, run=_telling_outcome(action.run))
    for action in (
        Action(
            name="lead.addProfileToList",
            label="Add Profile to List",
            note="Add a profile to a list.",
            inputs=(EMAIL, PHONE, LIST, *WHO, TIMEOUT),
            calls=(_FIND, Call("POST", "/api/lists/{klaviyo_list_id}/relationships/profiles")),
            output=OUTCOME,
            run=_add_to_list,
            writes=True,
            scopes=("profiles:read", "profiles:write", "lists:write"),
        ),
        Action(
            name="lead.createProfile",
            label="Create Profile",
            note="Create a profile.",
            inputs=(*PERSON, *DETAILS, TIMEOUT),
            calls=(Call("POST", "/api/profiles"), _READ),
            output=PROFILE_OUTCOME,
            run=_create,
            writes=True,
            scopes=("profiles:write", *_READS),
        ),
        Action(
            name="lead.getProfiles",
            label="Get Profiles",
            note="Say whether a profile exists, and what is known of it.",
            inputs=(EMAIL, PHONE, *WHO, TIMEOUT),
            calls=(_FIND, _READ),
            output=PROFILE_OUTCOME,
            run=_get,
            scopes=_READS,
        ),
        Action(
            name="lead.getSegmentProfiles",
            label="Get Segment Profiles",
            note="Say whether a profile is in a segment.",
            inputs=(
                EMAIL,
                PHONE,
                Input("klaviyo_segment_id", "Klaviyo Segment Id", note="The segment's id.", required=True),
                *WHO,
                TIMEOUT,
            ),
            calls=(_FIND, Call("GET", "/api/profiles/{id}/relationships/segments"), _READ),
            output=PROFILE_OUTCOME,
            run=_get_in_segment,
            scopes=(*_READS, "segments:read"),
        ),
        Action(
            name="lead.updateProfile",
            label="Update Profile",
            note="Change a profile.",
            inputs=(*PERSON, *DETAILS, TIMEOUT, *WHO),
            calls=(_FIND, Call("PATCH", "/api/profiles/{id}"), _READ),
            output=PROFILE_OUTCOME,
            run=_update,
            writes=True,
            scopes=("profiles:write", *_READS),
        ),
        Action(
            name="lead.subscribeProfileToList",
            label="Subscribe Profile to List",
            note="Subscribe a profile to marketing by e-mail, SMS or both.",
            inputs=(
                EMAIL,
                PHONE,
                LIST,
                Input(
                    "klaviyo_channels",
                    "Klaviyo Channels",
                    "list",
                    note="email, sms or both. Otherwise each that the profile has an address for.",
                    example=["email", "sms"],
                ),
                Input(
                    "klaviyo_custom_source",
                    "Klaviyo Custom Source",
                    note="Kept in the consent record as its source.",
                    example="Marketing event",
                ),
                *WHO,
                TIMEOUT,
            ),
            calls=(_FIND, Call("POST", _SUBSCRIBE)),
            output=OUTCOME,
            run=_subscribe,
            writes=True,
            scopes=("profiles:read", "profiles:write", "lists:write", "subscriptions:write"),
        ),
    )
    if action.run is not None
)
