"""Attributions beside events, and two operations of our own on an account's attribution settings."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from rapport.accounts import service as accounts
from rapport.attribution import recompute, versions
from rapport.attribution.windows import AttributionSettings, SettingsUpdate, changed
from rapport.kit import db, ids
from rapport.kit.jsonapi import AnyCall, Body, Call, Record, Resource, ToOne, hold_version, operation
from rapport.kit.ratelimit import S
from rapport.messages.credits import VERSION_READ

_RELATED = {
    "event": "event",
    "attributed-event": "event",
    "campaign": "campaign",
    "campaign-message": "campaign-message",
    "flow": "flow",
    "flow-message": "flow-message",
    "flow-message-variation": "flow-message-variation",
}
# It is only seen beside its event, so it has no address of its own.
ATTRIBUTION = Resource(
    type="attribution",
    path="/api/attributions",
    relationships={name: ToOne(kind) for name, kind in _RELATED.items()},
    self_link=False,
)
_OF_EVENTS = f"""
    SELECT a.event_id, a.touch_event_id, a.share, m.source, m.message_id, m.variation_id,
        c.ulid AS campaign, f.public_id AS flow
    FROM attributions a
    LEFT JOIN messages m ON m.account_id = %(account)s AND m.id = a.message_id
    LEFT JOIN campaigns c ON c.account_id = %(account)s AND c.id = m.campaign_id
    LEFT JOIN flows f ON f.account_id = %(account)s AND f.id = m.flow_id
    WHERE a.account_id = %(account)s AND a.version = {VERSION_READ} AND a.event_id = ANY(%(events)s)
    ORDER BY a.event_id, a.touch_event_id"""


async def load_attributions(call: AnyCall, records: Sequence[Record]) -> Mapping[str, Sequence[Record]]:
    """The attributions of each event: one for each touch that shares in it."""
    scope = {"account": call.principal.account_id, "events": [record.key[0] for record in records]}
    async with call.transaction() as conn:
        rows = await db.dicts(conn, _OF_EVENTS, scope)
    attributions_by_event: dict[str, list[Record]] = defaultdict(list)
    for row in rows:
        attributions_by_event[ids.event_text(row["event_id"])].append(_record(row))
    return {record.id: attributions_by_event.get(record.id, []) for record in records}


def _record(row: Mapping[str, Any]) -> Record:
    event = ids.event_text(row["event_id"])
    related = {"event": event, "attributed-event": ids.event_text(row["touch_event_id"])}
    if row["source"] == "campaign":
        related |= {"campaign": row["campaign"], "campaign-message": row["message_id"]}
    if row["source"] == "flow":
        related |= {
            "flow": row["flow"],
            "flow-message": row["message_id"],
            "flow-message-variation": row["variation_id"],
        }
    # Where several touches share an event, it alone does not tell them apart.
    id = event if row["share"] == 1 else f"{event}-{related['attributed-event']}"
    return Record(id, {}, {name: id for name, id in related.items() if id is not None}, resource=ATTRIBUTION)


class SettingsAttributes(AttributionSettings, frozen=True, kw_only=True):
    """`version`: under which credits are kept; `progress` from 0 to 1."""

    version: int
    recomputing: bool
    progress: float | None


SETTINGS = Resource("attribution-settings", "/api/attribution-settings", SettingsAttributes, self_link=False)


async def _shown(conn: db.Connection, account_id: int) -> Record:
    account, version = await accounts.load_with_version(conn, account_id, versions.VERSIONS)
    build = versions.build_of(account)
    attributes = SettingsAttributes(
        **msgspec.structs.asdict(versions.saved_settings(account)),
        version=versions.current_version(account),
        recomputing=build is not None,
        progress=build.progress if build else None,
    )
    return Record(account.public_id, attributes, resource=SETTINGS, version=version)


@operation(
    "get_attribution_settings",
    "GET",
    "/api/attribution-settings",
    scopes="accounts:read",
    rate=S,
    answers=SETTINGS,
)
async def get_attribution_settings(call: AnyCall) -> Record:
    """The settings as they were saved last. While `recomputing`, everything still follows those before; `progress` is
    about how much is done, from 0 to 1. `version` is another number as soon as everything follows other settings."""
    async with call.transaction() as conn:
        return await _shown(conn, call.principal.account_id)


@operation(
    "update_attribution_settings",
    "PATCH",
    "/api/attribution-settings",
    scopes="accounts:write",
    rate=S,
    answers=SETTINGS,
    body=Body("attribution-settings", SettingsUpdate, id="optional"),
    versions=versions.VERSIONS,
)
async def update_attribution_settings(call: Call[SettingsUpdate]) -> Record:
    """What changes is applied to the whole history, and then to every report at once."""
    async with call.transaction() as conn:
        await hold_version(call, conn)
        account = await versions.locked(conn, call.principal.account_id)
        before = versions.saved_settings(account)
        after = changed(before, call.body)
        if after != before:
            await recompute.start(conn, account, after)
        return await _shown(conn, account.account_id)
