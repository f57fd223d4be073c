"""Conversations of a profile. Nothing here opens one yet, so there is none: the answers are those of a profile that
nobody has written with."""

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from rapport.kit.jsonapi import AnyCall, Record, Resource, ToOne, not_found, related_many, related_one
from rapport.kit.ratelimit import S
from rapport.profiles import service
from rapport.profiles.records import PROFILE

_SCOPES = "conversations:read profiles:read"


class ConversationAttributes(msgspec.Struct):
    channel: Literal["instagram", "sms", "whatsapp"]


CONVERSATION = Resource(
    type="conversation",
    path="/api/conversations",
    attributes=ConversationAttributes,
    relationships={"profile": ToOne("profile")},
)


async def _all(call: AnyCall) -> list[Record]:
    async with call.transaction() as conn:
        if await service.by_ulid(conn, call.principal.account_id, call.path["id"]) is None:
            raise not_found("profile", call.path["id"])
    return []


async def _latest(call: AnyCall) -> Record | None:
    return next(iter(await _all(call)), None)


async def load_conversations(call: AnyCall, records: Sequence[Record]) -> Mapping[str, list[Record]]:
    return {}


get_conversation_for_profile = related_one(
    "get_conversation_for_profile",
    "get_conversation_id_for_profile",
    PROFILE,
    "conversation",
    CONVERSATION,
    scopes=_SCOPES,
    rate=S,
    load=_latest,
)
get_conversations_for_profile = related_many(
    "get_conversations_for_profile",
    "get_conversation_ids_for_profile",
    PROFILE,
    "conversations",
    CONVERSATION,
    scopes=_SCOPES,
    rate=S,
    load=_all,
)
