"""Start of the program, with an empty folder and again with its data, and the memory it holds at rest."""

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.world import Line, median, memory, start, stop
from rapport.kit.postgres import PrivatePostgres

_REST_SECONDS = 5


def measure() -> list[Line]:
    folder = Path(tempfile.mkdtemp(prefix="rapport-bench-")) / "data"
    first = _timed(folder)
    later = median([_timed(folder) for _ in range(3)])
    held = _at_rest(folder)
    database, imports = _database_only(folder), median([_imports() for _ in range(3)])
    shutil.rmtree(folder.parent, ignore_errors=True)
    reference = f"PostgreSQL alone {database:.2f} s, the imports of one process {imports:.2f} s"
    together = database + imports
    return [
        Line("first start, empty folder", f"{first:.1f} s", "≤ 4 s", reference, f"{first / together:.1f}", first <= 4),
        Line("start with data", f"{later:.1f} s", "≤ 1.5 s", reference, f"{later / together:.1f}", later <= 1.5),
        Line(
            "memory at rest, without PostgreSQL",
            f"{sum(held.values()):.0f} MB in {len(held)} processes",
            "≤ 200 MB",
            "-",
            met=sum(held.values()) <= 200,
        ),
    ]


def _at_rest(folder: Path) -> dict[str, float]:
    world = start(folder)
    try:
        time.sleep(_REST_SECONDS)
        return memory(world)
    finally:
        stop(world)


def _imports() -> float:
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import rapport.server, rapport.worker"], check=True)
    return time.perf_counter() - begun


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
