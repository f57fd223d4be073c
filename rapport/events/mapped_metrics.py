"""Mapped metrics: the metric, or custom metric, that serves a fixed purpose such as revenue (behaviour-people 3.5)."""

from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from typing import Any

import msgspec

from rapport.events.metrics import Metric
from rapport.kit import db
from rapport.kit.rooms import Point

# Purpose -> names of metrics that serve it without being told (behaviour-people 3.6, 3.7); the first that is there.
USUAL = {
    "added_to_cart": ("Added to Cart",),
    "cancelled_sales": ("Canceled Order", "Cancelled Order"),
    "ordered_product": ("Ordered Product",),
    "refunded_sales": ("Refunded Order",),
    "revenue": ("Placed Order",),
    "started_checkout": ("Started Checkout",),
    "viewed_product": ("Viewed Product",),
}
PURPOSES = tuple(USUAL)

# One row a purpose, always. Of several metrics of a usual name the oldest counts.
_ALL = """
    SELECT p.purpose, coalesce(s.updated, usual.created, a.created) AS updated,
        CASE WHEN s.purpose IS NULL THEN usual.id ELSE s.metric_id END AS metric_id,
        s.custom_metric_id
    FROM accounts a
    CROSS JOIN unnest(%(purposes)s::text[]) AS p (purpose)
    LEFT JOIN mapped_metrics s ON s.account_id = a.account_id AND s.purpose = p.purpose
    LEFT JOIN LATERAL (
        SELECT m.id, m.created FROM jsonb_to_recordset(%(usual)s::jsonb) AS u (purpose text, name text, rank int)
        JOIN metrics m ON m.account_id = a.account_id AND m.name = u.name
        WHERE u.purpose = p.purpose ORDER BY u.rank, m.id LIMIT 1) AS usual ON true
    WHERE a.account_id = %(account)s
    ORDER BY p.purpose"""
_SET = """
    INSERT INTO mapped_metrics (account_id, purpose, metric_id, custom_metric_id, updated) VALUES (%s, %s, %s, %s, %s)
    ON CONFLICT (account_id, purpose) DO UPDATE
    SET metric_id = excluded.metric_id, custom_metric_id = excluded.custom_metric_id, updated = excluded.updated"""
_METRIC = "SELECT id, public_id, service, name FROM metrics WHERE account_id = %s AND id = %s"
_NAMES = msgspec.json.encode(
    [
        {"purpose": purpose, "name": name, "rank": rank}
        for purpose, names in USUAL.items()
        for rank, name in enumerate(names)
    ]
).decode()


# Called with the account's id and the purpose.
FOLLOWERS: Point[Callable[[db.Connection, int, str], Awaitable[None]]] = Point("who follows what a purpose points to")


async def mapped(conn: db.Connection, account_id: int, purposes: Iterable[str] = PURPOSES) -> list[dict[str, Any]]:
    """By purpose: `purpose`, `updated`, `metric_id`, `custom_metric_id` (internal ids; at most one is set)."""
    parameters = {"account": account_id, "purposes": list(purposes), "usual": _NAMES}
    return await db.dicts(conn, _ALL, parameters)


async def set_(
    conn: db.Connection, account_id: int, purpose: str, *, metric: int | None, custom: int | None, now: datetime
) -> None:
    """Map a purpose to a metric or a custom metric (internal ids); with neither, to nothing."""
    await db.execute(conn, _SET, (account_id, purpose, metric, custom, now))
    for follow in FOLLOWERS:
        await follow(conn, account_id, purpose)


async def metric_of(conn: db.Connection, account_id: int, purpose: str) -> Metric | None:
    """The metric mapped to a purpose; None when there is none, or a custom metric is."""
    (row,) = await mapped(conn, account_id, [purpose])
    metric_row = await db.row(conn, _METRIC, (account_id, row["metric_id"]))
    return Metric(*metric_row) if metric_row else None
