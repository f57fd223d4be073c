"""A database of its own, and the rooms a flow passes through, driven by hand: a test decides what happens when."""

import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from rapport.accounts import service as accounts
from rapport.accounts.types import Account
from rapport.events import metrics
from rapport.events.pipeline import Pipeline
from rapport.events.reactions import Reaction
from rapport.flows import definition, entry, gate, service
from rapport.flows.calendar import FlowCalendar
from rapport.flows.calling import WebhookCaller
from rapport.flows.engine import FlowEngine
from rapport.flows.plan import Flow
from rapport.flows.types import DefinitionInput
from rapport.inbox import service as inbox
from rapport.inbox.person import Changes
from rapport.inbox.types import Accepted
from rapport.kit import db, log, outgoing, settings
from rapport.kit.outgoing import Allowed
from rapport.lists import service as lists
from rapport.messages import engagement
from rapport.messages.deliver import Deliverer
from rapport.messages.providers.builtin import BuiltinProvider
from rapport.profiles import service as profiles
from rapport.profiles.identity import Person
from rapport.segments.membership import event_totals
from rapport.segments.membership.live import Live
from rapport.templates import service as templates
from tests.conftest import database


@pytest.fixture(scope="session")
def flows_url() -> Iterator[str]:
    log.configure("CRITICAL")
    with database() as url:
        yield url


def action(name: str, kind: str, then: str | None = None, **data: Any) -> dict[str, Any]:
    return {"temporary_id": name, "type": kind, "links": {"next": then}, "data": data}


def split(name: str, kind: str, yes: str | None, no: str | None, **data: Any) -> dict[str, Any]:
    return {"temporary_id": name, "type": kind, "links": {"next_if_true": yes, "next_if_false": no}, "data": data}


def days(name: str, number: int, then: str | None, **data: Any) -> dict[str, Any]:
    return action(name, "time-delay", then, value=number, unit="days", **data)


def groups(*conditions: Mapping[str, Any]) -> dict[str, Any]:
    """All of the conditions."""
    return {"condition_groups": [{"conditions": [one]} for one in conditions]}


def about_event(metric: str, field: str, kind: str, operator: str, **values: Any) -> dict[str, Any]:
    """A condition of a trigger filter."""
    asked = {"type": kind, "operator": operator, **values}
    return {"type": "metric-property", "metric_id": metric, "field": field, "filter": asked}


def about_profile(field: str, kind: str, operator: str, **values: Any) -> dict[str, Any]:
    return {"type": "profile-property", "property": field, "filter": {"type": kind, "operator": operator, **values}}


def ordered_since_start(metric: str, operator: str = "equals", number: int = 0) -> dict[str, Any]:
    return {
        "type": "profile-metric",
        "metric_id": metric,
        "measurement": "count",
        "measurement_filter": {"type": "numeric", "operator": operator, "value": number},
        "timeframe_filter": {"type": "date", "operator": "flow-start"},
    }


