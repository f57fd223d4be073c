"""A campaign through the real path: send job, audience, gate, rendering, SMTP, receipts and their events.

    python -m benchmarks campaign

The message is the one of `benchmarks/mail.py`: about 20 KB of personalised HTML with 20 tracked links. The sink is
Postfix' `smtp-sink` where it is installed, and the reference its `smtp-source`, which sends the same number of bytes
that say nothing to nobody; elsewhere the sink is a few lines of Python and there is no reference.
"""

import multiprocessing
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import psycopg

from benchmarks import mail
from benchmarks.world import HEADERS, Line, World, account_id, free_port, running
from rapport.kit import clock, ids
from tests import ends

PEOPLE = int(os.environ.get("RAPPORT_BENCH_MESSAGES", "20000"))
GOAL = 1500
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


@contextmanager
def sink() -> Iterator[int]:
    """A server that takes every message and forgets it; its port."""
    program = shutil.which("smtp-sink", path=_PATH)
    if program is None:
        yield from _own_sink()
        return
    port = free_port()
    # As root it insists on a user to become.
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    process = subprocess.Popen([program, *user, f"127.0.0.1:{port}", "1000"], stderr=subprocess.DEVNULL)
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
    program = shutil.which("smtp-source", path=_PATH)
    if program is None:
        return None
    size = str(len(mail.message_bytes(mail.campaign(), 0)))
    start = time.perf_counter()
    subprocess.run([program, "-s", "20", "-m", "10000", "-l", size, f"127.0.0.1:{port}"], check=True)
    return 10_000 / (time.perf_counter() - start)


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
    answer = http.post(path, json={"data": {"type": kind, **data}})
    answer.raise_for_status()
    return answer.json()["data"]


def html() -> str:
    """The template: twenty products of about 1 KB, with what is personal in them."""
    rows = "".join(mail.product(number) for number in range(20))
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


def measure() -> list[Line]:
    with sink() as port:
        reference = smtp_source(port)
        with running(RAPPORT_SMTP_URL=f"smtp://127.0.0.1:{port}?tls=none") as world:
            http = httpx.Client(base_url=world.url, headers=HEADERS, timeout=60)
            list_id = post(http, "/api/lists", "list", attributes={"name": "Everybody"})["id"]
            people(world, list_id)
            seconds = sent(http, draft(http, list_id))
            _check(world)
    rate = PEOPLE / seconds
    against = f"smtp-source: {reference:,.0f}/s" if reference else "smtp-source is not installed"
    ratio = f"{rate / reference:.2f}" if reference else ""
    met = rate >= GOAL and (reference is None or rate >= reference / 3)
    what = f"campaign, 20 KB personalised HTML, tracked links, {PEOPLE:,} messages to a local sink"
    return [Line(what, f"{rate:,.0f} messages/s", f"≥ {GOAL:,}/s and ≥ 1/3 of smtp-source", against, ratio, met)]


def _check(world: World) -> None:
    with psycopg.connect(world.database_url) as conn:
        rows = conn.execute("SELECT status, count(*) FROM messages GROUP BY status").fetchall()
    assert rows == [("sent", PEOPLE)], rows
