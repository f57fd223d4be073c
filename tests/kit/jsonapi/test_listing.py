"""Filters as SQL, sorts, and pages that stay right while rows come and go."""

import base64
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from rapport.kit.jsonapi import sql_of
from rapport.kit.jsonapi.cursors import Cursor
from rapport.kit.jsonapi.listing import Order

from .world import World, people

SPREAD = {
    "email": "case when n % 3 = 0 then null else 'User' || n || '@x.com' end",
    "score": "case when n % 4 = 0 then null else n % 7 end",
    "ratio": "n / 10.0",
    "created": "timestamptz '2026-01-01' + n * interval '1 hour'",
    "tags": "case when n % 2 = 0 then array['a', 'b'] else array['b', 'c'] end",
    "properties": """jsonb_build_object('n', n, 'plan', 'plan' || n % 2, 'vip', n < 3, 'x y', n::text,
        'list', jsonb_build_array('l' || n), 'gone', null,
        'seen', to_char(timestamp '2026-01-01' + n * interval '1 hour', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))""",
}


async def ids(world: World, filter: str, **more: str) -> list[str]:
    answer = await world.client.get("/api/people", params={"filter": filter, **more})
    assert answer.status_code == 200, answer.text
    return [one["id"] for one in answer.json()["data"]]


@pytest.mark.rule("7.9")
@pytest.mark.parametrize(
    ("filter", "found"),
    [
        ('equals(id,"p3")', [3]),
        ("any(id,['p3','p5','zz'])", [3, 5]),
        ("any(id,[])", []),
        ('equals(email,"User1@x.com")', [1]),
        ('equals(email,"user1@x.com")', []),
        ('equals(email,["User1@x.com"])', [1]),
        ("any(email,['User1@x.com','User2@x.com'])", [1, 2]),
        ("equals(email,null)", [0, 3, 6, 9]),
        ("has(email)", [1, 2, 4, 5, 7, 8]),
        ('contains(email,"ser1@")', [1]),
        ('contains(email,"%")', []),
        ('starts-with(email,"User_")', []),
        ('ends-with(email,"7@x.com")', [7]),
        ("greater-than(score,4)", [5, 6]),
        ("greater-or-equal(score,5),less-than(score,6)", [5]),
        ("and(equals(score,1),less-or-equal(score,1.0))", [1]),
        ("greater-than(ratio,0.75)", [8, 9]),
        ("greater-than(ratio,0)", [1, 2, 3, 4, 5, 6, 7, 8, 9]),
        ("greater-than(created,2026-01-01T08:00:00Z)", [9]),
        ("less-than(created,'2026-01-01T01:00:00+00:00')", [0]),
        ("greater-than(created,2026-01-01T10:30:00+02:00)", [9]),
        ("contains(tags,'c'),equals(id,'p1')", [1]),
        ("contains-any(tags,['c','z']),any(id,['p1','p2'])", [1]),
        ("contains-all(tags,['a','b']),any(id,['p1','p2'])", [2]),
        ('equals(kind,"odd"),any(id,["p0","p1"])', [0]),
        ('equals(properties.plan,"plan1"),less-than(properties.n,4)', [1, 3]),
        ("equals(properties.vip,true)", [0, 1, 2]),
        ("equals(properties.n,3.0)", [3]),
        ("greater-than(properties.n,7)", [8, 9]),
        ("greater-than(properties.plan,7)", []),
        ("any(properties.n,[1,2])", [1, 2]),
        ("equals(properties['x y'],'4')", [4]),
        ("contains(properties.list,'l4')", [4]),
        ("contains(properties.plan,'1'),less-than(properties.n,2)", [1]),
        ("contains-any(properties.list,['l4','l5'])", [4, 5]),
        ("starts-with(properties['x y'],'4')", [4]),
        ("has(properties.nope)", []),
        ("equals(properties.nope,null),equals(properties.n,1)", [1]),
        ("equals(properties.gone,null),equals(properties.n,1)", [1]),
        ("greater-than(properties.seen,2026-01-01T07:30:00Z)", [8, 9]),
        ("greater-than(properties.plan,2026-01-01T07:30:00Z)", []),
        ("equals(properties.seen,2026-01-01T07:00:00Z)", [7]),
    ],
)
async def test_it_filters(world: World, filter: str, found: list[int]) -> None:
    await world.add(10, **SPREAD)
    assert await ids(world, filter) == [f"p{n}" for n in found]


