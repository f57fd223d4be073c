"""Hours in short: steady load at 70 % of what the server can take, with everything on. Memory and latency stay where
they are, nothing accepted is lost, and the inbox is empty soon after.

The short form runs in CI and only catches what grows fast; `make test-long` runs ten minutes.
"""

import json
import math
import statistics
import subprocess
import sys
import threading
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import REVISION, Server, Shop, eventually, new_shop, start
from tests.lengths import length
from tests.soak.load import METRICS
from tests.stories import count, flow, segment

SHARE = 0.7
BULK = 250
PEOPLE = 20_000
READERS = length(40, 200)


@dataclass(frozen=True)
class Form:
    """Seconds of the run, of a window and of the measurement before; how much the last third may exceed the second:
    a factor and something for noise (MB, ms)."""

    seconds: int
    window: float
    measured: float
    growth: tuple[float, float]
    slowing: tuple[float, float]


SHORT = Form(length(3, 12), length(0.5, 1), length(1, 2), (1.3, 30), (6, 1500))
LONG = Form(600, 10, 8, (1.05, 10), (1.5, 15))


@pytest.mark.parametrize("form", [SHORT, pytest.param(LONG, marks=pytest.mark.long)], ids=["short", "long"])
def test_memory_and_latency_stay_flat_and_the_inbox_drains(tmp_path: Path, form: Form) -> None:
    server = start(tmp_path / "data")
    try:
        with new_shop(server) as shop:
            readers = [shop.profile(f"reader{number}@example.com") for number in range(READERS)]
            _watch(shop)
            limit = _limit(shop, form)
            memory = Memory(server, form.window)
            memory.start()
            found = {
                one["name"]: one
                for one in _run(
                    shop,
                    "soak",
                    form.seconds,
                    form.window,
                    readers,
                    [
                        ("single", limit * SHARE * 0.8, 48),
                        ("bulk", limit * SHARE * 0.2 / BULK, 2),
                        ("read", 50, 4),
                        ("import", 10, 2),
                    ],
                )
            }
            memory.stop()
            begun = time.monotonic()
            eventually(lambda: not _waiting(shop), seconds=120)
            _print(form, limit, found, memory, time.monotonic() - begun)
            _check_complete(shop, found)
            _check_flat(form, found, memory)
    finally:
        server.stop()


def _limit(shop: Shop, form: Form) -> float:
    """Single events a second that can go on for ever: as many as are answered, until the last one is recorded."""
    (single,) = _run(shop, "limit", form.measured, form.measured, [], [("single", math.inf, 64)])
    assert set(single["statuses"]) == {"202"}
    begun = time.monotonic()
    eventually(lambda: not _waiting(shop), seconds=120)
    return sum(single["statuses"].values()) / (form.measured + time.monotonic() - begun)


