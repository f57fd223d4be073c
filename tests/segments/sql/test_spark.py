"""Spark gives the sets that PostgreSQL and DuckDB give, over the same files, on a cluster of two workers."""

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks.definitions import REFERENCES, Reference
from rapport.events.lake import query
from rapport.events.lake.spark import Cluster
from rapport.segments import conditions
from rapport.segments.conditions.definition import resolve
from rapport.segments.evaluation.sets import combine
from rapport.segments.sql import lake, spark
from rapport.segments.sql.duckdb import LakeStatement
from rapport.segments.sql.scope import Scope
from tests.segments.sql.test_lake import FILTERS, VALUES, both, people, sealed
from tests.segments.world import METRICS, World, definition, did, relative

pytest.importorskip("pyspark", reason="an optional extra: pip install '.[spark]'")
pytestmark = pytest.mark.long

# Two workers of one core, each a process of its own beside the driver's.
_TWO_WORKERS = "local-cluster[2,1,1024]"


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    made = Cluster(_TWO_WORKERS)
    yield made
    made.close()


@pytest.fixture(autouse=True)
def scanned_by_spark(cluster: Cluster, capsys: pytest.CaptureFixture[str]) -> Iterator[None]:
    spark.use(cluster)
    yield
    assert "Spark did not answer" not in capsys.readouterr().out
    lake.use(lake.Scan(query.view, LakeStatement))


def _asked(world: World, property: str, one: dict[str, Any], **more: Any) -> dict[str, Any]:
    filters = [{"property": property, "filter": one}]
    return definition(
        did(world.metrics["Placed Order"], timeframe=relative("in-the-last", 30), filters=filters, **more)
    )


@pytest.mark.rule("4.6")
async def test_it_reads_values_as_postgresql_does(world: World, tmp_path: Path) -> None:
    """Of several hundred filters some of each kind: each is a job of its own."""
    await people(world)
    assert await sealed(world, tmp_path) > 0
    for one in FILTERS[:: max(1, len(FILTERS) // 20)]:
        by_spark, by_table = await both(world, _asked(world, "p", one))
        assert by_spark == by_table, one


async def test_it_answers_from_the_files(world: World, tmp_path: Path) -> None:
    """The comparison above would hold of two questions to PostgreSQL too."""
    await people(world)
    await sealed(world, tmp_path)
    asked = _asked(world, "p", {"type": "string", "operator": "equals", "value": "x"})
    await world.execute("DELETE FROM events WHERE account_id = %s", world.id)
    by_spark, by_table = await both(world, asked)
    assert by_spark == {await world.profile(f"p{VALUES.index('x')}")}
    assert by_table == set()


async def test_it_sees_late_events_and_merges(world: World, tmp_path: Path) -> None:
    await people(world)
    await sealed(world, tmp_path)
    await world.events([("late", "Placed Order", -24 * 3, {"p": "x"}, "7"), ("late", "Placed Order", 0, {}, "8")])
    await world.settle()
    for measurement in ("count", "sum"):
        asked = did(
            world.metrics["Placed Order"],
            "greater-than-or-equal",
            2,
            timeframe=relative("in-the-last", 30),
            measurement=measurement,
        )
        by_spark, by_table = await both(world, definition(asked))
        assert by_spark == by_table != set()


@pytest.mark.parametrize("reference", REFERENCES, ids=lambda one: one.name)
async def test_it_gives_the_sets_of_the_reference_definitions(
    world: World, tmp_path: Path, reference: Reference
) -> None:
    await _shop(world)
    assert await sealed(world, tmp_path) > 0
    names = {
        "order": world.metrics["Placed Order"],
        "viewed": world.metrics["Viewed Product"],
        "opened": world.metrics["Opened Email"],
        "list": world.lists[0]["public_id"],
    }
    parsed = conditions.parse(reference.filled(names))
    async with world.pool.connection() as conn:
        found = await resolve(conn, world.id, parsed.depends)
        scope = Scope(conn, world.id, world.account.now(), found)
        by_spark = await combine(parsed, scope, lambda one: one.matching(scope))
        table = replace(scope, lake=False)
        by_table = await combine(parsed, table, lambda one: one.matching(table))
    assert set(by_spark) == set(by_table) != set()


async def _shop(world: World) -> None:
    """Eighty people over a year, some of them busy: everybody somewhere in one of the ten."""
    chance = random.Random(10)
    days = [chance.uniform(0, 200) for _ in range(1500)]
    await world.events(
        (
            f"p{int(chance.random() ** 2 * 80)}",
            chance.choice(METRICS),
            -24 * day,
            {"Category": chance.choice(("Coats", "Shoes", "Home")), "Items": chance.randrange(100)},
            f"{chance.uniform(10, 100):.2f}",
        )
        for day in days
    )
    await world.settle()
    for number in range(0, 80, 2):
        found = await world.profile(f"p{number}", VIP=number % 4 == 0)
        await world.consent(found, "email", "SUBSCRIBED", world.account.now())
    await world.settle()
