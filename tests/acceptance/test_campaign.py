"""A campaign to a segment: one message each, every link in it working, nobody who left."""

import re

import httpx

from tests.conftest import Shop, eventually
from tests.sink import Sink
from tests.stories import campaign, count, links, list_of, one_click, people, pixel, segment, send

_PEOPLE = 120
_SUPPRESSED = 7


def _buyers(shop: Shop) -> tuple[list[str], str]:
    """People who ordered twice, and the segment of them; others ordered once."""
    addresses = people(shop, _PEOPLE, prefix="buyer")
    for number, address in enumerate(addresses):
        for order in range(2 if number % 2 == 0 else 1):
            shop.event("Placed Order", address, value=20.0, unique_id=f"{address}-{order}")
    shop.wait_until_recorded()
    twice = segment(shop, "Twice", [count(shop.metric_id("Placed Order"), "greater-than-or-equal", 2)])
    return addresses[::2], twice


def _suppress(shop: Shop, addresses: list[str]) -> None:
    profiles = [{"type": "profile", "attributes": {"email": address}} for address in addresses]
    attributes = {"profiles": {"data": profiles}}
    body = {"data": {"type": "profile-suppression-bulk-create-job", "attributes": attributes}}
    shop.sdk.Profiles.bulk_suppress_profiles(body)
    eventually(
        lambda: len(shop.query("SELECT 1 FROM suppressions WHERE account_id = %s", shop.account_id)) == len(addresses)
    )


def test_it_delivers_one_personal_message_to_each_member_who_may_be_written_to(shop: Shop, sink: Sink) -> None:
    members, twice = _buyers(shop)
    suppressed = members[:_SUPPRESSED]
    _suppress(shop, suppressed)
    sent, _ = campaign(shop, included=[twice], subject="Für {{ first_name }} – ‘spring’ ✿")
    send(shop, sent)
    reached = [address for address in members if address not in suppressed]
    assert {address: len(sink.to(address)) for address in members} == {
        address: int(address in reached) for address in members
    }
    bodies = {sink.to(address)[0].part("html") for address in reached}
    assert len(bodies) == len(reached)
    for address in reached:
        received = sink.to(address)[0]
        name = f"Zoë {address.split('@')[0]}"
        assert received.message["Subject"] == f"Für {name} – ‘spring’ ✿"
        assert f"Hi {name}," in received.part("plain") and f"Hi {name}," in received.part("html")
        assert received.message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert "<mailto:" in received.message["List-Unsubscribe"] and one_click(received)
        assert str(received.message["To"]).endswith(f"<{address}>")
    _check_engagement(shop, sink, reached)


def _check_engagement(shop: Shop, sink: Sink, reached: list[str]) -> None:
    opener, clicker, leaver = reached[:3]
    assert httpx.get(pixel(sink.to(opener)[0])).headers["content-type"] == "image/gif"
    redirect = httpx.get(links(sink.to(clicker)[0])[0])
    assert (redirect.status_code, redirect.headers["location"].partition("?")[0]) == (302, "https://shop.example/new")
    leave = one_click(sink.to(leaver)[0])
    assert re.search("unsubscribe", httpx.get(leave).text, re.IGNORECASE)
    assert not _events(shop, "Unsubscribed from Email Marketing"), "looking at the page unsubscribes nobody"
    assert httpx.post(leave, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert eventually(lambda: _events(shop, "Opened Email")) == [opener]
    assert eventually(lambda: _events(shop, "Clicked Email")) == [clicker]
    assert eventually(lambda: _events(shop, "Unsubscribed from Email Marketing")) == [leaver]


def _events(shop: Shop, metric: str) -> list[str]:
    return [
        row[0]
        for row in shop.query(
            """SELECT p.email FROM events e JOIN metrics m ON m.account_id = e.account_id AND m.id = e.metric_id
               JOIN profiles p ON p.account_id = e.account_id AND p.id = e.profile_id
               WHERE e.account_id = %s AND m.name = %s""",
            shop.account_id,
            metric,
        )
    ]


def test_it_writes_no_more_to_who_unsubscribed(shop: Shop, sink: Sink) -> None:
    stays, leaves = people(shop, 2)
    group = list_of(shop, [stays, leaves])
    send(shop, campaign(shop, included=[group])[0])
    assert httpx.post(one_click(sink.to(leaves)[0]), data={"List-Unsubscribe": "One-Click"}).status_code == 200
    shop.wait_until_recorded()
    shop.advance(days=1)
    send(shop, campaign(shop, included=[group], name="The next one")[0])
    assert (len(sink.to(stays)), len(sink.to(leaves))) == (2, 1)
    reasons = shop.query(
        "SELECT to_address, skip_reason FROM messages WHERE account_id = %s AND status = 'skipped'", shop.account_id
    )
    assert [reason for _, reason in reasons] == ["Person Suppressed"]
