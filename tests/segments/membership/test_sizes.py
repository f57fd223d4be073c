"""How segments grew and shrank: segment-values-reports and segment-series-reports."""

import asyncio
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rapport.kit import db
from rapport.profiles import merge
from tests.conftest import Shop, eventually
from tests.lengths import length
from tests.segments.evaluation.test_differential import DEFINITION, STEP, Run
from tests.segments.test_api import built, create, members, order_metric
from tests.segments.world import World, definition, did, has, relative

ALL = ["total_members", "members_added", "members_removed", "net_members_changed"]
Results = dict[str, dict[str, Any]]


def attributes(statistics: list[str] | None = None, **more: Any) -> dict[str, Any]:
    return {"statistics": statistics or ALL, "timeframe": {"key": "today"}, **more}


def values(shop: Shop, **more: Any) -> Results:
    """By segment, through the official client's strict models."""
    body = {"data": {"type": "segment-values-report", "attributes": attributes(**more)}}
    answer = shop.sdk.Reporting.query_segment_values(body).to_dict()
    return by_segment(answer)


def series(shop: Shop, **more: Any) -> tuple[list[datetime], Results]:
    body = {"data": {"type": "segment-series-report", "attributes": attributes(**{"interval": "daily", **more})}}
    answer = shop.sdk.Reporting.query_segment_series(body).to_dict()
    return answer["data"]["attributes"]["date_times"], by_segment(answer)


def by_segment(answer: dict[str, Any]) -> Results:
    found = answer["data"]["attributes"]["results"]
    return {one["groupings"]["segment_id"]: one["statistics"] for one in found}


def refused(shop: Shop, kind: str = "values", **more: Any) -> str:
    given = attributes(**more) | ({"interval": "daily"} if kind == "series" and "interval" not in more else {})
    body = {"data": {"type": f"segment-{kind}-report", "attributes": given}}
    answer = shop.http.post(f"/api/segment-{kind}-reports", json=body)
    assert answer.status_code == 400, answer.text
    return str(answer.json()["errors"][0]["source"]["pointer"])


def buyers(shop: Shop) -> str:
    """A segment of those who ordered in the last thirty days, which holds Ada."""
    segment = create(shop, definition(did(order_metric(shop), timeframe=relative("in-the-last", 30))))
    built(shop, segment)
    return segment


def test_it_counts_who_came_by_a_build_by_an_event_and_who_left_with_time(shop: Shop) -> None:
    segment = buyers(shop)
    shop.event("Placed Order", "ben@example.com")
    eventually(lambda: len(members(shop, segment)) == 2)
    assert values(shop)[segment] == dict(zip(ALL, (2, 2, 0, 2), strict=True))
    shop.advance(days=10)
    shop.event("Placed Order", "cy@example.com")
    eventually(lambda: len(members(shop, segment)) == 3)
    shop.advance(days=25)
    eventually(lambda: len(members(shop, segment)) == 1)
    assert values(shop)[segment] == dict(zip(ALL, (1, 0, 2, -2), strict=True))
    assert values(shop, timeframe={"key": "last_90_days"})[segment] == dict(zip(ALL, (1, 3, 2, 1), strict=True))


def test_it_answers_day_by_day_what_there_was_at_the_end_of_each(shop: Shop) -> None:
    segment = buyers(shop)
    shop.advance(days=2)
    shop.event("Placed Order", "ben@example.com")
    eventually(lambda: len(members(shop, segment)) == 2)
    starts, found = series(shop, timeframe={"key": "last_7_days"})
    assert len(starts) == 8
    assert found[segment]["total_members"][-4:] == [0, 1, 1, 2]
    assert found[segment]["members_added"][-4:] == [0, 1, 0, 1]
    assert found[segment]["net_members_changed"] == found[segment]["members_added"]
    assert found[segment]["members_removed"] == [0] * 8


def test_it_counts_days_in_the_accounts_timezone_and_hours_as_they_are(shop: Shop) -> None:
    segment = buyers(shop)
    ((at,),) = shop.query("SELECT at FROM segment_sizes WHERE account_id = %s", shop.account_id)
    assert (at.minute % 15, at.second) == (0, 0)
    for zone in ("Asia/Kathmandu", "Pacific/Auckland", "America/St_Johns"):
        shop.query("UPDATE accounts SET timezone = %s WHERE account_id = %s RETURNING 1", zone, shop.account_id)
        starts, found = series(shop, timeframe={"key": "last_7_days"}, interval="hourly")
        place = max(number for number, start in enumerate(starts) if start <= at)
        assert at - starts[place].astimezone(UTC) < timedelta(hours=1)
        assert [number for number, added in enumerate(found[segment]["members_added"]) if added] == [place]


