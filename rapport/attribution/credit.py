"""Write who is credited: for events just recorded, for those a late touch precedes, and for people from scratch.

All end in the same rows, so the order in which orders, refunds and touches arrive makes no difference: attribution is
a function of the event log and the settings.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from rapport.attribution import models, refunds
from rapport.attribution.models import Model
from rapport.events.record import Recorded
from rapport.kit import db
from rapport.messages.engagement import KINDS

# The batch's own events come as arrays: they are in memory, and the log is partitioned.
_BATCH_EVENTS = """
    SELECT * FROM unnest(%(events)s::bigint[], %(times)s::timestamptz[], %(metrics)s::bigint[], %(profiles)s::bigint[],
        %(values)s::numeric[], %(currencies)s::text[])
        AS event (event_id, time, metric_id, profile_id, value, currency)"""
COLUMNS = """v.id AS event_id, v.time, v.metric_id, v.profile_id, v.value,
        upper(coalesce(v.value_currency, %(currency)s)) AS currency"""
# `from` and `to` bound all the touches together, so that only their months are opened.
_AFTER_TOUCHES = f"""
    SELECT DISTINCT {COLUMNS}
    FROM unnest(%(profiles)s::bigint[], %(times)s::timestamptz[]) AS touch (profile_id, time)
    JOIN events v ON v.account_id = %(account)s AND v.profile_id = touch.profile_id
        AND v.time >= touch.time AND v.time <= touch.time + %(longest)s
    WHERE v.time >= %(from)s AND v.time <= %(to)s AND v.message_id IS NULL AND v.metric_id <> ALL(%(touch_metrics)s)"""
_OF_PROFILES = f"""
    SELECT {COLUMNS} FROM events v
    WHERE v.account_id = %(account)s AND v.profile_id = ANY(%(profiles)s)
      AND v.message_id IS NULL AND v.metric_id <> ALL(%(touch_metrics)s)"""
_ORDERS_OF_REFUNDED = f"""
    SELECT {COLUMNS} FROM events v
    WHERE v.account_id = %(account)s AND v.metric_id = ANY(%(order_metrics)s) AND v.profile_id IN (
        SELECT r.profile_id FROM events r WHERE r.account_id = %(account)s
          AND r.profile_id = ANY(%(profiles)s) AND r.metric_id = ANY(%(refund_metrics)s))"""
_CREDITED = """
    SELECT c.event_id, c.time, c.metric_id, c.profile_id, c.credit AS value, c.share,
        c.touch_event_id, c.kind, c.channel, c.message_id,
        m.source, m.message_id AS sender_message, m.variation_id, coalesce(m.sent, m.created) AS sent
    FROM shares c LEFT JOIN messages m ON m.account_id = %(account)s AND m.id = c.message_id"""
# Every part sees the rows as they were, so what is taken away (`before`) and what is given (`credited`) are the two
# sides of one sum, and what stays the same cancels out.
# Rows are looked up one by one (OFFSET 0 keeps it so): a version that is being written has no statistics yet, and the
# planner, taking it for empty, would read all of it each time.
_BEFORE = """
    SELECT a.* FROM (SELECT DISTINCT event_id FROM considered) c CROSS JOIN LATERAL (
        SELECT a.ctid AS place, a.* FROM attributions a
        WHERE a.account_id = %(account)s AND a.version = %(version)s AND a.event_id = c.event_id OFFSET 0) a
    UNION
    SELECT a.* FROM unnest(%(lose)s::bigint[]) AS person (id) CROSS JOIN LATERAL (
        SELECT a.ctid AS place, a.* FROM attributions a
        WHERE a.account_id = %(account)s AND a.version = %(version)s AND a.profile_id = person.id OFFSET 0) a"""
_LOST = """
    DELETE FROM attributions a
    WHERE a.account_id = %(account)s AND a.ctid = ANY(ARRAY(
        SELECT b.place FROM before b WHERE NOT EXISTS (
            SELECT FROM credited c WHERE c.event_id = b.event_id AND c.touch_event_id = b.touch_event_id)))"""
_MOVED = """
    SELECT message_id, metric_id, min(source) AS source, min(sender_message) AS sender_message,
        coalesce(min(variation_id), '') AS variation, min(channel) AS channel, min(sent) AS sent,
        sum(n) AS n, sum(share) AS share, coalesce(sum(value), 0) AS value
    FROM (
        SELECT message_id, metric_id, source, sender_message, variation_id, channel, sent, 1 AS n, share, value
        FROM credited
        UNION ALL
        SELECT message_id, metric_id, source, sender_message, variation_id, channel, sent, -1, -share, -value
        FROM before) sides
    WHERE source IS NOT NULL
    GROUP BY message_id, metric_id HAVING sum(n) <> 0 OR sum(share) <> 0 OR coalesce(sum(value), 0) <> 0"""
# A message counts among the unique ones while it has any credit of the metric.
_TOTALS = """
    INSERT INTO credit_totals AS t (account_id, version, metric_id, source, sent, message_id, variation_id, channel,
        conversions, conversion_uniques, value)
    SELECT %(account)s, %(version)s, metric_id, source, date_bin('15 minutes', sent, 'epoch') AS quarter,
        sender_message, variation, channel, sum(moved.share),
        sum((had.n + moved.n > 0)::int - (had.n > 0)::int), sum(value)
    FROM moved CROSS JOIN LATERAL (
        SELECT count(*) AS n FROM attributions a
        WHERE a.account_id = %(account)s AND a.version = %(version)s AND a.message_id = moved.message_id
          AND a.metric_id = moved.metric_id) had
    GROUP BY metric_id, source, quarter, sender_message, variation, channel
    ON CONFLICT (account_id, version, metric_id, source, sent, message_id, variation_id, channel) DO UPDATE SET
        conversions = t.conversions + excluded.conversions,
        conversion_uniques = t.conversion_uniques + excluded.conversion_uniques, value = t.value + excluded.value"""
# A row that would not change is not written again.
_GIVE = """
    INSERT INTO attributions AS a (account_id, version, event_id, event_time, metric_id, profile_id, value, share,
        touch_event_id, touch_kind, channel, message_id, source, sender_message, variation_id, sent)
    SELECT %(account)s, %(version)s, * FROM credited
    ON CONFLICT (account_id, version, event_id, touch_event_id) DO UPDATE SET profile_id = excluded.profile_id,
        value = excluded.value, share = excluded.share,
        touch_kind = excluded.touch_kind, channel = excluded.channel,
        message_id = excluded.message_id, source = excluded.source, sender_message = excluded.sender_message,
        variation_id = excluded.variation_id, sent = excluded.sent
    WHERE (a.profile_id, a.share, a.touch_kind, a.channel) IS DISTINCT FROM
        (excluded.profile_id, excluded.share, excluded.touch_kind, excluded.channel)
        OR a.value IS DISTINCT FROM excluded.value OR a.message_id IS DISTINCT FROM excluded.message_id"""
_WRITE = f"""
    WITH considered AS MATERIALIZED ({{considered}}){{conversions}}{{shares}},
    credited AS MATERIALIZED ({_CREDITED}), before AS MATERIALIZED ({_BEFORE}), lost AS ({_LOST}),
    moved AS ({_MOVED}), totals AS ({_TOTALS})
    {_GIVE}"""
# Most people have no recent touch: one probe each finds who has, before anything else is asked.
_TOUCHED = """
    SELECT person.id FROM unnest(%(profiles)s::bigint[]) AS person (id) WHERE EXISTS (
        SELECT FROM engagements e WHERE e.account_id = %(account)s AND e.profile_id = person.id
          AND e.time >= %(from)s AND e.time <= %(to)s AND e.kind = ANY(%(kinds)s))"""
_TOUCH_METRICS = "SELECT id FROM metrics WHERE account_id = %s AND name = ANY(%s)"


def is_conversion(event: Recorded) -> bool:
    """Every event but those about a message: what was opened or clicked belongs to its message directly (5.4)."""
    return event.accepted.message is None and event.metric.name not in KINDS


class Writer:
    """Writes the credits of one version, in one transaction. `currency`: the account's, of values that name none."""

    def __init__(self, conn: db.Connection, model: Model, currency: str, metrics: refunds.OrderMetrics) -> None:
        self.conn = conn
        self._model, self._metrics = model, metrics
        self.account_id: int = model.parameters["account"]
        self._parameters = {**model.parameters, **metrics.parameters, "version": model.version, "currency": currency}

    async def recorded(self, events: Sequence[Recorded]) -> None:
        """Credit newly recorded events; one query when none of their profiles had a touch."""
        if not events or not self._model.kinds:
            return
        times = [event.time for event in events]
        scope = {**self._parameters, "from": min(times) - self._model.longest, "to": max(times)}
        rows = await db.rows(self.conn, _TOUCHED, {**scope, "profiles": list({event.profile_id for event in events})})
        touched = {row[0] for row in rows}
        events = [event for event in events if event.profile_id in touched]
        if events:
            await self._write(_BATCH_EVENTS, self._columns(events))

    def _columns(self, events: Sequence[Recorded]) -> dict[str, object]:
        own = str(self._parameters["currency"])
        return {
            "events": [event.id for event in events],
            "times": [event.time for event in events],
            "metrics": [event.metric.id for event in events],
            "profiles": [event.profile_id for event in events],
            "values": [event.accepted.value for event in events],
            "currencies": [(event.accepted.currency or own).upper() for event in events],
        }

    async def after_touches(self, touches: Sequence[tuple[int, datetime]]) -> None:
        """Credit again what happened while the windows of these touches (profile, time) were open.

        A touch that arrives late, after the order it precedes, takes its place.
        """
        if not touches:
            return
        profiles, times = zip(*touches, strict=True)
        to = max(times) + self._model.longest
        scope = {"profiles": list(profiles), "times": list(times), "from": min(times), "to": to}
        await self._write(_AFTER_TOUCHES, {**scope, "touch_metrics": await self._touch_metrics()})

    async def refunded(self, profiles: Collection[int]) -> None:
        """Credit the orders again of those among these people who were refunded anything: a refund belongs to the
        latest order with its key, so a new order may take it from an older one."""
        if profiles and self._metrics.refunds and self._metrics.orders and self._model.settings.subtract_refunds:
            await self._write(_ORDERS_OF_REFUNDED, {"profiles": list(profiles)})

    async def of_profiles(self, profiles: Collection[int]) -> None:
        """Work out everything these people ever did anew; what is not credited any more loses its row."""
        if not profiles:
            return
        scope = {"profiles": list(profiles), "touch_metrics": await self._touch_metrics()}
        await self._write(_OF_PROFILES, scope, lose=profiles)

    async def _write(self, considered: str, scope: Mapping[str, object], *, lose: Collection[int] = ()) -> None:
        """Credit the conversions considered; whatever else these people (`lose`) are credited with goes."""
        query = _WRITE.format(
            considered=considered,
            conversions=refunds.conversions(self._model, self._metrics),
            shares=models.shares([self._model.settings.model]),
        )
        await db.execute(self.conn, query, {**self._parameters, **scope, "lose": list(lose)})

    async def _touch_metrics(self) -> list[int]:
        rows = await db.rows(self.conn, _TOUCH_METRICS, (self.account_id, list(KINDS)))
        return [row[0] for row in rows]