@pytest.mark.rule("7.7", "7.9")
@pytest.mark.parametrize(
    ("filter", "detail"),
    [
        ('any(score,["1"])', "'any' is not an allowed filter operator for score.  Allowed operators are equals, "),
        ('contains(id,"x")', "'contains' is not an allowed filter operator for id.  Allowed operators are any, equals"),
        ('equals(nope,"x")', "'nope' is not an allowed filter field for this resource."),
        ('equals(properties,"x")', "'properties' is not an allowed filter field for this resource."),
        ('equals(score,"x")', "Invalid filter value for score: an integer is expected."),
        ("equals(score,true)", "Invalid filter value for score: "),
        ("equals(score,1.5)", "Invalid filter value for score: "),
        ("equals(id,5)", "Invalid filter value for id: a string is expected."),
        ('any(id,"p1")', "Invalid filter value for id: a list is expected."),
        ("greater-than(score,[1])", "Invalid filter value for score: a single value is expected."),
        ("greater-than(score,null)", "Invalid filter value for score: "),
        ("any(id,[null])", "Invalid filter value for id: "),
        ("greater-than(created,'yesterday')", "Invalid filter value for created: a datetime such as "),
        ("equals(kind,'prime')", "Invalid filter value for kind: 'prime' is not one of odd, even."),
        ("equals(score,99999999999999999999999)", "A filter value is out of range."),
        ("equals(score,3000000000)", "A filter value is out of range."),
        ("greater-than(ratio,1" + "0" * 29 + ")", None),
        ("greater-than(created,0001-01-01T00:00:00+14:00)", None),
    ],
)
async def test_it_refuses_filters_that_are_not_offered(world: World, filter: str, detail: str | None) -> None:
    answer = await world.client.get("/api/people", params={"filter": filter})
    if detail is None:
        assert answer.status_code == 200
        return
    error = answer.json()["errors"][0]
    assert (answer.status_code, error["code"], error["source"]) == (400, "invalid", {"parameter": "filter"})
    assert error["detail"].startswith(detail)


@pytest.mark.rule("7.9")
@pytest.mark.parametrize(
    "written",
    ['equals(email,"a%2Bb@x.com")', "equals(email,%27a%2Bb%40x.com%27)", "any%28email%2C%5B%22a%2Bb%40x.com%22%5D%29"],
)
async def test_it_reads_percent_encoded_values(world: World, written: str) -> None:
    await world.add(2, email="case n when 1 then 'a+b@x.com' else 'a b@x.com' end")
    answer = await world.client.get(f"/api/people?filter={written}")
    assert [one["id"] for one in answer.json()["data"]] == ["p1"]


async def test_it_refuses_a_filter_where_none_is_offered(world: World) -> None:
    assert (await world.client.get("/api/words?filter=equals(a,1)")).status_code == 400


@pytest.mark.rule("7.9", "7.10")
@pytest.mark.parametrize("query", ["sort=nope", "sort=score,email", "sort=--score", "page[size]=0", "page[size]=101"])
@pytest.mark.parametrize("more", ["", "&page[size]=x"])
async def test_it_refuses_sorts_and_sizes_that_are_not_offered(world: World, query: str, more: str) -> None:
    answer = await world.client.get(f"/api/people?{query}{more}")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["source"]["parameter"] in ("sort", "page[size]")


@pytest.mark.rule("7.10")
@pytest.mark.parametrize(
    "cursor",
    [
        *("x", "!", "é", "AAAA" * 2000),
        *("not json", '[0,"id"]', '[0,"score",null,1]', '[0,"id",[],1]', '[0,"id",null,"x"]', "{}"),
        '[0,"id",null,99999999999999999999999]',
    ],
)
async def test_it_refuses_cursors_that_are_not_its_own(world: World, cursor: str) -> None:
    if cursor.startswith(("[", "{", "not")):
        cursor = base64.urlsafe_b64encode(cursor.encode()).decode().rstrip("=")
    answer = await world.client.get("/api/people", params={"page[cursor]": cursor})
    error = answer.json()["errors"][0]
    assert (answer.status_code, error["detail"]) == (400, "Invalid cursor provided.")
    assert error["source"] == {"parameter": "page[cursor]"}


async def test_it_refuses_a_cursor_of_another_sort(world: World) -> None:
    await world.add(5)
    following = (await world.client.get("/api/people?page[size]=2&sort=-created")).json()["links"]["next"]
    assert (await world.client.get(following.replace("-created", "created"))).status_code == 400


async def walk(world: World, url: str | None, way: str) -> list[list[str]]:
    pages = []
    while url is not None:
        answer = await world.client.get(url)
        assert answer.status_code == 200, answer.text
        document: dict[str, Any] = answer.json()
        pages.append([one["id"] for one in document["data"]])
        url = document["links"][way]
        last = answer.request.url
    assert last is not None
    world.client.headers["x-last"] = str(last)
    return pages


