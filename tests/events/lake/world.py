"""A small shop's events, written as the pipeline writes them, and the same questions asked in two ways."""

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from rapport.accounts import service as accounts
from rapport.accounts.types import Account
from rapport.events.lake import changes, folder, query
from rapport.events.lake.plan import Limits
from rapport.events.lake.seal import GRACE
from rapport.events.lake.sealer import Sealer
from rapport.events.record import record
from rapport.inbox.types import Accepted
from rapport.kit import clock, db, ids
from rapport.kit.files import Files
from rapport.profiles import merge
from rapport.profiles.identity import Person

METRICS = ("Placed Order", "Viewed Product", "Opened Email")
LIMITS = Limits(step=300, small=40, run=3, full=2000, changes=25, moves=3)
_WORDS = ("Coats", "Shoes", "", "é\u2028 x", 'a"b,c\n', "null", "1")


@dataclass
class World:
    """One account. Times are in the days before today, by day number: 1 is yesterday."""

    pool: db.Pool
    files: Files
    account: Account
    sealer: Sealer
    people: list[int] = field(default_factory=list)
    written: int = 0

    async def record(self, chance: random.Random, days: Sequence[int], count: int) -> list[int]:
        """Events at random moments of these days; their ids."""
        some = [self.event(chance, chance.choice(list(days))) for _ in range(count)]
        people = [chance.choice(self.people) for _ in some]
        async with self.pool.connection() as conn:
            return [event.id for event in await record(conn, self.account, some, people)]

    def event(self, chance: random.Random, day: int) -> Accepted:
        self.written += 1
        midnight = clock.midnight(self.account.now()) - timedelta(days=day)
        moment = midnight + timedelta(seconds=chance.randrange(86400))
        value = chance.choice([None, "0.1", "0.2", "19.99", "-5", "1000000000000.01", "3"])
        return Accepted(
            person=Person(),
            metric=chance.choice(METRICS),
            time=int(moment.timestamp()),
            received=midnight,
            properties=msgspec.Raw(json.dumps(_properties(chance)).encode()),
            value=value,
            currency=chance.choice([None, "USD", "EUR"]),
            unique_id=f"{self.written}:{chance.choice(_WORDS)}",
        )

    async def merge(self, source: int, into: int) -> None:
        async with self.pool.connection() as conn:
            await merge.fold(conn, self.account.account_id, source, into, self.account.now())
        self.people.remove(source)

    async def redact(self, event_ids: Sequence[int]) -> None:
        """As a deletion job that keeps the events but not what they say."""
        async with self.pool.connection() as conn:
            await db.execute(
                conn,
                "UPDATE events SET properties = '{}', value = NULL WHERE account_id = %s AND id = ANY(%s)",
                (self.account.account_id, list(event_ids)),
            )
            await changes.rewritten(conn, self.account.account_id, event_ids)

    async def remove(self, person: int) -> None:
        async with self.pool.connection() as conn:
            await changes.of_profiles(conn, self.account.account_id, [person])
            parameters = (self.account.account_id, person)
            await db.execute(conn, "DELETE FROM events WHERE account_id = %s AND profile_id = %s", parameters)

    async def ahead(self) -> None:
        """A day later."""
        async with self.pool.connection() as conn:
            self.account = await accounts.advance_clock(conn, self.account, 86400)

    async def forget_a_file(self, chance: random.Random) -> None:
        """As if a range had been taken out of the lake: its days are open again."""
        names = [row[3] for row in await self.sealed()]
        if names:
            async with self.pool.connection() as conn:
                await db.execute(
                    conn,
                    "UPDATE lake_files SET state = 'retired' WHERE account_id = %s AND name = %s",
                    (self.account.account_id, chance.choice(names)),
                )

    async def seal(self, steps: int = 1000) -> int:
        done = 0
        while done < steps and await self.sealer.step(self.account.account_id):
            done += 1
        return done

    async def sealed(self) -> list[tuple[Any, ...]]:
        """(since, until, rows, name) of what readers use, in order."""
        async with self.pool.connection() as conn:
            return await db.rows(
                conn,
                "SELECT since, until, rows, name FROM lake_files WHERE account_id = %s AND state = 'sealed' ORDER BY 1",
                (self.account.account_id,),
            )

    async def count(self, table: str) -> int:
        async with self.pool.connection() as conn:
            found = await db.rows(
                conn, f"SELECT count(*) FROM {table} WHERE account_id = %s", (self.account.account_id,)
            )
        return int(found[0][0])


