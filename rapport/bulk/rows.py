"""One profile of an import job: read, checked and turned into what identification takes."""

from dataclasses import dataclass
from typing import Any

import msgspec
from msgspec import UNSET

from rapport.bulk.types import MAX_PROFILE, ImportedProfile
from rapport.kit.jsonapi import ApiError, invalid
from rapport.kit.jsonapi.errors import bad_json
from rapport.profiles.checks import person_of, require_identifier
from rapport.profiles.identity import Person
from rapport.profiles.types import LocationInput, ProfileInput

_decoder = msgspec.json.Decoder(ImportedProfile)


@dataclass(frozen=True)
class Waiting:
    """A profile of a job as it was sent; `number` is its place there."""

    number: int
    body: str

    @property
    def pointer(self) -> str:
        return f"/data/attributes/profiles/data/{self.number}"


@dataclass(frozen=True)
class Failed:
    """Why a profile is not imported."""

    row: Waiting
    code: str
    title: str
    detail: str
    pointer: str


def failed(row: Waiting, problem: ApiError) -> Failed:
    return Failed(row, problem.code, problem.title, problem.detail, problem.source.get("pointer", row.pointer))


def read(row: Waiting) -> Person:
    """The person a row means. Raises ApiError, whose pointer leads into the request."""
    if len(row.body) > MAX_PROFILE:
        raise invalid(f"A profile may hold at most {MAX_PROFILE} bytes.", pointer=row.pointer)
    try:
        profile = _decoder.decode(row.body)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise bad_json(error, "profile", row.pointer) from None
    if profile.type != "profile":
        raise invalid(f"'{profile.type}' is not 'profile'.", pointer=f"{row.pointer}/type")
    pointer = f"{row.pointer}/attributes"
    person = person_of(
        without_nulls(profile.attributes), pointer=pointer, id=profile.id or None, meta=profile.meta or None
    )
    require_identifier(person, pointer)
    return person


def without_nulls(body: ProfileInput) -> ProfileInput:
    """A null in a bulk import clears nothing: it is as if the key were absent (behaviour-people 1.3)."""
    _drop_nulls(body)
    if isinstance(body.location, LocationInput):
        _drop_nulls(body.location)
    if isinstance(body.properties, dict):
        body.properties = {key: value for key, value in body.properties.items() if value is not None}
    return body


def _drop_nulls(body: Any) -> None:
    for name in body.__struct_fields__:
        if getattr(body, name) is None:
            setattr(body, name, UNSET)
