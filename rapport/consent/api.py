"""Operations that subscribe and unsubscribe profiles (behaviour-people 2.2, 2.3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rapport.accounts.api import account_of
from rapport.consent import bodies, optin, subscribing
from rapport.consent.bodies import (
    Channels,
    GrantedSubscriptions,
    SubscribedPerson,
    SubscribeJob,
    UnsubscribedPerson,
    UnsubscribeJob,
    WithdrawnSubscriptions,
)
from rapport.consent.optin import Waiting
from rapport.inbox.person import Changes
from rapport.kit import db
from rapport.kit.jsonapi import AnyCall, Body, Call, ToOne, invalid, operation
from rapport.kit.ratelimit import L
from rapport.lists import service as lists
from rapport.profiles import push
from rapport.profiles.consent import EMAIL, PUSH, TEXTS, TRACKING
from rapport.profiles.identity import Kind, Person, normalised
from rapport.subscriptions import service as consent
from rapport.subscriptions.people import known_addresses, profiles_of
from rapport.subscriptions.service import Grant, How
from rapport.subscriptions.settings import settings_of

MAX_SUBSCRIBED, MAX_UNSUBSCRIBED = 1000, 100
SCOPES = "lists:write profiles:write subscriptions:write"
_LIST = {"list": ToOne("list")}
# What waits for the confirmation of an address (2.8).
_WAITING = frozenset({EMAIL, *TRACKING})
# As forms store it (behaviour-messaging 8.1), so that both can be asked for in segments.
_BORN = "$age_gated_date_of_birth"
_LAST_FOUR = "SELECT last_four FROM api_keys WHERE account_id = %s AND id::text = %s"
_ENABLED = """
    SELECT DISTINCT profile_id FROM push_tokens
    WHERE account_id = %s AND profile_id = ANY(%s) AND enablement_status = ANY(%s)"""
_OWN_TOKENS = """
    SELECT t.token FROM push_tokens t
    JOIN unnest(%s::bigint[], %s::text[]) AS g (profile_id, token) ON g.profile_id = t.profile_id AND g.token = t.token
    WHERE t.account_id = %s"""


@dataclass
class _Signed:
    """One profile of a request: its attributes as sent, and the channels consented to with their times."""

    id: str | None
    sent: SubscribedPerson
    subscriptions: GrantedSubscriptions
    channels: Channels
    pointer: str
    young: bool = False
    # the address waits for its confirmation, and is not to become a profile before
    held: bool = False

    @property
    def email(self) -> str | None:
        return _plain(self.sent.email)

    def person(self) -> Person:
        push_only = self.subscriptions.push and _plain(self.subscriptions.push.anonymous_id)
        born = self.sent.age_gated_date_of_birth
        return Person(
            id=self.id,
            email=None if self.held else self.email,
            phone_number=_plain(self.sent.phone_number),
            anonymous_id=push_only or None,
            changes=Changes(properties={_BORN: born.isoformat()}) if born else None,
        )

    def is_somebody(self) -> bool:
        person = self.person()
        return bool(person.id or person.email or person.phone_number or person.anonymous_id)


def _plain(text: str | None) -> str | None:
    return (text or "").strip() or None


@operation(
    "bulk_subscribe_profiles",
    "POST",
    "/api/profile-subscription-bulk-create-jobs",
    scopes=SCOPES,
    rate=L,
    stream=True,
    body=Body("profile-subscription-bulk-create-job", SubscribeJob, relationships=_LIST),
    status=202,
)
async def bulk_subscribe_profiles(call: Call[SubscribeJob]) -> None:
    """Done when it is answered; with double opt-in, e-mail consent waits for the link in the confirmation mail."""
    historical = call.body.historical_import is True
    signed = _signed(call, historical)
    async with call.transaction() as conn:
        to = await _list(call, conn)
        how = How("API", await _key(call, conn), call.body.custom_source, double_optin=False)
        if not historical and optin.needs_confirmation(account_of(call), to):
            await _ask(call, conn, signed, to, how)
        await _subscribe(
            call,
            conn,
            [signed_person for signed_person in signed if signed_person.is_somebody()],
            to,
            how,
            quiet=historical,
        )


def _signed(call: Call[SubscribeJob], historical: bool) -> list[_Signed]:
    """The people of a request, checked one by one. Raises ApiError 400."""
    sent = call.body.profiles.data
    people = bodies.people(sent, MAX_SUBSCRIBED, bodies.granting)
    settings = settings_of(account_of(call))
    signed_people: list[_Signed] = []
    for place, (profile, person) in enumerate(zip(sent, people, strict=True)):
        pointer = bodies.place_of(place)
        subscriptions = bodies.with_channels(person, call.revision, pointer)
        signed = _Signed(profile.id, person, subscriptions, bodies.channels_of(subscriptions), pointer)
        bodies.check_identifiers(person.email, person.phone_number, signed.channels, pointer)
        bodies.check_times(signed.channels, pointer, historical, call.now)
        bodies.check_texts(person, signed.channels, settings, pointer)
        bodies.check_tokens(subscriptions.push, pointer)
        _check_somebody(signed.is_somebody())
        signed.young = bodies.is_too_young(person, settings, call.now.date())
        signed_people.append(signed)
    return signed_people


def _check_somebody(known: bool) -> None:
    if not known:
        raise invalid("Each profile needs an id, an email or a phone_number.", pointer=bodies.PROFILES)


async def _list(call: AnyCall, conn: db.Connection) -> dict[str, Any] | None:
    """A list that is not there is bad input, not a 404 (2.2)."""
    id = call.body_relationships.get("list")
    if not id:
        return None
    subscribed_list = await lists.by_public_id(conn, call.principal.account_id, id)
    if subscribed_list is None:
        raise invalid(f"List not found with id {id}.", pointer="/data/relationships/list/data/id")
    return subscribed_list


async def _key(call: AnyCall, conn: db.Connection) -> str:
    """The last four characters of the key: how segments tell one caller of the API from another (4.3)."""
    row = await db.row(conn, _LAST_FOUR, (call.principal.account_id, str(call.principal.key_id)))
    return row[0] if row else ""


async def _ask(
    call: AnyCall, conn: db.Connection, signed: Sequence[_Signed], to: dict[str, Any] | None, how: How
) -> None:
    """Send confirmations, and take what waits for them out of `signed`.

    An address that is nobody's yet does not become a profile before (2.8).
    """
    to_confirm = [signed_person for signed_person in signed if EMAIL in signed_person.channels]
    if not to_confirm:
        return
    known = await known_addresses(
        conn, call.principal.account_id, [signed_person.email or "" for signed_person in to_confirm]
    )
    waiting = [_waiting(signed_person) for signed_person in to_confirm]
    await optin.ask(conn, account_of(call), waiting, call.base_url, to=to, how=how)
    for signed_person in to_confirm:
        signed_person.held = normalised(Kind.EMAIL, signed_person.email or "") not in known
        signed_person.channels = {
            channel: at for channel, at in signed_person.channels.items() if channel not in _WAITING
        }


def _waiting(signed_person: _Signed) -> Waiting:
    channels = tuple(channel for channel in signed_person.channels if channel in _WAITING)
    return Waiting(signed_person.email or "", signed_person.id, _plain(signed_person.sent.phone_number), channels)


async def _subscribe(
    call: AnyCall, conn: db.Connection, signed: Sequence[_Signed], to: dict[str, Any] | None, how: How, *, quiet: bool
) -> None:
    account = account_of(call)
    profile_ids = await profiles_of(
        conn, account.account_id, [signed_person.person() for signed_person in signed], call.now
    )
    known = [
        (signed_person, _existing(signed_person, profile))
        for signed_person, profile in zip(signed, profile_ids, strict=True)
    ]
    await _register(call, conn, known)
    grants = [grant for signed_person, profile in known for grant in _grants(call, signed_person, profile)]
    grants = await _pushable(conn, account.account_id, grants)
    if grants:
        await subscribing.subscribe(conn, account, grants, how, to=to, quiet=quiet)
    young = [
        profile for signed_person, profile in known if signed_person.young and TEXTS & signed_person.channels.keys()
    ]
    if young:
        await consent.unsubscribe(conn, account, young, How("failed_age_gate"), channels=sorted(TEXTS))


def _existing(signed_person: _Signed, profile: int | None) -> int:
    if profile is None:
        raise invalid(f"A profile with id {signed_person.id} does not exist.", pointer=bodies.PROFILES)
    return profile


def _grants(call: AnyCall, signed_person: _Signed, profile: int) -> list[Grant]:
    return [
        Grant(profile, channel, at and bodies.aware(at, call.now))
        for channel, at in signed_person.channels.items()
        if not (signed_person.young and channel in TEXTS)
    ]


async def _register(call: AnyCall, conn: db.Connection, known: Sequence[tuple[_Signed, int]]) -> None:
    """Tokens are registered where push is consented to, which is where they can stand (2.2)."""
    for signed_person, profile in known:
        for token in (signed_person.subscriptions.push and signed_person.subscriptions.push.tokens) or ():
            await push.register(conn, call.principal.account_id, profile, bodies.token_of(token), call.now)


async def _pushable(conn: db.Connection, account_id: int, grants: list[Grant]) -> list[Grant]:
    """Consent to push lives with a token: without one that is enabled there is nothing to consent to (2.11)."""
    profiles = [grant.profile_id for grant in grants if grant.channel == PUSH]
    if not profiles:
        return grants
    enabled = {row[0] for row in await db.rows(conn, _ENABLED, (account_id, profiles, push.ENABLED))}
    return [grant for grant in grants if grant.channel != PUSH or grant.profile_id in enabled]


@operation(
    "bulk_unsubscribe_profiles",
    "POST",
    "/api/profile-subscription-bulk-delete-jobs",
    scopes=SCOPES,
    rate=L,
    stream=True,
    body=Body("profile-subscription-bulk-delete-job", UnsubscribeJob, relationships=_LIST),
    status=202,
)
async def bulk_unsubscribe_profiles(call: Call[UnsubscribeJob]) -> None:
    """From a list for its members; altogether for everybody else (2.3)."""
    sent = call.body.profiles.data
    people = bodies.people(sent, MAX_UNSUBSCRIBED, bodies.withdrawing)
    withdrawn = [_withdrawn(person, call.revision, bodies.place_of(place)) for place, person in enumerate(people)]
    persons = [
        Person(id=raw.id, email=_plain(person.email), phone_number=_plain(person.phone_number))
        for raw, person in zip(sent, people, strict=True)
    ]
    for person in persons:
        _check_somebody(bool(person.id or person.email or person.phone_number))
    async with call.transaction() as conn:
        of = await _list(call, conn)
        profile_ids = await profiles_of(conn, call.principal.account_id, persons, call.now)
        known = [
            (withdrawal, profile)
            for withdrawal, profile in zip(withdrawn, profile_ids, strict=True)
            if profile is not None
        ]
        await _unregister(call, conn, known)
        await _unsubscribe(call, conn, known, of)


def _withdrawn(person: UnsubscribedPerson, revision: str, pointer: str) -> WithdrawnSubscriptions:
    """What somebody takes back, checked. Raises ApiError 400."""
    subscriptions = bodies.without_channels(person, revision, pointer)
    bodies.check_identifiers(person.email, person.phone_number, bodies.channels_of(subscriptions), pointer)
    bodies.check_tokens(subscriptions.push, pointer)
    return subscriptions


async def _unregister(call: AnyCall, conn: db.Connection, known: Sequence[tuple[WithdrawnSubscriptions, int]]) -> None:
    """Only tokens that are this very profile's are removed."""
    sent = [
        (profile, token.token)
        for withdrawal, profile in known
        for token in (withdrawal.push.tokens if withdrawal.push else ())
    ]
    if sent:
        columns = ([profile for profile, _ in sent], [token for _, token in sent])
        rows = await db.rows(conn, _OWN_TOKENS, (*columns, call.principal.account_id))
        await push.unregister(conn, call.principal.account_id, [row[0] for row in rows], call.now)


async def _unsubscribe(
    call: AnyCall, conn: db.Connection, known: Sequence[tuple[WithdrawnSubscriptions, int]], of: dict[str, Any] | None
) -> None:
    how = How("API", await _key(call, conn))
    groups: dict[tuple[str, ...], list[int]] = {}
    for withdrawal, profile in known:
        groups.setdefault(tuple(bodies.channels_of(withdrawal)), []).append(profile)
    for named, profiles in groups.items():
        # who has another device still gets push there
        kept = await _still_pushed(call, conn, profiles) if PUSH in named else set()
        for channels, affected in ((named, set(profiles) - kept), (_without_push(named), kept)):
            if channels and affected:
                await subscribing.unsubscribe(conn, account_of(call), affected, how, channels, of=of)


def _without_push(channels: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(channel for channel in channels if channel != PUSH)


async def _still_pushed(call: AnyCall, conn: db.Connection, profiles: Sequence[int]) -> set[int]:
    rows = await db.rows(conn, _ENABLED, (call.principal.account_id, list(profiles), push.ENABLED))
    return {row[0] for row in rows}
