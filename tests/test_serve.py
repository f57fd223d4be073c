"""The program as its operator meets it: starting, stopping, being killed, being asked."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import psycopg
import pytest

from rapport import first_account, supervisor
from rapport.accounts import service as accounts
from rapport.kit import settings as settings_module
from rapport.kit.fatal import Fatal
from rapport.kit.postgres import PrivatePostgres
from rapport.profiles.merge import RECORDING_LOCK
from tests.accounts.dance import pressed
from tests.command import rapport
from tests.conftest import Server, Shop, database, eventually, new_shop, run, start
from tests.lengths import length
from tests.people import event_body
from tests.sink import free_port

KEY = "pk_" + "ab" * 16


def _processes(data: Path) -> list[str]:
    """What still runs on this data folder."""
    listed = subprocess.run(["ps", "-ewwo", "pid,args"], capture_output=True, text=True, check=True).stdout
    return [line for line in listed.splitlines() if str(data) in line and "ps -ewwo" not in line]


def _gone(data: Path) -> bool:
    deadline = time.monotonic() + 20
    while _processes(data) and time.monotonic() < deadline:
        time.sleep(0.1)
    return not _processes(data)


@pytest.mark.long
def test_it_lives_through_ctrl_c_a_kill_and_the_death_of_its_database(tmp_path: Path) -> None:
    """On one folder, because each start costs seconds."""
    data = tmp_path / "data"
    server = start(data, fresh=True)
    with new_shop(server) as shop:
        shop.profile("ann@example.com")
    server.process.send_signal(signal.SIGINT)
    assert server.process.wait(30) == 0
    assert _gone(data)
    _is_killed_alone(start(data))
    server = start(data, port=server.port)
    try:
        assert server.query("SELECT email FROM profiles WHERE email = 'ann@example.com'")
        _loses_its_database(server)
    finally:
        server.stop()
    assert _gone(data)


def _is_killed_alone(server: Server) -> None:
    """Its children end by themselves."""
    os.kill(server.process.pid, signal.SIGKILL)
    server.process.wait()
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        try:
            httpx.get(f"{server.url}/health", timeout=1)
            time.sleep(0.1)
        except httpx.HTTPError:
            return
    raise AssertionError("it still answers")


def _children(server: Server) -> list[str]:
    command = ["ps", "--ppid", str(server.process.pid), "-o", "pid,args"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[1:]


def test_it_uses_a_database_of_ones_own(server: Server) -> None:
    """As the tests' own server does."""
    assert "RAPPORT_DATABASE_URL" in server.environment
    assert not (server.data / "postgres").exists()
    assert httpx.get(f"{server.url}/health").json()["status"] == "ok"


def test_workers_of_other_databases_are_none_of_its_own(server: Server, tmp_path: Path) -> None:
    """A cluster may hold several installations, and its locks are in one list."""
    assert httpx.get(f"{server.url}/health").json()["workers"] == 1
    with database() as beside:
        examined = rapport("doctor", "--data", str(tmp_path), env={"RAPPORT_DATABASE_URL": beside})
    assert re.search(r"workers alive\W+0\b", examined.stdout), examined.stdout


def test_a_key_given_to_an_installation_that_was_there_opens_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is shown to whoever starts it, so it has to be one; one that was revoked stays so, and is not shown."""
    with database() as url:
        first = run(first_account.ensure(settings_module.load(data=str(tmp_path)), url))
        assert first.private_key and first.private_key != KEY
        monkeypatch.setenv("RAPPORT_PRIVATE_KEY", KEY)
        given = settings_module.load(data=str(tmp_path))
        for _ in range(2):
            assert run(first_account.ensure(given, url)).private_key == KEY
            assert [one.last_four for one in run(first_account.keys(url))] == [first.private_key[-4:], KEY[-4:]]
        assert run(_account_of(url, KEY)) == first.account.account_id
        revoked = next(one.id for one in run(first_account.keys(url)) if one.last_four == KEY[-4:])
        assert run(first_account.revoke_key(url, revoked))
        assert run(first_account.ensure(given, url)).private_key is None
        assert run(_account_of(url, KEY)) is None


async def _account_of(url: str, key: str) -> int | None:
    """Whom the key opens."""
    async with await psycopg.AsyncConnection.connect(url) as conn:
        found = await accounts.find_key(conn, key)
    return found and found[0].account_id


def test_what_a_command_started_ends_with_it_whatever_becomes_of_it(tmp_path: Path) -> None:
    data = tmp_path / "data"
    made = rapport("keys", "create", "--data", str(data))
    assert made.returncode == 1 and "no account yet" in made.stdout
    assert not _processes(data)
    held = f"""
