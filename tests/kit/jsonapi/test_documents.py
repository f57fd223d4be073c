"""Documents: records, relationships, included, fieldsets (behaviour-people 7.6)."""

import pytest

from .world import World

HOME = "http://shop.test/api/people/p1/"


@pytest.mark.rule("7.6")
async def test_it_shows_a_record_with_slash_ended_self_and_links_only_relationships(world: World) -> None:
    await world.add(2)
    document = (await world.client.get("/api/people/p1")).json()
    assert document["links"] == {"self": "http://shop.test/api/people/p1"}
    assert document["data"]["links"] == {"self": HOME}
    assert document["data"]["relationships"] == {
        "groups": {"links": {"self": HOME + "relationships/groups/", "related": HOME + "groups/"}},
        "boss": {"links": {"self": HOME + "relationships/boss/", "related": HOME + "boss/"}},
    }
    assert "included" not in document


@pytest.mark.rule("7.6")
async def test_it_shows_null_attributes_and_leaves_out_additional_ones(world: World) -> None:
    await world.add(1)
    attributes = (await world.client.get("/api/people/p0/")).json()["data"]["attributes"]
    assert attributes == {
        "email": None,
        "score": None,
        "created": "2026-01-01T00:00:00+00:00",
        "location": {"city": "Oslo", "country": None},
        "properties": {},
    }


@pytest.mark.rule("7.7")
async def test_it_answers_404_for_an_unknown_id(world: World) -> None:
    answer = await world.client.get("/api/people/NOPE01")
    error = answer.json()["errors"][0]
    assert (answer.status_code, error["code"], error["title"]) == (404, "not_found", "Not found.")
    assert error["detail"] == "A person with id NOPE01 does not exist."


@pytest.mark.rule("7.6")
async def test_it_includes_each_related_record_once(world: World) -> None:
    await world.add(4)
    document = (await world.client.get("/api/people?include=groups")).json()
    assert [(one["type"], one["id"]) for one in document["included"]] == [("group", "all"), ("group", "even")]
    assert document["included"][0]["links"] == {"self": "http://shop.test/api/groups/all/"}
    assert document["data"][0]["relationships"]["groups"]["data"] == [{"type": "group", "id": "all"}]
    assert len(document["data"][1]["relationships"]["groups"]["data"]) == 2


@pytest.mark.rule("7.6")
async def test_it_shows_an_empty_included_when_nothing_is_there(world: World) -> None:
    document = (await world.client.get("/api/people?include=groups")).json()
    assert document["included"] == document["data"] == []


@pytest.mark.rule("7.6", "7.7")
async def test_it_refuses_an_unknown_include(world: World) -> None:
    answer = await world.client.get("/api/people?include=groupss")
    error = answer.json()["errors"][0]
    assert answer.status_code == 400
    assert error["detail"] == "'groupss' is not an allowed include parameter for this resource."
    assert error["source"] == {"parameter": "include"}


@pytest.mark.rule("7.6")
@pytest.mark.parametrize(
    ("query", "attributes"),
    [
        ("fields[person]=email,score", {"email": None, "score": None}),
        ("fields%5Bperson%5D=location.city", {"location": {"city": "Oslo"}}),
        ("fields[person]=location,location.city", {"location": {"city": "Oslo", "country": None}}),
        ("fields[person]=location.city,location", {"location": {"city": "Oslo", "country": None}}),
        ("fields[person]=id", {}),
        ("fields[person]=properties.a.b", {"properties": {}}),
        ("additional-fields[person]=secret_sauce&fields[person]=secret_sauce.salt", {"secret_sauce": {"salt": 1}}),
        ("fields[person]=secret_sauce.spice.heat", {"secret_sauce": {"spice": {"heat": 3}}}),
    ],
)
async def test_it_cuts_attributes_to_the_fields_asked_for(world: World, query: str, attributes: object) -> None:
    await world.add(1)
    (record,) = (await world.client.get(f"/api/people?{query}")).json()["data"]
    assert record["attributes"] == attributes
    assert "groups" in record["relationships"]


