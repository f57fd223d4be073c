"""Which properties the events of a metric carry, of which types, with which values (behaviour-people 3.5, 1.4).

The names are kept in a table that a reaction of the pipeline adds to; types and sample values are read from the
metric's latest events when somebody asks. So recording pays for a look at the names, and mostly not even that.
"""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from rapport.events.reactions import Batch
from rapport.events.record import Recorded
from rapport.kit import db

# A metric whose last so many looks brought no new name is looked at in every so manieth event from then on.
_CALM = 2000
_SPARSE = 16
# Names made up on the way (an id as a key) end somewhere: a metric keeps this many, none longer than that.
MAX_PROPERTIES = 2000
_MAX_NAME = 255
_MAX_METRICS = 10_000
_RECENT = 500
_SAMPLES = 10
_LONGEST_SAMPLE = 200
_DATE = r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$"

_NOTED = "SELECT metric_id, property FROM metric_properties WHERE account_id = %s AND metric_id = ANY(%s)"
_NOTE = """
    INSERT INTO metric_properties (account_id, metric_id, property, inferred_type, created)
    SELECT %s, given.*, %s FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS given
    ON CONFLICT DO NOTHING"""
# A value is of the type JSON gives it, but for booleans, which the reference infers as numeric, and texts that are
# written as dates. What is null tells nothing.
_LATEST = f"""
    WITH recent AS MATERIALIZED (
        SELECT properties, value, value_currency FROM events
        WHERE account_id = %(account)s AND metric_id = %(metric)s ORDER BY time DESC LIMIT {_RECENT}),
    pairs (property, value) AS (
        SELECT p.* FROM recent, jsonb_each(properties) AS p
        UNION ALL SELECT '$value', to_jsonb(value) FROM recent WHERE value IS NOT NULL
        UNION ALL SELECT '$value_currency', to_jsonb(value_currency) FROM recent WHERE value_currency IS NOT NULL),
    typed AS (
        SELECT property, value, CASE jsonb_typeof(value)
            WHEN 'number' THEN 'numeric' WHEN 'boolean' THEN 'numeric' WHEN 'array' THEN 'List'
            WHEN 'object' THEN 'object' WHEN 'null' THEN NULL
            ELSE CASE WHEN value #>> '{{}}' ~ %(date)s THEN 'date' ELSE 'string' END END AS type
        FROM pairs)
    SELECT property, array_agg(DISTINCT type) FILTER (WHERE type IS NOT NULL) FROM typed GROUP BY property"""
_VALUES = f"""
    WITH recent AS MATERIALIZED (
        SELECT properties, value, value_currency, time FROM events
        WHERE account_id = %(account)s AND metric_id = %(metric)s ORDER BY time DESC LIMIT {_RECENT}),
    pairs AS (
        SELECT p.key AS property, p.value, time FROM recent, jsonb_each(properties) AS p
        UNION ALL SELECT '$value', to_jsonb(value), time FROM recent WHERE value IS NOT NULL
        UNION ALL SELECT '$value_currency', to_jsonb(value_currency), time FROM recent
            WHERE value_currency IS NOT NULL),
    items AS (
        SELECT property, item, max(time) AS latest FROM pairs
        CROSS JOIN LATERAL jsonb_array_elements(
            CASE jsonb_typeof(value) WHEN 'array' THEN value ELSE jsonb_build_array(value) END) AS item
        WHERE jsonb_typeof(item) IN ('string', 'number', 'boolean')
          AND length(item #>> '{{}}') <= {_LONGEST_SAMPLE}
        GROUP BY property, item),
    ranked AS (SELECT *, row_number() OVER (PARTITION BY property ORDER BY latest DESC, item) AS n FROM items)
    SELECT property, jsonb_agg(item ORDER BY n) FROM ranked WHERE n <= {_SAMPLES} GROUP BY property"""
_ALL = "SELECT property, inferred_type FROM metric_properties WHERE account_id = %s AND metric_id = %s"


@dataclass(frozen=True)
class MetricProperty:
    """A property by its name, with its type: numeric, string, date, List or object.

    `sample_values`: the latest different values of texts, numbers and booleans, also out of lists; None when they
    were not asked for.
    """

    name: str
    inferred_type: str
    sample_values: list[Any] | None = None


# ---- noting names


@dataclass
class _Known:
    """Per metric: the names that are stored, and how many events were looked at since a name was new."""

    names: set[str] = field(default_factory=set)
    calm: int = 0


