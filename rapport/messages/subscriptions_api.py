"""Operations that subscribe and unsubscribe profiles (behaviour-people 2.2, 2.3)."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Literal, TypeVar

import msgspec

from rapport.accounts.api import account_of
from rapport.kit import db
from rapport.kit.jsonapi import AnyCall, Body, Call, ToOne, invalid, operation
from rapport.kit.jsonapi.errors import bad_json
from rapport.kit.ratelimit import L
from rapport.lists import service as lists
from rapport.messages import optin, subscribing
from rapport.profiles.checks import check_email, check_phone_number
from rapport.profiles.consent import EMAIL, PUSH, SMS, SMS_TRANSACTIONAL
from rapport.profiles.identity import Person
from rapport.subscriptions.api import identified
from rapport.subscriptions.service import Grant, How

MAX_SUBSCRIBED, MAX_UNSUBSCRIBED = 1000, 100
SCOPES = "lists:write profiles:write subscriptions:write"
_PROFILES = "/data/attributes/profiles/data"
# Where a consent stands in `subscriptions` -> the channel it is kept under.
_PLACES = {
    ("email", "marketing"): EMAIL,
    ("sms", "marketing"): SMS,
    ("sms", "transactional"): SMS_TRANSACTIONAL,
    ("push", "marketing"): PUSH,
}


class Granted(msgspec.Struct):
    consent: Literal["SUBSCRIBED"]
    consented_at: datetime | None = None


class Withdrawn(msgspec.Struct):
    consent: Literal["UNSUBSCRIBED"]


class GrantedEmail(msgspec.Struct, forbid_unknown_fields=True):
    marketing: Granted | None = None
    open_tracking: Granted | None = None


class GrantedTexts(msgspec.Struct, forbid_unknown_fields=True):
    marketing: Granted | None = None
    transactional: Granted | None = None


class GrantedPush(msgspec.Struct, forbid_unknown_fields=True):
    marketing: Granted
    tokens: list[dict[str, Any]] | None = None
    anonymous_id: str | None = None


class GrantedSubscriptions(msgspec.Struct, forbid_unknown_fields=True):
    email: GrantedEmail | None = None
    sms: GrantedTexts | None = None
    whatsapp: GrantedTexts | None = None
    push: GrantedPush | None = None


class SubscribedPerson(msgspec.Struct, forbid_unknown_fields=True):
    """No field of a profile but these is allowed here (2.2)."""

    subscriptions: GrantedSubscriptions
    email: str | None = None
    phone_number: str | None = None
    age_gated_date_of_birth: str | None = None


class SentProfile(msgspec.Struct):
    """Its attributes are read one by one, so that an error can say whose they are."""

    attributes: msgspec.Raw
    type: Literal["profile"] = "profile"
    id: str | None = None


class SentProfiles(msgspec.Struct):
    data: list[SentProfile]


class SubscribeJob(msgspec.Struct, forbid_unknown_fields=True):
    """At most 1000 profiles. `historical_import`: consent that was given in the past, at `consented_at`."""

    profiles: SentProfiles
    historical_import: bool | None = False
    custom_source: str | None = None


class WithdrawnEmail(msgspec.Struct, forbid_unknown_fields=True):
    marketing: Withdrawn | None = None
    open_tracking: Withdrawn | None = None


class WithdrawnTexts(msgspec.Struct, forbid_unknown_fields=True):
    marketing: Withdrawn | None = None
    transactional: Withdrawn | None = None
    conversational: Withdrawn | None = None


class WithdrawnPush(msgspec.Struct, forbid_unknown_fields=True):
    marketing: Withdrawn
    tokens: list[dict[str, Any]]


class WithdrawnSubscriptions(msgspec.Struct, forbid_unknown_fields=True):
    email: WithdrawnEmail | None = None
    sms: WithdrawnTexts | None = None
    whatsapp: WithdrawnTexts | None = None
    push: WithdrawnPush | None = None


class UnsubscribedPerson(msgspec.Struct, forbid_unknown_fields=True):
    subscriptions: WithdrawnSubscriptions
    email: str | None = None
    phone_number: str | None = None


class UnsubscribeJob(msgspec.Struct, forbid_unknown_fields=True):
    """At most 100 profiles."""

    profiles: SentProfiles


_LIST = {"list": ToOne("list")}


@operation("bulk_subscribe_profiles", "POST", "/api/profile-subscription-bulk-create-jobs", scopes=SCOPES, rate=L,
           body=Body("profile-subscription-bulk-create-job", SubscribeJob, relationships=_LIST),
           status=202)  # fmt: skip
async def bulk_subscribe_profiles(call: Call[SubscribeJob]) -> None:
    """Done when it is answered; with double opt-in, e-mail consent waits for the link in the confirmation mail."""
    sent = call.body.profiles.data
    historical = call.body.historical_import is True
    _check_number(sent, MAX_SUBSCRIBED)
    people = _read(sent, _granting)
    channels = [
        _checked(one, f"{_PROFILES}/{place}/attributes", historical, call.now) for place, one in enumerate(people)
    ]
    async with call.transaction() as conn:
        to = await _list(call, conn)
        asked = not historical and optin.needs_confirmation(account_of(call), to)
        if asked:
            await _ask(call, conn, people, channels, to)
            channels = [_without_email(one) for one in channels]
        await _subscribe(call, conn, list(zip(sent, people, channels, strict=True)), to, historical)


Channels = dict[str, datetime | None]
P = TypeVar("P")
_granting = msgspec.json.Decoder(SubscribedPerson)
_withdrawing = msgspec.json.Decoder(UnsubscribedPerson)


def _read(sent: Sequence[SentProfile], decoder: "msgspec.json.Decoder[P]") -> list[P]:
    """The people in a request. Raises ApiError 400 pointing at the one that is wrong."""
    people: list[P] = []
    for place, one in enumerate(sent):
        try:
            people.append(decoder.decode(one.attributes))
        except msgspec.ValidationError as error:
            raise bad_json(error, "profile", f"{_PROFILES}/{place}/attributes") from None
    return people


def _checked(person: SubscribedPerson, pointer: str, historical: bool, now: datetime) -> Channels:
    """The channels consented to, with their times. Raises ApiError 400."""
    channels = {channel: granted.consented_at for channel, granted in _granted(person.subscriptions)}
    _check_identifiers(person.email, person.phone_number, channels, pointer)
    _check_whatsapp(person.subscriptions.whatsapp, pointer)
    for at in channels.values():
        _check_time(at, pointer, historical, now)
    return channels


def _granted(subscriptions: GrantedSubscriptions | WithdrawnSubscriptions) -> Iterator[tuple[str, Any]]:
    for (channel, kind), name in _PLACES.items():
        granted = getattr(getattr(subscriptions, channel), kind, None)
        if granted is not None:
            yield name, granted


def _check_number(sent: Sequence[Any], maximum: int) -> None:
    if not sent or len(sent) > maximum:
        raise invalid(f"Send between 1 and {maximum} profiles.", pointer=_PROFILES)


def _check_identifiers(email: str | None, phone: str | None, channels: Any, pointer: str) -> None:
    if email:
        check_email(email, f"{pointer}/email")
    elif EMAIL in channels:
        detail = "'email' must not be empty when the email channel is included in 'subscriptions'."
        raise invalid(detail, pointer=f"{pointer}/email")
    if phone:
        check_phone_number(phone, f"{pointer}/phone_number")
    elif {SMS, SMS_TRANSACTIONAL} & {*channels}:
        detail = "'phone_number' must not be empty when the sms channel is included in 'subscriptions'."
        raise invalid(detail, pointer=f"{pointer}/phone_number")


def _check_whatsapp(sent: GrantedTexts | WithdrawnTexts | None, pointer: str) -> None:
    if sent is not None:
        raise invalid("WhatsApp is not available yet.", pointer=f"{pointer}/subscriptions/whatsapp")


def _check_time(at: datetime | None, pointer: str, historical: bool, now: datetime) -> None:
    if at is not None and not historical:
        raise invalid("'consented_at' needs 'historical_import' to be true.", pointer=f"{pointer}/subscriptions")
    if historical and at is None:
        raise invalid("'consented_at' is required with 'historical_import'.", pointer=f"{pointer}/subscriptions")
    if at is not None and _aware(at, now) > now:
        raise invalid("'consented_at' must lie in the past.", pointer=f"{pointer}/subscriptions")


def _aware(at: datetime, now: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=now.tzinfo)


async def _list(call: AnyCall, conn: db.Connection) -> dict[str, Any] | None:
    """A list that is not there is bad input, not a 404 (2.2)."""
    id = call.body_relationships.get("list")
    if not id:
        return None
    found = await lists.by_public_id(conn, call.principal.account_id, id)
    if found is None:
        raise invalid(f"List not found with id {id}.", pointer="/data/relationships/list/data/id")
    return found


async def _ask(
    call: Call[SubscribeJob],
    conn: db.Connection,
    people: Sequence[SubscribedPerson],
    channels: Sequence[Channels],
    to: dict[str, Any] | None,
) -> None:
    pairs = zip(people, channels, strict=True)
    emails = [one.email.strip() for one, wanted in pairs if EMAIL in wanted and one.email]
    if emails:
        await optin.ask(conn, account_of(call), emails, call.base_url, to=to, custom_source=call.body.custom_source)


def _without_email(channels: Channels) -> Channels:
    return {channel: at for channel, at in channels.items() if channel != EMAIL}


async def _subscribe(
    call: Call[SubscribeJob],
    conn: db.Connection,
    sent: Sequence[tuple[SentProfile, SubscribedPerson, Channels]],
    to: dict[str, Any] | None,
    historical: bool,
) -> None:
    grants: list[Grant] = []
    for one, person, wanted in sent:
        if not wanted:
            continue
        profile = await _profile(call, conn, one.id, person.email, person.phone_number)
        grants += [Grant(profile, name, at and _aware(at, call.now)) for name, at in wanted.items()]
    how = How("API", "", call.body.custom_source, double_optin=False)
    if grants:
        await subscribing.subscribe(conn, account_of(call), grants, how, to=to, quiet=historical)


async def _profile(call: AnyCall, conn: db.Connection, id: str | None, email: str | None, phone: str | None) -> int:
    person = Person(id=id, email=(email or "").strip() or None, phone_number=(phone or "").strip() or None)
    if id is None and not person.email and not person.phone_number:
        raise invalid("Each profile needs an id, an email or a phone_number.", pointer=_PROFILES)
    found = await identified(conn, call.principal.account_id, [person], call.now)
    if not found:
        raise invalid(f"A profile with id {id} does not exist.", pointer=_PROFILES)
    return found[0]


@operation("bulk_unsubscribe_profiles", "POST", "/api/profile-subscription-bulk-delete-jobs", scopes=SCOPES, rate=L,
           body=Body("profile-subscription-bulk-delete-job", UnsubscribeJob, relationships=_LIST),
           status=202)  # fmt: skip
async def bulk_unsubscribe_profiles(call: Call[UnsubscribeJob]) -> None:
    """From a list for its members; altogether for everybody else (2.3)."""
    sent = call.body.profiles.data
    _check_number(sent, MAX_UNSUBSCRIBED)
    people = _read(sent, _withdrawing)
    channels = [_checked_withdrawal(one, f"{_PROFILES}/{place}/attributes") for place, one in enumerate(people)]
    async with call.transaction() as conn:
        of = await _list(call, conn)
        groups: dict[tuple[str, ...], list[int]] = {}
        for one, person, named in zip(sent, people, channels, strict=True):
            profile = await _profile(call, conn, one.id, person.email, person.phone_number)
            groups.setdefault(named, []).append(profile)
        for named, profiles in groups.items():
            if named:
                await subscribing.unsubscribe(conn, account_of(call), profiles, How("API"), named, of=of)


def _checked_withdrawal(person: UnsubscribedPerson, pointer: str) -> tuple[str, ...]:
    channels = tuple(channel for channel, _ in _granted(person.subscriptions))
    _check_whatsapp(person.subscriptions.whatsapp, pointer)
    _check_identifiers(person.email, person.phone_number, channels, pointer)
    return channels
