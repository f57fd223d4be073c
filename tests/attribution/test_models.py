"""Every credit of every model equals a plain recomputation from the log, whatever the order of arrival."""

import asyncio
import random
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import msgspec
import psycopg
import pytest

from rapport.inbox import service as inbox
from rapport.inbox.types import Accepted
from rapport.profiles.identity import Person
from tests import messages_world as world
from tests.attribution import plain
from tests.attribution.plain import KINDS, REFUNDS, Happened
from tests.attribution.test_last_touch import settings
from tests.conftest import Server, Shop, eventually, new_shop
from tests.lengths import length

NOW = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
DAY = 86400
MODELS = ["last-touch", "first-touch", "linear", "time-decay", "position-based"]
Event = tuple[Accepted, int | None]


def history(chance: random.Random, person: str, messages: Sequence[int]) -> list[Event]:
    """What one person did in ten days: touches of all channels, orders, refunds, some of them twice."""
    made: list[Event] = []

    def add(metric: str, time: int, name: str, **more: Any) -> None:
        properties, value = more.pop("properties", {}), more.pop("value", None)
        place = chance.randrange(len(messages)) if metric in KINDS and chance.random() < 0.7 else None
        accepted = Accepted(
            person=Person(email=f"{person}@example.com"),
            metric=metric,
            time=time,
            received=NOW,
            service="klaviyo" if metric in KINDS else "api",
            properties=msgspec.Raw(msgspec.json.encode(properties)),
            value=value,
            unique_id=f"{person}-{name}",
            message=None if place is None else messages[place],
            **more,
        )
        made.append((accepted, place))
        if chance.random() < 0.05:
            made.append((accepted, place))

    end = int(NOW.timestamp())
    # few moments, so that some coincide
    moments = [end - chance.randrange(10 * DAY) for _ in range(6)]
    for n in range(chance.randrange(7)):
        marks = {"Bot Click": chance.random() < 0.2, "machine_open": chance.random() < 0.2}
        add(chance.choice([*KINDS]), chance.choice(moments), f"t{n}", properties=marks)
    for n in range(chance.choice([0, 1, 1, 2])):
        currency = chance.choice(["USD", "USD", "JPY", "BHD"])
        value = chance.choice([None, "0", "0.01", "10.005", f"{chance.randrange(1, 99999) / 100:.2f}"])
        key = {"OrderId": f"{person}-{chance.choice('ab')}"} if chance.random() < 0.7 else {}
        at = chance.choice(moments)
        add("Placed Order", at, f"o{n}", value=value, currency=currency, properties=key)
        if chance.random() < 0.4:
            back = chance.choice([None, value, "3.5", "-0.01"])
            names = {"OrderId": chance.choice([f"{person}-a", f"{person}-o{n}", "nobody's", 7])}
            add(chance.choice(REFUNDS), at + chance.randrange(-DAY, DAY), f"r{n}",
                value=back, currency=currency, properties=names)  # fmt: skip
    return made


def accept(shop: Shop, events: Sequence[Accepted]) -> None:
    async def put() -> None:
        async with await psycopg.AsyncConnection.connect(shop.server.database_url) as conn:
            for start in range(0, len(events), 5000):
                await inbox.append(conn, shop.account_id, events[start : start + 5000])
                await conn.commit()

    asyncio.run(put())


def logged(shop: Shop, events: Sequence[Event]) -> list[Happened]:
    """The log, with the ids under which it was recorded."""
    rows = shop.query("SELECT unique_id, id FROM events WHERE account_id = %s", shop.account_id)
    ids = dict(rows)
    log = {}
    for accepted, place in events:
        unique_id = accepted.unique_id or ""
        log[unique_id] = Happened(
            ids[unique_id],
            accepted.metric,
            str(accepted.person.email),
            accepted.time,
            unique_id,
            None if accepted.value is None else Decimal(accepted.value),
            accepted.currency or "USD",
            place,
            {
                key: value if not isinstance(value, int) or isinstance(value, bool) else str(value)
                for key, value in msgspec.json.decode(accepted.properties).items()
            },
        )
    return [*log.values()]


def kept(shop: Shop) -> plain.Credits:
    rows = shop.query(
        """SELECT o.unique_id, t.unique_id, a.share, a.value FROM attributions a
           JOIN events o ON o.account_id = a.account_id AND o.id = a.event_id
           JOIN metrics m ON m.account_id = a.account_id AND m.id = a.metric_id AND m.name = 'Placed Order'
           JOIN events t ON t.account_id = a.account_id AND t.id = a.touch_event_id
           JOIN accounts c ON c.account_id = a.account_id
           WHERE a.account_id = %s AND a.version = coalesce((c.settings -> 'attribution' ->> 'version')::int, 0)""",
        shop.account_id,
    )
    return {(order, touch): (Fraction(share), value) for order, touch, share, value in rows}


