"""What was sent in a range and what it did, message by message, in one statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from rapport.kit import db
from rapport.messages.credits import VERSION_READ
from rapport.reports.statistics import COUNTED, Counts
from rapport.reports.timeframes import Range

Source = Literal["campaign", "flow"]

# Three parts with one shape: what messages did and what they earned, summed already, and those messages that no event
# tells of, which have an index of their own.
# `edges` are starts of intervals: which one a moment lies in is a binary search (one interval for plain values).
_CELLS = f"""
    SELECT bucket, message_id, variation_id, channel, sum(recipients), sum(bounced), sum(failed), sum(opens),
        sum(opens_unique), sum(clicks), sum(clicks_unique), sum(unsubscribes), sum(unsubscribe_uniques),
        sum(complaints), sum(conversions), sum(conversion_uniques), sum(value)
    FROM (
        SELECT width_bucket(sent, %(edges)s::timestamptz[]) AS bucket, message_id, variation_id, channel,
            recipients, bounced, 0 AS failed, opens, opens_unique,
            CASE WHEN %(no_bots)s THEN clicks ELSE all_clicks END AS clicks,
            CASE WHEN %(no_bots)s THEN clicks_unique ELSE all_clicks_unique END AS clicks_unique,
            unsubscribes, unsubscribe_uniques, complaints,
            0 AS conversions, 0 AS conversion_uniques, 0::numeric AS value
        FROM message_totals
        WHERE account_id = %(account)s AND source = %(source)s AND sent >= %(start)s AND sent < %(end)s
        UNION ALL
        SELECT width_bucket(sent, %(edges)s::timestamptz[]) AS bucket, message_id, variation_id, channel,
            0, 0, 0, 0, 0, 0, 0, 0, 0, 0, conversions, conversion_uniques, value
        FROM credit_totals
        WHERE account_id = %(account)s AND version = {VERSION_READ} AND metric_id = %(metric)s AND source = %(source)s
          AND sent >= %(start)s AND sent < %(end)s
        UNION ALL
        SELECT width_bucket(coalesce(sent, due), %(edges)s::timestamptz[]) AS bucket, message_id,
            coalesce(variation_id, ''), channel,
            1, 0, (status = 'failed')::int, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
        FROM messages
        WHERE account_id = %(account)s AND status IN ('failed', 'in_doubt') AND source = %(source)s
          AND coalesce(sent, due) >= %(start)s AND coalesce(sent, due) < %(end)s
    ) cells
    GROUP BY bucket, message_id, variation_id, channel ORDER BY message_id, variation_id, channel, bucket"""
_CAMPAIGN_MESSAGES = """
    SELECT cm.ulid AS message, cm.name, c.ulid AS sender, c.name AS sender_name, a.included
    FROM campaign_messages cm
    JOIN campaigns c ON c.account_id = %(account)s AND c.id = cm.campaign_id
    LEFT JOIN campaign_audiences a ON a.account_id = %(account)s AND a.id = cm.audience_id
    WHERE cm.account_id = %(account)s AND cm.ulid = ANY(%(messages)s)"""
_FLOW_MESSAGES = """
    SELECT fm.public_id AS message, fm.name, f.public_id AS sender, f.name AS sender_name, NULL AS included
    FROM flow_messages fm JOIN flows f ON f.account_id = %(account)s AND f.id = fm.flow_id
    WHERE fm.account_id = %(account)s AND fm.public_id = ANY(%(messages)s)"""
_VARIATIONS = "SELECT ulid, name FROM campaign_variations WHERE account_id = %(account)s AND ulid = ANY(%(variations)s)"
_GROUPS = """
    SELECT public_id, name FROM lists WHERE account_id = %(account)s AND public_id = ANY(%(groups)s)
    UNION ALL
    SELECT public_id, name FROM segments WHERE account_id = %(account)s AND public_id = ANY(%(groups)s)"""


@dataclass(frozen=True)
class Cell:
    """Counts of one message, variation and channel in one interval (its place in `edges`)."""

    bucket: int
    message: str
    variation: str
    channel: str
    counts: Counts


@dataclass(frozen=True)
class Sent:
    """What a message is called: itself, its campaign or flow, and its audience's lists and segments."""

    message: str
    name: str
    sender: str
    sender_name: str
    groups: Sequence[str] = ()


@dataclass(frozen=True)
class Names:
    """Messages by id, and the names of variations and of lists and segments."""

    messages: dict[str, Sent]
    variations: dict[str, str]
    groups: dict[str, str]


async def cells(
    conn: db.Connection,
    account_id: int,
    source: Source,
    metric: int,
    range: Range,
    edges: Sequence[datetime],
    *,
    no_bots: bool,
) -> list[Cell]:
    """Of messages sent within the range. `edges`: starts of the intervals, the first no later than the range's."""
    parameters = {
        "account": account_id,
        "source": source,
        "metric": metric,
        "start": range.start,
        "end": range.end,
        "edges": list(edges),
        "no_bots": no_bots,
    }
    rows = await db.rows(conn, _CELLS, parameters)
    return [Cell(row[0] - 1, row[1], row[2], row[3], _counts(row[4:])) for row in rows]


def _counts(sums: Sequence[Any]) -> Counts:
    """PostgreSQL sums bigints as numerics. All are counts but conversions, sums of shares, and the last, the value."""
    shared = ("conversions", "conversion_value")
    pairs = zip(COUNTED, sums, strict=True)
    counts: dict[str, Any] = {name: total if name in shared else int(total) for name, total in pairs}
    return Counts(**counts)


async def names(conn: db.Connection, account_id: int, source: Source, cells: Sequence[Cell], *, groups: bool) -> Names:
    """Names of the cells' messages, without those whose campaign or flow was deleted."""
    query = _CAMPAIGN_MESSAGES if source == "campaign" else _FLOW_MESSAGES
    scope: dict[str, Any] = {"account": account_id, "messages": sorted({cell.message for cell in cells})}
    messages = {row["message"]: _sent(row) for row in await db.dicts(conn, query, scope)}
    scope["variations"] = sorted({cell.variation for cell in cells if cell.variation})
    variations = dict(await db.rows(conn, _VARIATIONS, scope)) if source == "campaign" else {}
    scope["groups"] = sorted({group for sent in messages.values() for group in sent.groups})
    return Names(messages, variations, dict(await db.rows(conn, _GROUPS, scope)) if groups else {})


def _sent(row: dict[str, Any]) -> Sent:
    return Sent(row["message"], row["name"], row["sender"], row["sender_name"], tuple(row["included"] or ()))
