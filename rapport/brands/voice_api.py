"""Operations on how a brand speaks (behaviour-rest 1)."""

from typing import Any

import msgspec
from msgspec import UNSET
from psycopg.types.json import Jsonb

from rapport.accounts import setting_versions
from rapport.brands import defaults, service
from rapport.brands.api import READ, WRITE
from rapport.brands.types import VoiceAttributes, VoiceUpdate
from rapport.kit import db
from rapport.kit.jsonapi import AnyCall, Body, Call, Record, Resource, getting, hold_version, operation
from rapport.kit.ratelimit import M, S
from rapport.kit.refusals import NotThere

VERSIONS = setting_versions.versions_of("brand-voice", "brand voice")
VOICE = Resource("brand-voice", "/api/brand-voice", VoiceAttributes)
_LOAD = "SELECT tone_descriptors, language_patterns FROM brand_voices WHERE account_id = %s"
_STORE = """
    INSERT INTO brand_voices AS v (account_id, tone_descriptors, language_patterns, updated)
    VALUES (%(account)s, %(tone_descriptors)s, %(language_patterns)s, %(now)s)
    ON CONFLICT (account_id) DO UPDATE SET updated = excluded.updated,
        tone_descriptors = coalesce(excluded.tone_descriptors, v.tone_descriptors),
        language_patterns = coalesce(excluded.language_patterns, v.language_patterns)"""


async def _record(conn: db.Connection, call: AnyCall) -> Record:
    account_id = call.principal.account_id
    version = await setting_versions.version_of(conn, account_id, VERSIONS)
    row = await db.one(conn, _LOAD, (account_id,)) or {}
    stored = {name: value for name, value in row.items() if value is not None}
    attributes = {"version": defaults.VOICE_VERSION, **defaults.VOICE, **stored}
    said = msgspec.convert(attributes, VoiceAttributes)
    return Record(call.principal.public_id, said, resource=VOICE, version=version)


async def _load(call: AnyCall) -> Record | None:
    if call.path["id"] != call.principal.public_id:
        return None
    async with call.transaction() as conn:
        return await _record(conn, call)


get_brand_voice = getting("get_brand_voice", VOICE, scopes=READ, rate=M, load=_load)


@operation(
    "update_brand_voice",
    "PATCH",
    "/api/brand-voice/{id}",
    scopes=WRITE,
    rate=S,
    body=Body("brand-voice", VoiceUpdate),
    answers=VOICE,
    versions=VERSIONS,
)
async def update_brand_voice(call: Call[VoiceUpdate]) -> Record:
    if call.path["id"] != call.principal.public_id:
        raise NotThere(VOICE.type, call.path["id"])
    account_id = call.principal.account_id
    parameters: dict[str, Any] = {"account": account_id, "now": call.now}
    for name in call.body.__struct_fields__:
        value = getattr(call.body, name)
        parameters[name] = None if value is UNSET else Jsonb(msgspec.to_builtins(value))
    async with call.transaction() as conn:
        await service.hold(conn, account_id)
        await hold_version(call, conn)
        before = await _record(conn, call)
        await db.execute(conn, _STORE, parameters)
        after = await _record(conn, call)
        if after == before:
            return after
        await setting_versions.move(conn, account_id, VERSIONS, call.now)
        return await _record(conn, call)