def totals(shop: Shop) -> dict[str, tuple[Decimal, int, Decimal]]:
    """What reports read of orders, by message."""
    rows = shop.query(
        """SELECT t.message_id, sum(conversions), sum(conversion_uniques)::int, sum(t.value) FROM credit_totals t
           JOIN metrics m ON m.account_id = t.account_id AND m.id = t.metric_id AND m.name = 'Placed Order'
           JOIN accounts c ON c.account_id = t.account_id
           WHERE t.account_id = %s AND t.version = coalesce((c.settings -> 'attribution' ->> 'version')::int, 0)
           GROUP BY t.message_id""",
        shop.account_id,
    )
    return {message: (shares, uniques, value) for message, shares, uniques, value in rows if uniques}


def summed(credits: plain.Credits, log: Sequence[Happened], names: Sequence[str]) -> dict[str, Any]:
    places = {event.unique_id: event.message for event in log}
    sums: dict[str, list[Any]] = defaultdict(lambda: [Decimal(0), 0, Decimal(0)])
    for (_, touch), (share, value) in credits.items():
        place = places[touch]
        if place is not None:
            sums[names[place]][0] += Decimal(share.numerator) / share.denominator
            sums[names[place]][1] = 1
            sums[names[place]][2] += value or 0
    return {name: tuple(parts) for name, parts in sums.items()}


def recomputed(shop: Shop, **changes: Any) -> dict[str, Any]:
    """The settings after these changes, when everything follows them."""
    settings(shop, **changes)
    done = lambda: not shop.http.get("/api/attribution-settings").json()["data"]["attributes"]["recomputing"]  # noqa: E731
    eventually(done, seconds=600)
    return dict(shop.http.get("/api/attribution-settings").json()["data"]["attributes"])


def senders(shop: Shop) -> tuple[list[int], list[str]]:
    """Messages of two campaigns and two flows, the last of them transactional: numbers inside, and ids."""
    shop.profile("somebody@example.com")
    made = [
        world.campaign(shop, "Spring", now=NOW),
        world.campaign(shop, "Summer", now=NOW),
        world.flow(shop, "Welcome", now=NOW),
        world.flow(shop, "Receipt", now=NOW),
    ]
    options: list[dict[str, Any]] = [{}, {}, {}, {"transactional": True}]
    sent = NOW - timedelta(days=11)
    numbers = [
        world.sent(shop, sender, "somebody@example.com", sent, options=option)
        for sender, option in zip(made, options, strict=True)
    ]
    return numbers, [sender.message_id for sender in made]


CHANGES: list[dict[str, Any]] = [
    {"model": "first-touch"},
    {"model": "linear", "exclude_transactional": True},
    {"model": "time-decay", "exclude_machine_opens": True, "time_decay_half_life": {"value": 7, "unit": "hours"}},
    {"model": "position-based", "exclude_bot_clicks": False, "windows": {"sms_receipt": {"value": 9, "unit": "days"}}},
    {"position_weights": {"first": 0, "middle": 100, "last": 0}, "windows": {"email_open": None}},
    {"position_weights": {"first": 70, "middle": 0, "last": 30}, "subtract_refunds": False},
    {"model": "last-touch", "subtract_refunds": True},
]


def test_of_very_many_touches_the_latest_take_part(shop: Shop) -> None:
    end = int(NOW.timestamp())
    names = [("Opened Email", end - 1000 + n, f"t{n}") for n in range(230)] + [("Placed Order", end, "o")]
    events = [
        Accepted(
            person=Person(email="p@example.com"),
            metric=metric,
            time=time,
            received=NOW,
            service="api",
            value="10" if metric == "Placed Order" else None,
            unique_id=name,
        )
        for metric, time, name in names
    ]
    accept(shop, events)
    shown = recomputed(shop, model="linear")
    expected = plain.credits(logged(shop, [(event, None) for event in events]), shown, "linear")
    assert kept(shop) == expected
    assert {share for share, _ in expected.values()} == {Fraction(1, 200)}


@pytest.mark.parametrize("early", ["last-touch", "position-based"])
def test_every_credit_of_every_model_equals_a_plain_recomputation(server: Server, early: str) -> None:
    chance = random.Random(f"histories {early}")
    with new_shop(server) as shop:
        numbers, names = senders(shop)
        before = recomputed(shop, model=early) if early != "last-touch" else {}
        events = [event for n in range(length(150, 50_000)) for event in history(chance, f"p{n}", numbers)]
        # late, and out of order: in batches that know nothing of one another
        chance.shuffle(events)
        size = min(5000, len(events) // 4 + 1)
        for start in range(0, len(events), size):
            accept(shop, [accepted for accepted, _ in events[start : start + size]])
            shop.wait_until_recorded()
        log = logged(shop, events)
        shown = before or shop.http.get("/api/attribution-settings").json()["data"]["attributes"]
        for change in ({}, *CHANGES):
            shown = recomputed(shop, **change) if change else shown
            expected = plain.credits(log, shown, shown["model"], frozenset({3}))
            assert kept(shop) == expected, shown
            assert totals(shop) == summed(expected, log, names), shown
        assert expected
