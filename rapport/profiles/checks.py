"""Checks of what a writer says about a profile, and its translation into a Person."""

import re

import msgspec
import phonenumbers
from email_validator import EmailNotValidError, validate_email
from msgspec import UNSET, UnsetType

from rapport.inbox.person import Changes
from rapport.kit.jsonapi import invalid
from rapport.profiles import special
from rapport.profiles.attributes import PLAIN
from rapport.profiles.identity import Person
from rapport.profiles.types import (
    MAX_EMAIL,
    EventProfile,
    LocationInput,
    MoreEmails,
    PatchProperties,
    ProfileInput,
    ProfileMeta,
)

# Nearly every address is of this plain form; the rest is left to the library, which takes twenty times as long.
_PLAIN_EMAIL = re.compile(
    r"[A-Za-z0-9_%+-]+(?:\.[A-Za-z0-9_%+-]+)*@(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,}"
)
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_MAX_EXTERNAL_ID = 255


def person_of(
    body: ProfileInput,
    *,
    pointer: str,
    id: str | None = None,
    meta: ProfileMeta | None = None,
    meta_pointer: str | None = None,
    changes: bool = True,
) -> Person:
    """A Person from a request. `pointer` leads to the attributes, `meta_pointer` to meta: by default beside them.

    Attributes under their old names among the properties are taken as what they are. Raises ApiError 400.
    """
    specials = _special(body, pointer)
    id = id or (specials.id if specials else None)
    external_id = str(body.external_id) if isinstance(body.external_id, int) else body.external_id
    person = Person(
        id=id,
        external_id=_or_none(external_id),
        email=_or_none(body.email),
        phone_number=_or_none(body.phone_number),
        anonymous_id=_or_none(body.anonymous_id),
        kx=_or_none(body.kx),
    )
    _check_identifiers(person, pointer)
    if changes:
        changes_sent = _changes(body)
        if specials:
            _patch(changes_sent, specials.patch)
        if meta is not None:
            _add_meta(changes_sent, meta, meta_pointer or pointer.removesuffix("attributes") + "meta")
        person.changes = changes_sent if changes_sent != _NOTHING else None
    return person


def event_person(body: EventProfile, *, pointer: str, id: str | None) -> Person:
    """The Person of an event's profile. Raises ApiError 400 when there is no identifier."""
    person = person_of(body, pointer=pointer, id=id, meta=body.meta or None, meta_pointer=f"{pointer}/meta")
    require_identifier(person, pointer)
    return person


def require_identifier(person: Person, pointer: str) -> None:
    named = person.id or person.email or person.phone_number or person.external_id or person.anonymous_id or person.kx
    if not named:
        raise invalid("One of email, phone_number, external_id, anonymous_id, _kx or id is required.", pointer=pointer)


def check_email(address: str, pointer: str) -> None:
    """Raises ApiError 400 for what can't be an address (behaviour-people 1.1)."""
    if len(address) <= MAX_EMAIL and _PLAIN_EMAIL.fullmatch(address):
        return
    try:
        if len(address) > MAX_EMAIL:
            raise EmailNotValidError
        validate_email(address, check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise invalid("Invalid email address", pointer=pointer) from error


def check_phone_number(number: str, pointer: str) -> None:
    """Raises ApiError 400 for what is not E.164."""
    try:
        possible = bool(_E164.fullmatch(number)) and phonenumbers.is_possible_number(phonenumbers.parse(number))
    except phonenumbers.NumberParseException:
        possible = False
    if not possible:
        detail = "Invalid phone number format (Example of a valid format: +12345678901)"
        raise invalid(detail, pointer=pointer)


def _check_identifiers(person: Person, pointer: str) -> None:
    if person.email is not None:
        check_email(person.email, f"{pointer}/email")
    if person.phone_number is not None:
        check_phone_number(person.phone_number, f"{pointer}/phone_number")
    if person.external_id is not None and len(person.external_id) > _MAX_EXTERNAL_ID:
        raise invalid(
            f"external_id must not be longer than {_MAX_EXTERNAL_ID} characters.", pointer=f"{pointer}/external_id"
        )
    if person.anonymous_id is not None and len(person.anonymous_id) > _MAX_EXTERNAL_ID:
        raise invalid(
            f"anonymous_id must not be longer than {_MAX_EXTERNAL_ID} characters.", pointer=f"{pointer}/anonymous_id"
        )


def _or_none(value: str | None | UnsetType) -> str | None:
    return value.strip() or None if isinstance(value, str) else None


_NOTHING = Changes()
_IDENTIFIERS = ("external_id", "email", "phone_number", "anonymous_id")


def _special(body: ProfileInput, pointer: str) -> special.Special | None:
    if not isinstance(body.properties, dict) or not special.has_special(body.properties):
        return None
    specials = special.read(body.properties, f"{pointer}/properties")
    special.spread(body, specials)
    return specials


def _changes(body: ProfileInput) -> Changes:
    changes = Changes(set={name: value for name in PLAIN if (value := getattr(body, name)) is not UNSET})
    changes.set.update({name: None for name in _IDENTIFIERS if getattr(body, name) is None})
    if isinstance(body.location, LocationInput):
        changes.location = msgspec.to_builtins(body.location)
    elif body.location is None:
        changes.location = None
    if isinstance(body.properties, dict):
        changes.properties = body.properties
    return changes


def _patch(changes: Changes, patch: PatchProperties) -> None:
    changes.append = changes.append | (patch.append or {})
    changes.unappend = changes.unappend | (patch.unappend or {})
    changes.unset = changes.unset + ([patch.unset] if isinstance(patch.unset, str) else patch.unset or [])


def _add_meta(changes: Changes, meta: ProfileMeta, pointer: str) -> None:
    if meta.patch_properties:
        _patch(changes, meta.patch_properties)
    if emails := meta.patch_identifiers:
        changes.more_emails = _addresses(emails.append)
        changes.fewer_emails = _addresses(emails.unappend)
        for address in changes.more_emails:
            check_email(address, f"{pointer}/patch_identifiers/append/email")


def _addresses(more_emails: MoreEmails | None) -> list[str]:
    emails = more_emails.email if more_emails else None
    return [email.strip() for email in ([emails] if isinstance(emails, str) else emails or [])]
