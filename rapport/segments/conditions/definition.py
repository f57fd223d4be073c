"""Definitions with all types of conditions that there are, and the database's ids of what they name."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rapport.events import mapped_metrics
from rapport.events.metrics import Metric
from rapport.kit import db, log
from rapport.kit.rooms import Point
from rapport.segments.conditions import (
    consent,
    distance,
    funnel,
    membership,
    metric,
    permissions,
    predictive,
    properties,
    region,
    sample,
    unavailable,
)
from rapport.segments.conditions.condition import Condition
from rapport.segments.grammar import definition as grammar
from rapport.segments.grammar.definition import POINTER
from rapport.segments.grammar.dependencies import Dependencies, Thing
from rapport.segments.grammar.errors import DefinitionError
from rapport.segments.grammar.nodes import Node
from rapport.segments.sql.scope import Group, Names, Scope

_METRICS = "SELECT public_id, id FROM metrics WHERE account_id = %s AND public_id = ANY(%s)"
_GROUPS = """
    SELECT public_id, 'list', id FROM lists WHERE account_id = %s AND public_id = ANY(%s)
    UNION ALL SELECT public_id, 'segment', id FROM segments WHERE account_id = %s AND public_id = ANY(%s)"""

Definition = grammar.Definition[Condition]
# A group without a condition.
_NOBODY = Definition(((),))

_logger = log.logger("segments")


def parse(definition: Any, *, pointer: str = POINTER, flow: bool = False, place: str = "") -> Definition:
    """A definition as it came in JSON. Raises DefinitionError at the part that can't be taken.

    `flow` allows what only flows can ask (the timeframe operator flow-start, no groups at all);
    `place` tells one split from another, so that their samples are independent.
    """
    return grammar.read(definition, reader(flow=flow), pointer=pointer, may_be_empty=flow, place=place)


def reader(*, flow: bool = False) -> Callable[[Node, str], Condition]:
    """Reads one condition, given its node and its place; see `parse`."""
    readers = dict(_READERS)
    for extension in EXTENSIONS:
        readers.update(extension.readers)

    def condition(node: Node, place: str) -> Condition:
        return readers[node["type"].choice(tuple(readers))](node, flow, place)

    return condition


_READERS: Mapping[str, Callable[[Node, bool, str], Condition]] = {
    "profile-metric": lambda node, flow, place: metric.read(node, flow=flow),
    "profile-property": lambda node, flow, place: properties.read(node),
    "profile-group-membership": lambda node, flow, place: membership.read(node),
    "profile-marketing-consent": lambda node, flow, place: consent.read(node),
    "profile-predictive-analytics": lambda node, flow, place: predictive.read(node),
    "profile-has-custom-object": lambda node, flow, place: unavailable.custom_object(node, flow=flow),
    "profile-sample": lambda node, flow, place: sample.read(node, place),
    "profile-metric-funnel": lambda node, flow, place: funnel.read(node),
    "profile-permissions": lambda node, flow, place: permissions.read(node),
    "profile-region": lambda node, flow, place: region.read(node),
    "profile-postal-code-distance": lambda node, flow, place: distance.read(node),
}


def parse_stored(public_id: str, definition: object) -> Definition:
    """A definition read from the database. It was accepted once; should it no longer be readable, that must not stop
    the pipeline: it is logged, and the segment holds for nobody."""
    try:
        return parse(definition)
    except DefinitionError as error:
        _logger.error("a stored definition can't be read", segment=public_id, pointer=error.pointer, exc_info=True)
        return _NOBODY


@dataclass(frozen=True)
class Extension:
    """Conditions that a room above adds. `readers`: by condition type. `kind`: of the things they name, which is also
    the kind of Change about them (the change's `group` is the thing's own id). `query`: gives (public id, own id) of
    those that exist; its parameters are the account and an array of public ids."""

    readers: Mapping[str, Callable[[Node, bool, str], Condition]]
    kind: str
    query: str


EXTENSIONS: Point[Extension] = Point("types of conditions")


async def resolve(conn: db.Connection, account_id: int, depends: Dependencies) -> Names:
    """The database's own ids of everything in `depends`; what does not exist is left out."""
    metrics, groups = sorted(depends.metrics), sorted(depends.groups)
    metric_rows = await db.rows(conn, _METRICS, (account_id, metrics)) if metrics else []
    group_rows = await db.rows(conn, _GROUPS, (account_id, groups, account_id, groups)) if groups else []
    things = {thing: own for added in EXTENSIONS for thing, own in await _things(conn, account_id, added, depends)}
    purposes = await _purposes(conn, account_id, depends.purposes) if depends.purposes else {}
    return Names(dict(metric_rows), {row[0]: Group(row[1], row[2]) for row in group_rows}, things, purposes)


async def _purposes(conn: db.Connection, account_id: int, purposes: Collection[str]) -> dict[str, Metric | None]:
    rows = await mapped_metrics.mapped(conn, account_id, sorted(purposes))
    served = [row["purpose"] for row in rows if row["metric_id"] or row["custom_metric_id"]]
    return {purpose: await mapped_metrics.metric_of(conn, account_id, purpose) for purpose in served}


async def _things(
    conn: db.Connection, account_id: int, extension: Extension, depends: Dependencies
) -> list[tuple[Thing, int]]:
    wanted = sorted(thing.public_id for thing in depends.things if thing.kind == extension.kind)
    if not wanted:
        return []
    # tenant-scope: an extension's `query` holds the condition
    rows = await db.rows(conn, extension.query, (account_id, wanted))
    return [(Thing(extension.kind, public_id), own) for public_id, own in rows]


async def due(definition: Definition, scope: Scope) -> datetime | None:
    """The next time a boundary reaches a date stored with a profile; None = never."""
    moments = [await condition.due(scope) for condition in definition.moving]
    return min((moment for moment in moments if moment is not None), default=None)
