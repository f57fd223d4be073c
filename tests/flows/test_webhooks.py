"""Webhook calls, against a real HTTP receiver (behaviour-messaging 1.13)."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from rapport.flows.calling import ATTEMPTS, next_try
from tests.flows.conftest import World, action


class Receiver:
    """Keeps what it is sent, and answers with the next of `answers` (200 when there is none left)."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], Any]] = []
        self.answers: list[int] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                receiver.got.append((dict(self.headers), json.loads(body)))
                status = receiver.answers.pop(0) if receiver.answers else 200
                self.send_response(status)
                self.send_header("content-length", "2")
                self.send_header("location", "/elsewhere")
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/hook"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    running = Receiver()
    yield running
    running.server.shutdown()
    running.server.server_close()


def hook(url: str, body: str = "{}", then: str | None = None, **message: Any) -> dict[str, Any]:
    return action("hook", "send-webhook", then, status="live", message={"url": url, "body": body, **message})


async def status(world: World) -> list[tuple[Any, ...]]:
    return await world.query("SELECT status, attempts FROM webhook_calls WHERE account_id = %s ORDER BY id")


async def test_it_posts_the_filled_in_body_with_its_headers(world: World, receiver: Receiver) -> None:
    body = '{"id": "{{ person.KlaviyoID }}", "who": "{{ first_name }}", "list_id": "123ABC", "days": 1}'
    flow = await world.flow(hook(receiver.url, body, headers={"x-key": "secret"}))
    ann = await world.person(set={"first_name": "Ann"})
    await world.join(ann)
    ulid = (await world.query("SELECT ulid FROM profiles WHERE account_id = %s AND id = %s", ann))[0][0]
    ((headers, got),) = receiver.got
    assert got == {"id": ulid, "who": "Ann", "list_id": "123ABC", "days": 1}
    assert headers["x-key"] == "secret" and headers["X-Klaviyo-Flow-ID"] == flow.public_id
    assert headers["Content-Type"] == "application/json"
    assert await status(world) == [("done", 1)]


async def test_it_fills_in_the_event_that_started_the_run(world: World, receiver: Receiver) -> None:
    await world.metric_flow(
        "Placed Order", hook(receiver.url, '{"item": "{{ event.Item }}", "v": {{ event|lookup:"$value" }}}')
    )
    await world.event("Placed Order", await world.person(), {"Item": "Hat"}, value="12.5")
    assert receiver.got[0][1] == {"item": "Hat", "v": 12.5}


async def test_it_tries_again_with_longer_pauses_while_the_run_goes_on(world: World, receiver: Receiver) -> None:
    """F16"""
    receiver.answers = [500, 429]
    await world.flow(hook(receiver.url, then="A"), world.email("A"))
    await world.join(await world.person())
    assert await world.messages() == [("A", "sent")] and await status(world) == [("queued", 1)]
    await world.advance(seconds=50)
    assert len(receiver.got) == 1
    await world.advance(seconds=20)
    assert await status(world) == [("queued", 2)]
    await world.advance(seconds=125)
    assert await status(world) == [("done", 3)]


@pytest.mark.parametrize("answer", [404, 400, 302])
async def test_it_does_not_try_again_after_any_other_answer(world: World, receiver: Receiver, answer: int) -> None:
    """F17, and redirects are not followed"""
    receiver.answers = [answer]
    await world.flow(hook(receiver.url))
    await world.join(await world.person())
    await world.advance(days=1)
    assert len(receiver.got) == 1 and await status(world) == [("failed", 1)]


async def test_it_gives_up_after_17_tries(world: World, receiver: Receiver) -> None:
    receiver.answers = [503] * 30
    await world.flow(hook(receiver.url))
    await world.join(await world.person())
    for _ in range(20):
        await world.advance(hours=2, seconds=1)
    assert len(receiver.got) == ATTEMPTS and await status(world) == [("failed", ATTEMPTS)]


def test_it_spreads_17_tries_over_less_than_a_day() -> None:
    now = start = datetime(2026, 1, 1, tzinfo=UTC)
    for attempts in range(1, ATTEMPTS):
        now = next_try(now, attempts)
    assert timedelta(hours=18) < now - start < timedelta(hours=24)


async def test_it_does_not_send_a_body_that_is_no_json_once_it_is_filled_in(world: World, receiver: Receiver) -> None:
    await world.flow(hook(receiver.url, '{"id": {{ person.nothing }}"}'))
    await world.join(await world.person())
    assert receiver.got == [] and await status(world) == [("failed", 0)]
    assert [done for _, _, done in await world.runs()] == [True]


async def test_it_tries_again_when_nobody_answers(world: World, receiver: Receiver) -> None:
    url = receiver.url
    receiver.server.shutdown()
    receiver.server.server_close()
    await world.flow(hook(url))
    await world.join(await world.person())
    assert await status(world) == [("queued", 1)]


async def test_it_makes_a_call_again_that_was_under_way_when_its_worker_died(world: World, receiver: Receiver) -> None:
    await world.flow(hook(receiver.url))
    ann = await world.person()
    await world.join(ann)
    await world.query(
        "UPDATE webhook_calls SET status = 'in_flight', due = due + interval '2 min' WHERE account_id = %s RETURNING 1"
    )
    await world.advance(minutes=1)
    assert len(receiver.got) == 1
    await world.advance(minutes=3)
    assert len(receiver.got) == 2 and await status(world) == [("done", 2)]
