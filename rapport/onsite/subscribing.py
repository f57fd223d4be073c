"""Subscribing from a page or an app, with the list's own opt-in process (behaviour-people 6.1, 2.8)."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from rapport.accounts.api import account_of
from rapport.accounts.types import Account
from rapport.consent import bodies, optin, subscribing
from rapport.consent.bodies import (
    Granted,
    GrantedEmail,
    GrantedSubscriptions,
    GrantedTexts,
    PushToken,
    SubscribedPerson,
)
from rapport.consent.optin import Waiting
from rapport.inbox.public import restrained
from rapport.kit import db
from rapport.kit.jsonapi import AnyCall, Body, Call, ToOne, invalid, operation
from rapport.kit.ratelimit import CLIENT_SUBSCRIPTIONS
from rapport.lists import service as lists
from rapport.onsite.api import ACCEPTS, COMPANY
from rapport.onsite.types import Subscriber, Subscription
from rapport.profiles import push
from rapport.profiles import service as profiles
from rapport.profiles.checks import event_person
from rapport.profiles.consent import EMAIL, PUSH, TEXTS, TRACKING
from rapport.profiles.identity import Kind, Person, normalised
from rapport.subscriptions import service as consent
from rapport.subscriptions.people import profiles_of
from rapport.subscriptions.service import Grant, How
from rapport.subscriptions.settings import settings_of

_PROFILE = "/data/attributes/profile/data/attributes"
_LIST = "/data/relationships/list/data/id"
# With double opt-in these wait for the link in the confirmation mail.
_WAITING = frozenset({EMAIL, *TRACKING})
# Where forms put it (behaviour-messaging 8.1).
_BORN = "$age_gated_date_of_birth"
_CONSENTED = """
    SELECT FROM consents WHERE account_id = %s AND profile_id = %s AND channel = ANY(%s) AND status = 'SUBSCRIBED'"""


@operation(
    "create_client_subscription",
    "POST",
    "/client/subscriptions",
    scopes="subscriptions:write",
    rate=CLIENT_SUBSCRIPTIONS,
    status=202,
    parameters=COMPANY,
    accepts=ACCEPTS,
    body=Body("subscription", Subscription, relationships={"list": ToOne("list")}),
)
async def create_client_subscription(call: Call[Subscription]) -> None:
    profile_data = call.body.profile.data
    born = _born(profile_data.attributes)
    person = restrained(event_person(profile_data.attributes, pointer=_PROFILE, id=profile_data.id))
    consents = _said(profile_data.attributes, person)
    channels, refused = _channels(call, person, consents, born)
    how = How("API", "", call.body.custom_source, double_optin=False)
    async with call.transaction() as conn:
        to = await _list(call, conn)
        needs_confirmation = EMAIL in channels and optin.needs_confirmation(account_of(call), to)
        waiting = [channel for channel in channels if needs_confirmation and channel in _WAITING]
        granted = [channel for channel in channels if channel not in waiting]
        profile = await _known(call, conn, person, granted, needs_confirmation=needs_confirmation)
        if needs_confirmation:
            await _ask(call, conn, person, profile, waiting, to, how)
        if profile is not None:
            await _register(call, conn, profile, (consents.push and consents.push.tokens) or ())
            # consent to push lives with its tokens (2.11)
            grants = [Grant(profile, channel) for channel in granted if channel != PUSH]
            await subscribing.subscribe(conn, account_of(call), grants, how, to=to)
            if refused:
                await _refuse(conn, account_of(call), profile)


def _said(subscriber: Subscriber, person: Person) -> GrantedSubscriptions:
    """What is consented to. Raises ApiError 400 when there is nobody to write to."""
    if not (person.email or person.phone_number):
        raise invalid("Either 'email' or 'phone_number' is required.", pointer=_PROFILE)
    if subscriber.subscriptions is not None:
        return subscriber.subscriptions
    marketing = Granted("SUBSCRIBED")
    return GrantedSubscriptions(
        email=GrantedEmail(marketing) if person.email else None,
        sms=GrantedTexts(marketing) if person.phone_number else None,
    )


def _channels(
    call: AnyCall, person: Person, consents: GrantedSubscriptions, born: date | None
) -> tuple[list[str], list[str]]:
    """The channels that are subscribed, and those that somebody is too young for. Raises ApiError 400."""
    channels, settings = list(bodies.channels_of(consents)), settings_of(account_of(call))
    checked = SubscribedPerson(consents, person.email, person.phone_number, born)
    bodies.check_identifiers(person.email, person.phone_number, channels, _PROFILE)
    bodies.check_texts(checked, channels, settings, _PROFILE)
    bodies.check_tokens(consents.push, _PROFILE)
    young = bodies.is_too_young(checked, settings, call.now.date())
    refused = [channel for channel in channels if young and channel in TEXTS]
    return [channel for channel in channels if channel not in refused], refused


def _born(subscriber: Subscriber) -> date | None:
    properties = subscriber.properties if isinstance(subscriber.properties, dict) else {}
    try:
        return date.fromisoformat(str(properties.get(_BORN)))
    except ValueError:
        return None


async def _list(call: AnyCall, conn: db.Connection) -> dict[str, Any]:
    """The list, which has to be named. One that is not there is bad input, not a 404 (2.2)."""
    id = call.body_relationships.get("list")
    if not id:
        raise invalid("A list is required.", pointer="/data/relationships/list")
    subscribed_list = await lists.by_public_id(conn, call.principal.account_id, id)
    if subscribed_list is None:
        raise invalid(f"List not found with id {id}.", pointer=_LIST)
    return subscribed_list


async def _known(
    call: AnyCall, conn: db.Connection, person: Person, granted: Collection[str], *, needs_confirmation: bool
) -> int | None:
    """The subscriber's profile: found or made, unless an address alone waits to be confirmed (2.8)."""
    more = person.changes or person.phone_number or person.external_id or person.anonymous_id or person.kx or person.id
    if needs_confirmation and not granted and not more:
        return None
    return (await profiles_of(conn, call.principal.account_id, [person], call.now))[0]


async def _ask(
    call: AnyCall,
    conn: db.Connection,
    person: Person,
    profile: int | None,
    channels: Sequence[str],
    to: dict[str, Any],
    how: How,
) -> None:
    assert person.email is not None
    ulid = await _ulid(call, conn, person.email, profile)
    waiting = Waiting(person.email, ulid, channels=tuple(channels))
    await optin.ask(conn, account_of(call), [waiting], call.base_url, to=to, how=how, by_stranger=True)


async def _refuse(conn: db.Connection, account: Account, profile: int) -> None:
    """Texts are refused for the age (7.12). Who consented to them before is not unsubscribed by what a page says."""
    if not await db.rows(conn, _CONSENTED, (account.account_id, profile, sorted(TEXTS))):
        await consent.unsubscribe(conn, account, [profile], How("failed_age_gate"), channels=sorted(TEXTS))


async def _ulid(call: AnyCall, conn: db.Connection, email: str, profile: int | None) -> str | None:
    """The profile that waits, when the address is its own: confirming must not give it another's."""
    if profile is None:
        return None
    (row,) = await profiles.by_ids(conn, call.principal.account_id, [profile])
    same = normalised(Kind.EMAIL, row["email"] or "") == normalised(Kind.EMAIL, email)
    return str(row["ulid"]) if same else None


async def _register(call: AnyCall, conn: db.Connection, profile: int, tokens: Sequence[PushToken]) -> None:
    for token in tokens:
        await push.register(conn, call.principal.account_id, profile, bodies.token_of(token), call.now)
