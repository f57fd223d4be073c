"""Calls to whatever host an account names: where they may go, how long they take and what of the answer is read."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest

from rapport.kit import outgoing
from rapport.kit.outgoing import Allowed
from tests.conftest import Shop, eventually
from tests.flows.conftest import World, action
from tests.receiver import Receiver


def hook(url: str, **message: Any) -> dict[str, Any]:
    return action("hook", "send-webhook", status="live", message={"url": url, "body": "{}", **message})


async def outcomes(world: World) -> list[tuple[str, int, str]]:
    statement = "SELECT status, attempts, answer FROM webhook_calls WHERE account_id = %s ORDER BY id"
    return [(row[0], row[1], row[2]) for row in await world.query(statement)]


# ---- where a call may go


FORBIDDEN = (
    "https://127.0.0.2/", "https://[::1]/", "https://169.254.169.254/latest", "https://10.0.0.1/", "https://0.0.0.0/",
    "https://[::ffff:10.0.0.1]/", "https://[64:ff9b::a00:1]/", "https://[2002:a00:1::]/", "https://224.0.0.1/",
    "https://100.64.0.1/", "https://[fec0::1]/", "https://[fd00::1]/",
    "http://example.com/", "http://8.8.8.8/", "http://127.0.0.2/", "ftp://example.com/", "https://", "https://a b/",
    "https://example.com:99999/", "https://example.com/\n", "https://example..com/", "https://.example.com/",
    f"https://{'a' * 64}.com/", f"https://{'a.' * 126}com/",
)  # fmt: skip


def made(shop: Shop, **message: Any) -> Any:
    """The answer to a new flow with one webhook."""
    news = shop.sdk.Lists.create_list({"data": {"type": "list", "attributes": {"name": "News"}}}).data.id
    definition = {
        "triggers": [{"type": "list", "id": news}],
        "entry_action_id": "hook",
        "actions": [hook(**message)],
    }
    attributes = {"name": "Hook", "definition": definition}
    return shop.http.post("/api/flows", json={"data": {"type": "flow", "attributes": attributes}})


@pytest.mark.parametrize("url", FORBIDDEN)
def test_a_url_that_may_not_be_called_is_refused_when_it_is_written(shop: Shop, url: str) -> None:
    answer = made(shop, url=url)
    assert answer.status_code == 400, answer.text
    [error] = answer.json()["errors"]
    assert error["source"]["pointer"].endswith("/data/message/url")


HEADERS = ({"x-key": "a\nb"}, {"x-key": "a\r\nx-other: b"}, {"x key": "a"}, {"": "a"}, {"x-key": "schön"},
           {"x-key": " a"}, {"x-ключ": "a"})  # fmt: skip


@pytest.mark.parametrize("headers", HEADERS)
def test_a_header_that_cannot_be_sent_is_refused_when_it_is_written(shop: Shop, headers: dict[str, str]) -> None:
    answer = made(shop, url="https://shop.example/hook", headers=headers)
    assert answer.status_code == 400, answer.text
    [error] = answer.json()["errors"]
    assert error["source"]["pointer"].endswith("/data/message/headers")


def test_what_can_be_sent_is_taken(shop: Shop) -> None:
    headers = {"x-key": "a b\t!~", "X_Key.2": ""}
    for url in (
        "https://shop.example/hook",
        "https://8.8.8.8:8443/hook",
        "https://bücher.example/",
        "http://127.0.0.1:9/",
    ):
        assert made(shop, url=url, headers=headers).status_code == 201, url


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """Somebody who would hear of a connection."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


def was_connected_to(listener: socket.socket) -> bool:
    try:
        listener.accept()[0].close()
    except BlockingIOError:
        return False
    return True


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "017700000001"])
async def test_a_name_is_judged_by_the_address_it_leads_to(world: World, listener: socket.socket, host: str) -> None:
    """These look like names, and resolve to 127.0.0.1, as any name may by the time of the call."""
    outgoing.use(Allowed())
    await world.flow(hook(f"https://{host}:{listener.getsockname()[1]}/"))
    await world.join(await world.person())
    [(status, attempts, reason)] = await outcomes(world)
    assert (status, attempts) == ("failed", 1) and "127.0.0.1" in reason and "RAPPORT_OUTGOING_ALLOW" in reason
    assert not was_connected_to(listener)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "shop.localhost"])
def test_this_machine_is_no_place_to_call_unless_it_is_named(host: str) -> None:
    outgoing.use(Allowed())
    with pytest.raises(outgoing.Unsendable, match="RAPPORT_OUTGOING_ALLOW"):
        outgoing.check_url(f"https://{host}/")


async def test_an_exception_is_named_by_host_address_or_network(world: World) -> None:
    with Receiver() as receiver:
        port = receiver.url.rpartition(":")[2]
        for allowed in ("127.0.0.1", "127.0.0.0/8", "localhost, 10.0.0.0/8"):
            outgoing.use(Allowed.parse(allowed))
            host = "localhost" if "localhost" in allowed else "127.0.0.1"
            await world.flow(hook(f"http://{host}:{port}/{allowed}".replace(" ", "")))
        outgoing.use(Allowed.parse("127.0.0.1 localhost"))
        await world.join(await world.person())
        assert len(receiver.requests) == 3


