"""Flow steps a second, and how late people wake up, among a million who wait."""

import asyncio
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.world import Line, median, percentile
from rapport import migrations
from rapport.accounts import service as accounts
from rapport.accounts.types import Account
from rapport.flows import definition, service
from rapport.flows.engine import FlowEngine
from rapport.flows.types import DefinitionInput
from rapport.kit import clock, db
from rapport.kit.postgres import PrivatePostgres
from rapport.lists import service as lists
from rapport.templates import service as templates

_PEOPLE = """
    INSERT INTO profiles (account_id, id, ulid, email, created, updated)
    SELECT %s, nextval('profile_ids'), 'U' || n, n || '@example.com', %s, %s FROM generate_series(1, %s) AS n"""
_WAITING = """
    INSERT INTO enrolments (account_id, flow_id, profile_id, cause, entered, action_id, due, waiting)
    SELECT p.account_id, %(flow)s, p.id, %(cause)s || p.id, %(now)s, %(action)s,
        %(from)s + random() * %(spread)s::interval, true
    FROM profiles p WHERE p.account_id = %(account)s LIMIT %(number)s"""
_WAIT = 1_000_000
_DUE = 20_000
# So many come due in so many seconds.
_WAKING, _SECONDS = 100_000, 60.0
_BARE = """
    UPDATE enrolments SET due = due + interval '1 second', waiting = NOT waiting WHERE account_id = %s AND id IN (
        SELECT id FROM enrolments WHERE action_id IS NOT NULL ORDER BY due LIMIT %s)"""
_LATE = """
    SELECT extract(epoch FROM %s - due) FROM enrolments WHERE account_id = %s AND action_id IS NOT NULL AND due <= %s"""


@contextmanager
def database() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="rapport-bench-") as folder:
        server = PrivatePostgres(Path(folder) / "pg")
        try:
            yield server.start()
        finally:
            server.stop()


async def shop(pool: db.Pool, people: int) -> tuple[Account, str]:
    """An account with people and a template; the template's id."""
    async with pool.connection() as conn:
        account = await accounts.create(conn, name="Bench", is_test=True)
        now = account.now()
        await db.execute(conn, _PEOPLE, (account.account_id, now, now, people))
        template = await templates.create(conn, account.account_id, now, name="T", html="<p>Hi {{ first_name }}</p>")
    return account, template.public_id


def _sample(percent: int) -> dict[str, Any]:
    return {"condition_groups": [{"conditions": [{"type": "profile-sample", "percentage": percent}]}]}


def _email(template: str) -> dict[str, Any]:
    message = {"template_id": template, "subject_line": "Hi {{ first_name }}"}
    return {"type": "send-email", "data": {"status": "live", "message": message}}


def steps_of(template: str) -> list[dict[str, Any]]:
    """Delay, e-mail, split, delay, e-mail: what a welcome series is made of."""
    email = _email(template)
    return [
        {"temporary_id": "d1", "type": "time-delay", "links": {"next": "e1"}, "data": {"value": 1}},
        {"temporary_id": "e1", "links": {"next": "s"}, **email},
        {
            "temporary_id": "s",
            "type": "conditional-split",
            "links": {"next_if_true": "d2", "next_if_false": "e2"},
            "data": {"profile_filter": _sample(50)},
        },
        {"temporary_id": "d2", "type": "time-delay", "links": {"next": "e2"}, "data": {"value": 1}},
        {"temporary_id": "e2", "links": {"next": None}, **email},
    ]


def every_step(template: str, list_id: str) -> list[dict[str, Any]]:
    """Each kind of step that acts on its own: a change of the profile and of a list, a split in three ways, an A/B
    test, a call; delays with a time of day and weekdays."""
    email, end = _email(template), {"temporary_id": "d2"}
    settings = [
        {"operator": "create", "property_type": "string", "property_key": "stage", "property_value": "welcome"},
        {"operator": "create", "property_type": "list", "property_key": "seen", "property_value": "A"},
    ]
    branches = [
        {"branch_id": "1", "order": 1, "branch_filter": _sample(33), "links": {"next": "t"}},
        {"branch_id": "2", "order": 2, "branch_filter": _sample(66), "links": {"next": "w"}},
        {"branch_id": "3", "is_else": True, "links": {"next": end["temporary_id"]}},
    ]
    variations = [{"temporary_id": f"v{number}", **email, "links": {"next": None}} for number in (1, 2)]
    test = {
        "status": "live",
        "experiment_status": "draft",
        "main_action": {"temporary_id": "v0", **email, "links": {"next": None}},
        "current_experiment": {"name": "Subjects", "variations": variations},
    }
    call = {"status": "live", "message": {"url": "https://hooks.example.com/", "body": '{"who": "{{ person.email }}"}'}}
    onto = {"status": "live", "name": "Onto the list", "on_execution": True, "list_id": list_id}
    late = {"value": 1, "delay_until_time": "10:00:00", "delay_until_weekdays": ["monday", "thursday", "saturday"]}
    return [
        {"temporary_id": "d1", "type": "time-delay", "links": {"next": "u"}, "data": {"value": 1}},
        {
            "temporary_id": "u",
            "type": "update-profile",
            "links": {"next": "l"},
            "data": {"status": "live", "profile_operations": settings},
        },
        {"temporary_id": "l", "type": "list-update", "links": {"next": "m"}, "data": onto},
        {"temporary_id": "m", "type": "multi-branch-split", "data": {"name": "Thirds", "branches": branches}},
        {"temporary_id": "t", "type": "ab-test", "links": {"next": "d2"}, "data": test},
        {"temporary_id": "w", "type": "send-webhook", "links": {"next": "d2"}, "data": call},
        {**end, "type": "time-delay", "links": {"next": "e"}, "data": late},
        {"temporary_id": "e", "links": {"next": None}, **email},
    ]


