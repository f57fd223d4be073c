"""Flows by what triggers them: a list, a segment, a metric."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import select

import rapport.events.api as events
import rapport.lists.api as lists_api
import rapport.segments.api as segments_api
from rapport.events.tables import metrics
from rapport.flows.records import FLOW, flow_row_record
from rapport.flows.tables import flows
from rapport.kit import db
from rapport.kit.jsonapi import AnyCall, Loader, Operation, Record, Resource, fetch, not_found, related_many
from rapport.kit.ratelimit import M, Rate, S
from rapport.kit.rooms import Include
from rapport.lists.tables import lists
from rapport.segments.tables import segments


async def _flows_of(call: AnyCall, kind: str, ids: Collection[int]) -> dict[int, list[Record]]:
    """By internal id of a list, segment or metric: the flows it triggers."""
    query = select(flows).where(
        flows.c.account_id == call.principal.account_id, flows.c.trigger_kind == kind, flows.c.trigger_ref.in_(ids)
    )
    flows_by_trigger: dict[int, list[Record]] = {id: [] for id in ids}
    async with call.transaction() as conn:
        for row in await fetch(conn, query.order_by(flows.c.public_id)):
            flows_by_trigger[row["trigger_ref"]].append(flow_row_record(row, call))
    return flows_by_trigger


def _triggered_by(kind: str, parent: Resource, table: Any, scope: str, rate: Rate) -> tuple[Operation, ...]:
    async def triggered(call: AnyCall) -> list[Record]:
        account, public_id = call.principal.account_id, call.path["id"]
        of = select(table.c.id).where(table.c.account_id == account, table.c.public_id == public_id)
        async with call.transaction() as conn:
            row = await db.row(conn, *db.compiled(of))
        if row is None:
            raise not_found(kind, public_id)
        return (await _flows_of(call, kind, [row[0]]))[row[0]]

    return related_many(
        f"get_flows_triggered_by_{kind}",
        f"get_ids_for_flows_triggered_by_{kind}",
        parent,
        "flow-triggers",
        FLOW,
        scopes=f"flows:read {scope}",
        rate=rate,
        load=triggered,
    )


get_flows_triggered_by_list = _triggered_by("list", lists_api.LIST, lists, "lists:read", S)
get_flows_triggered_by_segment = _triggered_by("segment", segments_api.SEGMENT, segments, "segments:read", S)
get_flows_triggered_by_metric = _triggered_by("metric", events.METRIC, metrics, "metrics:read", M)


def includes() -> list[Include]:
    """What lets lists, segments and metrics take `include=flow-triggers`."""
    shown_by_kind = {
        "list": (lists_api.get_lists, lists_api.get_list),
        "segment": (segments_api.get_segments, segments_api.get_segment),
        "metric": (events.get_metrics, events.get_metric),
    }
    return [
        Include(operation, "flow-triggers", _triggered_loader(kind))
        for kind, shown in shown_by_kind.items()
        for operation in shown
    ]


def _triggered_loader(kind: str) -> Loader:
    """For records that are keyed by internal id."""

    async def load(call: AnyCall, records: Sequence[Record]) -> Mapping[str, Sequence[Record]]:
        flows_by_trigger = await _flows_of(call, kind, {record.key for record in records})
        return {record.id: flows_by_trigger[record.key] for record in records}

    return load