@pytest.mark.parametrize("text", ["10.0.0.0/99", "a b!", "http://shop.example", "shop.example:80"])
def test_an_exception_that_makes_no_sense_says_so(text: str) -> None:
    with pytest.raises(ValueError, match="RAPPORT_OUTGOING_ALLOW"):
        Allowed.parse(text)


# ---- how long a call takes, and how many there are


class Slow:
    """Answers a byte at a time, `seconds` apart, until it is `released`."""

    def __init__(self, head: bytes, seconds: float) -> None:
        self.head, self.seconds = head, seconds
        self.connections = 0
        self.heard = asyncio.Event()
        self.port = 0
        self.released = asyncio.Event()

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.heard.set()
        try:
            writer.write(self.head)
            while not self.released.is_set():
                writer.write(b"x")
                await writer.drain()
                await asyncio.wait([waiter := asyncio.ensure_future(self.released.wait())], timeout=self.seconds)
                waiter.cancel()
        except ConnectionError:
            pass
        finally:
            writer.close()


@asynccontextmanager
async def slow(head: bytes = b"HTTP/1.1 200 OK\r\nx-slow: ", seconds: float = 0.05) -> AsyncIterator[Slow]:
    receiver = Slow(head, seconds)
    server = await asyncio.start_server(receiver.answer, "127.0.0.1", 0)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        receiver.released.set()
        server.close()


async def test_a_call_has_a_deadline_however_much_life_its_receiver_shows(world: World) -> None:
    world.caller.deadline_seconds = 0.3
    async with slow() as dripping:
        await world.flow(hook(f"http://127.0.0.1:{dripping.port}/"))
        await asyncio.wait_for(world.join(await world.person()), 10)
    assert await outcomes(world) == [("queued", 1, "There was no whole answer within 0.3 seconds.")]


async def test_one_slow_receiver_leaves_places_for_others(world: World) -> None:
    async with slow() as dripping:
        with Receiver() as quick:
            port = quick.url.rpartition(":")[2]
            await world.flow(hook(f"http://127.0.0.1:{dripping.port}/"))
            people = [await world.person(f"p{number}@example.com") for number in range(60)]
            joining = asyncio.create_task(world.join(*people))
            await dripping.heard.wait()
            await world.metric_flow("Placed Order", hook(f"http://localhost:{port}/"))
            await world.event("Placed Order", people[0], work=False)
            while await world.pipeline.run_once() + await world.engine.run_once():
                pass
            await world.caller.run_once()
            await asyncio.to_thread(eventually, lambda: len(quick.requests) == 1, seconds=5)
            assert dripping.connections <= 10
            dripping.released.set()
            await joining


async def test_little_of_an_answer_is_read_and_nothing_unpacked(world: World) -> None:
    sent = 0

    async def pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 100000000\r\n\r\n")
        try:
            for _ in range(1000):
                writer.write(b"z" * 100_000)
                await writer.drain()
                sent += 100_000
        except ConnectionError:
            pass
        writer.close()

    server = await asyncio.start_server(pour, "127.0.0.1", 0)
    await world.flow(hook(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"))
    await world.join(await world.person())
    server.close()
    [(status, _, answer)] = await outcomes(world)
    assert (status, answer[:7], len(answer)) == ("done", "200 zzz", 500)
    assert sent < 20_000_000


async def test_interim_answers_are_not_read_for_ever(world: World) -> None:
    """They are no answer yet, so no limit of an answer's head or body holds for them."""

    async def hint(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        with suppress(ConnectionError):
            while True:
                writer.write(b"HTTP/1.1 103 Early Hints\r\nlink: </a.css>\r\n\r\n" * 100)
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(hint, "127.0.0.1", 0)
    await world.flow(hook(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"))
    await asyncio.wait_for(world.join(await world.person()), 5)
    server.close()
    [(status, attempts, reason)] = await outcomes(world)
    assert (status, attempts) == ("queued", 1) and "goes on and on" in reason


# ---- what an operator and an account see


def test_failures_are_shown_with_flow_person_and_reason(shop: Shop) -> None:
    with Receiver(status=404) as receiver:
        flow = made(shop, url=f"{receiver.url}/gone").json()["data"]
        shop.sdk.Flows.update_flow(
            flow["id"], {"data": {"type": "flow", "id": flow["id"], "attributes": {"status": "live"}}}
        )
        profile = shop.profile("ann@example.com")
        news = flow["attributes"]["definition"]["triggers"][0]["id"]
        shop.sdk.Lists.add_profiles_to_list(news, {"data": [{"type": "profile", "id": profile}]})
        path = f"/api/webhook-calls?filter=equals(status,'failed'),equals(flow_id,'{flow['id']}')"
        [call] = eventually(lambda: shop.http.get(path).json()["data"])
    shown = call["attributes"]
    assert (shown["flow_id"], shown["flow_name"], shown["profile_id"]) == (flow["id"], "Hook", profile)
    assert (shown["url"], shown["attempts"]) == (f"{receiver.url}/gone", 1)
    assert shown["reason"].startswith("404")
