"""A server to measure, and what the measurements share."""

import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from rapport.kit.postgres import PrivatePostgres
from tests import ends

KEY = "pk_0123456789abcdef0123456789abcdef"
PUBLIC = "BENCH1"
REVISION = "2026-10-15"
HEADERS = {"Authorization": f"Klaviyo-API-Key {KEY}", "revision": REVISION}


@dataclass(frozen=True)
class Line:
    """One line of the budget table."""

    what: str
    figure: str
    goal: str
    reference: str
    ratio: str = ""
    met: bool | None = None


@dataclass
class World:
    """A running installation on a folder of its own."""

    folder: Path
    port: int
    process: "subprocess.Popen[bytes]"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def database_url(self) -> str:
        return PrivatePostgres(self.folder / "postgres").url


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(folder: Path, **environment: str) -> World:
    """Start `rapport serve` and wait until it is ready."""
    port = free_port()
    merged = {
        **os.environ,
        "RAPPORT_PRIVATE_KEY": KEY,
        "RAPPORT_PUBLIC_KEY": PUBLIC,
        "RAPPORT_RATE_LIMITS": "off",
        "RAPPORT_BASE_URL": f"http://127.0.0.1:{port}",
        **environment,
    }
    command = [sys.executable, "-m", "rapport.cli", "serve", "--data", str(folder), "--port", str(port)]
    with (folder.parent / f"{folder.name}.log").open("ab") as log:
        process = subprocess.Popen(command, env=merged, stdout=log, stderr=log, start_new_session=True)
    ends.with_us(process.pid)
    world = World(folder, port, process)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"{world.url}/health", timeout=1).status_code == 200:
                return world
        except httpx.HTTPError:
            time.sleep(0.01)
    raise RuntimeError(f"rapport serve did not become ready: see {folder}.log")


def stop(world: World) -> None:
    world.process.send_signal(signal.SIGTERM)
    world.process.wait(60)


@contextmanager
def running(**environment: str) -> Iterator[World]:
    """A fresh installation, gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="rapport-bench-")) / "data"
    world = start(folder, **environment)
    try:
        yield world
    finally:
        stop(world)
        shutil.rmtree(folder.parent, ignore_errors=True)


@contextmanager
def bare_server(world: World) -> Iterator[str]:
    """The URL of the reference server (`benchmarks.bare`) on the same database."""
    port = free_port()
    server = subprocess.Popen([sys.executable, "-m", "benchmarks.bare", world.database_url, str(port)])
    ends.with_us(server.pid)
    try:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


def memory(world: World) -> dict[str, float]:
    """Megabytes of each process of the program without PostgreSQL, by name; what processes share is divided (PSS)."""
    group, found = str(os.getpgid(world.process.pid)), {}
    for process in Path("/proc").iterdir():
        try:
            name = (process / "cmdline").read_bytes().split(b"\0")[0].decode()
            if (process / "stat").read_text().rsplit(")", 1)[1].split()[2] == group and "postgres" not in name:
                rollup = (process / "smaps_rollup").read_text()
                found[f"{name} {process.name}"] = int(rollup.split("\nPss:")[1].split()[0]) / 1024
        except (OSError, IndexError):
            continue
    return found


def wait_for_inbox(world: World, seconds: float = 120) -> None:
    """Until everything accepted is recorded."""
    import psycopg

    deadline = time.monotonic() + seconds
    with psycopg.connect(world.database_url, autocommit=True) as conn:
        while conn.execute("SELECT 1 FROM inbox LIMIT 1").fetchone():
            if time.monotonic() > deadline:
                raise RuntimeError("the inbox does not drain")
            time.sleep(0.02)


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def account_id(world: World) -> int:
    import psycopg

    with psycopg.connect(world.database_url) as conn:
        found = conn.execute("SELECT account_id FROM accounts").fetchone()
    assert found
    return int(found[0])