def test_it_counts_a_merge_and_a_deletion_too(shop: Shop) -> None:
    segment = create(shop, definition(has("email", type="existence", operator="is-set")))
    built(shop, segment)
    people = [shop.profile(f"{name}@example.com") for name in ("ada", "ben", "cy")]
    eventually(lambda: len(members(shop, segment)) == 3)
    merged = {
        "data": {
            "type": "profile-merge",
            "id": people[0],
            "relationships": {"profiles": {"data": [{"type": "profile", "id": people[1]}]}},
        }
    }
    assert shop.http.post("/api/profile-merge", json=merged).status_code == 202
    eventually(lambda: len(members(shop, segment)) == 2)
    gone = {"data": {"type": "data-privacy-deletion-job", "attributes": {
        "profile": {"data": {"type": "profile", "attributes": {"email": "cy@example.com"}}}}}}  # fmt: skip
    assert shop.http.post("/api/data-privacy-deletion-jobs", json=gone).status_code == 202
    eventually(lambda: len(members(shop, segment)) == 1)
    assert values(shop)[segment] == dict(zip(ALL, (1, 3, 2, 1), strict=True))


def test_it_answers_the_segments_that_are_asked_for(shop: Shop) -> None:
    first, second = buyers(shop), create(shop, definition(has("email", type="existence", operator="is-set")), "All")
    built(shop, second)
    assert set(values(shop)) == {first, second}
    assert set(values(shop, filter=f'equals(segment_id,"{second}")')) == {second}
    assert set(values(shop, filter=f'any(segment_id,["{first}","NOPE01"])')) == {first}
    assert set(values(shop, statistics=["members_added"])[first]) == {"members_added"}
    shop.http.delete(f"/api/segments/{second}")
    assert set(values(shop)) == {first}


@pytest.mark.parametrize(
    ("more", "pointer"),
    [
        ({"statistics": ["opens"]}, "/data/attributes/statistics/0"),
        ({"timeframe": {"key": "since_ever"}}, "/data/attributes/timeframe/key"),
        ({"timeframe": {"start": "2024-01-01T00:00:00Z", "end": "2026-01-01T00:00:00Z"}}, "/data/attributes/timeframe"),
        ({"filter": 'equals(flow_id,"X")'}, "/data/attributes/filter"),
        ({"filter": 'contains-any(segment_id,["X"])'}, "/data/attributes/filter"),
        ({"filter": 'and(equals(segment_id,"X"),equals(segment_id,"Y"))'}, "/data/attributes/filter"),
        ({"filter": f"any(segment_id,{['X'] * 101})".replace("'", '"')}, "/data/attributes/filter"),
        ({"filter": "equals(segment_id,5)"}, "/data/attributes/filter"),
    ],
)
def test_it_says_what_is_wrong(shop: Shop, more: dict[str, Any], pointer: str) -> None:
    assert refused(shop, **more) == pointer


def test_it_refuses_intervals_too_fine_for_the_timeframe(shop: Shop) -> None:
    for interval, key in (("hourly", "last_30_days"), ("daily", "last_90_days")):
        assert refused(shop, "series", interval=interval, timeframe={"key": key}) == "/data/attributes/interval"
    starts, _ = series(shop, interval="monthly", timeframe={"key": "last_12_months"})
    assert len(starts) == 13


async def _adds_up(url: str, definitions: list[Any], steps: list[Any], fold: bool) -> None:
    with tempfile.TemporaryDirectory() as lake:
        await _adds_up_over(url, Path(lake), definitions, steps, fold)


async def _adds_up_over(url: str, lake: Path, definitions: list[Any], steps: list[Any], fold: bool) -> None:
    async with db.new_pool(url, size=3) as pool:
        run = Run(await World.create(pool), lake)
        world = run.world
        await run.start()
        rows = [await world.segment(run.filled(one)) for one in definitions]
        for step in steps:
            await run.step(*step)
        await world.tick()
        if fold:
            ada, ben = await run.person("ada"), await run.person("ben")
            await world.settle()
            async with world.pool.connection() as conn:
                await merge.fold(conn, world.id, ben, ada, world.account.now())
            await world.tick()
        for row in rows:
            expected = len(await world.members(row))
            query = "SELECT sum(added - removed), (array_agg(total ORDER BY at DESC))[1] FROM segment_sizes "
            kept = await world.rows(query + "WHERE account_id = %s AND segment_id = %s", world.id, row["id"])
            assert kept == [(expected, expected)] or (kept == [(None, None)] and not expected)


@settings(
    max_examples=length(5, 40),
    deadline=timedelta(seconds=20),
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(st.lists(DEFINITION, min_size=3, max_size=3), st.lists(STEP, min_size=3, max_size=12), st.booleans())
def test_what_came_less_what_went_is_what_there_is(
    database: str, definitions: list[Any], steps: list[Any], fold: bool
) -> None:
    asyncio.run(_adds_up(database, definitions, steps, fold))