async def make_flow(pool: db.Pool, account: Account, trigger: dict[str, Any], actions: list[dict[str, Any]]) -> Any:
    given = {"triggers": [trigger], "actions": actions, "entry_action_id": "d1"}
    drawn = definition.read(msgspec.convert(given, DefinitionInput))
    async with pool.connection() as conn:
        flow = await service.create(conn, account, "Bench", drawn, account.now())
        return await service.set_status(conn, account, flow, "live", account.now())


async def enrol(pool: db.Pool, account: Account, flow: Any, number: int, due: timedelta, spread: timedelta) -> None:
    now = account.now()
    parameters = {
        "account": account.account_id,
        "flow": flow.id,
        "action": flow.entry_action_id,
        "cause": f"{due}:",
        "now": now,
        "from": now + due,
        "spread": spread,
        "number": number,
    }
    async with pool.connection() as conn:
        await db.execute(conn, _WAITING, parameters)


async def steps_per_second(pool: db.Pool, account: Account) -> float:
    engine = FlowEngine(pool)
    before, started = await _done(pool, account), clock.monotonic()
    while await engine.run_once():
        pass
    return (await _done(pool, account) - before) / (clock.monotonic() - started)


async def _steps_of_every_kind(pool: db.Pool, account: Account, template: str) -> float:
    async with pool.connection() as conn:
        onto = await lists.create(conn, account.account_id, "Onto", None, account.now())
    flow = await make_flow(pool, account, {"type": "list", "id": None}, every_step(template, onto["public_id"]))
    await enrol(pool, account, flow, _DUE, -timedelta(hours=2), timedelta(minutes=1))
    return await steps_per_second(pool, account)


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


async def bare_updates(pool: db.Pool, account: Account) -> float:
    """Rows a second when the same number of runs is moved on by one plain UPDATE: what the database alone does."""
    started = clock.monotonic()
    async with pool.connection() as conn:
        moved = await db.execute(conn, _BARE, (account.account_id, _DUE))
    return moved / (clock.monotonic() - started)


async def run(url: str) -> list[Line]:
    async with db.new_pool(url, size=8) as pool:
        account, template = await shop(pool, _WAIT)
        flow = await make_flow(pool, account, {"type": "list", "id": None}, steps_of(template))
        await enrol(pool, account, flow, _WAIT, timedelta(days=1), timedelta(days=30))
        async with pool.connection() as conn:
            await conn.set_autocommit(True)
            await conn.execute("ANALYZE enrolments")
            await conn.set_autocommit(False)
        await enrol(pool, account, flow, _DUE, -timedelta(hours=2), timedelta(minutes=1))
        steps = await steps_per_second(pool, account)
        every = await _steps_of_every_kind(pool, account, template)
        await enrol(pool, account, flow, _WAKING, timedelta(seconds=1), timedelta(seconds=_SECONDS))
        late = await lateness(pool, account, _SECONDS + 3)
        bare = await bare_updates(pool, account)
    p99 = percentile(late, 0.99)
    reference = f"one UPDATE of as many runs: {bare:,.0f}/s"
    return [
        Line(
            f"flow steps of every kind, {_WAIT:,} waiting",
            f"{every:,.0f}/s",
            "≥ 0.5",
            reference,
            f"{every / bare:.2f}",
            every >= 0.5 * bare,
        ),
        Line(
            f"flow steps, {_WAIT:,} waiting",
            f"{steps:,.0f}/s",
            "≥ 0.7",
            reference,
            f"{steps / bare:.2f}",
            steps >= 0.7 * bare,
        ),
        Line(
            f"wake-up lateness at {len(late) / _SECONDS:,.0f} due a second, {_WAIT:,} waiting",
            f"median {median(late):.2f} s, p99 {p99:.2f} s",
            "p99 ≤ 2 s",
            "–",
            met=p99 <= 2,
        ),
    ]


def measure() -> list[Line]:
    with database() as url:
        migrations.upgrade(url)
        return asyncio.run(run(url))