import time
from rapport import database
from rapport.kit.settings import load
with database.running(load(data={str(data)!r})):
    print("up", flush=True)
    time.sleep(60)"""
    waiting = subprocess.Popen([sys.executable, "-c", held], stdout=subprocess.PIPE)
    assert waiting.stdout is not None and waiting.stdout.readline() == b"up\n"
    waiting.terminate()
    assert waiting.wait(30) == 128 + signal.SIGTERM
    assert not _processes(data)


@pytest.mark.long
def test_a_start_that_fails_stops_the_database_it_started(tmp_path: Path) -> None:
    """The data are of a newer program, whose schema this one does not know."""
    data = tmp_path / "data"
    postgres = PrivatePostgres(data / "postgres")
    with psycopg.connect(postgres.start(), autocommit=True) as conn:
        conn.execute("CREATE TABLE alembic_version AS SELECT 'of tomorrow' AS version_num")
    postgres.stop()
    failed = rapport("serve", "--data", str(data), "--port", str(free_port()))
    assert failed.returncode != 0
    assert not _processes(data)


@pytest.fixture(scope="module")
def told() -> Iterator[Server]:
    """One that is told its keys, and to run two workers."""
    folder = Path(tempfile.mkdtemp(prefix="rapport-told-"))
    told = {"RAPPORT_PRIVATE_KEY": KEY, "RAPPORT_PUBLIC_KEY": "FIRST1", "RAPPORT_WORKERS": "2"}
    running = start(folder / "data", **told, RAPPORT_ACCOUNT_NAME="Ann's Tea", RAPPORT_BASE_URL="")
    yield running
    running.stop()
    assert _gone(folder)
    shutil.rmtree(folder)


def test_it_makes_a_live_account_named_by_its_owner(told: Server) -> None:
    """A clock that can be moved is for tests alone."""
    assert told.query("SELECT name, is_test, website FROM accounts WHERE public_id = 'FIRST1'") == [
        ("Ann's Tea", False, None)
    ]
    body = {"data": {"type": "test-clock", "attributes": {"advance_seconds": 60}}}
    answer = httpx.post(f"{told.url}/api/test-clock", headers={"Authorization": f"Klaviyo-API-Key {KEY}"}, json=body)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (403, "permission_denied")


@pytest.mark.parametrize(
    ("given", "made"),
    [
        ({}, ("My store", False)),
        ({"RAPPORT_TEST_ACCOUNT": "on"}, ("My store", True)),
        ({"RAPPORT_ACCOUNT_NAME": "Bea's Shoes", "RAPPORT_TEST_ACCOUNT": "off"}, ("Bea's Shoes", False)),
    ],
)
def test_the_first_account_is_a_test_one_only_where_that_is_said(
    given: dict[str, str], made: tuple[str, bool], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in given.items():
        monkeypatch.setenv(name, text)
    with database() as url:
        account = run(first_account.ensure(settings_module.load(data=str(tmp_path)), url)).account
    assert (account.name, account.is_test, account.sender_name) == (*made, made[0])


def test_it_uses_the_given_keys_for_the_first_account(told: Server) -> None:
    answer = httpx.get(f"{told.url}/api/accounts", headers={"Authorization": f"Klaviyo-API-Key {KEY}"})
    assert answer.json()["data"][0]["id"] == "FIRST1"
    assert KEY.encode() not in bytes(told.query("SELECT hash FROM api_keys ORDER BY created LIMIT 1")[0][0])


def test_without_a_base_url_links_lead_to_where_it_listens_and_it_says_so(told: Server) -> None:
    """The doctor says so too, and warns once there is a mail server to send them through."""
    log = told.data.parent / "data.log"
    eventually(lambda: "RAPPORT_BASE_URL" in log.read_text())
    assert f"Links in messages begin with {told.url}" in log.read_text()
    assert "begin with the address that `rapport serve` listens on" in _rapport(told, "doctor").stdout
    sending = _rapport(told, "doctor", RAPPORT_SMTP_URL="smtp://mail.example")
    assert sending.returncode == 1 and "Set RAPPORT_BASE_URL" in sending.stdout


@pytest.mark.parametrize(
    ("host", "shown"), [("0.0.0.0", "localhost"), ("::", "localhost"), ("::1", "[::1]"), ("192.0.2.7", "192.0.2.7")]
)
def test_an_address_that_nobody_can_call_is_shown_as_localhost(host: str, shown: str, tmp_path: Path) -> None:
    assert settings_module.load(data=str(tmp_path), host=host, port=8080).base_url == f"http://{shown}:8080"


def test_it_runs_as_many_workers_as_it_is_told(told: Server) -> None:
    eventually(lambda: _alive(told) == 2)


def _alive(server: Server) -> int:
    return int(httpx.get(f"{server.url}/health").json()["workers"])


def test_it_starts_workers_again_that_died(told: Server) -> None:
    """All of them at once: what is accepted meanwhile is recorded."""
    eventually(lambda: _alive(told) == 2)
    for line in _children(told):
        if "rapport: worker" in line:
            os.kill(int(line.split()[0]), signal.SIGKILL)
    with new_shop(told) as shop:
        shop.event("Placed Order", "ann@example.com")
        eventually(lambda: shop.sdk.Events.get_events().data)
    eventually(lambda: _alive(told) == 2)


@pytest.mark.long
def test_a_further_worker_leaves_the_database_to_the_program_it_belongs_to(told: Server) -> None:
    eventually(lambda: _alive(told) == 2)
    command = [sys.executable, "-m", "rapport.cli", "worker", "--data", str(told.data)]
    further = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    eventually(lambda: _alive(told) > 2)
    further.send_signal(signal.SIGTERM)
    further.wait(30)
    with new_shop(told) as shop:
        shop.event("Placed Order", "ann@example.com")
        shop.wait_until_recorded()


@pytest.mark.parametrize("path", ["/health", "/metrics", "/openapi.json"])
def test_it_answers_operators(server: Server, path: str) -> None:
    assert httpx.get(f"{server.url}{path}").status_code == 200


def _rapport(server: Server, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return server.command(*arguments, **environment)


def test_the_doctor_finds_nothing_wrong_and_says_what_is(server: Server) -> None:
    before = _rapport(server, "doctor")
    assert "workers alive" in before.stdout
    with new_shop(server) as shop:
        shop.query("SELECT 1")
        with psycopg.connect(server.database_url, autocommit=True) as conn:
            columns = "account_id, id, kind, body, reason, refused"
            conn.execute(
                f"INSERT INTO inbox_refused ({columns}) VALUES (%s, 1, 'event', '{{}}', 'no such thing', now())",
                (shop.account_id,),
            )
        after = _rapport(server, "doctor")
        with psycopg.connect(server.database_url, autocommit=True) as conn:
            conn.execute("DELETE FROM inbox_refused WHERE account_id = %s", (shop.account_id,))
    assert after.returncode == 1 and "inbox rows set aside" in after.stdout
    assert "no such thing" in after.stdout and shop.public_id in after.stdout


def test_the_doctor_names_a_deletion_that_gets_nowhere(server: Server) -> None:
    """One that was asked for two hours ago and waits for an event that is not recorded; not one of this minute."""
    waiting = """
        INSERT INTO deletion_jobs (account_id, status, named_by, value, accepted, created)
        SELECT %s, 'queued', 'email', 'ann@example.com', max(id), now() - %s::interval FROM inbox RETURNING 1"""
    with new_shop(server) as shop, psycopg.connect(server.database_url) as held:
        held.execute("SELECT pg_advisory_xact_lock(%s, %s)", (RECORDING_LOCK, shop.account_id))
        shop.event("Called", "ann@example.com")
        for age in ("1 minute", "2 hours"):
            shop.query(waiting, shop.account_id, age)
        first = shop.query("SELECT max(id) FROM deletion_jobs WHERE account_id = %s", shop.account_id)[0][0]
        said = " ".join(_rapport(server, "doctor").stdout.split())
        assert "deletions waiting" in said and "1 for longer than an hour" in said and str(first) in said
        held.rollback()
        eventually(
            lambda: (
                not shop.query("SELECT FROM deletion_jobs WHERE status = 'queued' AND account_id = %s", shop.account_id)
            )
        )


def test_it_puts_refused_rows_back_and_says_which_failed_again(server: Server) -> None:
    """One row is mended by hand, the other still can't be read."""
    right = {
        "person": {"email": "ann@example.com"},
        "metric": "Call",
        "time": 1717236000,
        "received": "2024-06-01T10:00:00Z",
    }
    with new_shop(server) as shop, psycopg.connect(server.database_url, autocommit=True) as conn:
        for body in ({**right, "time": "noon"}, {**right, "time": "night"}):
            conn.execute(
                "INSERT INTO inbox (account_id, kind, body) VALUES (%s, 'event', %s)",
                (shop.account_id, json.dumps(body)),
            )
        shop.wait_until_recorded()
        ids = [
            row[0]
            for row in shop.query("SELECT id FROM inbox_refused WHERE account_id = %s ORDER BY id", shop.account_id)
        ]
        assert len(ids) == 2
        mended = (json.dumps(right), shop.account_id, ids[0])
        conn.execute("UPDATE inbox_refused SET body = %s WHERE account_id = %s AND id = %s", mended)
        assert _rapport(server, "replay").returncode == 2
        one = _rapport(server, "replay", "--id", str(ids[0]))
        assert one.returncode == 0 and "1 put back, 0 failed again" in one.stdout
        assert len(shop.http.get("/api/events").json()["data"]) == 1
        again = _rapport(server, "replay", "--account", shop.public_id)
        assert again.returncode == 1 and "1 put back, 1 failed again" in again.stdout
        assert str(ids[1]) in again.stdout and "night" not in again.stdout
        conn.execute("DELETE FROM inbox_refused WHERE account_id = %s", (shop.account_id,))
        assert "0 put back" in _rapport(server, "replay", "--account", shop.public_id).stdout


