"""A row that can't be taken is found among thousands and set aside; every other is recorded, in its order."""

import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
import psycopg
import pytest

from rapport.accounts import service as accounts
from rapport.accounts.types import Account
from rapport.commands import replay
from rapport.events import refused
from rapport.events.pipeline import Pipeline
from rapport.events.reactions import Batch, Reaction
from rapport.inbox import service as inbox
from rapport.inbox.types import Accepted, Merge
from rapport.kit import db, log
from rapport.profiles.identity import Person
from rapport.segments.membership import event_totals
from tests.conftest import database

ROWS = 4000


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    log.configure("CRITICAL")
    with database() as made:
        yield made


@dataclass
class Line:
    """An account's inbox, worked off by hand."""

    url: str
    pool: db.Pool
    account: Account

    async def put(self, numbers: range, **changes: Any) -> None:
        """Events of one person each; the number is the unique_id and says who."""
        now = self.account.now()
        async with self.pool.connection() as conn:
            await inbox.append(
                conn,
                self.account.account_id,
                [
                    Accepted(
                        **{
                            "person": Person(email=f"p{number}@example.com"),
                            "metric": "Call",
                            "received": now,
                            "time": int(now.timestamp()),
                            "unique_id": str(number),
                            **changes,
                        }
                    )
                    for number in numbers
                ],
            )

    async def settle(self, *reactions: Reaction) -> float:
        """Seconds until nothing is waiting."""
        named = {str(number): reaction for number, reaction in enumerate((event_totals.react, *reactions))}
        pipeline, begun = Pipeline(self.pool, named), time.perf_counter()
        while await self._waiting():
            await pipeline.run_account(self.account.account_id)
        return time.perf_counter() - begun

    async def _waiting(self) -> bool:
        return bool(await self.rows("SELECT id FROM inbox WHERE account_id = %s LIMIT 1"))

    async def rows(self, query: str) -> list[tuple[Any, ...]]:
        async with self.pool.connection() as conn:
            return await db.rows(conn, query, (self.account.account_id,))

    async def recorded(self) -> list[int]:
        return [
            int(row[0]) for row in await self.rows("SELECT unique_id FROM events WHERE account_id = %s ORDER BY id")
        ]

    async def refused(self) -> dict[int, str]:
        """Reasons by the number of the event."""
        rows = await self.rows("SELECT body::text, reason FROM inbox_refused WHERE account_id = %s ORDER BY id")
        return {int(json.loads(body)["unique_id"]): reason for body, reason in rows}


@pytest.fixture
async def line(url: str) -> AsyncIterator[Line]:
    async with db.new_pool(url, size=4) as pool:
        async with pool.connection() as conn:
            account = await accounts.create(conn, name="Line", is_test=True)
        yield Line(url, pool, account)


def fails_for(*numbers: int, how: Callable[[Batch], Awaitable[Any]]) -> Reaction:
    """A reaction that does something it can't for the events with these numbers."""
    wanted = {str(number) for number in numbers}

    async def react(batch: Batch) -> None:
        if any(event.accepted.unique_id in wanted for event in batch.events):
            await how(batch)

    return react


async def raises(batch: Batch) -> None:
    raise KeyError("colour")


async def divides_by_zero(batch: Batch) -> None:
    await db.execute(batch.conn, "SELECT 1 / 0")


async def breaks_a_key(batch: Batch) -> None:
    query = "INSERT INTO accounts (account_id, public_id) SELECT account_id, public_id FROM accounts LIMIT 1"
    await db.execute(batch.conn, query)


async def misspells(batch: Batch) -> None:
    await db.execute(batch.conn, "SELECT no_such_column FROM inbox")


async def exceeds_a_limit(batch: Batch) -> None:
    raise psycopg.errors.ProgramLimitExceeded("index row size 4000 exceeds maximum 2712")


@pytest.mark.parametrize("how", [raises, divides_by_zero, breaks_a_key, misspells, exceeds_a_limit])
async def test_a_reaction_that_fails_for_one_profile_stops_nobody_else(line: Line, how: Any) -> None:
    await line.put(range(300))
    await line.settle(fails_for(137, how=how))
    assert await line.recorded() == [number for number in range(300) if number != 137]
    assert list(await line.refused()) == [137]
    # what was tried and rolled back on the way left nothing: each total is one
    assert set(await line.rows("SELECT count FROM event_totals WHERE account_id = %s")) == {(1,)}


async def test_several_are_found_in_one_batch(line: Line) -> None:
    await line.put(range(500))
    await line.settle(fails_for(0, 250, 251, 499, how=raises))
    assert list(await line.refused()) == [0, 250, 251, 499]
    assert len(await line.recorded()) == 496
    assert set((await line.refused()).values()) == {"KeyError: 'colour'"}


