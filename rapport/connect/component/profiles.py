"""Profiles."""

from rapport.connect.action import Action, Body, Call, Input
from rapport.connect.component.common import ADDITIONAL, CONNECTION, CURSOR, FIELDS, MORE, PAGE, an_id, fields
from rapport.connect.shapes import LIST, PROFILE, SEGMENT, linked, listed, resource, single, to_many

_ID = an_id("profileId", "Profile ID", "01J18FVB5H8XR1X9AXEQFVRW7A")
_INPUTS = (
    CONNECTION,
    Input("email", "Email", note="E-mail address.", example="sarah.mason@example.com"),
    Input("externalId", "External ID", note="Id in another system.", example="12345"),
    Input("firstName", "First Name", example="Sarah"),
    Input("image", "Image", note="URL of a picture.", example="https://example.com/sarah.jpeg"),
    Input("lastName", "Last Name", example="Mason"),
    Input("location", "Location", "object", "Address, place and time zone.", example={"city": "New York"}),
    Input("organization", "Organization", note="Where the person works.", example="Example Corporation"),
    Input("phoneNumber", "Phone Number", note="In E.164 form.", example="+15005550006"),
)
_MORE_INPUTS = (
    Input("properties", "Properties", "properties", "Custom properties.", example={"pseudonym": "Dr. Octopus"}),
    Input("title", "Title", note="Job title.", example="Regional Manager"),
)
_ATTRIBUTES = {
    "email": "email",
    "external_id": "externalId",
    "first_name": "firstName",
    "image": "image",
    "last_name": "lastName",
    "location": "location",
    "organization": "organization",
    "phone_number": "phoneNumber",
    "properties": "properties",
    "title": "title",
}
# What a write answers beside the attributes.
_SHOWN = {"additional-fields[profile]": "subscriptions,predictive_analytics"}
_WRITTEN = single(resource(PROFILE, to_many("lists", "segments")))

ACTIONS = (
    Action(
        name="component.createProfile",
        label="Create Profile",
        note="Create a profile.",
        inputs=(*_INPUTS, *_MORE_INPUTS),
        calls=(Call("POST", "/api/profiles", _SHOWN, Body("profile", _ATTRIBUTES)),),
        output=_WRITTEN,
        is_new=True,
        writes=True,
        scopes=("profiles:write",),
    ),
    Action(
        name="component.getProfile",
        label="Get Profile",
        note="One profile, with its lists and segments.",
        inputs=(ADDITIONAL, CONNECTION, FIELDS, _ID),
        calls=(Call("GET", "/api/profiles/{profileId}", {**fields("profile"), **MORE, "include": "lists,segments"}),),
        output=single(resource(PROFILE, to_many("lists", "segments")), list=resource(LIST), segment=resource(SEGMENT)),
        scopes=("profiles:read", "lists:read", "segments:read"),
    ),
    Action(
        name="component.listProfile",
        label="List Profile",
        note="The account's profiles.",
        inputs=(ADDITIONAL, CONNECTION, FIELDS, CURSOR),
        calls=(Call("GET", "/api/profiles", {**fields("profile"), **MORE, **PAGE}),),
        output=listed(resource(PROFILE, linked("lists", "segments"))),
        scopes=("profiles:read",),
    ),
    Action(
        name="component.updateProfile",
        label="Update Profile",
        note="Change a profile.",
        inputs=(*_INPUTS, _ID, *_MORE_INPUTS),
        calls=(Call("PATCH", "/api/profiles/{profileId}", _SHOWN, Body("profile", _ATTRIBUTES, id="profileId")),),
        related=Call("GET", "/api/profiles/{profileId}", {"include": "lists,segments"}),
        output=_WRITTEN,
        writes=True,
        scopes=("profiles:write",),
    ),
)
