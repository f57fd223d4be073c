"""The private PostgreSQL: whose it is, and what a start that was killed leaves of it."""

import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from rapport.kit.postgres import PostgresFailed, PrivatePostgres
from tests.conftest import eventually

_STRANGER = 65534


@pytest.fixture
def shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The machine's shared temporary folder, as these tests see it."""
    folder = Path(tempfile.mkdtemp(prefix="rapport-shared-"))
    folder.chmod(0o1777)
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def _deep(folder: Path) -> Path:
    """A data folder whose path is too long for the address of a socket."""
    return folder / ("long-" * 16) / "postgres"


def test_a_folder_of_an_earlier_release_is_closed_to_others(shared: Path, tmp_path: Path) -> None:
    postgres = PrivatePostgres(_deep(tmp_path))
    postgres.sockets.mkdir()
    postgres.sockets.chmod(0o755)
    postgres.own_sockets()
    assert stat.S_IMODE(postgres.sockets.stat().st_mode) == 0o700


def test_a_planted_link_is_refused_and_what_it_leads_to_stays_as_it_is(shared: Path, tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.mkdir(mode=0o755)
    before = target.stat()
    postgres = PrivatePostgres(_deep(tmp_path))
    postgres.sockets.symlink_to(target)
    with pytest.raises(PostgresFailed, match=f"{postgres.sockets} .*is a link"):
        postgres.start()
    after = target.stat()
    assert (after.st_uid, after.st_gid, after.st_mode) == (before.st_uid, before.st_gid, before.st_mode)
    assert not list(target.iterdir())


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make what is another user's")
def test_a_folder_that_another_user_made_is_refused(shared: Path, tmp_path: Path) -> None:
    postgres = PrivatePostgres(_deep(tmp_path))
    postgres.sockets.mkdir(mode=0o755)
    os.chown(postgres.sockets, _STRANGER, _STRANGER)
    with pytest.raises(PostgresFailed, match="another user"):
        postgres.start()
    assert postgres.sockets.stat().st_uid == _STRANGER


def test_a_folder_that_others_could_write_to_is_refused(shared: Path, tmp_path: Path) -> None:
    """There may be a socket of theirs in it already."""
    postgres = PrivatePostgres(_deep(tmp_path))
    postgres.sockets.mkdir()
    postgres.sockets.chmod(0o777)
    with pytest.raises(PostgresFailed, match="others could write"):
        postgres.start()


@pytest.fixture(scope="module")
def running() -> Iterator[PrivatePostgres]:
    folder = Path(tempfile.mkdtemp(prefix="rapport-killed-"))
    postgres = PrivatePostgres(_deep(folder))
    begun = _begun_and_killed(postgres.folder)
    postgres.start()
    assert begun
    yield postgres
    postgres.stop()
    shutil.rmtree(folder, ignore_errors=True)
    shutil.rmtree(postgres.sockets, ignore_errors=True)


def _begun_and_killed(folder: Path) -> bool:
    """A first start that is killed while the database is being made. True when that was well under way."""
    code = "import sys, pathlib, rapport.kit.postgres as kit; kit.PrivatePostgres(pathlib.Path(sys.argv[1])).start()"
    process = subprocess.Popen([sys.executable, "-c", code, folder], start_new_session=True)
    try:
        return bool(eventually(lambda: list(folder.parent.glob("*/PG_VERSION")), every=0.001))
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def test_the_socket_of_a_long_path_lies_in_a_folder_of_its_owner_alone(running: PrivatePostgres) -> None:
    assert running.sockets != running.folder
    assert stat.S_IMODE(running.sockets.lstat().st_mode) == 0o700
    assert stat.S_IMODE((running.sockets / ".s.PGSQL.5432").stat().st_mode) == 0o700


def test_a_first_start_that_was_killed_leaves_nothing_that_the_next_one_trips_over(running: PrivatePostgres) -> None:
    with psycopg.connect(running.url) as conn:
        assert conn.execute("SELECT 1").fetchone() == (1,)
    assert not list(running.folder.parent.glob("*.new"))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user")
def test_another_user_of_the_machine_does_not_reach_the_database(running: PrivatePostgres) -> None:
    child = os.fork()
    if child == 0:
        os.setgroups([])
        os.setgid(_STRANGER)
        os.setuid(_STRANGER)
        reached = socket.socket(socket.AF_UNIX).connect_ex(str(running.sockets / ".s.PGSQL.5432")) == 0
        os._exit(1 if reached else 0)
    assert os.waitpid(child, 0)[1] == 0