class PropertyNames:
    """The reaction that stores new names. It remembers only names read back from the table, so a rolled-back batch is
    noted again."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, int], _Known] = {}

    async def react(self, batch: Batch) -> None:
        database = batch.conn.info.dsn
        known = {metric: self._of(database, metric) for metric in {event.metric.id for event in batch.events}}
        fresh: dict[int, dict[str, str]] = {}
        for at, event in enumerate(batch.events):
            here = known[event.metric.id]
            if here.calm < _CALM or at % _SPARSE == 0:
                _look(event, here, fresh)
        if fresh:
            await self._note(batch, database, fresh)

    def _of(self, database: str, metric: int) -> _Known:
        if len(self._known) > _MAX_METRICS:
            self._known.clear()
        return self._known.setdefault((database, metric), _Known())

    async def _note(self, batch: Batch, database: str, fresh: Mapping[int, Mapping[str, str]]) -> None:
        account = batch.account.account_id
        for metric, name in await db.rows(batch.conn, _NOTED, (account, sorted(fresh))):
            self._of(database, metric).names.add(name)
        rows = [
            (metric, name, kind)
            for metric, names in sorted(fresh.items())
            for name, kind in self._room(database, metric, names)
        ]
        if rows:
            columns = [list(column) for column in zip(*rows, strict=True)]
            await db.execute(batch.conn, _NOTE, (account, batch.now, *columns))

    def _room(self, database: str, metric: int, names: Mapping[str, str]) -> list[tuple[str, str]]:
        """New names, as many as the metric has room for."""
        noted = self._of(database, metric).names
        new = [(name, kind) for name, kind in sorted(names.items()) if name not in noted]
        return new[: max(0, MAX_PROPERTIES - len(noted))]


_members = msgspec.json.Decoder(dict[str, msgspec.Raw])


def _look(event: Recorded, known: _Known, fresh: dict[int, dict[str, str]]) -> None:
    """Add unknown names to `fresh`, by metric id, with the type of their first value."""
    try:
        members = _members.decode(event.accepted.properties)
    except msgspec.MsgspecError:
        return
    known.calm += 1
    new = [] if members.keys() <= known.names else [(name, _type(bytes(members[name]))) for name in members]
    if event.accepted.value is not None:
        new.append(("$value", "numeric"))
    if event.accepted.currency is not None:
        new.append(("$value_currency", "string"))
    for name, kind in new:
        if name not in known.names and len(name) <= _MAX_NAME and len(known.names) < MAX_PROPERTIES:
            known.calm = 0
            fresh.setdefault(event.metric.id, {}).setdefault(name, kind)


def _type(value: bytes) -> str:
    first = value.lstrip()[:1]
    return {b'"': "string", b"n": "string", b"[": "List", b"{": "object"}.get(first, "numeric")


# ---- reading


async def of_metric(conn: db.Connection, account_id: int, metric: int, *, samples: bool) -> list[MetricProperty]:
    """The properties of a metric (internal id), by name."""
    scope = {"account": account_id, "metric": metric, "date": _DATE}
    types = {name: [kind] for name, kind in await db.rows(conn, _ALL, (account_id, metric))}
    # What the latest events tell goes before the first value's type, and counts where nothing was noted yet.
    types |= {name: kinds or types.get(name, []) for name, kinds in await db.rows(conn, _LATEST, scope)}
    values = dict(await db.rows(conn, _VALUES, scope)) if samples else {}
    return [
        MetricProperty(name, _inferred(kinds), values.get(name, []) if samples else None)
        for name, kinds in sorted(types.items())
    ]


def _inferred(types: Sequence[str]) -> str:
    """Text is the default for anything not otherwise detected (1.4)."""
    return types[0] if len(types) == 1 else "string"


# ---- ids


def id_of(metric: str, name: str) -> str:
    """Base64 of `<metric id>.<name>` without padding (3.5), in the alphabet that may stand in a URL."""
    return base64.urlsafe_b64encode(f"{metric}.{name}".encode()).decode().rstrip("=")


def read_id(id: str) -> tuple[str, str] | None:
    """(public id of the metric, name); None when `id` is malformed."""
    try:
        text = base64.b64decode(id + "=" * (-len(id) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        return None
    metric, dot, name = text.partition(".")
    return (metric, name) if dot and "\x00" not in text else None
