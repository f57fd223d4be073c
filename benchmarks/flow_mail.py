"""From an event to the flow's mail in an SMTP server, while many come; and what an installation costs that only waits.

`python -m benchmarks.flow_mail` is the SMTP server, a process of its own: prints its port, and when its input ends,
when each recipient's mail came, as JSON.
"""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psycopg
import uvloop

from benchmarks.campaign import post
from benchmarks.world import HEADERS, Line, World, account_id, percentile, running
from tests import ends

_PER_SECOND, _SECONDS, _CALL = 500, 20, 10
_LATE = 2.0
_WAITING, _IDLE_SECONDS, _MOST_CPU = 1_000_000, 30, 0.01
_METRIC = "Came"
_RUNS = """
    INSERT INTO enrolments (account_id, flow_id, profile_id, cause, entered, action_id, due, waiting)
    SELECT f.account_id, f.id, n, n::text, now(), f.entry_action_id, now() + interval '1 day' * (1 + random() * 30),
        true
    FROM flows f, generate_series(1, %s) AS n WHERE f.account_id = %s"""


def measure() -> list[Line]:
    with running() as world, httpx.Client(base_url=world.url, headers=HEADERS, timeout=60) as http:
        waits = _waiting(world, http)
    with _receiver() as (port, came), running(RAPPORT_SMTP_URL=f"smtp://127.0.0.1:{port}?tls=none") as world:
        with httpx.Client(base_url=world.url, headers=HEADERS, timeout=60) as http:
            _flow(http)
            sent = _send(http)
            _all_sent(world, len(sent))
        late = [at - sent[address] for address, at in came().items() if address in sent]
    assert len(late) == len(sent), "not everybody got the mail"
    worst = percentile(late, 0.99)
    arrives = Line(
        f"event to the flow's mail in the SMTP server at {_PER_SECOND} events/s, each with its mail",
        f"p50 {percentile(late, 0.5):.2f} s, p99 {worst:.2f} s",
        f"p99 ≤ {_LATE:g} s",
        "–",
        met=worst <= _LATE,
    )
    return [waits, arrives]


def _waiting(world: World, http: httpx.Client) -> Line:
    """Processor time of the program and its database while nothing is to be done, before and with people waiting."""
    _flow(http, days=1)
    time.sleep(5)
    empty = _idle(world)
    with psycopg.connect(world.database_url, autocommit=True) as conn:
        conn.execute(_RUNS, (_WAITING, account_id(world)))
        conn.execute("VACUUM ANALYZE enrolments")
    time.sleep(15)
    waiting = _idle(world)
    return Line(
        f"idle processor time with {_WAITING:,} waiting in a flow",
        f"{waiting * 100:.1f} % of a core",
        f"≤ {_MOST_CPU * 100:g} % more than with none",
        f"with none: {empty * 100:.1f} %",
        met=waiting - empty <= _MOST_CPU,
    )


def _idle(world: World) -> float:
    """Share of a core that all processes of the installation use."""
    before = _used(world)
    time.sleep(_IDLE_SECONDS)
    return (_used(world) - before) / _IDLE_SECONDS


def _used(world: World) -> float:
    """Seconds of a core so far, those of children that ended too."""
    ticks, group = 0, _groups(world)
    for process in Path("/proc").iterdir():
        try:
            fields = (process / "stat").read_text().rsplit(")", 1)[1].split()
        except (OSError, IndexError):
            continue
        if int(fields[2]) in group:
            ticks += sum(int(field) for field in fields[11:15])
    return ticks / os.sysconf("SC_CLK_TCK")


def _groups(world: World) -> set[int]:
    """Process groups of the program and of its database, whose processes make groups of their own."""
    postmaster = int((world.folder / "postgres" / "postmaster.pid").read_text().split("\n")[0])
    children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
    return {os.getpgid(world.process.pid), os.getpgid(postmaster), *(os.getpgid(int(child)) for child in children)}


