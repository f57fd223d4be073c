"""Write who is credited: for events just recorded, for those a late touch precedes, and for people from scratch.

All three end in the same rows, so the order in which orders and touches arrive makes no difference: attribution is a
function of the event log and the settings.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from rapport.attribution.models import Model
from rapport.events.record import Recorded
from rapport.kit import db
from rapport.messages.engagement import KINDS

# The batch's own events come as arrays: they are in memory, and the log is partitioned.
_GIVEN = """
    SELECT * FROM unnest(%(events)s::bigint[], %(times)s::timestamptz[], %(metrics)s::bigint[], %(profiles)s::bigint[],
        %(values)s::numeric[]) AS given (event_id, time, metric_id, profile_id, value)"""
# `from` and `to` bound all the touches together, so that only their months are opened.
_AFTER_TOUCHES = """
    SELECT DISTINCT v.id AS event_id, v.time, v.metric_id, v.profile_id, v.value
    FROM unnest(%(profiles)s::bigint[], %(times)s::timestamptz[]) AS touch (profile_id, time)
    JOIN events v ON v.account_id = %(account)s AND v.profile_id = touch.profile_id
        AND v.time >= touch.time AND v.time <= touch.time + %(longest)s
    WHERE v.time >= %(from)s AND v.time <= %(to)s AND v.message_id IS NULL AND v.metric_id <> ALL(%(touch_metrics)s)"""
_OF_PROFILES = """
    SELECT v.id AS event_id, v.time, v.metric_id, v.profile_id, v.value FROM events v
    WHERE v.account_id = %(account)s AND v.profile_id = ANY(%(profiles)s)
      AND v.message_id IS NULL AND v.metric_id <> ALL(%(touch_metrics)s)"""
_CREDITED = """
    SELECT c.event_id, c.time, c.metric_id, c.profile_id, c.value,
        t.event_id AS touch_event_id, t.kind, t.channel, t.message_id,
        m.source, m.message_id AS sender_message, m.variation_id, coalesce(m.sent, m.created) AS sent
    FROM ({conversions}) c CROSS JOIN LATERAL ({model}) t
    LEFT JOIN messages m ON m.account_id = %(account)s AND m.id = t.message_id"""
# Every part sees the rows as they were, so what is taken away (`before`) and what is given (`credited`) are the two
# sides of one sum, and what stays the same cancels out.
_BEFORE = """
    SELECT a.* FROM attributions a
    WHERE a.account_id = %(account)s
      AND (a.event_id IN (SELECT event_id FROM credited) OR a.profile_id = ANY(%(lose)s::bigint[]))"""
_LOST = """
    DELETE FROM attributions a USING before b
    WHERE a.account_id = %(account)s AND a.event_id = b.event_id
      AND a.event_id NOT IN (SELECT event_id FROM credited)"""
_MOVED = """
    SELECT message_id, metric_id, min(source) AS source, min(sender_message) AS sender_message,
        coalesce(min(variation_id), '') AS variation, min(channel) AS channel, min(sent) AS sent,
        sum(n) AS n, coalesce(sum(value), 0) AS value
    FROM (
        SELECT message_id, metric_id, source, sender_message, variation_id, channel, sent, 1 AS n, value FROM credited
        UNION ALL
        SELECT message_id, metric_id, source, sender_message, variation_id, channel, sent, -1, -value FROM before) sides
    WHERE source IS NOT NULL
    GROUP BY message_id, metric_id HAVING sum(n) <> 0 OR coalesce(sum(value), 0) <> 0"""
# A message counts among the unique ones while it has any credit of the metric.
_TOTALS = """
    INSERT INTO credit_totals AS t (account_id, metric_id, source, sent, message_id, variation_id, channel,
        conversions, conversion_uniques, value)
    SELECT %(account)s, metric_id, source, date_bin('15 minutes', sent, 'epoch') AS quarter, sender_message, variation,
        channel, sum(moved.n), sum((had.n + moved.n > 0)::int - (had.n > 0)::int), sum(value)
    FROM moved CROSS JOIN LATERAL (
        SELECT count(*) AS n FROM attributions a
        WHERE a.account_id = %(account)s AND a.message_id = moved.message_id AND a.metric_id = moved.metric_id) had
    GROUP BY metric_id, source, quarter, sender_message, variation, channel
    ON CONFLICT (account_id, metric_id, source, sent, message_id, variation_id, channel) DO UPDATE SET
        conversions = t.conversions + excluded.conversions,
        conversion_uniques = t.conversion_uniques + excluded.conversion_uniques, value = t.value + excluded.value"""
# A row that would not change is not written again.
_GIVE = """
    INSERT INTO attributions AS a (account_id, event_id, event_time, metric_id, profile_id, value,
        touch_event_id, touch_kind, channel, message_id, source, sender_message, variation_id, sent)
    SELECT %(account)s, * FROM credited
    ON CONFLICT (account_id, event_id) DO UPDATE SET profile_id = excluded.profile_id,
        touch_event_id = excluded.touch_event_id, touch_kind = excluded.touch_kind, channel = excluded.channel,
        message_id = excluded.message_id, source = excluded.source, sender_message = excluded.sender_message,
        variation_id = excluded.variation_id, sent = excluded.sent
    WHERE (a.profile_id, a.touch_event_id, a.touch_kind, a.channel) IS DISTINCT FROM
        (excluded.profile_id, excluded.touch_event_id, excluded.touch_kind, excluded.channel)
        OR a.message_id IS DISTINCT FROM excluded.message_id"""
_WRITE = f"""
    WITH credited AS MATERIALIZED ({{credited}}), before AS MATERIALIZED ({_BEFORE}), lost AS ({_LOST}),
    moved AS ({_MOVED}), totals AS ({_TOTALS})
    {_GIVE}"""
# Most people have no recent touch: one probe each finds who has, before anything else is asked.
_TOUCHED = """
    SELECT given.id FROM unnest(%(profiles)s::bigint[]) AS given (id) WHERE EXISTS (
        SELECT FROM engagements e WHERE e.account_id = %(account)s AND e.profile_id = given.id
          AND e.time >= %(from)s AND e.time <= %(to)s AND e.kind = ANY(%(kinds)s))"""
_TOUCH_METRICS = "SELECT id FROM metrics WHERE account_id = %s AND name = ANY(%s)"


def is_conversion(event: Recorded) -> bool:
    """Every event but those about a message: what was opened or clicked belongs to its message directly (5.4)."""
    return event.accepted.message is None and event.metric.name not in KINDS


async def recorded(conn: db.Connection, model: Model, events: Sequence[Recorded]) -> None:
    """Credit newly recorded events; one query when none of their profiles had a touch."""
    if not events or not model.rules:
        return
    times = [event.time for event in events]
    scope = {**model.parameters, "from": min(times) - model.longest, "to": max(times)}
    rows = await db.rows(conn, _TOUCHED, {**scope, "profiles": list({event.profile_id for event in events})})
    touched = {row[0] for row in rows}
    events = [event for event in events if event.profile_id in touched]
    if events:
        await _write(conn, model, _GIVEN, _columns(events))


def _columns(events: Sequence[Recorded]) -> dict[str, object]:
    return {
        "events": [event.id for event in events],
        "times": [event.time for event in events],
        "metrics": [event.metric.id for event in events],
        "profiles": [event.profile_id for event in events],
        "values": [event.accepted.value for event in events],
    }


async def after_touches(conn: db.Connection, model: Model, touches: Sequence[tuple[int, datetime]]) -> None:
    """Credit again what happened while the windows of these touches (profile, time) were open.

    A touch that arrives late, after the order it precedes, takes its place. A touch can only add candidates, so
    nothing loses its credit here.
    """
    if not touches:
        return
    profiles, times = zip(*touches, strict=True)
    scope = {"profiles": list(profiles), "times": list(times), "from": min(times), "to": max(times) + model.longest}
    await _write(conn, model, _AFTER_TOUCHES, {**scope, "touch_metrics": await _touch_metrics(conn, model)})


async def of_profiles(conn: db.Connection, model: Model, profiles: Collection[int]) -> None:
    """Work out everything these people ever did anew; what is not credited any more loses its row."""
    if not profiles:
        return
    scope = {"profiles": list(profiles), "touch_metrics": await _touch_metrics(conn, model)}
    await _write(conn, model, _OF_PROFILES, scope, lose=profiles)


async def _write(
    conn: db.Connection, model: Model, conversions: str, scope: Mapping[str, object], *, lose: Collection[int] = ()
) -> None:
    """Credit the conversions; whatever else these people (`lose`) are credited with goes."""
    query = _WRITE.format(credited=_CREDITED.format(conversions=conversions, model=model.sql))
    await db.execute(conn, query, {**model.parameters, **scope, "lose": list(lose)})


async def _touch_metrics(conn: db.Connection, model: Model) -> list[int]:
    rows = await db.rows(conn, _TOUCH_METRICS, (model.parameters["account"], list(KINDS)))
    return [row[0] for row in rows]
