"""Builds go on beside everything else: nothing that happens meanwhile is lost, and nobody waits for them.

A build is made slow by holding what it needs and the pipeline does not: DuckDB's connections of this process, or a
table that only one of its conditions reads.
"""

import asyncio
import os
import signal
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import psycopg
from pyroaring import BitMap64

from rapport.events.lake.engine import CONNECTIONS, engine
from rapport.kit import db
from rapport.profiles import merge, privacy
from rapport.segments import service
from rapport.segments.membership import members
from rapport.segments.membership.build import build
from rapport.segments.membership.locks import LOCK_ACCOUNT
from tests.conftest import Server, Shop, eventually
from tests.segments.sql.test_lake import sealed
from tests.segments.test_api import built, create, order_metric
from tests.segments.test_api import members as emails
from tests.segments.world import World, definition, did, has, relative

Json = dict[str, Any]


async def until(condition: Callable[[], Awaitable[Any]]) -> None:
    for _ in range(500):
        if await condition():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it never came")


@asynccontextmanager
async def slow(world: World, row: Json, *, wait: bool = True) -> AsyncIterator["asyncio.Task[int]"]:
    """Inside, the build of a segment has begun, and waits before the first condition that asks the lake. `wait`: at
    the end, until it is through."""
    async with AsyncExitStack() as held:
        for _ in range(CONNECTIONS):
            await held.enter_async_context(engine().connection())
        building = asyncio.create_task(world.builder.run_once())
        marked = "SELECT FROM segments WHERE account_id = %s AND id = %s AND building IS NOT NULL"
        await until(lambda: world.rows(marked, world.id, row["id"]))
        yield building
        assert not building.done()
    if wait:
        await building


async def often(world: World, *, also: str = "Placed Order") -> Json:
    """Bought ever, which the totals know and is asked first, and `also` twice in a month, which the lake is asked."""
    return await world.segment(
        definition(
            did(world.metrics["Placed Order"]), did(world.metrics[also], value=2, timeframe=relative("in-the-last", 30))
        ),
        build=False,
    )


async def histories(world: World, tmp_path: Path, *names: str) -> None:
    """Each bought twice, days ago, and is in the lake."""
    await world.events([(name, "Placed Order", -24 * n, {}, "5") for name in names for n in (3, 4)])
    await world.settle()
    assert await sealed(world, tmp_path) > 0


async def test_it_takes_in_what_happens_while_it_is_built(world: World, tmp_path: Path) -> None:
    """The pipeline does not wait, and those whom it hears of are asked again: who now buys, and who is new."""
    await histories(world, tmp_path, "ada", "ben")
    row = await often(world)
    async with slow(world, row):
        await world.events([("cy", "Placed Order", -n, {}, "5") for n in (1, 2)])
        await world.event("di", hours=-1)
        await world.settle()
        assert await world.rows("SELECT count(*) FROM segment_touched WHERE account_id = %s", world.id) == [(2,)]
        assert await world.members(row) == set()
    await world.event("di", hours=-2)
    await world.settle()
    wanted = {await world.profile(name) for name in ("ada", "ben", "cy", "di")}
    assert await world.members(row) == wanted == await world.expected(row["definition"])
    assert await world.rows("SELECT count(*) FROM segment_touched WHERE account_id = %s", world.id) == [(0,)]
    # who was found by the build starts nothing (4.8); di came after it
    assert [change.profiles for change in world.told] == [[await world.profile("di")]]


async def test_it_hears_of_a_person_patched_while_it_is_built(world: World, tmp_path: Path) -> None:
    await histories(world, tmp_path, "ada", "ben")
    ada, ben = await world.profile("ada", plan="pro"), await world.profile("ben", plan="free")
    asked = definition(
        has("properties['plan']", type="string", operator="equals", value="pro"),
        did(world.metrics["Placed Order"], timeframe=relative("in-the-last", 30)),
    )
    row = await world.segment(asked, build=False)
    async with slow(world, row):
        await world.profile("ada", plan="free")
        await world.profile("ben", plan="pro")
    # its batch comes only after the build
    assert await world.members(row) <= {ada, ben}
    await world.settle()
    assert await world.members(row) == {ben}


