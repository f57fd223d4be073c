"""A small world on a real database: one account, its pipeline with the segment reactions, and its workers."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from rapport.accounts import service as accounts
from rapport.accounts.types import Account
from rapport.events import metrics
from rapport.events.pipeline import BATCH, Pipeline
from rapport.flows import definition as flow_definition
from rapport.flows import entry
from rapport.flows import service as flows
from rapport.flows.engine import FlowEngine
from rapport.flows.types import DefinitionInput
from rapport.inbox import service as inbox
from rapport.inbox.person import Changes
from rapport.inbox.types import Accepted, Change
from rapport.kit import db
from rapport.lists import service as lists
from rapport.profiles import merge
from rapport.profiles.identity import Person, identify
from rapport.segments import conditions, service
from rapport.segments.evaluation.sets import matching
from rapport.segments.membership import event_totals
from rapport.segments.membership.build import SegmentBuilder
from rapport.segments.membership.live import Live
from rapport.segments.membership.timer import SegmentTimer
from tests.segments import plain
from tests.segments.plain import Person as Somebody

METRICS = ("Placed Order", "Viewed Product", "Opened Email")


@dataclass
class World:
    pool: db.Pool
    account: Account
    metrics: dict[str, str]
    lists: list[dict[str, Any]]
    # events are dated from here, in whole seconds
    base: int
    told: list[Change] = field(default_factory=list)

    @classmethod
    async def create(cls, pool: db.Pool, timezone: str = "UTC", batch: int = BATCH, patience: float = 60) -> "World":
        async with pool.connection() as conn:
            account = await accounts.create(conn, name="World", is_test=True, timezone=timezone)
            now = account.now()
            found = await metrics.find_or_create(conn, account.account_id, [("api", name) for name in METRICS], now)
            made = [await lists.create(conn, account.account_id, f"List {number}", None, now) for number in range(2)]
        world = cls(pool, account, {name: found["api", name].public_id for name in METRICS}, made, int(now.timestamp()))
        world._start(batch, patience)
        return world

    def _start(self, batch: int, patience: float) -> None:
        live = Live(patience)

        async def listen(batch: Any) -> None:
            self.told.extend(change for change in batch.changes if "segment" in change.what)

        reactions = {"event-totals": event_totals.react, "segments": live.react, "told": listen, "flows": entry.react}
        self.pipeline = Pipeline(self.pool, reactions, batch)
        self.engine = FlowEngine(self.pool)
        self.timer = SegmentTimer(self.pool)
        self.builder = SegmentBuilder(self.pool)

    @property
    def id(self) -> int:
        return self.account.account_id

    async def profile(self, name: str, **properties: Any) -> int:
        """Make or change a profile; returns its id."""
        return await self._change(name, Changes(properties=properties))

    async def place(self, name: str, **location: Any) -> int:
        """Say where somebody is; returns their id."""
        return await self._change(name, Changes(location=location))

    async def number(self, name: str, phone_number: str) -> int:
        """Give somebody a phone number; returns their id."""
        return await self._change(name, Changes(), phone_number=phone_number)

    async def _change(self, name: str, changes: Changes, **identifiers: Any) -> int:
        async with self.pool.connection() as conn:
            person = Person(email=f"{name}@example.com", changes=changes, **identifiers)
            found = (await identify(conn, self.id, [person], self.account.now())).profiles[0]
            assert found is not None
            await inbox.append(conn, self.id, [Change([found], ["profile"])])
        return found

    async def events(self, events: Iterable[tuple[str, str, float, dict[str, Any], str | None]]) -> None:
        """(person, metric, hours after `base`, properties, value), all at once."""
        now = self.account.now()
        accepted = [
            Accepted(
                Person(email=f"{name}@example.com"),
                metric,
                self.base + round(hours * 3600),
                now,
                value=value,
                properties=msgspec.Raw(msgspec.json.encode(properties)),
            )
            for name, metric, hours, properties, value in events
        ]
        async with self.pool.connection() as conn:
            await inbox.append(conn, self.id, accepted)

    async def event(
        self, name: str, metric: str = "Placed Order", hours: float = 0, *, value: str | None = None, **properties: Any
    ) -> None:
        await self.events([(name, metric, hours, properties, value)])

    async def advance(self, **delta: float) -> None:
        async with self.pool.connection() as conn:
            self.account = await accounts.advance_clock(conn, self.account, timedelta(**delta).total_seconds())

    async def segment(self, definition: dict[str, Any], *, build: bool = True) -> dict[str, Any]:
        async with self.pool.connection() as conn:
            row = await service.create(conn, self.id, "Segment", definition, is_starred=False, now=self.account.now())
        if build:
            await self.builder.run_once()
        return row

    async def settle(self) -> None:
        """Until nothing is waiting."""
        while await self.pipeline.run_account(self.id):
            pass

    async def tick(self) -> None:
        """What the workers do in a second, and what follows from it."""
        await self.settle()
        await self.pass_boundaries()
        await self.walk()
        await self.settle()

    async def pass_boundaries(self) -> None:
        """The timer's look, now."""
        self.timer._looked.clear()
        await self.timer.run_once()

    async def walk(self) -> None:
        """The steps of flows that are due."""
        while await self.engine.run_account(self.id):
            pass

    async def flow(self, trigger: dict[str, Any]) -> str:
        """A live flow: a day's wait, then a change of the profile. Returns its id."""
        seen = {"operator": "create", "property_type": "boolean", "property_key": "seen", "property_value": True}
        actions = [
            {"temporary_id": "wait", "type": "time-delay", "links": {"next": "mark"},
             "data": {"value": 1, "unit": "days"}},
            {"temporary_id": "mark", "type": "update-profile", "links": {"next": None},
             "data": {"status": "live", "profile_operations": [seen]}},
        ]  # fmt: skip
        given = {"triggers": [trigger], "actions": actions, "entry_action_id": "wait"}
        drawn = flow_definition.read(msgspec.convert(given, DefinitionInput))
        async with self.pool.connection() as conn:
            made = await flows.create(conn, self.account, "Flow", drawn, self.account.now())
            await flows.set_status(conn, self.account, made, "live", self.account.now())
        return made.public_id

    async def fold(self, source: int, into: int) -> None:
        async with self.pool.connection() as conn:
            await merge.fold(conn, self.id, source, into, self.account.now())

    async def members(self, row: dict[str, Any]) -> set[int]:
        query = "SELECT profile_id FROM segment_members WHERE account_id = %s AND segment_id = %s"
        return {found[0] for found in await self.rows(query, self.id, row["id"])}

    async def matching(self, definition: dict[str, Any], **more: Any) -> set[int]:
        async with self.pool.connection() as conn:
            parsed = conditions.parse(definition)
            more.setdefault("now", self.account.now())
            return set(await matching(conn, self.account, parsed, **more))

    async def expected(self, definition: dict[str, Any], now: datetime | None = None) -> set[int]:
        return plain.matching(await self.people(), definition, now or self.account.now())

    async def rows(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        async with self.pool.connection() as conn:
            return await db.rows(conn, query, parameters)

    async def execute(self, query: str, *parameters: Any) -> None:
        async with self.pool.connection() as conn:
            await db.execute(conn, query, parameters)

    async def consent(self, profile: int, channel: str, status: str, at: datetime) -> None:
        await self.execute(
            """INSERT INTO consents (account_id, profile_id, channel, status, consented_at, updated, method_detail)
               VALUES (%s, %s, %s, %s, %s, %s, '') ON CONFLICT (account_id, profile_id, channel)
               DO UPDATE SET status = excluded.status, consented_at = excluded.consented_at,
                   updated = excluded.updated""",
            self.id,
            profile,
            channel,
            status,
            at if status == "SUBSCRIBED" else None,
            at,
        )
        await self.tell(Change([profile], ["consent"]))

    async def suppress(self, profile: int, reason: str, at: datetime) -> None:
        await self.execute(
            """INSERT INTO suppressions (account_id, profile_id, reason, at) VALUES (%s, %s, %s, %s)
               ON CONFLICT DO NOTHING""",
            self.id,
            profile,
            reason,
            at,
        )
        await self.tell(Change([profile], ["consent"]))

    async def tell(self, change: Change) -> None:
        async with self.pool.connection() as conn:
            await inbox.append(conn, self.id, [change])

    async def join(self, number: int, *profiles: int) -> None:
        async with self.pool.connection() as conn:
            await lists.add(conn, self.id, self.lists[number]["id"], profiles, self.account.now())

    async def leave(self, number: int, *profiles: int) -> None:
        async with self.pool.connection() as conn:
            await lists.remove(conn, self.id, self.lists[number]["id"], profiles)

    async def people(self) -> list[Somebody]:
        """Every raw row of the account, person by person."""
        async with self.pool.connection() as conn:
            profiles = await db.dicts(conn, "SELECT * FROM profiles WHERE account_id = %s", (self.id,))
            people = {row["id"]: Somebody(row["id"], row, [], {}, {}, {}) for row in profiles}
            for row in await db.dicts(
                conn,
                """SELECT e.*, m.public_id AS metric FROM events e
                   JOIN metrics m ON m.account_id = e.account_id AND m.id = e.metric_id WHERE e.account_id = %s""",
                (self.id,),
            ):
                people[row["profile_id"]].events.append(row)
            for kind in ("list", "segment"):
                for name, profile, joined in await db.rows(
                    conn,
                    f"""SELECT g.public_id, m.profile_id, m.joined FROM {kind}_members m
                        JOIN {kind}s g ON g.account_id = m.account_id AND g.id = m.{kind}_id WHERE m.account_id = %s""",
                    (self.id,),
                ):
                    people[profile].groups[name] = joined
            for row in await db.dicts(conn, "SELECT * FROM consents WHERE account_id = %s", (self.id,)):
                people[row["profile_id"]].consents[row["channel"]] = row
            for row in await db.dicts(conn, "SELECT * FROM suppressions WHERE account_id = %s", (self.id,)):
                people[row["profile_id"]].suppressions[row["reason"]] = row["at"]
            for row in await db.dicts(
                conn,
                """SELECT e.*, f.public_id AS flow FROM enrolments e
                   JOIN flows f ON f.account_id = e.account_id AND f.id = e.flow_id WHERE e.account_id = %s""",
                (self.id,),
            ):
                people[row["profile_id"]].runs.append(row)
            for person in people.values():
                person.revenue = self.metrics["Placed Order"]
        return list(people.values())

    def at(self, hours: float) -> datetime:
        return datetime.fromtimestamp(self.base, UTC) + timedelta(hours=hours)


def definition(*groups: dict[str, Any] | list[dict[str, Any]]) -> dict[str, Any]:
    """Each argument is a group: one condition, or a list of alternatives."""
    return {"condition_groups": [{"conditions": group if isinstance(group, list) else [group]} for group in groups]}


def did(
    metric_id: str,
    operator: str = "greater-than-or-equal",
    value: float = 1,
    *,
    timeframe: Any = None,
    measurement: str = "count",
    filters: Any = None,
) -> dict[str, Any]:
    return {
        "type": "profile-metric",
        "metric_id": metric_id,
        "measurement": measurement,
        "measurement_filter": {"type": "numeric", "operator": operator, "value": value},
        "timeframe_filter": timeframe or {"type": "date", "operator": "alltime"},
        "metric_filters": filters,
    }


def relative(operator: str, quantity: int, unit: str = "day") -> dict[str, Any]:
    return {"type": "date", "operator": operator, "quantity": quantity, "unit": unit}


def funnel(*steps: dict[str, Any], timeframe: Any, window: str | None = None) -> dict[str, Any]:
    return {
        "type": "profile-metric-funnel",
        "timeframe_filter": timeframe,
        "completion_window_seconds": window,
        "steps": list(steps),
    }


def step(metric_id: str, done: bool = True, filters: Any = None) -> dict[str, Any]:
    return {"metric_exists": done, "metric_id": metric_id, "metric_filters": filters}


def has(name: str, **filter: Any) -> dict[str, Any]:
    return {"type": "profile-property", "property": name, "filter": filter}


__all__ = ["World", "definition", "did", "funnel", "has", "relative", "step"]