@pytest.mark.rule("7.6")
@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("fields[person]=emial", "fields[person]"),
        ("fields[person]=location.town", "fields[person]"),
        ("additional-fields[person]=sauce", "additional-fields[person]"),
    ],
)
async def test_it_refuses_fields_that_do_not_exist(world: World, query: str, parameter: str) -> None:
    answer = await world.client.get(f"/api/people?{query}")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["source"] == {"parameter": parameter}


@pytest.mark.rule("7.6")
async def test_it_repeats_the_request_in_self_with_raw_brackets_and_encoded_quotes(world: World) -> None:
    url = "/api/people?fields%5Bperson%5D=email&filter=equals(email,%27a%40b.com%27)"
    links = (await world.client.get(url)).json()["links"]
    assert links == {
        "self": "http://shop.test/api/people?fields[person]=email&filter=equals(email,%27a%40b.com%27)",
        "next": None,
        "prev": None,
    }


@pytest.mark.rule("7.6")
async def test_it_derives_related_records_and_identifiers_from_one_declaration(world: World) -> None:
    await world.add(7, email="'e' || n")
    records = (await world.client.get("/api/groups/all/people")).json()
    identifiers = (await world.client.get("/api/groups/all/relationships/people/")).json()
    assert [one["id"] for one in records["data"]] == ["p0", "p1", "p2", "p3", "p4"]
    assert identifiers["data"] == [{"type": "person", "id": f"p{n}"} for n in range(5)]
    assert "/relationships/people/?page[cursor]=" in identifiers["links"]["next"]
    rest = (await world.client.get(identifiers["links"]["next"])).json()
    assert [one["id"] for one in rest["data"]] == ["p5", "p6"]
    found = (await world.client.get('/api/groups/all/relationships/people?filter=equals(email,"e3")')).json()
    assert [one["id"] for one in found["data"]] == ["p3"]
    assert (await world.client.get("/api/groups/none/people")).status_code == 404


@pytest.mark.rule("7.6")
async def test_it_shows_a_to_one_relationship_or_null(world: World) -> None:
    there = (await world.client.get("/api/people/p1/relationships/boss")).json()
    assert there["data"] == {"type": "person", "id": "top"}
    assert (await world.client.get("/api/people/p1/boss")).json()["data"]["attributes"]["score"] == 1
    nothing = (await world.client.get("/api/people/top/boss")).json()
    assert nothing == {"data": None, "links": {"self": "http://shop.test/api/people/top/boss"}}


@pytest.mark.rule("7.6")
async def test_it_lists_what_a_loader_returns_whole(world: World) -> None:
    document = (await world.client.get("/api/people/p1/groups")).json()
    assert [one["attributes"]["name"] for one in document["data"]] == ["All", "Even"]
    assert document["links"]["next"] is None


async def test_it_answers_a_record_without_a_home_without_links(world: World) -> None:
    body = {"data": {"type": "score-report", "attributes": {"filter": 'equals(a,1),has(properties["b c"])'}}}
    document = (await world.client.post("/api/score-reports?page_cursor=x", json=body)).json()
    assert document["data"] == {
        "type": "score-report",
        "id": "report",
        "attributes": {"fields": ["a", "properties.b c"], "page": "x"},
    }


async def test_it_percent_encodes_an_id_in_links_and_finds_it_again(world: World) -> None:
    async with world.pool.connection() as conn:
        await conn.execute("insert into people (account_id, ulid) values (1, '$custom:::$default:::a/b c')")
    (record,) = (await world.client.get("/api/people")).json()["data"]
    assert record["links"]["self"] == "http://shop.test/api/people/$custom:::$default:::a%2Fb%20c/"
    again = (await world.client.get(record["links"]["self"])).json()
    assert again["data"]["id"] == "$custom:::$default:::a/b c"
