"""A campaign is made, scheduled and sent by the official SDK for Node."""

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec

from rapport.kit import clock
from tests import stories
from tests.conftest import Shop, eventually
from tests.sink import Sink

_ROOT = Path(__file__).parents[2]
# as `make sdks` installs it
_MODULES = Path(sys.prefix) / "sdks" / "node" / "node_modules"
_SCRIPT = Path(__file__).with_name("campaign.cjs")


def node(shop: Shop, *given: str) -> dict[str, Any]:
    command = [sys.executable, str(_ROOT / "tools" / "node.py"), "node", str(_SCRIPT), *given]
    known = {"HOST": shop.server.url, "KLAVIYO_PRIVATE_KEY": shop.private_key, "NODE_PATH": str(_MODULES)}
    environment = {**os.environ, **known}
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    answer: dict[str, Any] = msgspec.json.decode(done.stdout)
    return answer


def test_it_makes_schedules_and_sends_a_campaign(shop: Shop, sink: Sink) -> None:
    assert _MODULES.exists(), "`make sdks` installs it"
    [address] = stories.people(shop, 1)
    moment = clock.utcnow().replace(microsecond=0) + timedelta(hours=1)
    made = node(shop, stories.list_of(shop, [address]), moment.isoformat())
    assert (made["status"], made["job"]) == ("Scheduled", "queued")
    assert made["sendTime"] == moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    assert not sink.to(address)
    shop.advance(hours=1, minutes=1)
    eventually(lambda: stories.status(shop, made["id"]) == "Sent", seconds=30)
    [received] = sink.to(address)
    assert received.message["Subject"] == "From Node"
    assert "Hi Zoë person0" in received.part("html")
