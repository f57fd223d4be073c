"""Flow steps per second, how late people wake up among a million who wait, and what watching costs the pipeline.

    python benchmarks/flows.py --waiting 1000000 --due 20000

Needs an empty database: RAPPORT_DATABASE_URL, or a private PostgreSQL in a temporary folder.
Goals (DESIGN 7): >= 3,000 steps/s; wake-up lateness p99 <= 2 s with a million waiting; >= 10,000 events/s with 3 flows.
"""

import argparse
import asyncio
import os
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec

from rapport import migrations
from rapport.accounts import service as accounts
from rapport.accounts.types import Account
from rapport.events import metrics
from rapport.events.inbox import Accepted, Inbox
from rapport.events.pipeline import Pipeline
from rapport.flows import definition, entry, service
from rapport.flows.engine import FlowEngine
from rapport.flows.types import DefinitionInput
from rapport.kit import clock, db
from rapport.kit.postgres import PrivatePostgres
from rapport.profiles.identity import Person
from rapport.templates import service as templates

_PEOPLE = """
    INSERT INTO profiles (account_id, id, ulid, email, created, updated)
    SELECT %s, nextval('profile_ids'), 'U' || n, n || '@example.com', %s, %s FROM generate_series(1, %s) AS n"""
_WAITING = """
    INSERT INTO enrolments (account_id, flow_id, profile_id, cause, entered, action_id, due, waiting)
    SELECT p.account_id, %(flow)s, p.id, %(cause)s || p.id, %(now)s, %(action)s,
        %(from)s + random() * %(spread)s::interval, true
    FROM profiles p WHERE p.account_id = %(account)s LIMIT %(number)s"""
_LATE = """
    SELECT extract(epoch FROM %s - due) FROM enrolments WHERE account_id = %s AND action_id IS NOT NULL AND due <= %s"""


@contextmanager
def database() -> Iterator[str]:
    given = os.environ.get("RAPPORT_DATABASE_URL")
    if given:
        yield given
        return
    with tempfile.TemporaryDirectory(prefix="rapport-bench-") as folder:
        server = PrivatePostgres(Path(folder) / "pg")
        yield server.start()
        server.stop()


async def shop(pool: db.Pool, people: int) -> tuple[Account, str]:
    """An account with people and a template; the template's id."""
    async with pool.connection() as conn:
        account = await accounts.create(conn, name="Bench", is_test=True)
        now = account.now()
        await db.execute(conn, _PEOPLE, (account.account_id, now, now, people))
        template = await templates.create(conn, account.account_id, now, name="T", html="<p>Hi {{ first_name }}</p>")
    return account, template.public_id


def steps_of(template: str) -> list[dict[str, Any]]:
    """Delay, e-mail, split, delay, e-mail: what a welcome series is made of."""
    sample = {"condition_groups": [{"conditions": [{"type": "profile-sample", "percentage": 50}]}]}
    message = {"template_id": template, "subject_line": "Hi {{ first_name }}"}
    email = {"type": "send-email", "data": {"status": "live", "message": message}}
    return [
        {"temporary_id": "d1", "type": "time-delay", "links": {"next": "e1"}, "data": {"value": 1}},
        {"temporary_id": "e1", "links": {"next": "s"}, **email},
        {
            "temporary_id": "s", "type": "conditional-split",
            "links": {"next_if_true": "d2", "next_if_false": "e2"}, "data": {"profile_filter": sample},
        },
        {"temporary_id": "d2", "type": "time-delay", "links": {"next": "e2"}, "data": {"value": 1}},
        {"temporary_id": "e2", "links": {"next": None}, **email},
    ]  # fmt: skip


async def make_flow(pool: db.Pool, account: Account, trigger: dict[str, Any], actions: list[dict[str, Any]]) -> Any:
    given = {"triggers": [trigger], "actions": actions, "entry_action_id": "d1"}
    drawn = definition.read(msgspec.convert(given, DefinitionInput), test_account=True)
    async with pool.connection() as conn:
        flow = await service.create(conn, account, "Bench", drawn, account.now())
        return await service.set_status(conn, account.account_id, flow.public_id, "live", account.now())


async def enrol(pool: db.Pool, account: Account, flow: Any, number: int, due: timedelta, spread: timedelta) -> None:
    now = account.now()
    parameters = {
        "account": account.account_id, "flow": flow.id, "action": flow.entry_action_id, "cause": f"{due}:", "now": now,
        "from": now + due, "spread": spread, "number": number,
    }  # fmt: skip
    async with pool.connection() as conn:
        await db.execute(conn, _WAITING, parameters)


