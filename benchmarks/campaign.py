"""A campaign through the real path: send job, audience, gate, rendering, SMTP, receipts and their events.

    python -m benchmarks campaign

The message is the one of `benchmarks/mail.py`: about 20 KB of personalised HTML with 15 tracked links. The sink is
Postfix' `smtp-sink` where it is installed or Debian's package can be unpacked, and the reference its `smtp-source`,
which sends the same number of bytes that say nothing to nobody; elsewhere the sink is a few lines of Python and there
is no reference. RAPPORT_BENCH_MESSAGES says how many recipients there are (100,000).

Measured on two quiet cores: 901 messages/s, 0.23 of smtp-source, for 100,000; beside a load of 10 to 18: 583/s, 0.16.
What is in the way, in milliseconds of a core for each message: rendering and MIME 0.5 to 0.6, the worker 0.5 (writing
to SMTP, receipts, their events through the pipeline), PostgreSQL 0.4; so two cores allow some 1,400/s.

While the campaign is sent, a flow sends a mail a second to somebody else, and the memory of all processes is looked at.
"""

import multiprocessing
import os
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import psycopg

from benchmarks import mail
from benchmarks.world import HEADERS, Line, World, account_id, free_port, memory, percentile, running
from rapport.kit import clock, ids
from tests import ends

PEOPLE = int(os.environ.get("RAPPORT_BENCH_MESSAGES", "100000"))
_REFERENCE = 10_000
_RECORDED = {"Prefer": "wait=8"}
_LATE, _MEMORY = 2.0, 150.0
_PATH = "/usr/sbin:/usr/local/sbin:" + os.environ.get("PATH", "")
_PROFILES = (
    "COPY profiles (account_id, id, ulid, email, first_name, last_name, properties, created, updated) FROM STDIN"
)
_IDENTIFIERS = """
    INSERT INTO profile_identifiers (account_id, kind, value, profile_id)
    SELECT account_id, 2, email, id FROM profiles WHERE account_id = %s"""
_MEMBERS = """
    INSERT INTO list_members (account_id, list_id, profile_id, joined)
    SELECT p.account_id, l.id, p.id, now() FROM profiles p
    JOIN lists l ON l.account_id = p.account_id AND l.public_id = %s WHERE p.account_id = %s"""


@cache
def _postfix(name: str) -> list[str] | None:
    """The command that is one of Postfix' programs: the machine's own, else that of Debian's package, unpacked into a
    folder and not installed. None where there is neither."""
    if program := shutil.which(name, path=_PATH):
        return [program]
    folder = Path(tempfile.gettempdir()) / "rapport-bench-postfix"
    if not (folder / "usr").exists():
        folder.mkdir(exist_ok=True)
        fetching = f"cd {folder} && apt-get download -qq postfix && dpkg-deb -x postfix*.deb {folder}"
        subprocess.run(["sh", "-c", fetching], check=False, capture_output=True)
    unpacked = folder / "usr/sbin" / name
    libraries = f"LD_LIBRARY_PATH={folder / 'usr/lib/postfix'}"
    return ["env", libraries, str(unpacked)] if unpacked.exists() else None


@contextmanager
def sink() -> Iterator[int]:
    """A server that takes every message and forgets it; its port."""
    program = _postfix("smtp-sink")
    if program is None:
        yield from _own_sink()
        return
    port = free_port()
    # As root it insists on a user to become.
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    command = [*program, *user, f"127.0.0.1:{port}", "1000"]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    ends.with_us(process.pid)
    time.sleep(0.5)
    try:
        yield port
    finally:
        process.terminate()
        process.wait(10)


def _own_sink() -> Iterator[int]:
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=mail.sink, args=(there,), daemon=True)
    process.start()
    try:
        yield here.recv()
    finally:
        process.terminate()


def smtp_source(port: int) -> float | None:
    """Messages a second of Postfix' own generator, with the same bytes a message; None where it is not installed."""
    program = _postfix("smtp-source")
    if program is None:
        return None
    size = str(len(mail.message_bytes(mail.campaign(), 0)))
    start = time.perf_counter()
    subprocess.run([*program, "-s", "20", "-m", str(_REFERENCE), "-l", size, f"127.0.0.1:{port}"], check=True)
    return _REFERENCE / (time.perf_counter() - start)


