"""What is learned from paths: a planted effect is found, and a companion gets nothing of it."""

import random
from datetime import UTC, datetime, timedelta

import msgspec

from rapport.inbox.types import Accepted
from rapport.profiles.identity import Person
from tests.attribution.test_models import accept
from tests.conftest import Server, new_shop
from tests.reports.test_models import compared

NOW = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)


def test_a_planted_effect_is_found_and_the_companion_gets_little(server: Server) -> None:
    """Clicks of text messages make a third of the people order; openings of mails go along with them and do nothing.
    Under the last touch, the mail that comes last has most of it."""
    chance = random.Random("planted")
    events: list[Accepted] = []

    def add(person: int, metric: str, at: datetime, **more: str) -> None:
        service = "api" if metric == "Placed Order" else "klaviyo"
        events.append(
            Accepted(
                person=Person(email=f"p{person}@example.com"),
                metric=metric,
                time=int(at.timestamp()),
                received=NOW,
                service=service,
                properties=msgspec.Raw(b"{}"),
                **more,
            )
        )

    for person in range(1500):
        begin = NOW - timedelta(days=20) + timedelta(seconds=chance.randrange(5 * 86400))
        texted, mailed = chance.random() < 0.5, chance.random() < 0.8
        if texted:
            add(person, "Clicked SMS", begin)
        if mailed:
            add(person, "Opened Email", begin + timedelta(hours=2))
        if chance.random() < (0.36 if texted else 0.03):
            add(person, "Placed Order", begin + timedelta(hours=6), value="10")
    with new_shop(server) as shop:
        accept(shop, events)
        shop.wait_until_recorded()
        answer = compared(shop)
    assert answer["data_driven"]["status"] == "learned"
    value = {
        model: {one["groupings"]["send_channel"]: one["models"][model]["conversion_value"] for one in answer["results"]}
        for model in ("last-touch", "linear", "data-driven")
    }
    total = sum(value["last-touch"].values())
    assert all(round(sum(parts.values()), 2) == total for parts in value.values())
    assert value["last-touch"]["email"] > 0.7 * total
    # mails have only what nobody else could have: the few orders without a text message
    assert value["data-driven"]["sms"] > 0.85 * total
