"""References of the HTTP benchmarks, in Starlette: a handler that COPYs the raw body, sharing commits as ours does, and
one that reads a profile's row and answers it as JSON."""

import asyncio
import sys
from typing import Any

import msgspec
import uvloop
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.embed import Server
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from rapport.kit import db

_PROFILE = "SELECT * FROM profiles WHERE account_id = %s AND ulid = %s"


class _Writer:
    """Gathers bodies while a flush is under way."""

    def __init__(self, pool: db.Pool) -> None:
        self._pool = pool
        self._waiting: list[tuple[bytes, asyncio.Future[None]]] = []
        self._busy = 0
        self._tasks: set[Any] = set()

    async def put(self, body: bytes) -> None:
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((body, done))
        if self._busy < 2:
            task = asyncio.create_task(self._flush())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        await done

    async def _flush(self) -> None:
        self._busy += 1
        while self._waiting:
            taken, self._waiting = self._waiting, []
            async with (
                self._pool.connection() as conn,
                conn.cursor() as cursor,
                cursor.copy("COPY bench_bodies (body) FROM STDIN") as copy,
            ):
                for body, _ in taken:
                    await copy.write_row((body.decode(),))
            for _, done in taken:
                done.set_result(None)
        self._busy -= 1


async def main(url: str, port: int) -> None:
    pool = db.new_pool(url, size=4)
    await pool.open()
    async with pool.connection() as conn:
        await conn.execute(
            "CREATE TABLE IF NOT EXISTS bench_bodies (id bigint GENERATED ALWAYS AS IDENTITY, body json)"
        )
    writer = _Writer(pool)

    async def take(request: Request) -> Response:
        await writer.put(await request.body())
        return Response(status_code=202)

    async def read(request: Request) -> Response:
        async with pool.connection() as conn:
            row = await db.one(conn, _PROFILE, (account, request.path_params["id"]))
        return Response(msgspec.json.encode(row), media_type="application/json")

    async with pool.connection() as conn:
        account = (await db.rows(conn, "SELECT account_id FROM accounts LIMIT 1"))[0][0]
    routes = [Route("/api/events/", take, methods=["POST"]), Route("/api/profiles/{id}/", read)]
    app = Starlette(routes=routes)
    server = Server(app, port=port, interface=Interfaces.ASGI, log_level=LogLevels.error, websockets=False)
    await server.serve()


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], int(sys.argv[2])))