async def test_those_who_were_merged_or_deleted_meanwhile_are_no_members(world: World, tmp_path: Path) -> None:
    await histories(world, tmp_path, "ada", "ben", "cy")
    ada, ben, cy = [await world.profile(name) for name in ("ada", "ben", "cy")]
    row = await often(world)
    await world.settle()
    async with slow(world, row):
        async with world.pool.connection() as conn:
            await merge.fold(conn, world.id, ada, ben, world.account.now())
            await privacy.ask(conn, world.id, "email", "cy@example.com", world.account.now())
        await world.settle()
        assert await privacy.Eraser(world.pool).run_once() == 1
    await world.settle()
    assert await world.members(row) == {ben}
    assert cy not in {found[0] for found in await world.rows("SELECT id FROM profiles WHERE account_id = %s", world.id)}


async def test_somebody_deleted_is_found_by_nothing(world: World, tmp_path: Path) -> None:
    """The events stay, sealed or not; neither a build nor an estimate, of one or of several conditions, counts them."""
    await histories(world, tmp_path, "ada", "ben")
    ada, ben = [await world.profile(name) for name in ("ada", "ben")]
    order = world.metrics["Placed Order"]
    await world.event("ada")
    await world.settle()
    recently = did(order, value=2, timeframe=relative("in-the-last", 30))
    rarely = did(order, value=1000, operator="less-than")
    asked = [
        definition(recently),
        definition(recently, has("email", type="existence", operator="is-set")),
        {"condition_groups": [{"conditions": [recently]}, {"conditions": [rarely]}]},
    ]
    assert [ada in await world.matching(one) for one in asked] == [True] * 3
    async with world.pool.connection() as conn:
        await privacy.ask(conn, world.id, "email", "ada@example.com", world.account.now())
    await world.settle()
    assert await privacy.Eraser(world.pool).run_once() == 1
    assert [await world.matching(one) for one in asked] == [{ben}] * 3


async def test_it_is_built_anew_beside_its_old_members(world: World, tmp_path: Path) -> None:
    """A merge of members during a second build neither waits for it nor leaves somebody who is gone; sizes agree."""
    await histories(world, tmp_path, "ada", "ben", "cy", "di")
    ada, ben, cy, di = [await world.profile(name) for name in ("ada", "ben", "cy", "di")]
    await world.settle()
    row = await often(world)
    await world.builder.run_once()
    assert await world.members(row) == {ada, ben, cy, di}
    wanted = definition(did(world.metrics["Placed Order"], value=3, timeframe=relative("in-the-last", 30)))
    async with world.pool.connection() as conn:
        await service.update(conn, world.id, row["public_id"], now=world.account.now(), definition=wanted)
    async with slow(world, row):
        async with world.pool.connection() as conn:
            await merge.fold(conn, world.id, ada, ben, world.account.now())
        await world.event("cy", hours=-5)
        await world.settle()
        assert {ben, cy, di} >= await world.members(row) >= {cy, di}
    await world.settle()
    assert await world.members(row) == {ben, cy}
    sizes = "SELECT total FROM segment_sizes WHERE account_id = %s AND segment_id = %s ORDER BY at DESC LIMIT 1"
    assert await world.rows(sizes, world.id, row["id"]) == [(2,)]


async def test_a_boundary_that_passes_meanwhile_is_the_timers(world: World, tmp_path: Path) -> None:
    await histories(world, tmp_path, "ada", "ben")
    row = await often(world)
    async with slow(world, row):
        await world.advance(days=29)
        await world.event("ben", hours=24 * 28)
        await world.event("ben", hours=24 * 29)
        await world.settle()
        await world.tick()
    await world.tick()
    assert await world.members(row) == {await world.profile("ben")} == await world.expected(row["definition"])


