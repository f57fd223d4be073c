"""Start of the program: with an empty folder, and again with its data."""

import shutil
import tempfile
import time
from pathlib import Path

from benchmarks.world import Line, median, start, stop
from rapport.kit.postgres import PrivatePostgres


def measure() -> list[Line]:
    folder = Path(tempfile.mkdtemp(prefix="rapport-bench-")) / "data"
    first = _timed(folder)
    later = median([_timed(folder) for _ in range(3)])
    bare = _database_only(folder)
    shutil.rmtree(folder.parent, ignore_errors=True)
    reference = f"PostgreSQL alone: {bare:.2f} s"
    return [
        Line("first start, empty folder", f"{first:.1f} s", "≤ 10 s", reference, f"{first / bare:.1f}", first <= 10),
        Line("start with data", f"{later:.1f} s", "≤ 3 s", reference, f"{later / bare:.1f}", later <= 3),
    ]


def _timed(folder: Path) -> float:
    begun = time.perf_counter()
    world = start(folder)
    taken = time.perf_counter() - begun
    stop(world)
    return taken


def _database_only(folder: Path) -> float:
    server = PrivatePostgres(folder / "postgres")
    begun = time.perf_counter()
    try:
        server.start()
        return time.perf_counter() - begun
    finally:
        server.stop()
