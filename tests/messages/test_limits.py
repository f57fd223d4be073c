"""Limits on sending hold over all processes together, and what they hold back delays nobody else: two workers, and what
the mail server saw."""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from rapport.kit import db, settings
from rapport.kit.settings import SendLimit, Unusable
from rapport.messages import limits
from rapport.messages.deliver import Deliverer
from tests import stories
from tests.conftest import Server, Shop, eventually, new_shop, serving
from tests.flows.conftest import action
from tests.messages.test_senders import Held, statuses, url, waiting
from tests.sink import free_port

__all__ = ["url"]

PER_SECOND, CONNECTIONS = 5, 3


@dataclass
class Clocked:
    """A mail server that knows when each message came and how many were connected at once."""

    port: int
    came: list[tuple[str, float]] = field(default_factory=list)
    connected: int = 0
    most: int = 0

    def factory(self) -> Any:
        """The session of a new connection."""
        seen = self

        class Counted(Controller):
            def factory(self) -> Any:
                smtp = super().factory()
                made, lost = smtp.connection_made, smtp.connection_lost

                def connection_made(transport: Any) -> None:
                    seen.connected += 1
                    seen.most = max(seen.most, seen.connected)
                    made(transport)

                def connection_lost(error: Any) -> None:
                    seen.connected -= 1
                    lost(error)

                smtp.connection_made, smtp.connection_lost = connection_made, connection_lost
                return smtp

        return Counted(self, hostname="127.0.0.1", port=self.port)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.came += [(address, time.monotonic()) for address in envelope.rcpt_tos]
        return "250 kept"


@pytest.fixture(scope="module")
def seen() -> Iterator[Clocked]:
    handler = Clocked(free_port())
    controller = handler.factory()
    controller.start()
    yield handler
    controller.stop()


@pytest.fixture(scope="module")
def server(seen: Clocked) -> Iterator[Server]:
    with serving(
        RAPPORT_SMTP_URL=f"smtp://127.0.0.1:{seen.port}?tls=none",
        RAPPORT_SEND_LIMITS=f"slow.example+slower.example={PER_SECOND}/s",
        RAPPORT_SMTP_CONNECTIONS=str(CONNECTIONS),
        RAPPORT_WORKERS="2",
    ) as running:
        yield running


def _people(shop: Shop, number: int, domain: str) -> list[str]:
    addresses = [f"p{n}@{domain}" for n in range(number)]
    for address in addresses:
        shop.profile(address)
    return addresses


def _flow(shop: Shop) -> None:
    """Whoever came gets a mail."""
    shop.event("Came", "before@other.example")
    shop.wait_until_recorded()
    message = {
        "subject_line": "Hi",
        "template_id": stories.template(shop),
        "name": "Hi",
        "smart_sending_enabled": False,
    }
    mail = action("mail", "send-email", status="live", message=message)
    triggers = [{"type": "metric", "id": shop.metric_id("Came")}]
    stories.flow(shop, {"triggers": triggers, "entry_action_id": "mail", "actions": [mail]})


def test_a_domain_gets_no_more_than_its_limit_and_nobody_else_waits(server: Server, seen: Clocked) -> None:
    limit = SendLimit("slow.example+slower.example", ("slow.example", "slower.example"), PER_SECOND, 1)
    with new_shop(server) as shop:
        _flow(shop)
        held = [*_people(shop, 15, "slow.example"), *_people(shop, 15, "slower.example")]
        others = _people(shop, 10, "other.example")
        campaign, _ = stories.campaign(shop, included=[stories.list_of(shop, [*held, *others])])
        began = time.monotonic()
        stories.send(shop, campaign, wait=False)
        shop.event("Came", "flow@slow.example")
        eventually(lambda: stories.status(shop, campaign) == "Sent", seconds=60)
        eventually(lambda: len(seen.came) >= 41, seconds=20)
    came = [address for address, _ in seen.came]
    assert sorted(came) == sorted([*held, *others, "flow@slow.example"])
    slow = [moment for address, moment in seen.came if address not in others]
    for place, moment in enumerate(slow):
        assert place < limits.size(limit) + (moment - began) * PER_SECOND
    last = max(came.index(address) for address in held)
    assert max(came.index(address) for address in others) < last, "what is held back delays no other domain"
    assert came.index("flow@slow.example") < last, "mail of a flow does not stand behind a campaign's"
    assert 1 <= seen.most <= CONNECTIONS


async def test_what_a_limit_held_goes_out_when_it_is_set_no_longer(url: str, tmp_path: Path) -> None:
    provider = Held(Counter())
    provider.going_on.set()
    limited = replace(settings.load(data=str(tmp_path)), send_limits=(SendLimit("all", (), 1, 3600),))
    async with db.new_pool(url, size=4) as pool:
        account = await waiting(pool, 3)
        for known, expected in ((limited, {"sent": 1, "queued": 2}), (replace(limited, send_limits=()), {"sent": 3})):
            deliverer = Deliverer(pool, known, {"email": provider})
            while await deliverer.run_once():
                pass
            assert await statuses(pool, account) == expected
            await deliverer.close()


def test_a_bucket_never_pays_for_more_than_its_limit_in_any_time() -> None:
    for number, seconds in ((1, 60), (7, 1), (50, 1), (100, 60), (3600, 3600)):
        limit = SendLimit("x", ("x",), number, seconds)
        assert limits.size(limit) + (seconds - 1e-6) // limits._pause(limit) <= number
        assert limits._pause(limit) * number <= seconds * 1.25 or number < 10


@pytest.mark.parametrize("text", ["gmail.com", "gmail.com=0/m", "gmail.com=5/d", "a=1/s,a=2/s", "a+b=1/s b+c=1/s"])
def test_a_limit_that_makes_no_sense_is_refused(text: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setenv("RAPPORT_SEND_LIMITS", text)
    with pytest.raises(Unusable, match="RAPPORT_SEND_LIMITS"):
        settings.load(data=str(tmp_path))