async def test_segments_of_it_hear_of_its_members(world: World, tmp_path: Path) -> None:
    """Both ways round: the inner one is built while the outer one is alive, and the other way."""
    await histories(world, tmp_path, "ada")
    inner = await often(world)
    outer = await world.segment(
        definition({"type": "profile-group-membership", "is_member": True, "group_ids": [inner["public_id"]]}),
        build=False,
    )
    await build(world.pool, world.id, outer["id"])
    async with slow(world, inner):
        await world.events([("ben", "Placed Order", -n, {}, "5") for n in (1, 2)])
        await world.settle()
    await world.settle()
    assert await world.members(outer) == await world.members(inner) == {await world.profile(n) for n in ("ada", "ben")}
    assert all(change.quiet for change in world.told if change.group == inner["id"])


async def test_only_one_builds_a_segment(world: World, tmp_path: Path) -> None:
    await histories(world, tmp_path, "ada")
    row = await often(world)
    async with slow(world, row):
        assert not await build(world.pool, world.id, row["id"])
    assert await world.members(row) == {await world.profile("ada")}


async def test_a_build_that_was_overtaken_writes_nothing(world: World, tmp_path: Path) -> None:
    await histories(world, tmp_path, "ada")
    wanted = definition(did(world.metrics["Viewed Product"], "equals", 0))
    for change in ({"definition": wanted}, {"is_active": False}):
        row = await often(world)
        async with slow(world, row), world.pool.connection() as conn:
            await service.update(conn, world.id, row["public_id"], now=world.account.now(), **change)
        assert await world.members(row) == set()
        await world.builder.run_once()
        expected = await world.expected(wanted) if "definition" in change else set()
        assert await world.members(row) == expected


async def test_a_build_gives_way_to_somebody_who_waits_for_its_rows(world: World, tmp_path: Path) -> None:
    """Its memberships are written and not committed when it becomes outdated: a merge that needs such a row has the
    account's lock, which the build waits for."""
    await histories(world, tmp_path, "ada", "ben")
    ada, ben = [await world.profile(name) for name in ("ada", "ben")]
    await world.settle()
    row = await often(world)
    async with world.pool.connection() as conn:
        await members.copy_in(conn, world.id, row["id"], BitMap64([ada]), world.account.now())
    wanted = definition(did(world.metrics["Placed Order"], value=4))
    async with world.pool.connection() as conn:
        async with slow(world, row, wait=False) as building:
            await db.execute(conn, LOCK_ACCOUNT, (world.id,))
        await until(lambda: world.rows("SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"))
        async with world.pool.connection() as other:
            await service.update(other, world.id, row["public_id"], now=world.account.now(), definition=wanted)
        await merge.fold(conn, world.id, ada, ben, world.account.now())
    await building
    await world.builder.run_once()
    await world.settle()
    assert await world.members(row) == {ben}


async def test_many_members_are_written_at_once(world: World) -> None:
    """More than one part of the COPY, with every id and the moment in its place."""
    now = world.account.now()
    await world.execute(
        """INSERT INTO profiles (account_id, id, ulid, created, updated)
           SELECT %s, n::bigint * 1000003, 'many' || n, now(), now() FROM generate_series(1, 45000) AS n""",
        world.id,
    )
    row = await world.segment(definition(has("email", type="existence", operator="not-set")))
    found = await world.rows(
        "SELECT count(*), min(profile_id), max(profile_id), min(joined) FROM segment_members WHERE account_id = %s "
        "AND segment_id = %s",
        world.id,
        row["id"],
    )
    assert found[0][:3] == (45000, 1000003, 45000 * 1000003)
    assert found[0][3] >= now


# On the running program.


@contextmanager
def lists_held(shop: Shop) -> Iterator[None]:
    """Nobody can read who is on a list, which a condition on one does and the recording of events does not."""
    with psycopg.connect(shop.server.database_url) as conn:
        conn.execute("LOCK TABLE list_members IN ACCESS EXCLUSIVE MODE")
        yield


def buyers_off_the_list(shop: Shop) -> Json:
    attributes = {"name": "Left out", "opt_in_process": "single_opt_in"}
    made = shop.sdk.Lists.create_list({"data": {"type": "list", "attributes": attributes}}).data.id
    off = {"type": "profile-group-membership", "is_member": False, "group_ids": [made]}
    return definition(did(order_metric(shop)), off)