def people(world: World, list_id: str) -> None:
    """Recipients with names and properties, all on the list."""
    now, account = clock.utcnow(), account_id(world)
    with psycopg.connect(world.database_url) as conn:
        with conn.cursor().copy(_PROFILES) as copy:
            for number in range(PEOPLE):
                copy.write_row(_person(account, number, now))
        conn.execute(_IDENTIFIERS, (account,))
        conn.execute(_MEMBERS, (list_id, account))
        conn.execute("SELECT setval('profile_ids', %s)", (PEOPLE + 1,))
    with psycopg.connect(world.database_url, autocommit=True) as conn:
        conn.execute("ANALYZE")


def _person(account: int, number: int, now: Any) -> tuple[Any, ...]:
    vip = "true" if number % 2 else "false"
    properties = f'{{"vip": {vip}, "discount": 9.5}}'
    email = f"ann{number}@example{number % 20}.com"
    return (account, number + 1, ids.ulid(now), email, f"Ann{number}", "Lee", properties, now, now)


def post(http: httpx.Client, path: str, kind: str, **data: Any) -> Any:
    """What follows from an event has happened as well, where that takes no longer than some seconds."""
    answer = http.post(path, json={"data": {"type": kind, **data}}, headers=_RECORDED if kind == "event" else {})
    answer.raise_for_status()
    return answer.json()["data"] if answer.content else None


def html() -> str:
    """The template: some products of about 1 KB, with what is personal in them."""
    rows = "".join(mail.product(number) for number in range(mail.PRODUCTS))
    return f"""<!DOCTYPE html>
<html><head><meta charset="utf-8"><title>News</title><style>a {{ color: #0055aa; }}</style></head>
<body style="margin:0"><table width="600"><tr><td><h1>Hello {{{{ first_name }}}}</h1></td></tr>{rows}
<tr><td>{{{{ organization.name }}}} · {{% unsubscribe 'Leave' %}} · {{% web_view %}}</td></tr></table></body></html>"""


def draft(http: httpx.Client, list_id: str) -> str:
    """A campaign ready to be sent, made through the API."""
    template = post(
        http, "/api/templates", "template", attributes={"name": "News", "editor_type": "CODE", "html": html()}
    )
    details = {
        "channel": "email",
        "subject": "{{ first_name|default:'Hello' }}, twenty new things",
        "preview_text": "Made for {{ first_name }}",
        "from_email": "news@shop.example.com",
        "template_id": template["id"],
    }
    message = {"audience_temporary_id": "a", "is_add_utm": True, "variations": [{"definition": {"details": details}}]}
    attributes = {
        "definition": {"name": "March"},
        "audiences": [{"temporary_id": "a", "included": [list_id]}],
        "messages": [message],
    }
    return str(post(http, "/api/campaigns", "campaign", attributes=attributes)["id"])


def sent(http: httpx.Client, campaign: str) -> float:
    """Seconds from the send job to the last receipt."""
    start = time.perf_counter()
    post(http, "/api/campaign-send-jobs", "campaign-send-job", id=campaign)
    while http.get(f"/api/campaign-send-jobs/{campaign}").json()["data"]["attributes"]["status"] != "complete":
        time.sleep(0.1)
    return time.perf_counter() - start