def _run(shop: Shop, name: str, seconds: float, window: float, readers: list[str], kinds: Any) -> list[dict[str, Any]]:
    plan = {
        "host": "127.0.0.1",
        "port": shop.server.port,
        "name": name,
        "seconds": seconds,
        "window": window,
        "headers": {"Authorization": f"Klaviyo-API-Key {shop.private_key}", "revision": REVISION},
        "profiles": readers,
        "people": PEOPLE,
        "bulk": BULK,
        "kinds": kinds,
    }
    command = [sys.executable, "-m", "tests.soak.load"]
    done = subprocess.run(command, input=json.dumps(plan), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return list(json.loads(done.stdout))


def _watch(shop: Shop) -> None:
    """Segments with and without a window of time, and flows that are entered by what comes."""
    for name in METRICS:
        shop.event(name, "first@example.com")
    metrics = {name: shop.metric_id(name) for name in METRICS}
    for number in range(6):
        days = (None, 7, 30)[number % 3]
        condition = count(metrics[METRICS[number % 3]], "greater-than-or-equal", 2 + number, days=days)
        segment(shop, f"Soak {number}", [condition])
    step = {"operator": "update", "property_type": "string", "property_key": "seen", "property_value": "yes"}
    for metric in metrics.values():
        actions = [
            {"temporary_id": "a", "type": "time-delay", "links": {"next": "b"}, "data": {"unit": "days", "value": 3}},
            {"temporary_id": "b", "type": "update-profile", "links": {"next": None},
             "data": {"profile_operations": [step], "status": "live"}},
        ]  # fmt: skip
        trigger = {"triggers": [{"type": "metric", "id": metric}], "entry_action_id": "a", "actions": actions}
        flow(shop, {**trigger, "reentry_criteria": {"duration": 1, "unit": "alltime"}})


def _waiting(shop: Shop) -> bool:
    return bool(shop.query("SELECT FROM inbox WHERE account_id = %s LIMIT 1", shop.account_id))


class Memory(threading.Thread):
    """Megabytes of each process of the program, sampled; PostgreSQL's together, without what they share."""

    def __init__(self, server: Server, every: float) -> None:
        super().__init__(daemon=True)
        self._server, self._every = server, every
        self._stopped = threading.Event()
        self.samples: dict[str, list[float]] = defaultdict(list)

    def run(self) -> None:
        while not self._stopped.wait(self._every):
            for name, megabytes in self._now().items():
                self.samples[name].append(megabytes)

    def stop(self) -> None:
        self._stopped.set()
        self.join()

    def _now(self) -> dict[str, float]:
        postmaster = int((self._server.data / "postgres" / "postmaster.pid").read_text().split("\n")[0])
        found: dict[str, float] = defaultdict(float)
        for process in Path("/proc").iterdir():
            if process.name.isdigit() and (name := _name(process, self._server.process.pid, postmaster)):
                found[name] += _private(process)
        return found


def _name(process: Path, program: int, postmaster: int) -> str | None:
    """web-…, worker-… or postgres; None for a process of somebody else."""
    try:
        parent = int(_status(process, "PPid"))
        if parent == postmaster:
            return "postgres"
        if parent == program:
            title = (process / "cmdline").read_bytes().decode().rstrip("\0")
            return f"{title.removeprefix('rapport: ')}-{process.name}"
    except (OSError, ValueError):
        pass
    return None


def _private(process: Path) -> float:
    try:
        return int(_status(process, "RssAnon").split()[0]) / 1024
    except (OSError, ValueError):
        return 0.0


def _status(process: Path, field: str) -> str:
    for line in (process / "status").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return line.split(":", 1)[1].strip()
    raise ValueError(field)


def _check_complete(shop: Shop, found: dict[str, Any]) -> None:
    """Every event that was answered is recorded, once, and its total says so."""
    for kind, statuses in (("single", {"202"}), ("bulk", {"202"}), ("read", {"200"}), ("import", {"200", "201"})):
        assert set(found[kind]["statuses"]) <= statuses, (kind, found[kind]["statuses"])
    sent = found["single"]["statuses"]["202"] + BULK * found["bulk"]["statuses"].get("202", 0)
    query = "SELECT count(*), count(DISTINCT unique_id) FROM events WHERE account_id = %s AND unique_id LIKE 'soak-%%'"
    assert shop.query(query, shop.account_id) == [(sent, sent)]
    (total,) = shop.query("SELECT sum(count) FROM event_totals WHERE account_id = %s", shop.account_id)
    assert total == shop.query("SELECT count(*) FROM events WHERE account_id = %s", shop.account_id)[0]
    assert not shop.query("SELECT FROM inbox_refused WHERE account_id = %s LIMIT 1", shop.account_id)


def _thirds(values: list[float]) -> tuple[float, float]:
    """Medians of the second and of the last third."""
    third = max(1, len(values) // 3)
    return statistics.median(values[-2 * third : -third] or values), statistics.median(values[-third:])


def _check_flat(form: Form, found: dict[str, Any], memory: Memory) -> None:
    for name, samples in memory.samples.items():
        second, last = _thirds(samples)
        assert last <= second * form.growth[0] + form.growth[1], f"{name} grew from {second:.0f} to {last:.0f} MB"
    for kind in ("single", "read"):
        second, last = _thirds([window[3] for window in found[kind]["windows"]])
        assert last <= second * form.slowing[0] + form.slowing[1], f"{kind}: p99 {second:.0f}, then {last:.0f} ms"


def _print(form: Form, limit: float, found: dict[str, Any], memory: Memory, drained: float) -> None:
    print(f"\n{form.seconds} s at {SHARE:.0%} of {limit:,.0f} events/s; the inbox was empty {drained:.1f} s after")
    print(f"{'':24}{'second third':>16}{'last third':>16}")
    for name, samples in sorted(memory.samples.items()):
        second, last = _thirds(samples)
        print(f"{name + ', MB':24}{second:16.0f}{last:16.0f}")
    for kind, one in found.items():
        for column, title in ((2, "p50"), (3, "p99")):
            second, last = _thirds([window[column] for window in one["windows"]])
            print(f"{f'{kind}, {title}, ms':24}{second:16.1f}{last:16.1f}")
        rates = [window[1] / form.window for window in one["windows"]]
        second, last = _thirds(rates)
        print(f"{f'{kind}, calls/s':24}{second:16.1f}{last:16.1f}")
