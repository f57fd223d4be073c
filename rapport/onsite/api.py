"""Operations under /client: profiles, events and push tokens from browsers and apps (behaviour-people 6.1, 6.4, 6.6).

Each answers 202 and nothing else, so that it says nothing of anybody. No private key is needed or looked at.
"""

import msgspec

from rapport.events import accept
from rapport.events.types import EventDocument
from rapport.inbox.public import restrain, restrained
from rapport.inbox.requests import Inbox
from rapport.kit import db
from rapport.kit.jsonapi import (
    EMPTY,
    AnyCall,
    Body,
    Call,
    Document,
    Empty,
    Operation,
    Parameter,
    decode_json,
    invalid,
    operation,
)
from rapport.kit.jsonapi.wire import JSON_TYPES
from rapport.kit.ratelimit import CLIENT_PUSH_TOKENS, XL, M
from rapport.kit.rooms import Process
from rapport.onsite import people
from rapport.onsite.types import EventsDocument, TokenForgotten
from rapport.profiles import push
from rapport.profiles.checks import event_person, person_of, require_identifier
from rapport.profiles.identity import Person
from rapport.profiles.push_api import token_of
from rapport.profiles.push_types import PushProfile, PushTokenInput
from rapport.profiles.types import ProfileInput, ProfileMeta
from rapport.subscriptions.people import profiles_of

COMPANY = {"company_id": Parameter(required=True, description="The account's public key.")}
# A beacon of a page that is being left is sent as plain text, which needs no preflight.
ACCEPTS = (*JSON_TYPES, "text/plain")
_ATTRIBUTES = "/data/attributes"
_PROFILE = f"{_ATTRIBUTES}/profile/data/attributes"
_LIMIT = 100_000
_SCRIPT = "x-klaviyo-onsite"

_event = msgspec.json.Decoder(EventDocument)
_events = msgspec.json.Decoder(EventsDocument)


@operation(
    "create_client_profile",
    "POST",
    "/client/profiles",
    scopes="profiles:write",
    rate=XL,
    status=202,
    body=Body("profile", ProfileInput, meta=ProfileMeta),
    parameters=COMPANY,
    accepts=ACCEPTS,
    limit=_LIMIT,
)
async def create_client_profile(call: Call[ProfileInput]) -> Document | Empty:
    """Create or enrich a profile. The script on a page is told the exchange id to remember the person by (6.4)."""
    person = restrained(person_of(call.body, pointer=_ATTRIBUTES, id=call.body_id, meta=call.meta))
    require_identifier(person, _ATTRIBUTES)
    async with call.transaction() as conn:
        profile = await _profile(call, conn, person)
        if call.headers.get(_SCRIPT) != "1":
            return EMPTY
        account, public_id = call.principal.account_id, call.principal.public_id
        known = await people.exchange_id(conn, account, public_id, profile)
        stale = await people.names_nobody(conn, account, person.kx)
    return Document({"meta": {"exchange_id": known, "should_clear_cookie": stale}})


async def _profile(call: AnyCall, conn: db.Connection, person: Person) -> int | None:
    return (await profiles_of(conn, call.principal.account_id, [person], call.now))[0]


def ingest(process: Process) -> list[Operation]:
    """The two ways in for events, over the inbox that the server's have."""
    inbox = process.once(Inbox.of)

    @operation(
        "create_client_event",
        "POST",
        "/client/events",
        scopes="events:write",
        rate=XL,
        raw=True,
        status=202,
        parameters=COMPANY,
        accepts=ACCEPTS,
    )
    async def create_client_event(call: AnyCall) -> None:
        accepted = accept.event(decode_json(call.raw, _event), call.now)
        await inbox.put(call.principal.account_id, [restrain(accepted, call.address)])

    @operation(
        "bulk_create_client_events",
        "POST",
        "/client/event-bulk-create",
        scopes="events:write",
        rate=M,
        raw=True,
        status=202,
        parameters=COMPANY,
        accepts=ACCEPTS,
    )
    async def bulk_create_client_events(call: AnyCall) -> None:
        """What a browser kept until it knew who it was: the events of one person, with their own times (6.4)."""
        accepted = accept.group(decode_json(call.raw, _events).data, call.now)
        await inbox.put(call.principal.account_id, [restrain(event, call.address) for event in accepted])

    return [create_client_event, bulk_create_client_events]


@operation(
    "create_client_push_token",
    "POST",
    "/client/push-tokens",
    rate=CLIENT_PUSH_TOKENS,
    status=202,
    body=Body("push-token", PushTokenInput),
    parameters=COMPANY,
    accepts=ACCEPTS,
)
async def create_client_push_token(call: Call[PushTokenInput]) -> None:
    """Register a device, or say what became of it. A token of another profile moves."""
    token = token_of(call.body, _ATTRIBUTES)
    person = _person(call.body.profile.data)
    async with call.transaction() as conn:
        profile = await _profile(call, conn, person)
        if profile is not None:
            await push.register(conn, call.principal.account_id, profile, token, call.now)


@operation(
    "unregister_client_push_token",
    "POST",
    "/client/push-token-unregister",
    rate=M,
    status=202,
    body=Body("push-token-unregister", TokenForgotten),
    parameters=COMPANY,
    accepts=ACCEPTS,
)
async def unregister_client_push_token(call: Call[TokenForgotten]) -> None:
    """Forget a device. Its profile stays; a token that nobody has is no error."""
    if call.body.vendor is not None:
        _check_vendor(call.body.vendor)
    _person(call.body.profile.data)
    async with call.transaction() as conn:
        await push.unregister(conn, call.principal.account_id, [call.body.token], call.now)


def _person(profile: PushProfile) -> Person:
    """Whose device it is. `meta` stands beside the attributes or among them. Raises ApiError 400."""
    if profile.meta:
        profile.attributes.meta = profile.meta
    return restrained(event_person(profile.attributes, pointer=_PROFILE, id=profile.id))


def _check_vendor(vendor: str) -> None:
    if vendor.lower() not in push.VENDORS:
        raise invalid("'vendor' must be apns or fcm.", pointer=f"{_ATTRIBUTES}/vendor")