async def steps_per_second(pool: db.Pool, account: Account) -> float:
    engine = FlowEngine(pool)
    before, started = await _done(pool, account), clock.monotonic()
    while await engine.run_once():
        pass
    return (await _done(pool, account) - before) / (clock.monotonic() - started)


async def _done(pool: db.Pool, account: Account) -> int:
    async with pool.connection() as conn:
        found = await db.row(
            conn, "SELECT coalesce(sum(done), 0) FROM flow_action_counts WHERE account_id = %s", (account.account_id,)
        )
    return int(found[0]) if found else 0


async def lateness(pool: db.Pool, account: Account, seconds: float) -> list[float]:
    """How late each claimed run was, while they fall due evenly over `seconds`."""
    engine, found, until = FlowEngine(pool), [], clock.monotonic() + seconds
    while clock.monotonic() < until:
        async with pool.connection() as conn:
            now = account.now()
            found += [float(row[0]) for row in await db.rows(conn, _LATE, (now, account.account_id, now))]
        if not await engine.run_once():
            await asyncio.sleep(0.25)
    return found


async def events_per_second(pool: db.Pool, account: Account, events: int, name: str) -> float:
    """The pipeline with no other reaction than the entry into flows."""
    inbox, now = Inbox(pool), account.now()
    batch = [
        Accepted(
            Person(email=f"{number % 20_000}@example.com"), "Viewed Product", int(now.timestamp()), now,
            unique_id=f"{name}-{number}", properties=msgspec.Raw(b'{"Price": %d}' % (number % 100)),
        )
        for number in range(events)
    ]  # fmt: skip
    for start in range(0, events, 1000):
        await inbox.put(account.account_id, batch[start : start + 1000])
    pipeline, started = Pipeline(pool, [entry.react]), clock.monotonic()
    while await pipeline.run_once():
        pass
    return events / (clock.monotonic() - started)


async def watch(pool: db.Pool, account: Account, template: str) -> None:
    """Three flows on the metric; one of them takes every hundredth event."""
    async with pool.connection() as conn:
        found = await metrics.find_or_create(conn, account.account_id, [("api", "Viewed Product")], account.now())
    metric = found["api", "Viewed Product"].public_id
    for price in (0, 100, 200):
        asked = {"type": "numeric", "operator": "equals", "value": price}
        condition = {"type": "metric-property", "metric_id": metric, "field": "Price", "filter": asked}
        trigger_filter = {"condition_groups": [{"conditions": [condition]}]}
        trigger = {"type": "metric", "id": metric, "trigger_filter": trigger_filter}
        await make_flow(pool, account, trigger, steps_of(template))


async def run(url: str, waiting: int, due: int, seconds: float, events: int) -> None:
    async with db.new_pool(url, size=8) as pool:
        account, template = await shop(pool, max(waiting, due))
        flow = await make_flow(pool, account, {"type": "list", "id": None}, steps_of(template))
        # the first round makes the people, so that the two that are compared do the same work
        await events_per_second(pool, account, events, "new")
        print(f"pipeline, nobody watching: {await events_per_second(pool, account, events, 'bare'):,.0f} events/s")
        await watch(pool, account, template)
        print(f"pipeline, 3 flows watching: {await events_per_second(pool, account, events, 'watched'):,.0f} events/s")
        await enrol(pool, account, flow, due, -timedelta(hours=1), timedelta(minutes=1))
        print(f"steps, nobody else waiting: {await steps_per_second(pool, account):,.0f}/s")
        await enrol(pool, account, flow, waiting, timedelta(days=1), timedelta(days=30))
        async with pool.connection() as conn:
            await conn.set_autocommit(True)
            await conn.execute("ANALYZE enrolments")
            await conn.set_autocommit(False)
        await enrol(pool, account, flow, due, -timedelta(hours=2), timedelta(minutes=1))
        print(f"steps, {waiting:,} waiting: {await steps_per_second(pool, account):,.0f}/s")
        await enrol(pool, account, flow, due, timedelta(seconds=1), timedelta(seconds=seconds))
        late = sorted(await lateness(pool, account, seconds + 3))
        p99 = late[int(len(late) * 0.99)]
        print(f"wake-up, {len(late) / seconds:,.0f} due/s: median {statistics.median(late):.3f} s, p99 {p99:.3f} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--waiting", type=int, default=1_000_000)
    parser.add_argument("--due", type=int, default=20_000)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--events", type=int, default=40_000)
    given = parser.parse_args()
    with database() as url:
        migrations.upgrade(url)
        asyncio.run(run(url, given.waiting, given.due, given.seconds, given.events))


if __name__ == "__main__":
    main()
