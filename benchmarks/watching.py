"""Segments by the hundred, as a large shop has them: written by SQL, because only five may wait to be built at once.

Three metrics are what comes in; most segments ask for others, as most of a shop's do at any moment.
"""

import json
import random
import string
import time
from typing import Any

import psycopg

from benchmarks.world import World, account_id

BUSY = ("Viewed Product", "Added to Cart", "Placed Order")
_QUIET = tuple(f"Custom metric {number}" for number in range(37))
_METRIC = """
    INSERT INTO metrics (account_id, public_id, service, name, created, updated)
    VALUES (%s, %s, 'api', %s, now(), now()) ON CONFLICT DO NOTHING"""
_SEGMENT = """
    INSERT INTO segments (account_id, public_id, name, definition, used, created, updated)
    VALUES (%s, %s, %s, %s, now(), now(), now())"""
_WAITING = "SELECT 1 FROM segments WHERE account_id = %s AND built IS NULL LIMIT 1"


def segments(world: World, count: int) -> None:
    """Make so many, and wait until they are built. The metrics of BUSY are there already, or made."""
    chance, account = random.Random(7), account_id(world)
    with psycopg.connect(world.database_url) as conn:
        for name in (*BUSY, *_QUIET):
            conn.execute(_METRIC, (account, _id(chance), name))
        rows = conn.execute("SELECT name, public_id FROM metrics WHERE account_id = %s", (account,)).fetchall()
        metrics: dict[str, str] = dict(rows)
        for number in range(count):
            groups = [[_condition(chance, metrics, first=place == 0)] for place in range(chance.randrange(1, 4))]
            definition = {"condition_groups": [{"conditions": group} for group in groups]}
            conn.execute(_SEGMENT, (account, _id(chance), f"Segment {number}", json.dumps(definition)))
        conn.execute("NOTIFY rapport_segments")
        conn.commit()
        while conn.execute(_WAITING, (account,)).fetchone():
            time.sleep(0.1)
            conn.rollback()


def _id(chance: random.Random) -> str:
    return "".join(chance.choices(string.ascii_letters + string.digits, k=6))


def _condition(chance: random.Random, metrics: dict[str, str], *, first: bool) -> dict[str, Any]:
    """Most ask for events, some for what a profile says or consents to. Who has not done something is asked for among
    others only: a segment of everybody new is no more than one row a profile more to write."""
    kind = chance.random()
    if kind < 0.1:
        wanted = {"type": "string", "operator": "equals", "value": chance.choice(("pro", "plus", "free"))}
        return {"type": "profile-property", "property": f"properties['field {chance.randrange(20)}']", "filter": wanted}
    if kind < 0.2:
        status = {"subscription": "subscribed", "filters": None}
        consent = {"channel": "email", "can_receive_marketing": True, "consent_status": status}
        return {"type": "profile-marketing-consent", "consent": consent}
    return _did(chance, metrics[chance.choice((*BUSY, *_QUIET))], zero=not first and chance.random() < 0.4)


def _did(chance: random.Random, metric: str, *, zero: bool) -> dict[str, Any]:
    timeframe: dict[str, Any] = {"type": "date", "operator": "alltime"}
    if chance.random() < 0.7:
        days = chance.choice((7, 14, 30, 60, 90, 180, 365))
        timeframe = {"type": "date", "operator": "in-the-last", "unit": "day", "quantity": days}
    only = {"type": "string", "operator": "equals", "value": chance.choice(("Coats", "Shoes", "Home"))}
    operator, least = ("equals", 0) if zero else ("greater-than-or-equal", chance.randrange(1, 6))
    return {
        "type": "profile-metric",
        "metric_id": metric,
        "measurement": chance.choice(("count", "count", "sum")),
        "measurement_filter": {"type": "numeric", "operator": operator, "value": least},
        "timeframe_filter": timeframe,
        "metric_filters": [{"property": "Category", "filter": only}] if chance.random() < 0.2 else None,
    }
