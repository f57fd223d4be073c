"""The program as its operator meets it: starting, stopping, being killed, being asked."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import psycopg
import pytest

from tests.conftest import Server, Shop, eventually, new_shop, start
from tests.people import event_body


def _processes(data: Path) -> list[str]:
    """What still runs on this data folder."""
    listed = subprocess.run(["ps", "-eo", "pid,args"], capture_output=True, text=True, check=True).stdout
    return [line for line in listed.splitlines() if str(data) in line and "ps -eo" not in line]


def _gone(data: Path) -> bool:
    deadline = time.monotonic() + 20
    while _processes(data) and time.monotonic() < deadline:
        time.sleep(0.1)
    return not _processes(data)


def test_it_stops_web_worker_and_database_at_ctrl_c_and_starts_again_with_its_data(tmp_path: Path) -> None:
    server = start(tmp_path / "data")
    with new_shop(server) as shop:
        shop.profile("ann@example.com")
    server.process.send_signal(signal.SIGINT)
    assert server.process.wait(30) == 0
    assert _gone(tmp_path / "data")
    again = start(tmp_path / "data")
    try:
        assert again.query("SELECT email FROM profiles WHERE email = 'ann@example.com'")
    finally:
        again.stop()


def test_its_children_end_when_the_program_alone_is_killed(tmp_path: Path) -> None:
    server = start(tmp_path / "data")
    os.kill(server.process.pid, signal.SIGKILL)
    server.process.wait()
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        try:
            httpx.get(f"{server.url}/health", timeout=1)
            time.sleep(0.1)
        except httpx.HTTPError:
            break
    again = start(tmp_path / "data", port=server.port)
    again.stop()
    assert _gone(tmp_path / "data")


def test_it_starts_a_worker_again_that_died(tmp_path: Path) -> None:
    server = start(tmp_path / "data")
    try:
        worker = next(line for line in _children(server) if "processes worker" in line)
        os.kill(int(worker.split()[0]), signal.SIGKILL)
        with new_shop(server) as shop:
            shop.event("Placed Order", "ann@example.com")
            deadline = time.monotonic() + 20
            while not shop.sdk.Events.get_events().data:
                assert time.monotonic() < deadline
                time.sleep(0.1)
    finally:
        server.stop()


def _children(server: Server) -> list[str]:
    command = ["ps", "--ppid", str(server.process.pid), "-o", "pid,args"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[1:]


def test_it_uses_a_database_of_ones_own(server: Server, tmp_path: Path) -> None:
    with psycopg.connect(server.database_url, autocommit=True) as conn:
        conn.execute("DROP DATABASE IF EXISTS outside")
        conn.execute("CREATE DATABASE outside")
    url = server.database_url.replace("/rapport?", "/outside?")
    other = start(tmp_path / "data", RAPPORT_DATABASE_URL=url)
    try:
        assert not (tmp_path / "data" / "postgres").exists()
        assert httpx.get(f"{other.url}/health").json()["status"] == "ok"
    finally:
        other.stop()


def test_it_uses_the_given_keys_for_the_first_account(tmp_path: Path) -> None:
    key = "pk_" + "ab" * 16
    server = start(tmp_path / "data", RAPPORT_PRIVATE_KEY=key, RAPPORT_PUBLIC_KEY="FIRST1")
    try:
        answer = httpx.get(f"{server.url}/api/accounts", headers={"Authorization": f"Klaviyo-API-Key {key}"})
        assert answer.json()["data"][0]["id"] == "FIRST1"
        stored = server.query("SELECT hash FROM api_keys")
        assert key.encode() not in bytes(stored[0][0])
    finally:
        server.stop()


@pytest.mark.parametrize("path", ["/health", "/metrics", "/openapi.json"])
def test_it_answers_operators(server: Server, path: str) -> None:
    assert httpx.get(f"{server.url}{path}").status_code == 200


def _rapport(server: Server, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "rapport.cli", *arguments, "--data", str(server.data)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


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


def test_it_puts_refused_rows_back_and_says_which_failed_again(server: Server) -> None:
    """One row is mended by hand, the other still can't be read."""
    right = {
        "person": {"email": "ann@example.com"}, "metric": "Call", "time": 1717236000, "received": "2024-06-01T10:00:00Z"
    }  # fmt: skip
    with new_shop(server) as shop, psycopg.connect(server.database_url, autocommit=True) as conn:
        for body in ({**right, "time": "noon"}, {**right, "time": "night"}):
            conn.execute(
                "INSERT INTO inbox (account_id, kind, body) VALUES (%s, 'event', %s)",
                (shop.account_id, json.dumps(body)),
            )
        shop.settled()
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


def test_it_starts_the_database_again_that_died(tmp_path: Path) -> None:
    """What was recorded is there, and a client that tries again gets through."""
    server = start(tmp_path / "data")
    try:
        with new_shop(server) as shop:
            shop.event("Placed Order", "ann@example.com")
            shop.settled()
            os.kill(int((server.data / "postgres" / "postmaster.pid").read_text().split("\n")[0]), signal.SIGKILL)
            body = event_body("Placed Order", person={"email": "bea@example.com"})
            eventually(lambda: _status(shop, "POST", "/api/events", body) == 202, seconds=60, every=0.2)
            eventually(lambda: _status(shop, "GET", "/api/events") == 200, seconds=30)
            eventually(lambda: len(shop.http.get("/api/events").json().get("data", [])) == 2, seconds=30)
    finally:
        server.stop()
    assert _gone(tmp_path / "data")


def _status(shop: Shop, method: str, path: str, body: object = None) -> int:
    """0 = no answer."""
    try:
        return shop.http.request(method, path, json=body, timeout=10).status_code
    except httpx.HTTPError:
        return 0


def test_it_runs_as_many_workers_as_it_is_told(tmp_path: Path) -> None:
    server = start(tmp_path / "data", RAPPORT_WORKERS="3")
    try:
        deadline = time.monotonic() + 30
        while httpx.get(f"{server.url}/health").json()["workers"] < 3:
            assert time.monotonic() < deadline
            time.sleep(0.1)
    finally:
        server.stop()
    assert _gone(tmp_path / "data")


def test_a_further_worker_leaves_the_database_to_the_program_it_belongs_to(tmp_path: Path) -> None:
    server = start(tmp_path / "data")
    try:
        command = [sys.executable, "-m", "rapport.cli", "worker", "--data", str(server.data)]
        further = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 30
        while httpx.get(f"{server.url}/health").json()["workers"] < 2:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        further.send_signal(signal.SIGTERM)
        further.wait(30)
        with new_shop(server) as shop:
            shop.event("Placed Order", "ann@example.com")
            shop.settled()
    finally:
        server.stop()


def test_it_makes_keys_and_sign_in_links(server: Server) -> None:
    made = _rapport(server, "keys", "create", "--scopes", "read-only").stdout.strip()
    headers = {"Authorization": f"Klaviyo-API-Key {made}"}
    assert httpx.get(f"{server.url}/api/profiles", headers=headers).status_code == 200
    assert httpx.post(f"{server.url}/api/lists", headers=headers, json={}).status_code == 403
    link = _rapport(server, "sign-in", "--port", str(server.port)).stdout.strip()
    with httpx.Client() as client:
        assert client.get(link).status_code == 303
        assert client.get(f"{server.url}/api/session").status_code == 200
