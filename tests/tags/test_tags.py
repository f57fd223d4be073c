"""Tags and tag groups (behaviour-messaging 8.8; lists 5)."""

from typing import Any

import httpx
import pytest

from tests.conftest import Shop
from tests.parity.world import World, identifiers, resource

KINDS = ("list", "segment", "campaign", "flow")


def group(shop: Shop, name: str = "Season", **attributes: Any) -> str:
    return str(shop.sdk.Tags.create_tag_group(resource("tag-group", name=name, **attributes)).data.id)


def tag(shop: Shop, name: str = "Sale", within: str | None = None) -> str:
    answer = created(shop, name, within)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["data"]["id"])


def created(shop: Shop, name: str, within: str | None = None) -> httpx.Response:
    body = resource("tag", name=name)
    if within is not None:
        body["data"]["relationships"] = {"tag-group": {"data": {"type": "tag-group", "id": within}}}
    return shop.http.post("/api/tags", json=body)


def tagged(shop: Shop, tag: str, kind: str, *ids: str, method: str = "POST") -> httpx.Response:
    path = f"/api/tags/{tag}/relationships/{kind}s"
    return shop.http.request(method, path, json=identifiers(kind, *ids))


def names_on(shop: Shop, kind: str, id: str) -> list[str]:
    return [one["attributes"]["name"] for one in shop.http.get(f"/api/{kind}s/{id}/tags").json()["data"]]