def _loses_its_database(server: Server) -> None:
    """It is started again, and what was recorded is there. Whoever calls meanwhile is answered, or told when to come
    again."""
    with new_shop(server) as shop:
        shop.event("Placed Order", "ann@example.com")
        shop.wait_until_recorded()
        _fill_pool(shop)
        until, answers = threading.Event(), list[httpx.Response]()
        callers = [threading.Thread(target=_call_until, args=(shop, until, answers, number)) for number in range(4)]
        for one in callers:
            one.start()
        _kill_database(server)
        eventually(lambda: sum(one.status_code == 202 for one in answers[-20:]) > 4, seconds=60, every=0.2)
        until.set()
        for one in callers:
            one.join(60)
        assert {one.status_code for one in answers} <= {200, 202, 503}
        for one in answers:
            if one.status_code == 503:
                assert int(one.headers["retry-after"]) > 0
                assert one.json()["errors"][0]["code"] == "service_unavailable"
        shop.wait_until_recorded()
        accepted = sum(one.status_code == 202 for one in answers)
        assert _count(shop, "Called") >= accepted and _count(shop, "Placed Order") == 1


def test_connections_that_were_lost_while_nobody_used_them_are_nobodys_trouble(server: Server) -> None:
    """As after a restart: the next calls, reads and writes, are answered as if nothing had been."""
    with new_shop(server) as shop:
        body = event_body("Called", person={"email": "ann@example.com"})
        for _ in range(length(1, 3)):
            _fill_pool(shop)
            shop.query(
                """SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
                   WHERE pid <> pg_backend_pid() AND datname = current_database() AND state = 'idle'
                     AND NOT starts_with(query, 'LISTEN')"""
            )
            codes = [shop.http.post("/api/events", json=body).status_code, *_statuses(shop, "/api/profiles", 8)]
            assert codes == [202] + [200] * 8
            assert shop.http.get("/health").status_code in (200, 503)


