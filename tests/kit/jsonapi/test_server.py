"""The application behind a real server and a real socket: what a transport in the process would not show."""

import asyncio
import socket
from collections.abc import AsyncIterator

import httpx
import pytest
from granian.constants import Interfaces
from granian.server.embed import Server
from starlette.applications import Starlette
from starlette.routing import Mount

from .world import World


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
async def client(world: World) -> AsyncIterator[httpx.AsyncClient]:
    port = free_port()
    mounted = Starlette(routes=[Mount("/api", app=world.api)])
    server = Server(mounted, address="127.0.0.1", port=port, interface=Interfaces.ASGI)
    running = asyncio.create_task(server.serve())
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as opened:
        for _ in range(100):
            try:
                await opened.get("/api/words")
                break
            except httpx.ConnectError:
                await asyncio.sleep(0.05)
        yield opened
    server.stop()  # type: ignore[no-untyped-call]
    await running


async def test_it_serves_over_a_socket_when_mounted(world: World, client: httpx.AsyncClient) -> None:
    async with world.pool.connection() as conn:
        await conn.execute("insert into people (account_id, ulid) values (1, 'a/b é')")
    assert (await client.get("/api/people/a%2Fb%20%C3%A9/")).json()["data"]["id"] == "a/b é"
    head = await client.head("/api/words")
    assert (head.status_code, head.content, int(head.headers["content-length"]) > 100) == (200, b"", True)
    assert (await client.get("/api/big")).headers["content-encoding"] == "gzip"
    job = await client.post("/api/jobs", json={"data": {"type": "job"}})
    assert (job.status_code, job.headers["content-length"]) == (202, "0")
    assert (await client.delete("/api/people/nobody")).status_code == 404
    assert (await client.get("/api/people/%ff")).status_code == 400
    assert (await client.get("/api/people?filter=equals(id,'%ff')")).status_code == 400
    body = {"data": [{"type": "person", "id": "x"}]}
    assert (await client.post("/api/groups/all/relationships/people", json=body)).status_code == 204
    assert (await client.put("/api/words")).status_code == 405


async def test_it_reads_a_body_that_comes_in_parts(client: httpx.AsyncClient) -> None:
    async def parts() -> AsyncIterator[bytes]:
        yield b'{"na'
        await asyncio.sleep(0.02)
        yield b'me":"x"}'

    answer = await client.post("/api/events", content=parts(), headers={"content-type": "application/json"})
    assert (answer.status_code, answer.content) == (202, b"")
