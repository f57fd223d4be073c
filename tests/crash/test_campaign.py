"""A campaign sent by three processes while everything about it dies: workers, the database, the mail server; and it is
paused and resumed. Nobody gets it twice, nobody is missed, and who may or may not have got it is listed."""

import asyncio
import logging
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiosmtpd.controller import Controller

from tests import stories
from tests.conftest import Server, Shop, eventually, new_shop, start
from tests.crash.test_kill import _kill_database
from tests.crash.test_workers import workers_of
from tests.lengths import length
from tests.sink import Received, Sink, free_port

_logger = logging.getLogger(__name__)
# profiles of one import job
_A_JOB = 5_000


class Restartable(Sink):
    """A mail server that goes away in the middle of conversations and comes back on the same port with all it kept.
    Few people get their messages slowly, so that much can happen meanwhile."""

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        await asyncio.sleep(length(0.02, 0))
        return await super().handle_DATA(server, session, envelope)

    def __enter__(self) -> "Restartable":
        self.port = free_port()
        self._listen()
        return self

    def _listen(self) -> None:
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port, decode_data=False)
        self._controller.start()

    def restart(self) -> None:
        self._controller.stop()
        time.sleep(0.2)
        self._listen()


class Trouble:
    """What happens to a campaign that is being sent, each kind as often as the others."""

    def __init__(self, server: Server, shop: Shop, sink: Restartable, campaign: str) -> None:
        self._server, self._shop, self._sink, self._campaign = server, shop, sink, campaign
        self._chance = random.Random(campaign)

    def kinds(self) -> list[Callable[[], None]]:
        return [self.kill, self.terminate, self.restart_database, self._sink.restart, self.pause]

    def kill(self) -> None:
        self._signal(signal.SIGKILL)

    def terminate(self) -> None:
        self._signal(signal.SIGTERM)

    def _signal(self, number: int) -> None:
        if workers := workers_of(self._server):
            with suppress(ProcessLookupError):
                os.kill(self._chance.choice(workers), number)

    def restart_database(self) -> None:
        """It ends without a goodbye; the program starts it again."""
        self._shop.server._asking.close()
        _kill_database(self._server.data)

    def pause(self) -> None:
        """Where an answer is lost, what was asked for may have been done: it is resumed in any case."""
        self._act("pause")
        time.sleep(self._chance.uniform(0.1, 0.5))
        self._act("resume")

    def _act(self, action: str) -> None:
        """Until it is answered: 409 says that it is so already, or that nothing is being sent any more."""
        body = {"data": {"type": "campaign-send-job", "id": self._campaign, "attributes": {"action": action}}}
        for _ in range(200):
            with suppress(httpx.HTTPError):
                status = self._shop.http.patch(f"/api/campaign-send-jobs/{self._campaign}", json=body).status_code
                if status in (204, 409):
                    return
            time.sleep(0.05)
        raise AssertionError(f"{action} is not answered")


@pytest.mark.parametrize("number", range(length(1, 10)))
def test_nobody_twice_and_nobody_missed(tmp_path: Path, number: int) -> None:
    people, rounds = length(400, 50_000), length(3, 5)
    with Restartable() as sink:
        smtp = f"smtp://127.0.0.1:{sink.port}?tls=none"
        server = start(tmp_path / "data", RAPPORT_SMTP_URL=smtp, RAPPORT_WORKERS="3")
        try:
            with new_shop(server) as shop:
                _send_through_trouble(server, shop, sink, people, rounds)
        finally:
            server.stop()


def _send_through_trouble(server: Server, shop: Shop, sink: Restartable, people: int, rounds: int) -> None:
    campaign, _ = stories.campaign(shop, included=[_audience(shop, people)])
    stories.send(shop, campaign, wait=False)
    trouble = Trouble(server, shop, sink, campaign)
    kinds = trouble.kinds() * rounds
    chance = random.Random(campaign)
    chance.shuffle(kinds)
    for reached, kind in zip(sorted(chance.choices(range(people), k=len(kinds))), kinds, strict=True):
        _wait_for(sink, reached)
        kind()
    eventually(lambda: _is_sent(shop, campaign), seconds=length(300, 900), every=0.5)
    _check(shop, sink, campaign, people)


def _wait_for(sink: Sink, number: int) -> None:
    """Until so many messages were kept; not for long, because some never are: they are in doubt."""
    until = time.monotonic() + length(3, 30)
    while len(sink.received) < number and time.monotonic() < until:
        time.sleep(0.005)


def _audience(shop: Shop, people: int) -> str:
    """A list of so many, imported."""
    made = str(shop.sdk.Lists.create_list({"data": {"type": "list", "attributes": {"name": "All"}}}).data.id)
    for first in range(0, people, _A_JOB):
        addresses = [f"p{number}@example.com" for number in range(first, min(first + _A_JOB, people))]
        profiles = [{"type": "profile", "attributes": {"email": address}} for address in addresses]
        body = {
            "type": "profile-bulk-import-job",
            "attributes": {"profiles": {"data": profiles}},
            "relationships": {"lists": {"data": [{"type": "list", "id": made}]}},
        }
        shop.http.post("/api/profile-bulk-import-jobs", json={"data": body}).raise_for_status()
    members = "SELECT count(*) FROM list_members WHERE account_id = %s"
    eventually(lambda: shop.query(members, shop.account_id) == [(people,)], seconds=300)
    return made


def _is_sent(shop: Shop, campaign: str) -> bool:
    """What the mail server did not take is tried again a minute later, which is now."""
    try:
        if stories.status(shop, campaign) == "Sent":
            return True
        shop.advance(minutes=2)
    except Exception:
        # the database is on its way back
        _logger.info("not answered", exc_info=True)
    return False


def _check(shop: Shop, sink: Restartable, campaign: str, people: int) -> None:
    kept: list[Received] = sink.received
    got = Counter(address for one in kept for address in one.rcpt_to)
    assert max(got.values()) == 1, "nobody twice"
    rows = dict(shop.query("SELECT to_address, status FROM messages WHERE account_id = %s", shop.account_id))
    assert len(rows) == people
    assert set(rows.values()) <= {"sent", "in_doubt"}
    assert {address for address, status in rows.items() if status == "sent"} <= set(got), "nobody missed"
    in_doubt = sum(status == "in_doubt" for status in rows.values())
    shown = shop.http.get(f"/api/campaigns/{campaign}/overview").json()["data"]["attributes"]
    assert shown["in_doubt"] == in_doubt
    listed = shop.http.get('/api/messages?filter=equals(status,"in_doubt")').json()["data"]
    assert bool(listed) == bool(in_doubt)
