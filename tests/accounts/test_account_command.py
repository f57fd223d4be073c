"""`rapport account`: what the first account says of itself, shown and changed (behaviour-people 7.12)."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.command import rapport
from tests.conftest import REVISION, Server, eventually, serving


@pytest.fixture(scope="module")
def running() -> Iterator[Server]:
    """An installation of its own: the command works on its first account."""
    with serving() as server:
        yield server


def command(server: Server, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return server.command(*arguments)


def test_it_changes_what_is_given_and_shows_the_whole(running: Server) -> None:
    key = command(running, "keys", "create").stdout.strip()
    headers = {"authorization": f"Klaviyo-API-Key {key}", "revision": REVISION}

    def attributes() -> dict[str, object]:
        answer = httpx.get(f"{running.url}/api/accounts", headers=headers)
        return dict(answer.json()["data"][0]["attributes"])

    before = attributes()
    changed = command(
        running,
        "account",
        "--name",
        "Tannenhof",
        "--website",
        "https://www.tannenhof.example",
        "--timezone",
        "Europe/Brussels",
        "--currency",
        "eur",
        "--sender-email",
        "hallo@tannenhof.example",
    )
    assert changed.returncode == 0, changed.stderr
    for one in ("Tannenhof", "https://www.tannenhof.example", "Europe/Brussels", "EUR", "<hallo@tannenhof.example>"):
        assert one in changed.stdout
    assert command(running, "account").stdout == changed.stdout
    eventually(lambda: attributes()["timezone"] == "Europe/Brussels")
    after = attributes()
    assert after["preferred_currency"] == "EUR"
    contact = {**dict(before["contact_information"]), "organization_name": "Tannenhof"}  # type: ignore[call-overload]
    contact |= {"website_url": "https://www.tannenhof.example", "default_sender_email": "hallo@tannenhof.example"}
    assert after["contact_information"] == contact


_WRONG = (
    ("--website", "tannenhof", "https://shop.example"),
    ("--website", "javascript:alert(1)", "https://shop.example"),
    ("--timezone", "Brussels", "Europe/Brussels"),
    ("--currency", "Euro", "three letters"),
    ("--sender-email", "hallo", "no address"),
    ("--sender-name", "", "can't be empty"),
    ("--name", "a\nb", "One line"),
)


def test_it_says_what_is_wrong_and_changes_nothing(running: Server) -> None:
    """Each names the industry too, which would be another afterwards."""
    before = command(running, "account").stdout
    for option, value, says in _WRONG:
        refused = command(running, "account", "--industry", "Trees", option, value)
        assert (refused.returncode, says in refused.stderr) == (2, True), (option, value, refused.stderr)
    assert command(running, "account").stdout == before


def test_it_says_what_to_do_where_nothing_was_started_yet(tmp_path: Path) -> None:
    for command in (["account"], ["keys", "list"]):
        done = rapport(*command, "--data", str(tmp_path / "data"))
        assert (done.returncode, done.stderr) == (1, "")
        assert "start `rapport serve` once" in done.stdout


def test_a_website_can_be_taken_back(running: Server) -> None:
    assert "https://shop.example" in command(running, "account", "--website", "https://shop.example").stdout
    assert "https://shop.example" not in command(running, "account", "--website", "").stdout
