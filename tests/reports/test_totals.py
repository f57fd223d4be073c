"""The running totals equal a count over the raw events, whatever came and in whatever batches."""

import random
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta

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
    shop.settled()
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
            shop.settled()
    shop.settled()
    found = {row["groupings"]["campaign_message_id"]: row["statistics"] for row in report(shop, statistics=NAMES)}
    assert found == {message: expected(events) for message, events in said.items()}


def expected(events: list[tuple[str, int, bool]]) -> dict[str, int]:
    human = [(kind, message) for kind, message, bot in events if not bot]
    total = Counter(kind for kind, _ in human)
    unique = Counter(kind for kind, _ in set(human))
    recipients = len({message for kind, message in human if kind in ("received", "bounced")})
    return {
        "recipients": recipients, "delivered": recipients - unique["bounced"], "bounced": unique["bounced"],
        "opens": total["opens"], "opens_unique": unique["opens"], "clicks": total["clicks"],
        "clicks_unique": unique["clicks"], "unsubscribes": total["unsubscribes"],
        "unsubscribe_uniques": unique["unsubscribes"], "spam_complaints": unique["complaints"],
    }  # fmt: skip
