"""Bodies of the subscribe and unsubscribe jobs, and what is refused about them (behaviour-people 2.2, 2.3)."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime
from typing import Any, Literal, TypeVar

import msgspec
import phonenumbers

from rapport.kit.jsonapi import invalid
from rapport.kit.jsonapi.errors import ApiError, bad_json
from rapport.profiles.checks import check_email, check_phone_number
from rapport.profiles.consent import (
    CLICK_TRACKING,
    EMAIL,
    OPEN_TRACKING,
    PUSH,
    SMS,
    SMS_TRANSACTIONAL,
    TEXTS,
    TRACKING,
    WHATSAPP,
    WHATSAPP_CONVERSATIONAL,
    WHATSAPP_TRANSACTIONAL,
    WHATSAPPS,
)
from rapport.profiles.push import VENDORS, Token
from rapport.profiles.push_types import Background, Device, Enablement, Platform, TokenText
from rapport.subscriptions.settings import ConsentSettings, is_younger

PROFILES = "/data/attributes/profiles/data"
# Where a consent stands in `subscriptions` -> the channel it is kept under.
PLACES = {
    ("email", "marketing"): EMAIL,
    ("email", "open_tracking"): OPEN_TRACKING,
    ("email", "click_tracking"): CLICK_TRACKING,
    ("sms", "marketing"): SMS,
    ("sms", "transactional"): SMS_TRANSACTIONAL,
    ("whatsapp", "marketing"): WHATSAPP,
    ("whatsapp", "transactional"): WHATSAPP_TRANSACTIONAL,
    ("whatsapp", "conversational"): WHATSAPP_CONVERSATIONAL,
    ("push", "marketing"): PUSH,
}
# Until 2025-01-15 who named no channel meant every one that an identifier was sent for.
CHANNELS_REQUIRED = "2025-01-15"


class Granted(msgspec.Struct):
    consent: Literal["SUBSCRIBED"]
    consented_at: datetime | None = None


class GrantedTracking(msgspec.Struct):
    consent: Literal["SUBSCRIBED"]


class Withdrawn(msgspec.Struct):
    consent: Literal["UNSUBSCRIBED"]


class PushToken(msgspec.Struct, forbid_unknown_fields=True):
    token: TokenText
    platform: Platform
    vendor: str
    enablement_status: Enablement | None = None
    background: Background | None = None
    device_metadata: Device | None = None


class GrantedEmail(msgspec.Struct, forbid_unknown_fields=True):
    marketing: Granted | None = None
    open_tracking: GrantedTracking | None = None
    click_tracking: GrantedTracking | None = None


class GrantedTexts(msgspec.Struct, forbid_unknown_fields=True):
    marketing: Granted | None = None
    transactional: Granted | None = None


class GrantedPush(msgspec.Struct, forbid_unknown_fields=True):
    """`anonymous_id`: of somebody who has nothing but the app (2.11)."""

    marketing: Granted
    tokens: list[PushToken] | None = None
    anonymous_id: str | None = None


class GrantedSubscriptions(msgspec.Struct, forbid_unknown_fields=True):
    email: GrantedEmail | None = None
    sms: GrantedTexts | None = None
    whatsapp: GrantedTexts | None = None
    push: GrantedPush | None = None


class SubscribedPerson(msgspec.Struct, forbid_unknown_fields=True):
    """No field of a profile but these is allowed here (2.2). `age_gated_date_of_birth`: a day, ISO 8601."""

    subscriptions: GrantedSubscriptions | None = None
    email: str | None = None
    phone_number: str | None = None
    age_gated_date_of_birth: date | None = None


class WithdrawnEmail(msgspec.Struct, forbid_unknown_fields=True):
    marketing: Withdrawn | None = None
    open_tracking: Withdrawn | None = None
    click_tracking: Withdrawn | None = None


class WithdrawnTexts(msgspec.Struct, forbid_unknown_fields=True):
    marketing: Withdrawn | None = None
    transactional: Withdrawn | None = None


class WithdrawnWhatsapp(WithdrawnTexts, forbid_unknown_fields=True):
    """What began with a person's own message can't be granted here, but ended (2.3)."""

    conversational: Withdrawn | None = None


class WithdrawnPush(msgspec.Struct, forbid_unknown_fields=True):
    marketing: Withdrawn
    tokens: list[PushToken]


class WithdrawnSubscriptions(msgspec.Struct, forbid_unknown_fields=True):
    email: WithdrawnEmail | None = None
    sms: WithdrawnTexts | None = None
    whatsapp: WithdrawnWhatsapp | None = None
    push: WithdrawnPush | None = None


class UnsubscribedPerson(msgspec.Struct, forbid_unknown_fields=True):
    subscriptions: WithdrawnSubscriptions | None = None
    email: str | None = None
    phone_number: str | None = None


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


class UnsubscribeJob(msgspec.Struct, forbid_unknown_fields=True):
    """At most 100 profiles."""

    profiles: SentProfiles


Channels = dict[str, datetime | None]
P = TypeVar("P")
granting = msgspec.json.Decoder(SubscribedPerson)
withdrawing = msgspec.json.Decoder(UnsubscribedPerson)


def people(sent: Sequence[SentProfile], maximum: int, decoder: "msgspec.json.Decoder[P]") -> list[P]:
    """The people of a request. Raises ApiError 400 pointing at the one that is wrong."""
    if not sent or len(sent) > maximum:
        raise invalid(f"Send between 1 and {maximum} profiles.", pointer=PROFILES)
    decoded: list[P] = []
    for place, profile in enumerate(sent):
        try:
            decoded.append(decoder.decode(profile.attributes))
        except msgspec.ValidationError as error:
            raise bad_json(error, "profile", place_of(place)) from None
    return decoded


def place_of(number: int) -> str:
    return f"{PROFILES}/{number}/attributes"


def with_channels(person: SubscribedPerson, revision: str, pointer: str) -> GrantedSubscriptions:
    """What is consented to. Raises ApiError 400 where the revision wants it said and it is not (2.2)."""
    if person.subscriptions is not None:
        return person.subscriptions
    if revision >= CHANNELS_REQUIRED:
        raise _no_channels(pointer)
    return GrantedSubscriptions(
        email=GrantedEmail(Granted("SUBSCRIBED")) if person.email else None,
        sms=GrantedTexts(Granted("SUBSCRIBED")) if person.phone_number else None,
    )


def without_channels(person: UnsubscribedPerson, revision: str, pointer: str) -> WithdrawnSubscriptions:
    """What is taken back: the marketing of each address, where an older revision says no more (2.3). Raises ApiError
    400 where the revision wants it said, or there is no address to tell it by."""
    if person.subscriptions is not None:
        return person.subscriptions
    if revision >= CHANNELS_REQUIRED or not (person.email or person.phone_number):
        raise _no_channels(pointer)
    return WithdrawnSubscriptions(
        email=WithdrawnEmail(Withdrawn("UNSUBSCRIBED")) if person.email else None,
        sms=WithdrawnTexts(Withdrawn("UNSUBSCRIBED")) if person.phone_number else None,
    )


def _no_channels(pointer: str) -> ApiError:
    detail = "'subscriptions' is a required field for the resource 'profile'."
    return invalid(detail, pointer=f"{pointer}/subscriptions")


def channels_of(subscriptions: GrantedSubscriptions | WithdrawnSubscriptions) -> Channels:
    """Channel -> when it was consented to, null for now and for what is taken back."""
    return {name: getattr(consent, "consented_at", None) for name, consent in _named(subscriptions)}


def _named(subscriptions: GrantedSubscriptions | WithdrawnSubscriptions) -> Iterator[tuple[str, Any]]:
    for (channel, kind), name in PLACES.items():
        consent = getattr(getattr(subscriptions, channel), kind, None)
        if consent is not None:
            yield name, consent


def check_identifiers(email: str | None, phone: str | None, channels: Collection[str], pointer: str) -> None:
    """A channel that is named needs its identifier. Raises ApiError 400."""
    if email:
        check_email(email, f"{pointer}/email")
    elif {EMAIL, *TRACKING} & {*channels}:
        raise _missing("email", "email", pointer)
    if phone:
        check_phone_number(phone, f"{pointer}/phone_number")
    elif TEXTS & {*channels}:
        raise _missing("phone_number", "sms", pointer)
    elif {*WHATSAPPS} & {*channels}:
        raise _missing("phone_number", "whatsapp", pointer)


def _missing(field: str, channel: str, pointer: str) -> Exception:
    detail = f"'{field}' must not be empty when the {channel} channel is included in 'subscriptions'."
    return invalid(detail, pointer=f"{pointer}/{field}")


def check_times(channels: Channels, pointer: str, historical: bool, now: datetime) -> None:
    """`consented_at` belongs to a historical import, which needs it for each consent. Raises ApiError 400."""
    for channel, at in channels.items():
        if channel in TRACKING:
            continue
        if at is not None and not historical:
            raise invalid("'consented_at' needs 'historical_import' to be true.", pointer=f"{pointer}/subscriptions")
        if historical and at is None:
            raise invalid("'consented_at' is required with 'historical_import'.", pointer=f"{pointer}/subscriptions")
        if at is not None and aware(at, now) > now:
            raise invalid("'consented_at' must lie in the past.", pointer=f"{pointer}/subscriptions")


def aware(at: datetime, now: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=now.tzinfo)


def check_texts(person: SubscribedPerson, channels: Collection[str], settings: ConsentSettings, pointer: str) -> None:
    """Where texts may be sent, and to whom a date of birth has to be known. Raises ApiError 400 (2.2, 7.12)."""
    if not TEXTS & {*channels}:
        return
    region = phonenumbers.region_code_for_number(phonenumbers.parse(person.phone_number or ""))
    if settings.sms_regions is not None and region not in settings.sms_regions:
        detail = f"This account has no number that sends texts to the region {region or 'of this number'}."
        raise invalid(detail, pointer=f"{pointer}/phone_number")
    if settings.minimum_age is not None and person.age_gated_date_of_birth is None:
        detail = "'age_gated_date_of_birth' is required for consent to texts: this account asks for an age."
        raise invalid(detail, pointer=f"{pointer}/age_gated_date_of_birth")


def is_too_young(person: SubscribedPerson, settings: ConsentSettings, today: date) -> bool:
    born = person.age_gated_date_of_birth
    if settings.minimum_age is None or born is None:
        return False
    return is_younger(born, settings.minimum_age, today)


def check_tokens(sent: GrantedPush | WithdrawnPush | None, pointer: str) -> None:
    for at, token in enumerate((sent and sent.tokens) or ()):
        if token.vendor.lower() not in VENDORS:
            where = f"{pointer}/subscriptions/push/tokens/{at}/vendor"
            raise invalid(f"'{token.vendor}' is not a vendor of push; use apns or fcm.", pointer=where)


def token_of(sent: PushToken) -> Token:
    device = {} if sent.device_metadata is None else msgspec.to_builtins(sent.device_metadata)
    return Token(
        sent.token,
        sent.platform,
        sent.vendor,
        sent.enablement_status or "AUTHORIZED",
        sent.background or "AVAILABLE",
        {name: value for name, value in device.items() if value is not None},
    )
