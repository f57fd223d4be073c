"""The key that signs links, and the other small files without which an installation is not itself."""

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from rapport import first_account
from rapport.accounts import first_key
from rapport.kit import settings
from tests.conftest import database, run

_KEY = "k" * 32


def test_a_disk_that_is_full_at_the_first_start_leaves_no_key_that_is_none(tmp_path: Path) -> None:
    """The start ends with a sentence, and the next one makes a whole key."""
    command = [sys.executable, "-m", "rapport.cli", "migrate", "--data", str(tmp_path)]
    # it would cut compiled modules short as well, which others read
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    ended = subprocess.run(
        command,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (16, 16)),
    )
    assert ended.returncode == 1
    said = ended.stdout + ended.stderr
    assert "Traceback" not in said and f"{tmp_path}/secret, can't be written" in said
    assert not list(tmp_path.iterdir())
    assert len(settings.load(data=str(tmp_path)).secret) == 64


def _refusal(data: Path) -> str:
    """The sentence with which a start ends."""
    with pytest.raises(settings.Unusable) as refused:
        settings.load(data=str(data))
    return str(refused.value)


@pytest.mark.parametrize("kept", ["", "0123456789abcdef"])
def test_a_kept_key_that_was_cut_short_stops_the_start(tmp_path: Path, kept: str) -> None:
    (tmp_path / "secret").write_text(kept)
    said = _refusal(tmp_path)
    assert str(tmp_path / "secret") in said and f"{len(kept)} bytes" in said
    assert (tmp_path / "secret").read_text() == kept


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("RAPPORT_SECRET", "x"),
        ("RAPPORT_SECRET", "k" * 31),
        ("RAPPORT_WORKERS", "many"),
        ("RAPPORT_TRUSTED_PROXIES", "the one in front"),
        ("RAPPORT_OUTGOING_ALLOW", "10.0.0.0/40"),
    ],
)
def test_a_setting_that_can_not_be_stops_the_start_with_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, text: str
) -> None:
    monkeypatch.setenv(name, text)
    assert name in _refusal(tmp_path)


def test_a_key_is_made_once_and_kept_for_its_owner_alone(tmp_path: Path) -> None:
    made = settings.load(data=str(tmp_path)).secret
    assert settings.load(data=str(tmp_path)).secret == made
    assert (tmp_path / "secret").stat().st_mode & 0o777 == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["secret"]


def test_a_given_key_is_used_and_kept_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAPPORT_SECRET", _KEY)
    assert settings.load(data=str(tmp_path)).secret == _KEY.encode()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("kept", ["", '{"private_key": "pk_01', "[]", '{"private_key": 7}', "\ud83d"])
def test_a_first_key_that_was_cut_short_is_unknown_and_no_fault(tmp_path: Path, kept: str) -> None:
    """It is only there to be shown again."""
    (tmp_path / "first-key.json").write_bytes(kept.encode("utf-8", "surrogatepass"))
    assert first_key.kept(tmp_path) is None


def test_the_first_key_is_kept_whole_for_its_owner_alone(tmp_path: Path) -> None:
    with database() as url:
        made = run(first_account.ensure(settings.load(data=str(tmp_path)), url))
        again = run(first_account.ensure(settings.load(data=str(tmp_path)), url))
    file = tmp_path / "first-key.json"
    assert made.private_key == again.private_key == json.loads(file.read_text())["private_key"]
    assert file.stat().st_mode & 0o777 == 0o600