@pytest.mark.rule("7.10")
@pytest.mark.parametrize("sort", ["id", "-id", "score", "-score", "created", "-created", "email", "-email"])
async def test_it_pages_forward_and_back_over_nulls_and_ties(world: World, sort: str) -> None:
    await world.add(103, **SPREAD)
    pages = await walk(world, f"/api/people?sort={sort}&page[size]=10&fields[person]=id", "next")
    flat = [one for page in pages for one in page]
    assert len(flat) == len(set(flat)) == 103
    assert [len(page) for page in pages] == [10] * 10 + [3]
    column, down = sort.removeprefix("-"), "desc" if sort.startswith("-") else "asc"
    async with world.pool.connection() as conn:
        cursor = await conn.execute(f"select ulid from people order by {column} {down}, id {down}")
        assert flat == [row[0] for row in await cursor.fetchall()]
    back = await walk(world, world.client.headers["x-last"], "prev")
    assert list(reversed(back)) == pages


@pytest.mark.rule("7.10")
async def test_it_neither_skips_nor_repeats_while_rows_are_inserted(world: World) -> None:
    await world.add(1000, **SPREAD)
    rng = random.Random(1)
    url: str | None = "/api/people?sort=created&page[size]=50&fields[person]=id"
    seen: list[str] = []
    while url is not None:
        document = (await world.client.get(url)).json()
        seen += [one["id"] for one in document["data"] if one["id"].startswith("p")]
        url = document["links"]["next"]
        async with world.pool.connection() as conn:
            created = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=rng.randrange(1000))
            insert = "insert into people (account_id, ulid, created) values (1, %s, %s)"
            await conn.execute(insert, (f"new{len(seen)}", created))
    assert seen == [f"p{n}" for n in range(1000)]


async def test_it_leads_back_from_a_page_that_became_empty(world: World) -> None:
    await world.add(4)
    following = (await world.client.get("/api/people?page[size]=2")).json()["links"]["next"]
    async with world.pool.connection() as conn:
        await conn.execute("delete from people where ulid in ('p2', 'p3')")
    document = (await world.client.get(following)).json()
    assert document["data"] == []
    assert document["links"]["next"] is None
    before = (await world.client.get(document["links"]["prev"])).json()
    assert [one["id"] for one in before["data"]] == ["p0"]


@pytest.mark.rule("7.10")
async def test_it_keeps_every_other_parameter_in_next(world: World) -> None:
    await world.add(30, **SPREAD)
    query = "filter=greater-than(properties.n,3)&page%5Bsize%5D=5&sort=-created&include=groups&fields[person]=email"
    document = (await world.client.get(f"/api/people?{query}")).json()
    head = "http://shop.test/api/people?filter=greater-than(properties.n,3)&page[size]=5&sort=-created"
    assert document["links"]["next"].startswith(head + "&include=groups&fields[person]=email&page[cursor]=")
    second = (await world.client.get(document["links"]["next"])).json()
    assert second["data"][0]["id"] == "p24"
    assert second["links"]["next"].count("page[cursor]=") == 1


@pytest.mark.parametrize(("value", "backwards"), [(3, False), (3, True), (None, False), (None, True)])
async def test_it_reads_any_page_from_the_index(world: World, value: int | None, backwards: bool) -> None:
    await world.add(20_000, **SPREAD)
    order = Order(people.c.score, people.c.id, descending=False)
    cursor = Cursor(backwards, "score", value, 9000)
    mine = order.apply(select(people).where(people.c.account_id == 1), backwards)
    async with world.pool.connection() as conn:
        await conn.execute("analyze people")
        for part in order.ranges(cursor):
            text, parameters = sql_of(mine.where(part).limit(21))
            plan = await (await conn.execute("explain (format json) " + text, parameters)).fetchone()
            assert "'Index Scan'" in str(plan)
            assert "'Sort'" not in str(plan)


async def test_it_sees_only_its_own_account(world: World) -> None:
    await world.add(3)
    world.key.account_id = 2
    assert (await world.client.get("/api/people")).json()["data"] == []


async def test_it_pages_a_list_held_in_memory(world: World) -> None:
    pages = await walk(world, "/api/words?page[size]=2", "next")
    assert pages == [["alpha", "beta"], ["gamma", "delta"], ["epsilon"]]
    assert list(reversed(await walk(world, world.client.headers["x-last"], "prev"))) == pages
    assert (await world.client.get("/api/words?page[cursor]=WzAsIiIsbnVsbCwieCJd")).status_code == 400
