"""Orders of a real shop: imported, counted, segmented, as the official SDK sees it."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.orders import Orders, orders
from tests.command import rapport
from tests.conftest import Server, Shop, eventually, new_shop
from tests.stories import count, segment, size

_METRIC = "Placed Order"


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> Orders:
    return orders(tmp_path_factory.mktemp("orders"))


@pytest.fixture(scope="module")
def shop(server: Server, given: Orders) -> Iterator[Shop]:
    """A shop with the file imported, once for the tests of this module."""
    with new_shop(server) as made:
        import_orders(made, given)
        yield made


def import_orders(shop: Shop, given: Orders) -> str:
    """Run the program as a person would; its output."""
    columns = "customer_id=external_id,order_id=unique_id,date=time,amount=value,quantity=properties.Quantity"
    access = ["--host", shop.server.url, "--key", shop.private_key, "--rejects", f"{given.file}.{shop.public_id}"]
    done = rapport("import", "orders", str(given.file), "--map", columns, *access, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def every_profile(shop: Shop) -> Iterator[Any]:
    cursor = None
    while True:
        page = shop.sdk.Profiles.get_profiles(page_size=100, page_cursor=cursor)
        yield from page.data
        cursor = page.links.next
        if cursor is None:
            return


def every_event(shop: Shop) -> Iterator[Any]:
    cursor, metric = None, shop.metric_id(_METRIC)
    while True:
        page = shop.sdk.Events.get_events(filter=f'equals(metric_id,"{metric}")', page_size=1000, page_cursor=cursor)
        yield from page.data
        cursor = page.links.next
        if cursor is None:
            return


def members(shop: Shop, segment_id: str) -> set[str]:
    """External ids of the members."""
    found = shop.query(
        """SELECT p.external_id FROM segment_members m
           JOIN segments s ON s.account_id = m.account_id AND s.id = m.segment_id
           JOIN profiles p ON p.account_id = m.account_id AND p.id = m.profile_id
           WHERE m.account_id = %s AND s.public_id = %s""",
        shop.account_id,
        segment_id,
    )
    return {row[0] for row in found}


def test_it_pages_through_exactly_the_customers(shop: Shop, given: Orders) -> None:
    seen = [profile.attributes.external_id for profile in every_profile(shop)]
    assert len(seen) == len(set(seen)) == len(given.customers)
    assert set(seen) == given.customers


def test_it_gives_back_every_order_with_its_amount(shop: Shop, given: Orders) -> None:
    amounts = {
        event.attributes.event_properties["$event_id"]: Decimal(str(event.attributes.event_properties["$value"]))
        for event in every_event(shop)
    }
    assert len(amounts) == len(given.rows)
    assert sum(amounts.values()) == given.revenue
    assert amounts == {row.order_id: row.amount for row in given.rows}


def test_it_adds_nothing_when_the_file_is_imported_again(shop: Shop, given: Orders) -> None:
    import_orders(shop, given)
    shop.wait_until_recorded()
    assert sum(1 for _ in every_event(shop)) == len(given.rows)
    assert sum(1 for _ in every_profile(shop)) == len(given.customers)


def test_it_counts_who_ordered_at_least_twice_and_follows_one_more_order(shop: Shop, given: Orders) -> None:
    wanted = given.at_least(2)
    twice = segment(shop, "Twice", [count(shop.metric_id(_METRIC), "greater-than-or-equal", 2)])
    assert members(shop, twice) == wanted
    assert size(shop, twice) == len(wanted)
    once = min(given.customers - wanted)

    _order(shop, once, "one-more")
    begun = time.monotonic()
    eventually(lambda: size(shop, twice) == len(wanted) + 1, seconds=5)
    assert once in members(shop, twice)
    print(f"one more order was seen in the segment after {time.monotonic() - begun:.2f} s")


def _order(shop: Shop, customer: str, unique_id: str, **attributes: Any) -> None:
    profile = {"data": {"type": "profile", "attributes": {"external_id": customer}}}
    metric = {"data": {"type": "metric", "attributes": {"name": _METRIC}}}
    body = {"properties": {}, "value": 10.0, "unique_id": unique_id, "profile": profile, "metric": metric, **attributes}
    shop.sdk.Events.create_event({"data": {"type": "event", "attributes": body}})


def test_it_agrees_with_plain_counting_as_the_clock_moves(server: Server, given: Orders) -> None:
    """The orders of the file's last year, moved to end yesterday; then time passes, and people fall out of 30 days."""
    with new_shop(server) as shop:
        moved = _moved_to_now(given)
        _send(shop, moved)
        metric = shop.metric_id(_METRIC)
        lapsed = segment(
            shop, "Lapsed", [count(metric, "greater-than-or-equal", 2)], [count(metric, "equals", 0, days=30)]
        )
        now = datetime.now(UTC)
        for days in (0, 1, 6, 9, 14, 5):
            if days:
                shop.advance(days=days)
                now += timedelta(days=days)
            wanted = _lapsed(moved, now)
            eventually(lambda wanted=wanted: members(shop, lapsed) == wanted, seconds=20)


_SHARE = 4000


def _moved_to_now(given: Orders) -> list[tuple[str, str, datetime]]:
    """The newest orders, dated so that the last one is yesterday's."""
    newest = sorted(given.rows, key=lambda row: (row.date, row.order_id))[-_SHARE:]
    shift = datetime.now(UTC).date() - timedelta(days=1) - newest[-1].date
    noon = datetime.min.time().replace(hour=12)
    return [(row.customer_id, row.order_id, datetime.combine(row.date + shift, noon, UTC)) for row in newest]


def _lapsed(moved: list[tuple[str, str, datetime]], now: datetime) -> set[str]:
    floor = (now - timedelta(days=30)).replace(hour=0, minute=0, second=0, microsecond=0)
    counts: dict[str, int] = {}
    recent: set[str] = set()
    for customer, _, moment in moved:
        counts[customer] = counts.get(customer, 0) + 1
        if moment >= floor:
            recent.add(customer)
    return {customer for customer, number in counts.items() if number >= 2} - recent


def _send(shop: Shop, moved: list[tuple[str, str, datetime]]) -> None:
    for first in range(0, len(moved), 1000):
        groups = [_group(*one) for one in moved[first : first + 1000]]
        attributes = {"events-bulk-create": {"data": groups}}
        shop.sdk.Events.bulk_create_events({"data": {"type": "event-bulk-create-job", "attributes": attributes}})
    shop.wait_until_recorded()


def _group(customer: str, order: str, moment: datetime) -> dict[str, Any]:
    event = {
        "properties": {},
        "unique_id": order,
        "time": moment.isoformat(),
        "metric": {"data": {"type": "metric", "attributes": {"name": _METRIC}}},
    }
    profile = {"data": {"type": "profile", "attributes": {"external_id": customer}}}
    events = {"data": [{"type": "event", "attributes": event}]}
    return {"type": "event-bulk-create", "attributes": {"profile": profile, "events": events}}


def test_it_sets_bad_rows_aside_with_reasons(shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / "bad.csv"
    file.write_text(
        "order_id,customer_id,date,quantity,amount\nx1,c1,1997-01-01,1,5.00\nx2,,1997-01-01,1,5.00\nx3,c3,yesterday,1,5.00\n"
        "x4,c4,1997-01-01,1,five\n"
    )
    with new_shop(shop.server) as other:
        output = import_orders(other, Orders(file, ()))
        rejected = Path(f"{file}.{other.public_id}").read_text()
    assert all(number in rejected for number in ("x2", "x3", "x4")) and "x1" not in rejected
    assert "3" in output
