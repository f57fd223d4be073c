"""What more workers bring: the same events of one account and of several, worked off by one worker and by several.

The events lie in the inbox before the clock starts, so nothing but the pipeline is measured. Two accounts share no row
but the sequences, so what two workers gain on them is more than two shards of one account could.
"""

import asyncio
import random
import time
from datetime import UTC, datetime

import httpx
import msgspec
import psycopg

from benchmarks import pipeline
from benchmarks.world import HEADERS, KEY, Line, World, account_id, running, wait_for_inbox
from rapport.accounts import service as accounts
from rapport.events import accept
from rapport.events.types import BulkDocument

_EVENTS = 40_000
_PUT = "INSERT INTO inbox (account_id, kind, body) SELECT %s, 'event', body FROM json_array_elements(%s::json) AS body"


def measure() -> list[Line]:
    alone = _rate(shops=1, workers=1)
    return [
        _line("one account, two workers", _rate(shops=1, workers=2), alone),
        _line("two accounts, one worker", _rate(shops=2, workers=1), alone),
        _line("two accounts, two workers", _rate(shops=2, workers=2), alone),
    ]


def _line(what: str, rate: float, alone: float) -> Line:
    reference = f"one account, one worker: {alone:,.0f}/s"
    return Line(f"pipeline alone, {what}", f"{rate:,.0f}/s", "", reference, f"{rate / alone:.2f}")


def _rate(*, shops: int, workers: int) -> float:
    """Events a second while `_EVENTS` of them, in equal parts of each account, are worked off."""
    with running(RAPPORT_WORKERS=str(workers)) as world:
        made = [(account_id(world), KEY), *(_another(world) for _ in range(shops - 1))]
        for number, (account, key) in enumerate(made):
            with httpx.Client(base_url=world.url, headers=HEADERS | _auth(key), timeout=60) as client:
                _fill(world, [account], f"warm{number}", 9_000)
                wait_for_inbox(world)
                pipeline.watchers(client)
        wait_for_inbox(world)
        begun = _fill(world, [account for account, _ in made], "main", _EVENTS)
        wait_for_inbox(world)
        return _EVENTS / (time.perf_counter() - begun)


def _auth(key: str) -> dict[str, str]:
    return {"Authorization": f"Klaviyo-API-Key {key}"}


def _another(world: World) -> tuple[int, str]:
    async def make() -> tuple[int, str]:
        async with await psycopg.AsyncConnection.connect(world.database_url) as conn:
            made = await accounts.create(conn, name="Another", is_test=False, sender_email="shop@example.com")
            return made.account_id, await accounts.create_key(conn, made.account_id, name="bench")

    return asyncio.run(make())


def _fill(world: World, shops: list[int], name: str, count: int) -> float:
    """Put events into the inbox, all visible at once; returns when that was."""
    now = datetime.now(UTC)
    with psycopg.connect(world.database_url) as conn:
        for shop in shops:
            for body in pipeline.calls(random.Random(shop), name, count // len(shops)):
                found = accept.events(msgspec.json.decode(body, type=BulkDocument), now)
                conn.execute(_PUT, (shop, msgspec.json.encode(found).decode()))
        conn.execute("NOTIFY rapport_inbox")
        begun = time.perf_counter()
        conn.commit()
    return begun
