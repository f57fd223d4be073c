"""The receiver of webhooks that a developer's guide shows, in a real Express server: it verifies a signature of
`JSON.stringify(req.body)`, so every body has to be what Node makes of it."""

import hmac
import json
import os
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conftest import Shop, eventually
from tests.guide.test_guide import _HERE, _OPTIONS, _ROOT, _node

SECRET = "a-secret-of-the-store"
WEB = _ROOT / "web"
# What is written in another way by other languages: numbers, keys, characters.
AWKWARD = {
    "b": 1.0,
    "10": 1e21,
    "9": 1e-7,
    "large": 12345678901234567890,
    "zero": -0.0,
    "text": 'ä \u2028 \x7f "quoted" \\ / 😀',
    "__proto__": {"2": [], "1": {}},
}


@pytest.fixture(scope="module")
def receiver(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not (WEB / "node_modules" / "express").exists():
        pytest.skip("Express is installed with the web app: make web")
    folder = tmp_path_factory.mktemp("receiver")
    compiler = WEB / "node_modules" / "typescript" / "bin" / "tsc"
    _node(str(compiler), *_OPTIONS, "--outDir", str(folder), str(_HERE / "webhooks.ts"))
    return (folder / "webhooks.js").rename(folder / "webhooks.mjs")


@pytest.fixture
def told(receiver: Path, shop: Shop) -> Iterator[Iterator[Any]]:
    """What the receiver's handlers were given, line by line; first which webhook it made."""
    environment = {
        **os.environ,
        "WEB": str(WEB),
        "HOST": shop.server.url,
        "KLAVIYO_PRIVATE_KEY": shop.private_key,
        "KLAVIYO_WEBHOOK_SECRET": SECRET,
    }
    command = [sys.executable, str(_ROOT / "tools" / "node.py"), "node", str(receiver)]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as express:
        assert express.stdout
        yield (json.loads(line) for line in express.stdout)
        os.killpg(express.pid, 9)


def test_a_store_on_express_is_told_of_profiles_and_events_and_believes_it(shop: Shop, told: Iterator[Any]) -> None:
    made = next(told)
    shop.profile("ann@example.com", properties=AWKWARD)
    profile = next(told)
    assert profile["profile"] == "ann@example.com" and profile["properties"]["text"] == AWKWARD["text"]
    shop.event("Placed Order", "ann@example.com", properties=AWKWARD, value=9.99)
    event = next(told)
    assert event["properties"]["10"] == 1e21 and event["properties"]["$value"] == 9.99
    deliveries = f"/api/webhooks/{made['webhook']}/deliveries"
    calls = eventually(lambda: len(found := shop.http.get(deliveries).json()["data"]) == 2 and found)
    assert {call["attributes"]["answer"]["status"] for call in calls} == {200}

    # what was not signed with the secret is refused
    body = b'{"type":"profile.created","data":{}}'
    forged = b64encode(hmac.digest(b"another secret", body, "sha256")).decode()
    headers = {"content-type": "application/json", "klaviyo-webhook-signature": forged}
    assert httpx.post(made["url"], content=body, headers=headers).status_code == 401