def _flow(http: httpx.Client, days: int = 0) -> None:
    """A live flow that answers the metric with a mail, after so many days."""
    html = "<p>Hi {{ first_name }}</p>{% unsubscribe %}"
    template = post(http, "/api/templates", "template", attributes={"name": "T", "editor_type": "CODE", "html": html})
    _post_events(http, ["before@example.org"])
    metric = _metric(http)
    message = {"template_id": template["id"], "subject_line": "Hi", "from_email": "news@shop.example.com"}
    actions: list[dict[str, Any]] = [
        {
            "temporary_id": "e",
            "type": "send-email",
            "links": {"next": None},
            "data": {"status": "live", "message": message},
        }
    ]
    if days:
        wait = {"temporary_id": "w", "type": "time-delay", "links": {"next": "e"}, "data": {"value": days}}
        actions.insert(0, wait)
    definition = {
        "triggers": [{"type": "metric", "id": metric}],
        "entry_action_id": actions[0]["temporary_id"],
        "actions": actions,
    }
    flow = post(http, "/api/flows", "flow", attributes={"name": "Answer", "definition": definition})["id"]
    body = {"data": {"type": "flow", "id": flow, "attributes": {"status": "live"}}}
    http.patch(f"/api/flows/{flow}", json=body).raise_for_status()


def _metric(http: httpx.Client) -> str:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        for one in http.get("/api/metrics").json()["data"]:
            if one["attributes"]["name"] == _METRIC:
                return str(one["id"])
        time.sleep(0.05)
    raise RuntimeError("the first event was not recorded")


def _send(http: httpx.Client) -> dict[str, float]:
    """When each person's event was sent, by address."""
    sent: dict[str, float] = {}
    begun = time.time()
    for number in range(0, _PER_SECOND * _SECONDS, _CALL):
        time.sleep(max(0.0, begun + number / _PER_SECOND - time.time()))
        people = [f"p{place}@example{place % 20}.com" for place in range(number, number + _CALL)]
        sent |= dict.fromkeys(people, time.time())
        _post_events(http, people)
    return sent


def _post_events(http: httpx.Client, people: list[str]) -> None:
    events = [
        {
            "type": "event-bulk-create",
            "attributes": {
                "profile": {"data": {"type": "profile", "attributes": {"email": email}}},
                "events": {
                    "data": [
                        {
                            "type": "event",
                            "attributes": {
                                "metric": {"data": {"type": "metric", "attributes": {"name": _METRIC}}},
                                "properties": {"from": "bench"},
                            },
                        }
                    ]
                },
            },
        }
        for email in people
    ]
    attributes = {"events-bulk-create": {"data": events}}
    body = {"data": {"type": "event-bulk-create-job", "attributes": attributes}}
    http.post("/api/event-bulk-create-jobs", json=body).raise_for_status()


def _all_sent(world: World, number: int) -> None:
    until = time.monotonic() + 120
    with psycopg.connect(world.database_url, autocommit=True) as conn:
        while time.monotonic() < until:
            row = conn.execute("SELECT count(*) FROM messages WHERE status = 'sent'").fetchone()
            if row and row[0] >= number:
                return
            time.sleep(0.2)
    raise RuntimeError("not every mail was sent")


@contextmanager
def _receiver() -> Iterator[tuple[int, Any]]:
    """The SMTP server's port, and what ends it and tells when each mail came."""
    command = [sys.executable, "-m", "benchmarks.flow_mail"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    ends.with_us(process.pid)
    assert process.stdout is not None

    def came() -> dict[str, float]:
        return dict(json.loads(process.communicate("")[0]))

    try:
        yield int(process.stdout.readline()), came
    finally:
        process.kill()
        process.wait()


def _serve() -> None:
    came: dict[str, float] = {}

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        to: list[str] = []
        writer.write(b"220 sink\r\n")
        while line := await reader.readline():
            verb = line[:4].upper()
            if verb == b"EHLO":
                writer.write(b"250-sink\r\n250 PIPELINING\r\n")
                continue
            if verb == b"RCPT":
                to.append(line.decode().partition("<")[2].partition(">")[0])
            elif verb == b"DATA":
                writer.write(b"354 go on\r\n")
                await reader.readuntil(b"\r\n.\r\n")
                came.update(dict.fromkeys(to, time.time()))
                to.clear()
            writer.write(b"250 ok\r\n")
            if verb == b"QUIT":
                break
        writer.close()

    async def serve() -> None:
        server = await asyncio.start_server(answer, "127.0.0.1", 0, limit=2**20)
        print(server.sockets[0].getsockname()[1], flush=True)
        await asyncio.to_thread(sys.stdin.read)
        print(json.dumps(came), flush=True)
        os._exit(0)

    uvloop.run(serve())


if __name__ == "__main__":
    _serve()
