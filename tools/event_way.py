"""What an event passes from POST to a flow's e-mail: `python tools/event_way.py [--list]`.

Runs web application, pipeline, flow engine and deliverer in this process on a database of its own, with one flow that
has one profile filter, and counts modules and functions of Rapport that are entered and statements that are made.
"""

import asyncio
import os
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import psycopg

import rapport
from rapport import migrations
from rapport.accounts import service as accounts
from rapport.kit import db
from rapport.kit import settings as settings_module
from rapport.kit.postgres import PrivatePostgres
from rapport.kit.rooms import Process
from rapport.server import application
from rapport.wiring import Program

HOME = str(Path(rapport.__file__).parent)
REVISION = "2026-10-15"
STAGES = ("pipeline", "flows", "deliverer")


class Tracing:
    """Files and functions entered, statements made, by stage."""

    def __init__(self) -> None:
        self.stage = ""
        self.functions: set[tuple[str, str]] = set()
        self.statements: Counter[str] = Counter()
        self.texts: list[tuple[str, str]] = []
        execute = psycopg.AsyncCursor.execute

        async def counted(cursor: Any, query: Any, *arguments: Any, **named: Any) -> Any:
            if self.stage:
                self.statements[self.stage] += 1
                self.texts.append((self.stage, " ".join(str(query).split())[:150]))
            return await execute(cursor, query, *arguments, **named)

        psycopg.AsyncCursor.execute = counted  # type: ignore[method-assign]
        copy = psycopg.AsyncCursor.copy

        def copied(cursor: Any, statement: Any, *arguments: Any, **named: Any) -> Any:
            if self.stage:
                self.statements[self.stage] += 1
                self.texts.append((self.stage, str(statement)[:150]))
            return copy(cursor, statement, *arguments, **named)

        psycopg.AsyncCursor.copy = copied  # type: ignore[method-assign]

    def enter(self, frame: Any, event: str, _: Any) -> None:
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(HOME) and not code.co_name.startswith("<"):
            self.functions.add((code.co_filename.removeprefix(HOME), code.co_qualname))

    async def during(self, stage: str, work: Any) -> Any:
        self.stage = stage
        sys.setprofile(self.enter)
        try:
            return await work
        finally:
            sys.setprofile(None)
            self.stage = ""


async def trace(url: str, folder: str, *, show: bool) -> None:
    os.environ |= {"RAPPORT_DATA": folder, "RAPPORT_TEST_ACCOUNT": "on"}
    settings = settings_module.load(data=folder)
    async with await psycopg.AsyncConnection.connect(url) as conn:
        account = await accounts.create(conn, name="Shop", is_test=True, sender_email="shop@example.com")
        key = await accounts.create_key(conn, account.account_id, name="all")
    app = application(settings, url)
    inward: asyncio.Queue[Any] = asyncio.Queue()
    outward: asyncio.Queue[Any] = asyncio.Queue()
    await inward.put({"type": "lifespan.startup"})
    living = asyncio.create_task(app({"type": "lifespan", "app": None, "state": {}}, inward.get, outward.put))
    await outward.get()
    headers = {"Authorization": f"Klaviyo-API-Key {key}", "revision": REVISION}
    transport = httpx.ASGITransport(app)
    async with (
        db.new_pool(url, size=6) as pool,
        httpx.AsyncClient(transport=transport, base_url="http://shop.example", headers=headers) as client,
    ):
        loops = Program(settings=settings).loops(Process(settings, pool))
        await _prepare(client, loops["pipeline"])
        tracing = Tracing()
        for warm in (True, False):
            await _one_event(client, loops, tracing if not warm else None, f"{warm}@example.com")
        for loop in loops.values():
            if close := getattr(loop, "close", None):
                await close()
    await inward.put({"type": "lifespan.shutdown"})
    await living
    files = {file for file, _ in tracing.functions}
    print(f"{len(files)} files, {len(tracing.functions)} functions, {tracing.statements.total()} statements")
    print(", ".join(f"{stage} {count}" for stage, count in tracing.statements.items()))
    if show:
        print(*sorted(files), sep="\n")
        print(*(f"{stage}: {text}" for stage, text in tracing.texts), sep="\n")


async def _prepare(client: httpx.AsyncClient, pipeline: Any) -> None:
    async def post(path: str, kind: str, **attributes: Any) -> Any:
        answer = await client.post(path, json={"data": {"type": kind, "attributes": attributes}})
        assert answer.is_success, answer.text
        return answer.json()["data"] if answer.content else None

    for name in ("True", "False"):
        await post("/api/profiles", "profile", email=f"{name}@example.com", properties={"tier": "gold"})
    await _order(client, "before@example.com")
    while await pipeline.run_once():
        pass
    metric = (await client.get("/api/metrics?filter=equals(name,'Placed Order')")).json()["data"][0]["id"]
    html = (
        "<p>Thank you, {{ first_name|default:'friend' }}: {{ event.Item }}</p><a href='https://shop.example/x'>Shop</a>"
    )
    template = await post("/api/templates", "template", name="Thanks", editor_type="CODE", html=html)
    gold = {
        "type": "profile-property",
        "property": "properties['tier']",
        "filter": {"type": "string", "operator": "equals", "value": "gold"},
    }
    message = {
        "from_email": "shop@example.com",
        "from_label": "Shop",
        "subject_line": "Thank you",
        "template_id": template["id"],
        "transactional": True,
        "name": "Thanks",
    }
    action = {
        "temporary_id": "a",
        "type": "send-email",
        "links": {"next": None},
        "data": {"message": message, "status": "live"},
    }
    definition = {
        "triggers": [{"type": "metric", "id": metric}],
        "profile_filter": {"condition_groups": [{"conditions": [gold]}]},
        "entry_action_id": "a",
        "actions": [action],
    }
    flow = await post("/api/flows", "flow", name="Thanks", definition=definition)
    body = {"data": {"type": "flow", "id": flow["id"], "attributes": {"status": "live"}}}
    assert (await client.patch(f"/api/flows/{flow['id']}", json=body)).is_success
    while await pipeline.run_once():
        pass


async def _order(client: httpx.AsyncClient, address: str) -> None:
    attributes = {
        "properties": {"Item": "coat", "OrderId": "1"},
        "value": 20,
        "metric": {"data": {"type": "metric", "attributes": {"name": "Placed Order"}}},
        "profile": {"data": {"type": "profile", "attributes": {"email": address}}},
    }
    answer = await client.post("/api/events", json={"data": {"type": "event", "attributes": attributes}})
    assert answer.status_code == 202, answer.text


async def _one_event(client: httpx.AsyncClient, loops: Any, tracing: Tracing | None, address: str) -> None:
    async def passed(stage: str, work: Any) -> Any:
        return await (tracing.during(stage, work) if tracing else work)

    await passed("web", _order(client, address))
    await asyncio.sleep(0.1)
    for stage in STAGES:
        # what one round does, however many it takes until something is due
        while not await passed(stage, loops[stage].run_once()):
            if tracing:
                tracing.statements[stage] = 0
            await asyncio.sleep(0.05)
    while await loops["pipeline"].run_once():
        pass


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="rapport-way-") as folder:
        postgres = PrivatePostgres(Path(folder) / "postgres")
        url = postgres.start()
        try:
            migrations.upgrade(url)
            asyncio.run(trace(url, folder, show="--list" in sys.argv))
        finally:
            postgres.stop()


if __name__ == "__main__":
    main()
