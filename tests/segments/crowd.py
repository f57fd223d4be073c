"""The people of `tests/segments/cells.py` in an account of their own, once for all cells."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec

from rapport.inbox import service as inbox
from rapport.inbox.person import Changes
from rapport.inbox.types import Accepted
from rapport.kit import db
from rapport.profiles.identity import Person, identify
from rapport.segments.places import load
from tests.segments.cells import EMPTY, FULL, MOMENTS, NOW, OTHER, VALUES, muted
from tests.segments.cells_people import BY_METHOD, SUPPRESSED
from tests.segments.conditions.test_distance import ROWS
from tests.segments.world import World, definition, has

NAMES = (
    *MOMENTS,
    *(muted(name) for name in MOMENTS),
    FULL,
    OTHER,
    EMPTY,
    "split",
    "once",
    "quiet",
    *(f"{name}_{suffix}" for name in BY_METHOD.values() for suffix in ("yes", "no")),
)
CHANNELS = ("email", "sms", "push", "whatsapp", "whatsapp_transactional")
# Long enough ago to stay out of every span of the cells.
BEFORE = NOW - timedelta(days=100)


NUMBERS = {FULL: "+12125550123", OTHER: "+442079460123"}


async def know_places(conn: db.Connection) -> None:
    for country in ("US", "DE"):
        await load.load(conn, country, load.read(ROWS.splitlines(), country))


@dataclass
class Crowd:
    world: World
    ids: dict[str, int]
    # what the names in capitals stand for
    names: dict[str, str]

    @classmethod
    async def gather(cls, pool: db.Pool) -> "Crowd":
        world = await World.create(pool)
        crowd = cls(world, {}, {})
        await crowd._meet()
        await crowd._happen()
        await crowd._join()
        await crowd._consent()
        await crowd._walk()
        return crowd

    async def _meet(self) -> None:
        people = [
            Person(email=f"{name}@example.com", phone_number=NUMBERS.get(name), changes=_changes(name))
            for name in NAMES
        ]
        async with self.world.pool.connection() as conn:
            await know_places(conn)
            found = (await identify(conn, self.world.id, people, NOW)).profiles
        self.ids = {name: profile for name, profile in zip(NAMES, found, strict=True) if profile is not None}

    async def _happen(self) -> None:
        accepted = [
            Accepted(
                Person(email=f"{name}@example.com"),
                metric,
                int(time.timestamp()),
                NOW,
                value=value,
                properties=msgspec.Raw(msgspec.json.encode(properties)),
            )
            for name, metric, time, value, properties in _events()
        ]
        async with self.world.pool.connection() as conn:
            await inbox.append(conn, self.world.id, accepted)
        await self.world.settle()
        self.names |= {"ORDERED": self.world.metrics["Placed Order"], "METRIC": self.world.metrics["Viewed Product"]}

    async def _join(self) -> None:
        """The list, and a segment whose members are what is written, not what it asks for."""
        segment = await self.world.segment(definition(has("email", type="existence", operator="is-set")), build=False)
        for kind, group in (("list", self.world.lists[0]), ("segment", segment)):
            self.names[kind.upper()] = group["public_id"]
            await self._write(
                f"INSERT INTO {kind}_members (account_id, {kind}_id, profile_id, joined) VALUES (%s, %s, %s, %s)",
                [(group["id"], self.ids[name], time) for name, time in (*MOMENTS.items(), (FULL, BEFORE))],
            )

    async def _consent(self) -> None:
        await self._write(
            """INSERT INTO consents (account_id, profile_id, channel, status, consented_at, updated, method,
                   method_detail, double_optin, custom_method_detail)
               VALUES (%s, %s, %s, %s, %s, %s, %s, 'd', %s, %s)""",
            [
                (
                    self.ids[name],
                    channel,
                    status,
                    time if status == "SUBSCRIBED" else None,
                    time,
                    method,
                    name == FULL,
                    "Fair" if name == FULL else None,
                )
                for name, status, time, method in _consents()
                for channel in CHANNELS
            ],
        )
        await self._write(
            "INSERT INTO suppressions (account_id, profile_id, reason, at) VALUES (%s, %s, %s, %s)",
            [(self.ids[name], reason, time) for name, reason, time in _suppressions()],
        )

    async def _walk(self) -> None:
        """Through a flow: those of MOMENTS reached its end, FULL waits in it, OTHER left early."""
        flow = await self.world.rows(
            """INSERT INTO flows (account_id, public_id, name, status, trigger_kind, trigger, created, updated)
               VALUES (%s, 'FlowAb', 'Flow', 'live', 'list', '{}', %s, %s) RETURNING id""",
            self.world.id,
            NOW,
            NOW,
        )
        self.names["FLOW"] = "FlowAb"
        ended = [(time, None, False, name) for name, time in MOMENTS.items()]
        await self._write(
            """INSERT INTO enrolments (account_id, flow_id, profile_id, cause, entered, finished, action_id, left_early)
               VALUES (%s, %s, %s, %s, %s, %s, %s, %s)""",
            [
                (flow[0][0], self.ids[name], name, BEFORE, finished, action, early)
                for finished, action, early, name in (*ended, (None, 1, False, FULL), (BEFORE, None, True, OTHER))
            ],
        )

    async def _write(self, statement: str, rows: list[tuple[Any, ...]]) -> None:
        async with self.world.pool.connection() as conn:
            await conn.cursor().executemany(statement, [(self.world.id, *row) for row in rows])


def _changes(name: str) -> Changes:
    properties = dict(VALUES.get(name, {}))
    if name in MOMENTS:
        properties["date"] = MOMENTS[name].isoformat()
    changes = Changes(properties=properties)
    if name in (FULL, OTHER):
        text = VALUES[name]["text"]
        home = {FULL: {"country": "US", "zip": "10001"}, OTHER: {"country": "Germany", "zip": "10115"}}[name]
        changes = msgspec.structs.replace(changes, set={"first_name": text}, location={"city": text, **home})
    return changes


def _events() -> Iterator[tuple[str, str, datetime, str | None, dict[str, Any]]]:
    """(person, metric, time, value, properties)."""
    for name, time in MOMENTS.items():
        yield name, "Viewed Product", time, None, {}
    for name, number in ((FULL, 5), (OTHER, 3)):
        for step in range(number):
            yield name, "Placed Order", BEFORE + step * timedelta(days=number), "1", VALUES[name]
    # Amber in one and 5 in the other, never both in one
    yield "split", "Placed Order", BEFORE, "20", {"text": "Amber", "number": 1}
    yield "split", "Placed Order", BEFORE + timedelta(hours=1), "20", {"text": "Birch", "number": 5}
    yield "once", "Placed Order", BEFORE, "8", {}


def _consents() -> Iterator[tuple[str, str, datetime, str]]:
    """(person, status, since when, method)."""
    for name, time in MOMENTS.items():
        yield name, "SUBSCRIBED", time, "nobody_asks"
        yield muted(name), "SUBSCRIBED", BEFORE, "nobody_asks"
    yield FULL, "SUBSCRIBED", BEFORE, "nobody_asks"
    yield OTHER, "UNSUBSCRIBED", BEFORE, "nobody_asks"
    for method, name in BY_METHOD.items():
        yield f"{name}_yes", "SUBSCRIBED", BEFORE, method.upper()
        yield f"{name}_no", "UNSUBSCRIBED", BEFORE, method.upper()


def _suppressions() -> Iterator[tuple[str, str, datetime]]:
    for _, reason in SUPPRESSED:
        for name, time in MOMENTS.items():
            yield muted(name), reason, time
        yield OTHER, reason, BEFORE
        yield "quiet", reason, BEFORE
    for name in BY_METHOD.values():
        yield f"{name}_no", "UNSUBSCRIBE", BEFORE
