"""Reports read before, during and after a recomputation are each all old or all new."""

import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from rapport.inbox.types import Accepted
from rapport.profiles.identity import Person
from tests import messages_world as world
from tests.attribution.test_last_touch import settings
from tests.attribution.test_models import accept, kept, recomputed
from tests.conftest import Server, Shop, eventually, new_shop
from tests.lengths import length
from tests.reports.test_values import report

NOW = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
PEOPLE = length(800, 40_000)


def _happened(n: int, metric: str, at: datetime, **more: Any) -> Accepted:
    return Accepted(
        person=Person(email=f"p{n}@example.com"),
        metric=metric,
        time=int(at.timestamp()),
        received=NOW,
        service="api" if metric == "Placed Order" else "klaviyo",
        properties=msgspec.Raw(b"{}"),
        **more,
    )


def _earned(shop: Shop) -> tuple[float, float]:
    """Of the first and of the second campaign."""
    found = {
        one["groupings"]["campaign_message_name"]: one["statistics"]["conversion_value"]
        for one in report(
            shop,
            statistics=["conversion_value"],
            timeframe={"key": "last_30_days"},
            group_by=["campaign_id", "campaign_message_id", "campaign_message_name"],
        )
    }
    return found.get("Spring mail", 0.0), found.get("Summer mail", 0.0)


def test_no_report_is_half_old_and_half_new_and_orders_that_arrive_meanwhile_are_in_both(server: Server) -> None:
    with new_shop(server) as shop:
        shop.profile("p0@example.com")
        numbers = [
            world.sent(shop, world.campaign(shop, name, now=NOW), "p0@example.com", NOW - timedelta(days=5))
            for name in ("Spring", "Summer")
        ]
        for days, number in zip((3, 2), numbers, strict=True):
            at = NOW - timedelta(days=days)
            accept(shop, [_happened(n, "Clicked Email", at, message=number) for n in range(PEOPLE)])
        ordered = NOW - timedelta(days=1)
        accept(shop, [_happened(n, "Placed Order", ordered, value="2") for n in range(PEOPLE)])
        shop.wait_until_recorded()
        assert _earned(shop) == (0.0, 2.0 * PEOPLE)
        seen: Counter[tuple[float, float]] = Counter()
        done = threading.Event()
        reading = threading.Thread(target=lambda: _read(shop, seen, done))
        reading.start()
        changed = settings(shop, model="first-touch")
        assert changed["recomputing"] and 0 <= changed["progress"] < 1
        accept(shop, [_happened(n, "Placed Order", NOW, value="3") for n in range(10)])
        eventually(lambda: not shop.http.get("/api/attribution-settings").json()["data"]["attributes"]["recomputing"])
        shop.wait_until_recorded()
        done.set()
        reading.join()
        earned, more = 2.0 * PEOPLE, 30.0
        assert set(seen) <= {(0.0, earned), (0.0, earned + more), (earned, 0.0), (earned + more, 0.0)}, seen
        assert _earned(shop) == (earned + more, 0.0)
        rows = shop.query("SELECT DISTINCT version FROM attributions WHERE account_id = %s", shop.account_id)
        assert rows == [(1,)]


def _read(shop: Shop, seen: Counter[tuple[float, float]], done: threading.Event) -> None:
    while not done.is_set():
        seen[_earned(shop)] += 1


def test_settings_changed_again_while_they_are_being_applied_give_the_last_ones(shop: Shop) -> None:
    for n, metric in enumerate(("Clicked Email", "Clicked Email", "Placed Order")):
        accept(shop, [_happened(p, metric, NOW - timedelta(hours=9 - n), value="1") for p in range(30)])
    shop.wait_until_recorded()
    for model in ("linear", "time-decay", "first-touch", "linear", "last-touch", "linear"):
        settings(shop, model=model)
    shown = recomputed(shop)
    assert shown["model"] == "linear"
    shop.wait_until_recorded()
    assert {float(share) for share, _ in kept(shop).values()} == {0.5}
    rows = shop.query("SELECT count(DISTINCT version) FROM attributions WHERE account_id = %s", shop.account_id)
    assert rows == [(1,)]