def _kill_database(server: Server) -> None:
    os.kill(int((server.data / "postgres" / "postmaster.pid").read_text().split("\n")[0]), signal.SIGKILL)


def _fill_pool(shop: Shop) -> None:
    """So many calls at once that the server holds many connections afterwards."""
    assert set(_statuses(shop, "/api/profiles", 24)) == {200}


def _statuses(shop: Shop, path: str, calls: int) -> list[int]:
    with ThreadPoolExecutor(8) as pool:
        return [one.status_code for one in pool.map(lambda _: shop.http.get(path), range(calls))]


def _call_until(shop: Shop, until: threading.Event, answers: list[httpx.Response], number: int) -> None:
    """Reads and writes by turns; a call that is not answered at all fails the test in its thread."""
    calls = 0
    while not until.is_set():
        calls += 1
        body = event_body("Called", person={"email": "bea@example.com"}, unique_id=f"{number}-{calls}")
        answers.append(shop.http.post("/api/events", json=body))
        answers.append(shop.http.get("/api/events", params={"page[size]": 1}))
        time.sleep(0.01)


def _count(shop: Shop, metric: str) -> int:
    rows = shop.query(
        """SELECT count(*) FROM events e JOIN metrics m ON m.account_id = e.account_id AND m.id = e.metric_id
           WHERE e.account_id = %s AND m.name = %s""",
        shop.account_id,
        metric,
    )
    return int(rows[0][0])


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_a_second_one_on_the_same_port_ends_with_a_sentence(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    """Before it starts anything; the first one goes on. Only what is ending is waited for."""
    monkeypatch.setattr(supervisor, "_PORT_SECONDS", 0)
    settings = settings_module.load(data=str(tmp_path))
    with pytest.raises(Fatal, match=f"Port {server.port} of {host} is taken"):
        supervisor.serve(settings, host=host, port=server.port, role="web")
    assert not (tmp_path / "postgres").exists()
    assert httpx.get(f"{server.url}/health").status_code == 200


def test_what_is_served_to_everybody_is_made_once(server: Server) -> None:
    """Twenty at once: each is answered as fast as a file."""
    first = httpx.get(f"{server.url}/openapi.json", headers={"host": "evil.example"})
    began = time.monotonic()
    with ThreadPoolExecutor(20) as pool:
        texts = set(pool.map(lambda _: httpx.get(f"{server.url}/openapi.json").text, range(100)))
    assert texts == {first.text} and "evil.example" not in first.text
    # each cost 0.4 s of the process, one after another
    assert time.monotonic() - began < 30


@pytest.mark.parametrize(
    "path",
    [
        "/l/%00/x",
        "/l/{company}/%00",
        "/s/%00",
        "/s/a%00b",
        "/u/%00",
        "/p/%00",
        "/v/%00",
        "/c/%00/1",
        "/s/%ff",
        "/onsite/js/%00/klaviyo.js",
        "/sign-in?token=%00",
        "/l/%ed%a0%80/x",
        "/%00",
        "/assets/%00",
    ],
)
def test_an_address_that_can_not_be_is_not_found(server: Server, shop: Shop, path: str) -> None:
    answer = httpx.get(server.url + path.format(company=shop.public_id))
    assert answer.status_code in (200, 400, 403, 404), path


_BROKEN = (b"zz\r\nhello\r\n", b"5\r\nhelloXX\r\n0\r\n\r\n", b"FFFFFFFFFFFFFFFFFFFF\r\nx")


@pytest.mark.parametrize(
    "path",
    [
        "/api/events",
        "/api/lists",
        "/client/events?company_id={company}",
        "/l/{company}/x",
        "/u/x",
        "/oauth/token",
    ],
)
def test_a_body_in_broken_chunks_is_the_senders_fault(shop: Shop, path: str) -> None:
    for body in _BROKEN:
        head = f"POST {path.format(company=shop.public_id)} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
        about = f"Content-Type: application/json\r\nAuthorization: Klaviyo-API-Key {shop.private_key}\r\n\r\n"
        with socket.create_connection(("127.0.0.1", shop.server.port), timeout=10) as sent:
            sent.sendall((head + about).encode() + body)
            answer = sent.recv(1000)
        assert 400 <= int(answer.split(b" ")[1]) < 500, answer


def test_a_silent_database_leaves_nobody_without_an_answer(told: Server) -> None:
    """All of it is stopped, as when its machine hangs: no connection ends, and nothing comes over any."""
    with new_shop(told) as shop:
        shop.event("Called", "ann@example.com")
        shop.wait_until_recorded()
        body = event_body("Called", person={"email": "bea@example.com"})
        calls: list[Callable[[], httpx.Response]] = [
            lambda: shop.http.get("/api/profiles"),
            lambda: shop.http.post("/api/events", json=body),
            lambda: httpx.get(f"{told.url}/s/unknown", timeout=30),
            lambda: httpx.get(f"{told.url}/health", timeout=30),
        ]
        with _stopped(told), ThreadPoolExecutor(len(calls)) as pool:
            began = time.monotonic()
            answers = list(pool.map(lambda call: call(), calls))
            took = time.monotonic() - began
        assert [(one.status_code, one.headers["retry-after"].isdigit()) for one in answers] == [(503, True)] * 4
        assert took < 25
        eventually(lambda: shop.http.get("/api/profiles").status_code == 200)
        assert shop.http.post("/api/events", json=body).status_code == 202


@contextmanager
def _stopped(server: Server) -> Iterator[None]:
    """Its database, all processes of it, as long as the block lasts."""
    first = (server.data / "postgres" / "postmaster.pid").read_text().split("\n")[0]
    listed = subprocess.run(["ps", "--ppid", first, "-o", "pid="], capture_output=True, text=True, check=True).stdout
    pids = [int(first), *map(int, listed.split())]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def test_it_makes_keys_and_sign_in_links(server: Server) -> None:
    made = _rapport(server, "keys", "create", "--scopes", "read-only").stdout.strip()
    headers = {"Authorization": f"Klaviyo-API-Key {made}"}
    assert httpx.get(f"{server.url}/api/profiles", headers=headers).status_code == 200
    assert httpx.post(f"{server.url}/api/lists", headers=headers, json={}).status_code == 403
    link = _rapport(server, "sign-in", "--port", str(server.port)).stdout.strip()
    with httpx.Client() as client:
        assert pressed(client, link).status_code == 200
        assert client.get(f"{server.url}/api/session").status_code == 200