@dataclass
class World:
    """An account with a list, and everything between an event and a sent message."""

    url: str
    pool: db.Pool
    account: Account
    list_id: int
    list_public_id: str
    template_id: str
    pipeline: Pipeline
    engine: FlowEngine
    deliverer: Deliverer
    caller: WebhookCaller
    calendar: FlowCalendar

    def email(self, name: str, then: str | None = None, status: str = "live", **message: Any) -> dict[str, Any]:
        """Smart sending is off, so that a test meets only the rule it is about."""
        whole = {
            "subject_line": f"{name} for {{{{ first_name|default:'you' }}}}",
            "template_id": self.template_id,
            "name": name,
            "smart_sending_enabled": False,
            **message,
        }
        return action(name, "send-email", then, status=status, message=whole)

    async def flow(
        self, *actions: dict[str, Any], trigger: dict[str, Any] | None = None, status: str = "live", **rest: Any
    ) -> Flow:
        """A flow that starts with its first action. `status` is the flow's own; each action keeps the one it has."""
        given = {
            "triggers": [trigger or {"type": "list", "id": self.list_public_id}],
            "actions": [*actions],
            "entry_action_id": actions[0]["temporary_id"] if actions else None,
            **rest,
        }
        drawn = definition.read(msgspec.convert(given, DefinitionInput))
        async with self.pool.connection() as conn:
            flow = await service.create(conn, self.account, "Test flow", drawn, self.account.now())
            statement = "UPDATE flows SET status = %s, opened = %s WHERE account_id = %s AND id = %s"
            opened = None if status == "draft" else flow.created
            await db.execute(conn, statement, (status, opened, self.account.account_id, flow.id))
        return flow

    async def metric(self, name: str) -> str:
        async with self.pool.connection() as conn:
            found = await metrics.find_or_create(conn, self.account.account_id, [("api", name)], self.account.now())
        return found["api", name].public_id

    async def metric_flow(self, name: str, *actions: dict[str, Any], asked: Any = None, **rest: Any) -> Flow:
        trigger = {"type": "metric", "id": await self.metric(name), "trigger_filter": asked}
        return await self.flow(*actions, trigger=trigger, **rest)

    async def person(self, email: str = "ann@example.com", **changes: Any) -> int:
        async with self.pool.connection() as conn:
            person = Person(email=email, changes=msgspec.convert(changes, Changes) if changes else None)
            row, _ = await profiles.import_(conn, self.account.account_id, person, self.account.now())
        return int(row["id"])

    async def join(self, *profile_ids: int, quiet: bool = False, work: bool = True) -> None:
        async with self.pool.connection() as conn:
            account = await accounts.load(conn, self.account.account_id)
            await lists.add(conn, account.account_id, self.list_id, profile_ids, account.now(), quiet=quiet)
        if work:
            await self.work()

    async def leave(self, *profile_ids: int) -> None:
        async with self.pool.connection() as conn:
            await lists.remove(conn, self.account.account_id, self.list_id, profile_ids)
        await self.work()

    async def event(
        self,
        metric: str,
        profile_id: int,
        properties: Mapping[str, Any] | None = None,
        *,
        ago: timedelta = timedelta(),
        work: bool = True,
        **rest: Any,
    ) -> None:
        async with self.pool.connection() as conn:
            now = (await accounts.load(conn, self.account.account_id)).now()
            one = Accepted(
                Person(pk=profile_id),
                metric,
                int((now - ago).timestamp()),
                now,
                properties=msgspec.Raw(msgspec.json.encode(properties or {})),
                **rest,
            )
            await inbox.append(conn, self.account.account_id, [one])
        if work:
            await self.work()

    async def work(self) -> None:
        """Until nobody has anything to do at this moment."""
        while True:
            done = await self.pipeline.run_once() + await self.calendar.run_once()
            done += await self.engine.run_once() + await self.deliverer.run_once()
            called = await self.caller.run_once()
            await self.caller.idle()
            if not done and not called:
                return

    async def advance(self, **delta: float) -> None:
        async with self.pool.connection() as conn:
            await accounts.advance_clock(conn, self.account, timedelta(**delta).total_seconds())
        await self.work()

    async def query(self, statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
        async with self.pool.connection() as conn:
            return await db.rows(conn, statement, (self.account.account_id, *parameters))

    async def messages(self) -> list[tuple[str, str]]:
        """(name of the message, status or reason it was skipped), in the order they were made."""
        return [
            (row[0], row[1])
            for row in await self.query(
                """SELECT options ->> 'name', coalesce(skip_reason, status) FROM messages
                   WHERE account_id = %s ORDER BY id"""
            )
        ]

    async def runs(self) -> list[tuple[Any, ...]]:
        """(profile, waiting, finished or not) of every run."""
        return await self.query(
            "SELECT profile_id, waiting, finished IS NOT NULL FROM enrolments WHERE account_id = %s ORDER BY id"
        )

    async def properties(self, profile_id: int) -> dict[str, Any]:
        found = await self.query("SELECT properties FROM profiles WHERE account_id = %s AND id = %s", profile_id)
        return dict(found[0][0])


async def new_world(url: str, pool: db.Pool, *, timezone: str = "UTC") -> World:
    async with pool.connection() as conn:
        account = await accounts.create(conn, name="Shop", is_test=True, timezone=timezone)
        made = await lists.create(conn, account.account_id, "News", "single_opt_in", account.now())
        template = await templates.create(
            conn, account.account_id, account.now(), name="T", html="<p>Hi {{ first_name }}, {{ event.Item }}</p>"
        )
    return World(
        url,
        pool,
        account,
        made["id"],
        made["public_id"],
        template.public_id,
        Pipeline(pool, reactions()),
        FlowEngine(pool),
        _deliverer(pool),
        WebhookCaller(pool),
        FlowCalendar(pool),
    )


def reactions() -> Mapping[str, Reaction]:
    made = [("event-totals", event_totals.react), ("segments", Live().react), ("engagement", engagement.react)]
    return dict([*made, ("flows", entry.react)])


def _deliverer(pool: db.Pool) -> Deliverer:
    loaded = settings.load(data=str(Path(tempfile.gettempdir()) / "rapport-flows-settings"))
    return Deliverer(pool, loaded, {"email": BuiltinProvider()}, checks=[gate.check])


@pytest.fixture
async def world(flows_url: str) -> AsyncIterator[World]:
    async with db.new_pool(flows_url, size=8) as pool:
        made = await new_world(flows_url, pool)
        outgoing.use(Allowed.parse("127.0.0.1"))
        yield made
        outgoing.use(Allowed())
        await made.caller.close()
        await made.deliverer.close()