def _properties(chance: random.Random) -> dict[str, Any]:
    found: dict[str, Any] = {"Category": chance.choice(_WORDS), "n": chance.choice([1, 2.5, None, True, "x"])}
    if chance.random() < 0.3:
        found["Items"] = [{"id": chance.randrange(3), "": "nameless"}, "x", None]
    if chance.random() < 0.1:
        found |= {"": 1, "category": "other case", "a.b": {"c": {}}, "it's": []}
    return found


async def new_world(pool: db.Pool, data: Path, *, people: int = 12, limits: Limits = LIMITS) -> World:
    files = folder.use(data)
    async with pool.connection() as conn:
        account = await accounts.create(conn, name="Lake", is_test=True)
        # yesterday is closed an hour after midnight, and tests are run at any time
        until = clock.midnight(account.now()) + 2 * GRACE - account.now()
        if until > timedelta():
            account = await accounts.advance_clock(conn, account, until.total_seconds())
        rows = await db.rows(
            conn,
            """INSERT INTO profiles (account_id, id, ulid, email, created, updated)
               SELECT %(account)s, n, %(mark)s || n, %(mark)s || n || '@example.com', now(), now()
               FROM generate_series(1, %(people)s) AS n RETURNING id""",
            {"account": account.account_id, "mark": ids.ulid(account.now()), "people": people},
        )
    return World(pool, files, account, Sealer(pool, files, limits=limits), [row[0] for row in rows])


_ASKED = (
    # by day and metric
    (
        """SELECT metric, date_trunc('day', time)::VARCHAR, count(*), count(DISTINCT profile), sum(value)
           FROM events GROUP BY ALL""",
        """SELECT metric_id, (date_trunc('day', time AT TIME ZONE 'UTC'))::text, count(*), count(DISTINCT profile_id),
                  sum(value)
           FROM events WHERE account_id = %(account)s AND {where} GROUP BY 1, 2""",
    ),
    # by a property, and who
    (
        f"SELECT {query.prop_text('Category')}, currency, list_sort(list(DISTINCT profile)) FROM events GROUP BY ALL",
        """SELECT properties ->> 'Category', value_currency, array_agg(DISTINCT profile_id ORDER BY profile_id)
           FROM events WHERE account_id = %(account)s AND {where} GROUP BY 1, 2""",
    ),
    # every event as it is
    (
        f"SELECT id, time::VARCHAR, profile, value, unique_id, message, {query.properties_json()} FROM events",
        """SELECT id, (time AT TIME ZONE 'UTC')::text, profile_id, value, unique_id, message_id, properties::text
           FROM events WHERE account_id = %(account)s AND {where}""",
    ),
)


async def check(world: World, chance: random.Random) -> None:
    """Every question has the same answer from the lake as from the table, over everything and over a part of it."""
    await _check(world, None, None, None)
    days = sorted(chance.sample(range(-1, 60), 2), reverse=True)
    since, until = (
        clock.midnight(world.account.now()) - timedelta(days=day, seconds=chance.randrange(86400)) for day in days
    )
    async with world.pool.connection() as conn:
        rows = await db.rows(conn, "SELECT id FROM metrics WHERE account_id = %s", (world.account.account_id,))
    metrics = chance.sample([row[0] for row in rows], min(len(rows), chance.randrange(1, 3))) or [0]
    await _check(world, metrics, min(since, until), max(since, until))


async def _check(world: World, metrics: list[int] | None, since: datetime | None, until: datetime | None) -> None:
    where = "(%(metrics)s::bigint[] IS NULL OR metric_id = ANY(%(metrics)s)) AND time >= %(since)s AND time < %(until)s"
    parameters = {
        "account": world.account.account_id,
        "metrics": metrics,
        "since": since or datetime(1990, 1, 1, tzinfo=UTC),
        "until": until or datetime(3000, 1, 1, tzinfo=UTC),
    }
    for ours, plain in _ASKED:
        view = query.view(world.pool, world.account.account_id, metrics=metrics, since=since, until=until)
        async with view as events, world.pool.connection() as conn:
            found = await events.sql(ours)
            expected = await db.rows(conn, plain.format(where=where), parameters)
        assert _plain(found) == _plain(expected)


def _plain(rows: Sequence[tuple[Any, ...]]) -> list[str]:
    return sorted(repr(tuple(_same(value) for value in row)) for row in rows)


def _same(value: Any) -> Any:
    if isinstance(value, str) and value.startswith("{"):
        return json.dumps(json.loads(value), sort_keys=True)
    return float(value) if value is not None and not isinstance(value, str | int | list) else value