def under_way(shop: Shop, segment: str) -> None:
    eventually(lambda: shop.query("SELECT FROM segments WHERE public_id = %s AND building IS NOT NULL", segment))


def progress(shop: Shop, segment: str) -> Json:
    answer = shop.http.get(f"/api/segments/{segment}/progress")
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["data"]["attributes"])


def test_events_are_recorded_and_people_patched_while_it_is_built(shop: Shop) -> None:
    wanted = buyers_off_the_list(shop)
    with lists_held(shop):
        segment = create(shop, wanted)
        under_way(shop, segment)
        shop.event("Placed Order", "ben@example.com")
        shop.wait_until_recorded()
        assert shop.http.get(f"/api/segments/{segment}").json()["data"]["attributes"]["is_processing"]
    built(shop, segment)
    shop.event("Placed Order", "cy@example.com")
    eventually(lambda: emails(shop, segment) == {f"{name}@example.com" for name in ("ada", "ben", "cy")})


def test_it_tells_how_far_it_is(shop: Shop) -> None:
    wanted = buyers_off_the_list(shop)
    with lists_held(shop):
        segment = create(shop, wanted)
        under_way(shop, segment)
        seen = progress(shop, segment)
        assert (seen["is_processing"], seen["finished"]) == (True, None)
        assert 0 <= seen["progress"] < 1
        assert "condition" in seen["step"]
        assert seen["started"] is not None
    built(shop, segment)
    seen = progress(shop, segment)
    assert (seen["is_processing"], seen["progress"], seen["step"]) == (False, 1, None)
    assert seen["started"] <= seen["finished"]
    assert shop.http.get("/api/segments/NOPE01/progress").status_code == 404


def test_it_can_be_edited_while_it_is_built(shop: Shop) -> None:
    wanted = buyers_off_the_list(shop)
    other = definition(has("email", type="string", operator="starts-with", value="z"))
    shop.profile("zoe@example.com")
    with lists_held(shop):
        segment = create(shop, wanted)
        under_way(shop, segment)
        patch = {"data": {"type": "segment", "id": segment, "attributes": {"definition": other}}}
        assert shop.http.patch(f"/api/segments/{segment}", json=patch).status_code == 200
    assert built(shop, segment)["definition"] == other
    assert emails(shop, segment) == {"zoe@example.com"}


def test_it_can_be_deleted_while_it_is_built(shop: Shop) -> None:
    wanted = buyers_off_the_list(shop)
    with lists_held(shop):
        segment = create(shop, wanted)
        under_way(shop, segment)
        number = shop.query("SELECT id FROM segments WHERE public_id = %s", segment)[0][0]
        assert shop.http.delete(f"/api/segments/{segment}").status_code == 204
    other = create(shop, definition(has("email", type="existence", operator="is-set")), "After it")
    built(shop, other)
    for table in ("segment_members", "segment_touched", "segment_builds"):
        assert not shop.query(f"SELECT FROM {table} WHERE segment_id = %s", number)


def test_a_worker_that_dies_leaves_it_to_another(shop: Shop) -> None:
    wanted = buyers_off_the_list(shop)
    with lists_held(shop):
        segment = create(shop, wanted)
        under_way(shop, segment)
        shop.event("Placed Order", "ben@example.com")
        shop.wait_until_recorded()
        for worker in _workers(shop.server):
            os.kill(worker, signal.SIGKILL)
        shop.event("Placed Order", "cy@example.com")
    eventually(lambda: not progress(shop, segment)["is_processing"], seconds=30)
    shop.wait_until_recorded()
    expected = {f"{name}@example.com" for name in ("ada", "ben", "cy")}
    eventually(lambda: emails(shop, segment) == expected)


def _workers(server: Server) -> list[int]:
    command = ["ps", "--ppid", str(server.process.pid), "-o", "pid,args"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    return [int(line.split()[0]) for line in listed if "rapport: worker" in line]
