"""Whose turn it is: busy accounts take lanes, and one that has little never waits for them."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from rapport.accounts import service as accounts
from rapport.events.fairness import LANES, SMALL, Lanes
from rapport.events.pipeline import Pipeline
from rapport.events.reactions import Batch
from rapport.inbox import service as inbox
from rapport.inbox.types import Accepted
from rapport.kit import db
from rapport.profiles.identity import Person
from tests.conftest import database


def busy(lanes: Lanes, *accounts: int, now: float = 0.0) -> None:
    for account in accounts:
        lanes.begun(account, now)
        lanes.ended(account, SMALL, now)


def test_who_has_little_goes_before_who_is_busy() -> None:
    lanes = Lanes()
    busy(lanes, 1, 2)
    assert lanes.next([1, 2, 3], 1.0)[0] == 3


def test_a_lane_is_left_for_who_has_little() -> None:
    lanes = Lanes()
    busy(lanes, *range(10))
    begun = lanes.next(range(10), 1.0)
    assert len(begun) == LANES - 1
    for account in begun:
        lanes.begun(account, 1.0)
    assert lanes.next([*range(10), 77], 1.0) == [77]


def test_busy_accounts_take_turns() -> None:
    lanes, served = Lanes(), []
    busy(lanes, 1, 2, 3, 4)
    for moment in range(1, 21):
        (account, *_) = lanes.next([1, 2, 3, 4], float(moment))
        lanes.begun(account, float(moment))
        lanes.ended(account, SMALL, float(moment))
        served.append(account)
    assert {served.count(account) for account in (1, 2, 3, 4)} == {5}


def test_an_account_that_runs_is_not_begun_again() -> None:
    lanes = Lanes()
    lanes.begun(1, 0.0)
    assert lanes.next([1], 1.0) == []
    assert lanes.rest([1], 1.0) is None


def test_after_a_small_batch_the_next_gathers_for_a_moment() -> None:
    lanes = Lanes()
    lanes.begun(1, 0.0)
    lanes.ended(1, 3, 0.0)
    assert lanes.next([1], 0.0) == []
    rest = lanes.rest([1], 0.0)
    assert rest is not None and 0 < rest < 0.1
    assert lanes.next([1], rest) == [1]


def test_it_forgets_whom_it_has_not_served_for_long() -> None:
    lanes = Lanes()
    for account in range(5000):
        lanes.begun(account, float(account))
        lanes.ended(account, 1, float(account))
    assert len(lanes._places) < 1100


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with database() as made:
        yield made


async def _account(pool: db.Pool) -> int:
    async with pool.connection() as conn:
        return (await accounts.create(conn, name="Shop", is_test=True)).account_id


async def _put(pool: db.Pool, account: int, count: int, metric: str) -> None:
    now = datetime.now(UTC)
    entries = [
        Accepted(Person(email=f"p{number}@example.com"), metric, int(now.timestamp()), now, unique_id=str(number))
        for number in range(count)
    ]
    async with pool.connection() as conn:
        await inbox.append(conn, account, entries)


async def test_a_single_event_does_not_wait_for_other_accounts_that_are_busy(url: str) -> None:
    """Three accounts hold batches up; a fourth one's event is recorded meanwhile."""
    release = asyncio.Event()
    async with db.new_pool(url, size=8) as pool:
        slow = {await _account(pool) for _ in range(3)}
        quick = await _account(pool)
        # the first event of a month makes its partition, for which everybody waits
        await _put(pool, quick, 1, "First")
        await Pipeline(pool, {}).run_once()

        async def hold(batch: Batch) -> None:
            if batch.account.account_id in slow:
                await release.wait()

        pipeline = Pipeline(pool, {"hold": hold})
        for account in slow:
            pipeline._lanes.begun(account, 0.0)
            pipeline._lanes.ended(account, SMALL, 0.0)
            await _put(pool, account, 600, "Bulk")
        working = asyncio.create_task(pipeline.run_once())
        await asyncio.sleep(0.2)
        await _put(pool, quick, 1, "Call")
        assert await asyncio.wait_for(working, 60) == 1
        release.set()
        while await pipeline.run_once():
            pass
        async with pool.connection() as conn:
            found = dict(await db.rows(conn, "SELECT account_id, count(*) FROM events GROUP BY account_id"))
        assert found == {**dict.fromkeys(slow, 600), quick: 2}


async def test_two_runners_share_accounts_and_record_each_event_once(url: str) -> None:
    async with db.new_pool(url, size=12) as pool:
        shops = [await _account(pool) for _ in range(5)]
        for shop in shops:
            await _put(pool, shop, 700, "Shared")

        async def run() -> None:
            pipeline = Pipeline(pool, {})
            while await pipeline.run_once():
                pass

        await asyncio.gather(run(), run(), run())
        async with pool.connection() as conn:
            found = dict(
                await db.rows(
                    conn,
                    "SELECT account_id, count(*) FROM events WHERE account_id = ANY(%s) GROUP BY account_id",
                    (shops,),
                )
            )
        assert found == dict.fromkeys(shops, 700)
