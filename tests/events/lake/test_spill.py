"""What DuckDB writes beside memory is removed, also after a process that was killed."""

import subprocess
import sys

import pytest

from rapport.events.lake.spill import Folder


@pytest.fixture(autouse=True)
def temporary(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    return tmp_path


def test_what_a_killed_process_left_is_removed_by_the_next(temporary):
    killed = (
        "import os; from rapport.events.lake.spill import Folder; f = Folder(); print(f.path); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", killed], check=False)
    (left,) = temporary.iterdir()
    (left / "part.tmp").write_bytes(b"rows")
    mine = Folder()
    assert list(temporary.iterdir()) == [mine.path]


def test_what_a_living_process_uses_stays(temporary):
    first, second = Folder(), Folder()
    assert {first.path, second.path} == set(temporary.iterdir())
    first.remove()
    assert list(temporary.iterdir()) == [second.path]


def test_somebody_elses_link_of_that_name_is_left_alone(temporary):
    elsewhere = temporary / "elsewhere"
    elsewhere.mkdir()
    (temporary / "rapport-lake-planted").symlink_to(elsewhere)
    Folder()
    assert elsewhere.exists()