async def test_a_merge_among_them_keeps_its_place(line: Line) -> None:
    """The batch is divided before and after it; what was accepted before goes with the source, the rest does not."""
    await line.put(range(3))
    await line.settle()
    await line.put(range(10, 40), person=Person(email="p1@example.com"))
    people = dict(await line.rows("SELECT email, id FROM profiles WHERE account_id = %s"))
    async with line.pool.connection() as conn:
        await inbox.append(conn, line.account.account_id, [Merge(people["p1@example.com"], people["p0@example.com"])])
    await line.put(range(40, 70), person=Person(email="p1@example.com"))
    await line.settle(fails_for(20, 39, 41, how=raises))
    assert list(await line.refused()) == [20, 39, 41]
    rows = await line.rows(
        """SELECT p.email, e.unique_id::int FROM events e
           JOIN profiles p ON p.account_id = e.account_id AND p.id = e.profile_id
           WHERE e.account_id = %s AND e.unique_id ~ '^[0-9]{2}$' ORDER BY e.id"""
    )
    before = [("p0@example.com", number) for number in range(10, 40) if number not in (20, 39)]
    after = [("p1@example.com", number) for number in range(40, 70) if number != 41]
    assert rows == [*before, *after]


async def test_what_postgresql_can_not_store_is_set_aside_with_what_it_said(line: Line) -> None:
    await line.put(range(10))
    await line.put(range(10, 11), properties=msgspec.Raw(b'{"amount": 1e999999}'))
    await line.put(range(11, 12), metric="Call\0")
    await line.put(range(12, 20))
    await line.settle()
    reasons = await line.refused()
    assert list(reasons) == [10, 11]
    assert "numeric" in reasons[10]
    assert len(await line.recorded()) == 18


async def test_one_bad_row_among_thousands_costs_little(line: Line) -> None:
    """It is found by dividing: the batch is repeated less than twice, not once for each row."""
    await line.put(range(ROWS))
    plain = await line.settle()
    await line.put(range(ROWS, 2 * ROWS))
    spoiled = await line.settle(fails_for(ROWS + 2718, how=raises))
    assert list(await line.refused()) == [ROWS + 2718]
    assert len(await line.recorded()) == 2 * ROWS - 1
    print(f"{ROWS} rows: {plain:.2f} s, with a bad one {spoiled:.2f} s")
    assert spoiled < 6 * plain + 3


async def test_a_wrong_statement_of_ours_refuses_nobody(line: Line) -> None:
    """Where not one row can be taken the rows are not to blame: they wait until it is mended."""
    await line.put(range(50))
    pipeline = Pipeline(line.pool, {"fails": fails_for(*range(50), how=misspells)})
    with pytest.raises(psycopg.errors.UndefinedColumn):
        await pipeline.run_account(line.account.account_id)
    assert not await line.refused()
    await line.settle()
    assert await line.recorded() == list(range(50))


async def test_a_database_that_is_away_refuses_nobody(line: Line) -> None:
    async def is_cut_off(batch: Batch) -> None:
        await db.execute(batch.conn, "SELECT pg_terminate_backend(pg_backend_pid())")

    await line.put(range(5))
    with pytest.raises(psycopg.OperationalError):
        await Pipeline(line.pool, {"is_cut_off": is_cut_off}).run_account(line.account.account_id)
    await line.settle()
    assert await line.recorded() == list(range(5))
    assert not await line.refused()


async def test_rows_of_an_account_that_is_not_there_stop_nobody(line: Line) -> None:
    async with line.pool.connection() as conn:
        await db.execute(conn, "INSERT INTO inbox (account_id, kind, body) VALUES (999999, 'event', '{}')")
    await line.put(range(3))
    pipeline = Pipeline(line.pool, {})
    while await pipeline.run_once():
        pass
    assert await line.recorded() == [0, 1, 2]
    async with line.pool.connection() as conn:
        found = await db.rows(conn, "DELETE FROM inbox_refused WHERE account_id = 999999 RETURNING reason")
    assert found == [("LookupError: no account 999999",)]


async def test_rows_are_put_back_and_taken_when_the_cause_is_gone(line: Line) -> None:
    await line.put(range(20))
    await line.settle(fails_for(3, 9, how=raises))
    result = await replay.replay(line.url, account=line.account.public_id)
    assert (result.rows, result.waiting, list(result.failed)) == (2, 2, [])
    await line.settle(fails_for(9, how=divides_by_zero))
    assert sorted(await line.recorded()) == [number for number in range(20) if number != 9]
    assert list(await line.refused()) == [9]
    assert "division by zero" in (await line.refused())[9]


async def test_one_row_can_be_put_back_and_the_others_stay(line: Line) -> None:
    await line.put(range(5))
    await line.settle(fails_for(1, 2, how=raises))
    numbers = [row[0] for row in await line.rows("SELECT id FROM inbox_refused WHERE account_id = %s ORDER BY id")]
    async with line.pool.connection() as conn:
        assert await refused.put_back(conn, id=numbers[1]) == [(line.account.account_id, numbers[1])]
    await line.settle()
    assert list(await line.refused()) == [1]
    # a number that is not refused is nobody's
    async with line.pool.connection() as conn:
        assert await refused.put_back(conn, account="NOBODY") == []
