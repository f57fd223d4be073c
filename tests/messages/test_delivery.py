"""Delivery when the other side refuses, stalls, or this side dies: on a server and an SMTP server of its own."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from tests import stories
from tests.conftest import Server, Shop, eventually, new_shop, serving, start
from tests.sink import free_port


@dataclass
class Difficult:
    """An SMTP server that answers by address: gone… and badly… are refused for good, busy… for now; every DATA takes
    `seconds`, and as long as it is told to be `silent`. After DATA it refuses refused…, and later… for now."""

    received: "Counter[str]" = field(default_factory=Counter)
    seconds: float = 0.0
    silent: bool = False
    port: int = 0

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if address.startswith("gone"):
            return "550 5.1.1 no such person"
        if address.startswith("badly"):
            return "553 5.1.3 that is no address"
        if address.startswith("busy"):
            return "451 4.7.1 come back later"
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.received.update(envelope.rcpt_tos)
        await asyncio.sleep(self.seconds)
        while self.silent:  # noqa: ASYNC110 : told by a test in another thread
            await asyncio.sleep(0.02)
        if envelope.rcpt_tos[0].startswith("refused"):
            return f"550 5.1.1 no such person: {envelope.rcpt_tos[0]}"
        return "451 4.7.1 not now" if envelope.rcpt_tos[0].startswith("later") else "250 kept"


@pytest.fixture(scope="module")
def listening() -> Iterator[Difficult]:
    handler = Difficult(port=free_port())
    controller = Controller(handler, hostname="127.0.0.1", port=handler.port)
    controller.start()
    yield handler
    controller.stop()


@pytest.fixture
def difficult(listening: Difficult) -> Difficult:
    """It knows nothing of the test before."""
    listening.received.clear()
    listening.seconds, listening.silent = 0.0, False
    return listening


@pytest.fixture(scope="module")
def server(listening: Difficult) -> Iterator[Server]:
    with serving(RAPPORT_SMTP_URL=f"smtp://127.0.0.1:{listening.port}?tls=none") as running:
        yield running


def statuses(shop: Shop) -> dict[str, int]:
    rows = shop.query("SELECT status, count(*) FROM messages WHERE account_id = %s GROUP BY status", shop.account_id)
    return {row[0]: row[1] for row in rows}


def test_it_suppresses_who_bounces_and_tries_again_who_is_busy(shop: Shop, difficult: Difficult) -> None:
    gone, busy, fine = (stories.people(shop, 1, prefix=prefix)[0] for prefix in ("gone", "busy", "fine"))
    campaign, _ = stories.campaign(shop, included=[stories.list_of(shop, [gone, busy, fine])])
    stories.send(shop, campaign, wait=False)
    eventually(lambda: statuses(shop) == {"bounced": 1, "queued": 1, "sent": 1}, seconds=30)
    rows = shop.query(
        "SELECT attempts, reply, due > now() FROM messages WHERE account_id = %s AND status = 'queued'", shop.account_id
    )
    assert rows == [(1, "451 4.7.1 come back later", True)]
    reasons = shop.query("SELECT reason FROM suppressions WHERE account_id = %s", shop.account_id)
    assert reasons == [("HARD_BOUNCE",)]
    shop.wait_until_recorded()
    bounce = shop.query(
        """SELECT e.properties ->> 'Bounce Type' FROM events e JOIN metrics m ON m.account_id = e.account_id
           AND m.id = e.metric_id WHERE e.account_id = %s AND m.name = 'Bounced Email'""",
        shop.account_id,
    )
    assert bounce == [("Hard",)]
    assert difficult.received == {fine: 1}


def suppressions(shop: Shop) -> list[str]:
    return [row[0] for row in shop.query("SELECT reason FROM suppressions WHERE account_id = %s", shop.account_id)]


@pytest.mark.rule("2.5")
def test_it_tells_an_address_that_is_none_from_one_that_bounced(shop: Shop) -> None:
    [badly] = stories.people(shop, 1, prefix="badly")
    campaign, _ = stories.campaign(shop, included=[stories.list_of(shop, [badly])])
    stories.send(shop, campaign, wait=False)
    eventually(lambda: statuses(shop) == {"bounced": 1}, seconds=30)
    shop.wait_until_recorded()
    assert suppressions(shop) == ["INVALID_EMAIL"]


@pytest.mark.rule("2.5")
def test_it_gives_up_after_two_days_and_that_is_one_soft_bounce(shop: Shop) -> None:
    [busy] = stories.people(shop, 1, prefix="busy")
    campaign, _ = stories.campaign(shop, included=[stories.list_of(shop, [busy])])
    stories.send(shop, campaign, wait=False)
    query = "SELECT 1 FROM messages WHERE account_id = %s AND attempts = %s AND status <> 'in_flight'"
    for attempt in range(1, 13):
        eventually(lambda number=attempt: shop.query(query, shop.account_id, number), seconds=30)
        shop.advance(hours=7)
    assert statuses(shop) == {"bounced": 1}
    shop.wait_until_recorded()
    kinds = shop.query("SELECT kind, flags FROM engagements WHERE account_id = %s ORDER BY event_id", shop.account_id)
    assert kinds == [("bounced", {})]
    assert suppressions(shop) == []
    eventually(lambda: stories.status(shop, campaign) == "Sent")


def test_it_never_sends_twice_when_it_is_killed_while_sending(server: Server, difficult: Difficult) -> None:
    """The server of the whole module dies, and another takes its place."""
    difficult.seconds = 0.05
    with new_shop(server) as shop:
        addresses = stories.people(shop, 250)
        campaign, _ = stories.campaign(shop, included=[stories.list_of(shop, addresses)])
        stories.send(shop, campaign, wait=False)
        eventually(lambda: difficult.received.total() >= 20, seconds=30, every=0.005)
        server.kill()
        named = ("RAPPORT_SMTP_URL", "RAPPORT_DATABASE_URL")
        restarted = start(server.data, port=server.port, **{name: server.environment[name] for name in named})
        server.process = restarted.process
        eventually(lambda: stories.status(shop, campaign) == "Sent", seconds=60)
        found = statuses(shop)
        assert sum(found.values()) == 250 and found.keys() <= {"sent", "in_doubt"}
        assert max(difficult.received.values()) == 1
        # Only what may have been handed over is in doubt; everybody else has got it.
        assert found["sent"] + found["in_doubt"] == 250 and difficult.received.total() >= found["sent"]
        taken = shop.query("SELECT to_address FROM messages WHERE account_id = %s AND status = 'sent'", shop.account_id)
        assert {row[0] for row in taken} <= difficult.received.keys()
        unsure = shop.http.get("/api/messages?filter=equals(status,'in_doubt')&page[size]=100").json()["data"]
        assert 0 < len(unsure) == found["in_doubt"] <= 200


@pytest.mark.rule("1.9")
def test_what_comes_back_late_writes_nothing_of_somebody_deleted_meanwhile(shop: Shop, difficult: Difficult) -> None:
    """The sender seemed dead, so the messages were in doubt and the people could be deleted. Then it brings receipts:
    taken, refused for good, refused for now."""
    difficult.silent = True
    named = {prefix: stories.people(shop, 1, prefix=prefix)[0] for prefix in ("taken", "refused", "later")}
    group = stories.list_of(shop, list(named.values()))
    campaign, _ = stories.campaign(shop, included=[group], subject="For {{ person.email }}")
    stories.send(shop, campaign, wait=False)
    eventually(lambda: difficult.received.total() == 3, seconds=30)
    doubt = "UPDATE messages SET status = 'in_doubt' WHERE account_id = %s AND status = 'in_flight' RETURNING 1"
    assert len(shop.query(doubt, shop.account_id)) == 3
    for address in named.values():
        profile = {"data": {"type": "profile", "attributes": {"email": address}}}
        job = {"type": "data-privacy-deletion-job", "attributes": {"profile": profile}}
        answer = shop.http.post("/api/data-privacy-deletion-jobs", json={"data": job}, headers={"Prefer": "wait=20"})
        assert answer.headers["preference-applied"] == "wait=20"
    difficult.silent = False
    eventually(lambda: statuses(shop) == {"sent": 1, "bounced": 1, "skipped": 1}, seconds=30)
    shop.wait_until_recorded()
    rows = shop.query("SELECT to_jsonb(m)::text FROM messages m WHERE account_id = %s", shop.account_id)
    assert not [row for row in rows if any(address in row[0] for address in named.values())]
    for table in ("profiles", "suppressions", "inbox_refused", "engagements"):
        assert shop.query(f"SELECT 1 FROM {table} WHERE account_id = %s", shop.account_id) == []