class Meanwhile(threading.Thread):
    """What happens beside the campaign: each second somebody does what a flow answers with a mail. `late`: seconds from
    the event to the receipt of that mail. `most`: megabytes of all processes at most."""

    def __init__(self, world: World, http: httpx.Client) -> None:
        super().__init__(daemon=True)
        self._world, self._http = world, http
        self._stopped = threading.Event()
        self.late: list[float] = []
        self.most = 0.0
        self._flow(http)

    @staticmethod
    def _flow(http: httpx.Client) -> None:
        html = "<p>Hi {{ first_name }}</p>{% unsubscribe %}"
        template = post(
            http, "/api/templates", "template", attributes={"name": "T", "editor_type": "CODE", "html": html}
        )
        _happened(http, "before@example.org")
        metric = next(one for one in http.get("/api/metrics").json()["data"] if one["attributes"]["name"] == "Came")
        message = {"template_id": template["id"], "subject_line": "Hi", "from_email": "news@shop.example.com"}
        email = {"temporary_id": "e", "type": "send-email", "links": {"next": None}}
        definition = {
            "triggers": [{"type": "metric", "id": metric["id"]}],
            "entry_action_id": "e",
            "actions": [{**email, "data": {"status": "live", "message": message}}],
        }
        flow = post(http, "/api/flows", "flow", attributes={"name": "Welcome", "definition": definition})["id"]
        body = {"data": {"type": "flow", "id": flow, "attributes": {"status": "live"}}}
        http.patch(f"/api/flows/{flow}", json=body).raise_for_status()

    def run(self) -> None:
        with psycopg.connect(self._world.database_url, autocommit=True) as conn:
            while not self._stopped.wait(1):
                self.most = max(self.most, sum(memory(self._world).values()))
                self.late.append(self._arrives(conn, f"new{len(self.late)}@example.org"))

    def _arrives(self, conn: "psycopg.Connection[Any]", email: str) -> float:
        start = time.perf_counter()
        _happened(self._http, email)
        query = """
            SELECT FROM messages m JOIN profiles p ON p.account_id = m.account_id AND p.id = m.profile_id
            WHERE p.email = %s AND m.status = 'sent'"""
        while not conn.execute(query, (email,)).fetchall() and time.perf_counter() - start < 60:
            time.sleep(0.02)
        return time.perf_counter() - start

    def end(self) -> None:
        self._stopped.set()
        self.join()


def _happened(http: httpx.Client, email: str) -> None:
    metric = {"data": {"type": "metric", "attributes": {"name": "Came"}}}
    profile = {"data": {"type": "profile", "attributes": {"email": email}}}
    post(http, "/api/events", "event", attributes={"metric": metric, "profile": profile, "properties": {}})


def measure() -> list[Line]:
    with sink() as port:
        references = [smtp_source(port)]
        with running(RAPPORT_SMTP_URL=f"smtp://127.0.0.1:{port}?tls=none") as world:
            http = httpx.Client(base_url=world.url, headers=HEADERS, timeout=60)
            list_id = post(http, "/api/lists", "list", attributes={"name": "Everybody"})["id"]
            people(world, list_id)
            campaign, meanwhile = draft(http, list_id), Meanwhile(world, http)
            time.sleep(5)
            rest = sum(memory(world).values())
            meanwhile.start()
            seconds = sent(http, campaign)
            meanwhile.end()
            _check(world)
        references.append(smtp_source(port))
    rate = PEOPLE / seconds
    known = [reference for reference in references if reference]
    reference = sum(known) / len(known) if known else None
    against = f"smtp-source, before and after: {reference:,.0f}/s" if reference else "smtp-source is not installed"
    late, more = percentile(meanwhile.late, 0.99), meanwhile.most - rest
    return [
        Line(
            f"campaign, 20 KB personalised HTML, 15 tracked links, {PEOPLE:,} messages to a local sink",
            f"{rate:,.0f} messages/s",
            "≥ 1/3 of smtp-source",
            against,
            f"{rate / reference:.2f}" if reference else "",
            rate >= reference / 3 if reference else None,
        ),
        Line(
            "  event to the receipt of a flow's mail meanwhile",
            f"p50 {percentile(meanwhile.late, 0.5):.2f} s, p99 {late:.2f} s",
            f"≤ {_LATE:.0f} s",
            f"{len(meanwhile.late)} mails",
            met=late <= _LATE,
        ),
        Line(
            "  memory meanwhile",
            f"{more:,.0f} MB above rest",
            f"≤ {_MEMORY:.0f} MB",
            f"rest: {rest:,.0f} MB",
            met=more <= _MEMORY,
        ),
    ]


def _check(world: World) -> None:
    with psycopg.connect(world.database_url) as conn:
        rows = conn.execute(
            "SELECT status, count(*) FROM messages WHERE source = 'campaign' GROUP BY status"
        ).fetchall()
    assert rows == [("sent", PEOPLE)], rows
