"""Whatever the description of the API allows, and what it doesn't, gets a documented answer: schemathesis asks.

Two runs over the areas of people and events: one with ids of things that exist, one with whatever comes up.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Server, Shop, new_shop
from tests.lengths import length
from tests.stories import list_of

_AREAS = r"^/(client|api/(accounts|profile|push-token|list|event|metric|custom-metric|mapped-metric|data-privacy))"
_CHECKS = "not_a_server_error,status_code_conformance"


def _run(shop: Shop, folder: Path, examples: int, config: str = "") -> str:
    """Schemathesis's report; the test fails when it found a 5xx or a status that is not in the description."""
    (folder / "schemathesis.toml").write_text(config)
    program = [str(Path(sys.executable).parent / "schemathesis"), "--config-file", str(folder / "schemathesis.toml")]
    where = ["run", f"{shop.server.url}/openapi.json", "--url", shop.server.url, "--include-path-regex", _AREAS]
    headers = ["-H", f"Authorization: Klaviyo-API-Key {shop.private_key}", "-H", "revision: 2026-10-15"]
    how = ["--checks", _CHECKS, "--phases", "fuzzing", "--mode", "all", "-n", str(examples), "--workers", "2"]
    quiet = ["--no-color", "--warnings", "off", "--generation-database", "none", "--continue-on-failure"]
    command = [*program, *where, *headers, *how, *quiet]
    done = subprocess.run(command, capture_output=True, text=True, timeout=3600, cwd=folder, check=False)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    return done.stdout


def _known(shop: Shop) -> str:
    """What exists, told to schemathesis as path parameters."""
    profile = shop.profile("fuzz@example.com", first_name="Fuzz")
    listed = list_of(shop, ["fuzz@example.com"])
    shop.event("Placed Order", "fuzz@example.com", value=1.0)
    metric = shop.metric_id("Placed Order")
    shop.wait_until_recorded()
    event = str(shop.sdk.Events.get_events().data[0].id)
    ids = {"profiles": profile, "lists": listed, "metrics": metric, "events": event, "accounts": shop.public_id}
    return "\n".join(
        f'[[operations]]\ninclude-path-regex = "^/api/{kind}/"\nparameters = {{ "path.id" = "{id}" }}\n'
        for kind, id in ids.items()
    )


def _fuzz(server: Server, folder: Path, examples: int, *, unknown: bool) -> None:
    with new_shop(server) as shop:
        for config in (_known(shop), *([""] if unknown else [])):
            report = _run(shop, folder, examples, config)
            assert "Tested: " in report, report
        shop.wait_until_recorded()
        refused = shop.query("SELECT reason, body FROM inbox_refused WHERE account_id = %s", shop.account_id)
        assert not refused


@pytest.mark.long
def test_no_request_gets_a_server_error_or_an_undocumented_status(server: Server, tmp_path: Path) -> None:
    _fuzz(server, tmp_path, length(1, 6), unknown=length(False, True))


@pytest.mark.long
def test_no_request_of_many_gets_a_server_error_or_an_undocumented_status(server: Server, tmp_path: Path) -> None:
    _fuzz(server, tmp_path, 300, unknown=True)