def error_of(answer: httpx.Response, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    (error,) = answer.json()["errors"]
    return dict(error)


@pytest.mark.rule("8.8")
def test_an_account_has_one_default_group_and_a_tag_goes_there_unless_told_otherwise(shop: Shop) -> None:
    (default,) = shop.http.get("/api/tag-groups").json()["data"]
    assert (default["attributes"]["default"], default["attributes"]["exclusive"]) == (True, False)
    season = group(shop)
    plain, seasonal = tag(shop), tag(shop, "Winter", season)
    for one, home in ((plain, default["id"]), (seasonal, season)):
        assert shop.sdk.Tags.get_tag_group_id_for_tag(one).data.id == home
    assert [one.id for one in shop.sdk.Tags.get_tags_for_tag_group(season).data] == [seasonal]
    (found,) = shop.http.get("/api/tag-groups?filter=equals(default,true)").json()["data"]
    assert found["id"] == default["id"]


@pytest.mark.rule("8.8")
def test_only_names_change_and_a_change_answers_nothing(shop: Shop) -> None:
    season = group(shop, exclusive=True)
    one = tag(shop, "Sale", season)
    for path, kind, id in (("tags", "tag", one), ("tag-groups", "tag-group", season)):
        answer = shop.http.patch(f"/api/{path}/{id}", json=resource(kind, id, name="Renamed"))
        assert (answer.status_code, answer.content) == (204, b"")
        assert shop.http.get(f"/api/{path}/{id}").json()["data"]["attributes"]["name"] == "Renamed"
    for field in ("exclusive", "default"):
        body = resource("tag-group", season, name="Season", **{field: False})
        error = error_of(shop.http.patch(f"/api/tag-groups/{season}", json=body), 400)
        assert error["source"]["pointer"] == f"/data/attributes/{field}"
    assert shop.http.get(f"/api/tag-groups/{season}").json()["data"]["attributes"]["exclusive"] is True


@pytest.mark.rule("8.8")
def test_a_group_goes_with_its_tags_and_what_they_hang_on(shop: Shop) -> None:
    season = group(shop)
    winter, sale = tag(shop, "Winter", season), tag(shop)
    place = World(shop).list
    for one in (winter, sale):
        assert tagged(shop, one, "list", place).status_code == 204
    assert shop.http.delete(f"/api/tag-groups/{season}").status_code == 204
    assert shop.http.get(f"/api/tags/{winter}").status_code == 404
    assert shop.http.get(f"/api/tag-groups/{season}").status_code == 404
    assert names_on(shop, "list", place) == ["Sale"]


@pytest.mark.rule("8.8")
def test_the_default_group_can_not_be_deleted(shop: Shop) -> None:
    (default,) = shop.http.get("/api/tag-groups").json()["data"]
    assert error_of(shop.http.delete(f"/api/tag-groups/{default['id']}"), 400)["code"] == "invalid"
    assert shop.http.get(f"/api/tag-groups/{default['id']}").status_code == 200


@pytest.mark.rule("8.8")
@pytest.mark.parametrize("kind", KINDS)
def test_a_tag_hangs_on_things_until_it_is_taken_off(shop: Shop, kind: str) -> None:
    thing = getattr(World(shop), kind)
    sale, winter = tag(shop), tag(shop, "Winter")
    for one in (sale, winter, sale):
        answer = tagged(shop, one, kind, thing)
        assert (answer.status_code, answer.content) == (204, b"")
    assert names_on(shop, kind, thing) == ["Sale", "Winter"]
    ids = shop.http.get(f"/api/{kind}s/{thing}/relationships/tags").json()["data"]
    assert ids == [{"type": "tag", "id": sale}, {"type": "tag", "id": winter}]
    assert shop.http.get(f"/api/tags/{sale}/relationships/{kind}s").json()["data"] == [{"type": kind, "id": thing}]
    assert tagged(shop, sale, kind, thing, method="DELETE").status_code == 204
    assert names_on(shop, kind, thing) == ["Winter"]
    assert shop.http.get(f"/api/tags/{sale}/relationships/{kind}s").json()["data"] == []


@pytest.mark.rule("7.6", "8.8")
@pytest.mark.parametrize(
    ("kind", "revision"),
    [
        ("list", "2026-10-15"),
        ("segment", "2026-10-15"),
        ("flow", "2026-10-15"),
        ("campaign", "2026-07-15"),
    ],
)
def test_things_include_their_tags(shop: Shop, kind: str, revision: str) -> None:
    thing = getattr(World(shop), kind)
    sale = tag(shop)
    tagged(shop, sale, kind, thing)
    channel = "&filter=equals(messages.channel,'email')" if kind == "campaign" else ""
    for path, more in ((f"{kind}s/{thing}", ""), (f"{kind}s", channel)):
        document = shop.http.get(f"/api/{path}?include=tags{more}", headers={"revision": revision}).json()
        data = document["data"]
        found = data if isinstance(data, dict) else next(one for one in data if one["id"] == thing)
        assert found["relationships"]["tags"]["data"] == [{"type": "tag", "id": sale}]
        assert [(one["type"], one["id"]) for one in document["included"]] == [("tag", sale)]


@pytest.mark.rule("8.8")
@pytest.mark.parametrize("kind", KINDS)
def test_a_deleted_thing_leaves_its_tags(shop: Shop, kind: str) -> None:
    thing = getattr(World(shop), kind)
    sale = tag(shop)
    tagged(shop, sale, kind, thing)
    assert shop.http.delete(f"/api/{kind}s/{thing}").status_code == 204
    assert shop.http.get(f"/api/tags/{sale}/relationships/{kind}s").json()["data"] == []
    assert not shop.query("SELECT 1 FROM tag_links WHERE account_id = %s", shop.account_id)


@pytest.mark.rule("8.8")
def test_a_thing_holds_one_tag_of_an_exclusive_group(shop: Shop) -> None:
    season = group(shop, exclusive=True)
    winter, summer = tag(shop, "Winter", season), tag(shop, "Summer", season)
    world = World(shop)
    first, second = world.new_list(), world.new_list()
    assert tagged(shop, winter, "list", first).status_code == 204
    error = error_of(tagged(shop, summer, "list", second, first), 400)
    assert "Winter" in error["detail"]
    assert names_on(shop, "list", second) == []
    assert tagged(shop, winter, "list", first).status_code == 204
    assert tagged(shop, winter, "list", first, method="DELETE").status_code == 204
    assert tagged(shop, summer, "list", first).status_code == 204


@pytest.mark.rule("8.8")
def test_limits_of_tags_groups_and_tags_on_one_thing_hold(shop: Shop) -> None:
    """500 tags, 50 groups, 100 tags on one thing."""
    sale, place = tag(shop), World(shop).new_list()
    account = shop.account_id
    (home,) = shop.query("SELECT id FROM tag_groups WHERE account_id = %s", account)[0]
    shop.query(
        """INSERT INTO tags (account_id, public_id, group_id, name, created)
           SELECT %s, 'made-' || n, %s, 'T' || n, now() FROM generate_series(1, 498) n RETURNING id""",
        account,
        home,
    )
    assert created(shop, "the last").status_code == 201
    assert "500" in error_of(created(shop, "one too many"), 400)["detail"]
    shop.query(
        """INSERT INTO tag_groups (account_id, public_id, name, exclusive, is_default, created)
           SELECT %s, 'made-' || n, 'G', false, false, now() FROM generate_series(1, 48) n RETURNING id""",
        account,
    )
    group(shop)
    body = resource("tag-group", name="one too many")
    assert "50" in error_of(shop.http.post("/api/tag-groups", json=body), 400)["detail"]
    shop.query(
        """INSERT INTO tag_links (account_id, kind, resource_id, tag_id)
           SELECT t.account_id, 'list', l.id, t.id FROM tags t JOIN lists l USING (account_id)
           WHERE t.account_id = %s AND t.public_id LIKE 'made-%%' ORDER BY t.id LIMIT 100 RETURNING tag_id""",
        account,
    )
    assert "100" in error_of(tagged(shop, sale, "list", place), 400)["detail"]
    assert tagged(shop, "made-1", "list", place).status_code == 204


@pytest.mark.rule("7.9", "7.10")
def test_tags_are_filtered_sorted_and_paged(shop: Shop) -> None:
    for name in ("Winter Sale", "Summer Sale", "Winter"):
        tag(shop, name)

    def names(query: str) -> list[str]:
        return [one["attributes"]["name"] for one in shop.http.get(f"/api/tags?{query}").json()["data"]]

    assert names("sort=-name") == ["Winter Sale", "Winter", "Summer Sale"]
    assert names('filter=ends-with(name,"Sale")&sort=name') == ["Summer Sale", "Winter Sale"]
    assert names('filter=starts-with(name,"Winter"),contains(name,"Sale")') == ["Winter Sale"]
    assert names('filter=equals(name,"winter")') == []
    page = shop.http.get("/api/tags?page[size]=2&sort=name").json()
    rest = shop.http.get(page["links"]["next"]).json()
    assert [len(page["data"]), len(rest["data"])] == [2, 1]


@pytest.mark.rule("8.8")
def test_a_campaign_is_made_with_its_tags(shop: Shop) -> None:
    sale = tag(shop)
    body = resource("campaign", definition={"name": "Winter"})
    body["data"]["relationships"] = {"tags": {"data": [{"type": "tag", "id": sale}]}}
    made = shop.http.post("/api/campaigns", json=body)
    assert made.status_code == 201, made.text
    assert names_on(shop, "campaign", made.json()["data"]["id"]) == ["Sale"]
    body["data"]["relationships"]["tags"]["data"][0]["id"] = "nope"
    assert error_of(shop.http.post("/api/campaigns", json=body), 404)["code"] == "not_found"


def test_what_a_request_names_must_be_there(shop: Shop) -> None:
    sale, place = tag(shop), World(shop).new_list()
    assert error_of(created(shop, "X", "nope"), 404)["detail"] == "A tag-group with id nope does not exist."
    assert error_of(tagged(shop, "nope", "list", place), 404)["detail"] == "A tag with id nope does not exist."
    assert error_of(tagged(shop, sale, "list", place, "nope"), 404)["detail"] == "A list with id nope does not exist."
    assert names_on(shop, "list", place) == []
    assert error_of(created(shop, "  "), 400)["source"]["pointer"] == "/data/attributes/name"
