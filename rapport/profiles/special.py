"""The old `$` names of attributes among properties, which scripts, files and stored profiles still use
(behaviour-people 1.4)."""

from typing import Any

import msgspec
from msgspec import UNSET

from rapport.kit.jsonapi import bad_json
from rapport.profiles.types import LocationInput, PatchProperties, ProfileInput

ATTRIBUTES = {
    "$id": "external_id", "$email": "email", "$phone_number": "phone_number", "$anonymous": "anonymous_id",
    "$exchange_id": "_kx", "$first_name": "first_name", "$last_name": "last_name", "$organization": "organization",
    "$title": "title", "$image": "image", "$locale": "locale",
}  # fmt: skip
LOCATION = {f"${name}": name for name in LocationInput.__struct_fields__}
_PATCHES = {"$append": "append", "$unappend": "unappend", "$unset": "unset"}
_ID = "$kid"


class Special(msgspec.Struct):
    """What special keys say: `profile` holds attributes only, `rest` are the properties that are none."""

    profile: ProfileInput
    patch: PatchProperties
    rest: dict[str, Any]
    id: str | None = None


def has_special(properties: dict[str, Any]) -> bool:
    return any(key[:1] == "$" for key in properties)


def read(properties: dict[str, Any], pointer: str) -> Special:
    """Tell special keys from plain ones; other names with a `$` are properties (`$source`, `$consent`).

    `pointer` leads to the properties. Raises ApiError 400 for a value that its attribute can't have.
    """
    attributes: dict[str, Any] = {name: properties[key] for key, name in ATTRIBUTES.items() if key in properties}
    if location := {name: properties[key] for key, name in LOCATION.items() if key in properties}:
        attributes["location"] = location
    patch = {name: properties[key] for key, name in _PATCHES.items() if key in properties}
    try:
        converted = msgspec.convert(attributes, ProfileInput), msgspec.convert(patch, PatchProperties)
    except msgspec.ValidationError as error:
        raise bad_json(error, "profile", pointer) from None
    known = ATTRIBUTES.keys() | LOCATION.keys() | _PATCHES.keys() | {_ID}
    id = properties.get(_ID)
    rest = {key: value for key, value in properties.items() if key not in known}
    return Special(*converted, rest, id if isinstance(id, str) else None)


def spread(body: ProfileInput, specials: Special) -> None:
    """Give the body what its special keys said, where it says nothing itself; in place."""
    body.properties = specials.rest
    for name in specials.profile.__struct_fields__:
        if name != "properties" and name != "location" and getattr(body, name) is UNSET:
            setattr(body, name, getattr(specials.profile, name))
    location = specials.profile.location
    if isinstance(location, LocationInput) and not isinstance(body.location, LocationInput):
        body.location = location
    elif isinstance(location, LocationInput) and isinstance(body.location, LocationInput):
        for name in location.__struct_fields__:
            if getattr(body.location, name) is UNSET:
                setattr(body.location, name, getattr(location, name))
