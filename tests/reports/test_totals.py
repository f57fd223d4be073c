"""The running totals equal a count over the raw events, whatever came and in whatever batches."""

import random
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta

import pytest

from tests import messages_world as world
from tests.conftest import Shop
from tests.reports.test_values import person, report

NOW = datetime.now(UTC).replace(microsecond=0)
NAMES = [
    "recipients", "delivered", "bounced", "opens", "opens_unique", "clicks", "clicks_unique", "unsubscribes",
    "unsubscribe_uniques", "spam_complaints",
]  # fmt: skip
METRICS = {
    "Received Email": "received", "Bounced Email": "bounced", "Opened Email": "opens", "Clicked Email": "clicks",
    "Unsubscribed from Email Marketing": "unsubscribes", "Marked Email as Spam": "complaints",
}  # fmt: skip


def test_it_equals_a_count_over_the_raw_events(shop: Shop) -> None:
    chance = random.Random(11)
    for n in range(5):
        world.happened(shop, "Signed Up", person(shop, n), NOW, service="api")
    world.ordered(shop, "x@example.com", NOW)
    shop.wait_until_recorded()
    senders = [world.campaign(shop, f"C{n}", now=NOW) for n in range(2)]
    sent = [
        (sender, world.sent(shop, sender, person(shop, n), NOW - timedelta(hours=chance.randrange(1, 90))), n)
        for sender in senders
        for n in range(5)
    ]
    said: dict[str, list[tuple[str, int, bool]]] = defaultdict(list)
    for _ in range(150):
        (sender, message, n), metric = chance.choice(sent), chance.choice(list(METRICS))
        bot = metric == "Clicked Email" and chance.random() < 0.4
        at = NOW - timedelta(minutes=chance.randrange(60))
        world.happened(shop, metric, person(shop, n), at, message=message, properties={"Bot Click": bot})
        said[sender.message_id].append((METRICS[metric], message, bot))
        if chance.random() < 0.2:
            shop.wait_until_recorded()
    shop.wait_until_recorded()
    found = {row["groupings"]["campaign_message_id"]: row["statistics"] for row in report(shop, statistics=NAMES)}
    assert found == {message: expected(events) for message, events in said.items()}


def expected(events: list[tuple[str, int, bool]]) -> dict[str, int]:
    human = [(kind, message) for kind, message, bot in events if not bot]
    total = Counter(kind for kind, _ in human)
    unique = Counter(kind for kind, _ in set(human))
    recipients = len({message for kind, message in human if kind in ("received", "bounced")})
    return {
        "recipients": recipients,
        "delivered": recipients - unique["bounced"],
        "bounced": unique["bounced"],
        "opens": total["opens"],
        "opens_unique": unique["opens"],
        "clicks": total["clicks"],
        "clicks_unique": unique["clicks"],
        "unsubscribes": total["unsubscribes"],
        "unsubscribe_uniques": unique["unsubscribes"],
        "spam_complaints": unique["complaints"],
    }


@pytest.mark.long
def test_it_follows_every_credit_that_moves(shop: Shop) -> None:
    chance = random.Random(5)
    for n in range(4):
        world.happened(shop, "Signed Up", person(shop, n), NOW - timedelta(days=20), service="api")
    shop.wait_until_recorded()
    senders = [world.campaign(shop, f"C{n}", now=NOW) for n in range(3)]
    sent_at = NOW - timedelta(days=7)
    sent = [
        (sender.message_id, world.sent(shop, sender, person(shop, n), sent_at), n)
        for sender in senders
        for n in range(4)
    ]
    touches: list[tuple[datetime, int, str, int, int]] = []
    orders: list[tuple[datetime, int, int]] = []
    for step in range(120):
        at = NOW - timedelta(seconds=chance.randrange(7 * 86400))
        if chance.random() < 0.5:
            (message, number, n), clicked = chance.choice(sent), chance.random() < 0.5
            metric = "Clicked Email" if clicked else "Opened Email"
            world.happened(shop, metric, person(shop, n), at, message=number, unique_id=str(step))
            touches.append((at, 3 if clicked else 2, message, number, n))
        else:
            n, cents = chance.randrange(4), chance.randrange(10_000)
            world.ordered(shop, person(shop, n), at, f"{cents / 100:.2f}", unique_id=str(step))
            orders.append((at, n, cents))
        if chance.random() < 0.2:
            shop.wait_until_recorded()
    shop.wait_until_recorded()
    assert earned(shop) == credited(touches, orders)
    windows = {"email_open": None, "email_click": {"value": 30, "unit": "hours"}}
    body = {"data": {"type": "attribution-settings", "attributes": {"windows": windows}}}
    shop.http.patch("/api/attribution-settings", json=body).raise_for_status()
    shop.wait_until_recorded()
    clicks = [touch for touch in touches if touch[1] == 3]
    assert earned(shop) == credited(clicks, orders, window=timedelta(hours=30))


Earned = dict[str, tuple[int, int, int]]


def earned(shop: Shop) -> Earned:
    """Conversions, unique ones and cents by message, as reported."""
    names = ["conversions", "conversion_uniques", "conversion_value"]
    rows = report(shop, timeframe={"key": "last_30_days"}, statistics=names)
    found = {row["groupings"]["campaign_message_id"]: [row["statistics"][name] for name in names] for row in rows}
    return {message: (n, unique, round(value * 100)) for message, (n, unique, value) in found.items() if n}


def credited(
    touches: list[tuple[datetime, int, str, int, int]],
    orders: list[tuple[datetime, int, int]],
    window: timedelta = timedelta(days=5),
) -> Earned:
    """The same from the log: for each order the latest touch, of two at once the click."""
    found: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for at, n, cents in orders:
        open_ones = [touch for touch in touches if touch[4] == n and touch[0] <= at <= touch[0] + window]
        if open_ones:
            last = max(open_ones, key=lambda touch: touch[:2])
            found[last[2]].append((last[3], cents))
    return {
        message: (len(ones), len({number for number, _ in ones}), sum(cents for _, cents in ones))
        for message, ones in found.items()
    }
