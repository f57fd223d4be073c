"""A year of campaigns in one report, over HTTP; beside it the same numbers counted from the raw rows."""

import time
from datetime import UTC, datetime
from typing import Any, LiteralString

import httpx
import psycopg

from benchmarks.world import HEADERS, Line, World, account_id, percentile, running

_MESSAGES = 1000
_RECIPIENTS = 500
_RUNS = 40
_NAMES = [
    "recipients",
    "delivered",
    "opens_unique",
    "open_rate",
    "clicks_unique",
    "click_rate",
    "conversions",
    "conversion_value",
    "revenue_per_recipient",
]
# Two in five open, one in twenty clicks, one in ten orders.
_FILL: tuple[LiteralString, ...] = (
    """INSERT INTO metrics (account_id, public_id, service, name, created, updated)
       VALUES (%(account)s, 'ORDERS', 'api', 'Placed Order', %(now)s, %(now)s)""",
    """INSERT INTO campaigns (account_id, ulid, name, status, created, updated)
       SELECT %(account)s, 'C' || n, 'c' || n, 'Sent', %(now)s, %(now)s FROM generate_series(1, %(messages)s) n""",
    """INSERT INTO campaign_messages
           (account_id, ulid, campaign_id, audience_id, name, channel, status, created, updated)
       SELECT %(account)s, 'M' || id, id, 0, 'm', 'email', 'sent', %(now)s, %(now)s FROM campaigns
       WHERE account_id = %(account)s""",
    """INSERT INTO messages (account_id, ulid, channel, profile_id, status, source, campaign_id, message_id, content_id,
           context, cause, due, created, sent)
       SELECT %(account)s, c.id || '-' || n, 'email', n, 'sent', 'campaign', c.id, 'M' || c.id, 0, '{}',
           c.id || '-' || n, %(now)s, %(now)s,
           %(now)s - interval '360 days' * (c.id::float / %(messages)s) + interval '1 second' * n
       FROM campaigns c, generate_series(1, %(recipients)s) n WHERE c.account_id = %(account)s""",
    """INSERT INTO engagements (account_id, event_id, kind, channel, profile_id, time, message_id)
       SELECT account_id, id * 4 + k.place, k.kind, 'email', profile_id, sent, id
       FROM messages, (VALUES ('received', 0, 1), ('opened', 1, 5), ('clicked', 2, 20)) AS k (kind, place, every)
       WHERE account_id = %(account)s AND id %% k.every < greatest(1, 2 * (k.place = 1)::int)""",
    """INSERT INTO attributions (account_id, event_id, event_time, metric_id, profile_id, value, touch_event_id,
           touch_kind, channel, message_id, source, sender_message, sent)
       SELECT account_id, id, sent, (SELECT id FROM metrics WHERE account_id = %(account)s), profile_id, 12.5, id,
           'opened', 'email', id, source, message_id, sent
       FROM messages WHERE account_id = %(account)s AND id %% 10 = 0""",
    """INSERT INTO credit_totals
       SELECT account_id, metric_id, source, date_bin('15 minutes', sent, 'epoch') AS quarter, sender_message, '',
           channel, count(*), count(DISTINCT message_id), sum(value)
       FROM attributions WHERE account_id = %(account)s
       GROUP BY account_id, metric_id, source, quarter, sender_message, channel""",
    """INSERT INTO message_totals (account_id, source, sent, message_id, variation_id, channel, recipients, opens,
           opens_unique, clicks, clicks_unique, all_clicks, all_clicks_unique)
       SELECT m.account_id, m.source, date_bin('15 minutes', m.sent, 'epoch') AS quarter, m.message_id, '', m.channel,
           count(*) FILTER (WHERE e.kind = 'received'), count(*) FILTER (WHERE e.kind = 'opened'),
           count(*) FILTER (WHERE e.kind = 'opened'), count(*) FILTER (WHERE e.kind = 'clicked'),
           count(*) FILTER (WHERE e.kind = 'clicked'), 0, 0
       FROM messages m JOIN engagements e ON e.account_id = %(account)s AND e.message_id = m.id
       WHERE m.account_id = %(account)s GROUP BY m.account_id, m.source, quarter, m.message_id, m.channel""",
)
_RAW: LiteralString = """
    SELECT m.message_id, count(DISTINCT m.id), count(DISTINCT e.message_id) FILTER (WHERE e.kind = 'opened'),
        count(DISTINCT e.message_id) FILTER (WHERE e.kind = 'clicked'), count(DISTINCT a.event_id)
    FROM messages m
    LEFT JOIN engagements e ON e.account_id = %(account)s AND e.message_id = m.id
    LEFT JOIN attributions a ON a.account_id = %(account)s AND a.message_id = m.id
    WHERE m.account_id = %(account)s AND m.sent > %(now)s - interval '365 days' GROUP BY m.message_id"""


def measure() -> list[Line]:
    with running() as world, httpx.Client(base_url=world.url, headers=HEADERS, timeout=60) as client:
        raw = _fill(world)
        times = [_report(client) for _ in range(_RUNS)]
    p95 = percentile(times, 0.95) * 1000
    return [
        Line(
            f"report over a year: {_MESSAGES:,} campaigns, {_MESSAGES * _RECIPIENTS:,} messages",
            f"p95 {p95:,.0f} ms",
            "≤ 200 ms",
            f"one SQL over the raw rows: {raw * 1000:,.0f} ms",
            f"{p95 / 1000 / raw:.2f}",
            p95 <= 200,
        )
    ]


def _fill(world: World) -> float:
    """Write the year, and answer how long a count over its raw rows takes."""
    scope = {
        "account": account_id(world),
        "now": datetime.now(UTC),
        "messages": _MESSAGES,
        "recipients": _RECIPIENTS,
    }
    with psycopg.connect(world.database_url, autocommit=True) as conn:
        for statement in _FILL:
            conn.execute(statement, scope)
        conn.execute("VACUUM ANALYZE")
        begun = time.perf_counter()
        conn.execute(_RAW, scope).fetchall()
        return time.perf_counter() - begun


def _report(client: httpx.Client) -> float:
    attributes: dict[str, Any] = {
        "statistics": _NAMES,
        "timeframe": {"key": "last_365_days"},
        "conversion_metric_id": "ORDERS",
    }
    begun = time.perf_counter()
    body = {"data": {"type": "campaign-values-report", "attributes": attributes}}
    answer = client.post("/api/campaign-values-reports", json=body)
    assert len(answer.json()["data"]["attributes"]["results"]) == _MESSAGES, answer.text[:300]
    return time.perf_counter() - begun
