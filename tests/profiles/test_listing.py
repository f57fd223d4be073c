"""Finding profiles (behaviour-people 1.10)."""

from typing import Any

import pytest

from tests.conftest import Shop
from tests.lists.test_lists import new_list
from tests.people import Json, made, patched

pytestmark = pytest.mark.rule("1.10")
SUPPRESSION = "subscriptions.email.marketing.suppression"
LIST_SUPPRESSION = "subscriptions.email.marketing.list_suppressions"


def found(shop: Shop, filter: str, **parameters: Any) -> list[str]:
    answer = shop.http.get("/api/profiles", params={"filter": filter, **parameters})
    assert answer.status_code == 200, answer.text
    return [one["attributes"]["email"] for one in answer.json()["data"]]


@pytest.fixture
def crowd(shop: Shop) -> Shop:
    made(shop, email="ann+1@example.com", external_id="x-1", properties={"tier": "gold", "age": 30, "tags": ["a"]})
    made(shop, email="bea@example.com", phone_number="+15005550006", properties={"tier": "silver", "age": 41.5})
    made(shop, email="cyd@example.com", properties={"age": "thirty", "the city": "Bern"})
    return shop


@pytest.mark.parametrize(
    ("filter", "names"),
    [
        ('equals(email,"ann+1@example.com")', ["ann+1"]),
        ("any(email,['ann+1@example.com','cyd@example.com','x'])", ["ann+1", "cyd"]),
        ('equals(email,"ANN+1@example.com")', []),
        ('equals(phone_number,"+15005550006")', ["bea"]),
        ("equals(external_id,'x-1')", ["ann+1"]),
        ('equals(properties.tier,"gold")', ["ann+1"]),
        ("greater-than(properties.age,30)", ["bea"]),
        ("greater-or-equal(properties.age,30),less-than(properties.age,41)", ["ann+1"]),
        ("has(properties.tags)", ["ann+1"]),
        ('contains(properties.tags,"a")', ["ann+1"]),
        ("equals(properties['the city'],\"Bern\")", ["cyd"]),
        ("greater-than(created,2020-01-01T00:00:00Z)", ["ann+1", "bea", "cyd"]),
        ("and(less-than(created,2020-01-01T00:00:00Z))", []),
    ],
)
def test_it_filters(crowd: Shop, filter: str, names: list[str]) -> None:
    assert found(crowd, filter, sort="email") == [f"{name}@example.com" for name in names]


@pytest.mark.parametrize("sort", ["id", "created", "updated", "email"])
@pytest.mark.parametrize("sign", ["", "-"])
def test_it_pages_both_ways_in_every_order(shop: Shop, sort: str, sign: str) -> None:
    for number in range(7):
        made(shop, **({"email": f"p{number}@example.com"} if number % 3 else {"external_id": f"x{number}"}))
    whole = [one["id"] for one in shop.http.get("/api/profiles", params={"sort": sign + sort}).json()["data"]]
    forth, last = walk(shop, f"/api/profiles?sort={sign}{sort}&page[size]=3", "next")
    assert [id for page in forth for id in page] == whole
    back, _ = walk(shop, last, "prev")
    assert [id for page in reversed(back) for id in page] == whole


def walk(shop: Shop, url: str, way: str) -> tuple[list[list[str]], str]:
    """The ids of each page, and the link that the last page has to itself."""
    pages: list[list[str]] = []
    while url:
        page = shop.http.get(url).json()
        pages.append([one["id"] for one in page["data"]])
        url, last = page["links"][way], page["links"]["self"]
    return pages, last


def test_it_answers_an_empty_list_when_nobody_matches(shop: Shop) -> None:
    answer = shop.http.get("/api/profiles", params={"filter": 'equals(email,"nobody@example.com")'}).json()
    assert answer["data"] == []
    assert (answer["links"]["next"], answer["links"]["prev"]) == (None, None)


def suppress(shop: Shop, address: str, reason: str, at: str, of: str | None = None) -> None:
    """For every list, or for the one named."""
    whose = "FROM profiles p WHERE p.account_id = %s AND p.email = %s RETURNING 1"
    if of is None:
        statement = (
            f"INSERT INTO suppressions (account_id, profile_id, reason, at) SELECT account_id, id, %s, %s {whose}"
        )
        assert shop.query(statement, reason, at, shop.account_id, address)
    else:
        statement = f"""INSERT INTO list_suppressions (account_id, profile_id, list_id, reason, at)
            SELECT account_id, id, (SELECT id FROM lists l WHERE l.account_id = p.account_id AND public_id = %s), %s, %s
            {whose}"""
        assert shop.query(statement, of, reason, at, shop.account_id, address)


@pytest.fixture
def barred(crowd: Shop) -> tuple[Shop, str]:
    """Ann has two suppressions, Bea one and one of a list, Cyd none."""
    suppress(crowd, "ann+1@example.com", "UNSUBSCRIBE", "2024-01-01T00:00:00Z")
    suppress(crowd, "ann+1@example.com", "HARD_BOUNCE", "2024-06-01T00:00:00Z")
    suppress(crowd, "bea@example.com", "SPAM_COMPLAINT", "2024-03-01T00:00:00Z")
    id = new_list(crowd)
    suppress(crowd, "bea@example.com", "UNSUBSCRIBE", "2024-04-01T00:00:00Z", id)
    return crowd, id


@pytest.mark.rule("2.5")
@pytest.mark.parametrize(
    ("filter", "names"),
    [
        (f'equals({SUPPRESSION}.reason,"HARD_BOUNCE")', ["ann+1"]),
        (f'equals({SUPPRESSION}.reason,"BOUNCE")', ["ann+1"]),
        (f'equals({SUPPRESSION}.reason,"SPAM_REPORT")', ["bea"]),
        (f'equals({SUPPRESSION}.reason,"USER_SUPPRESSED")', []),
        (f"greater-than({SUPPRESSION}.timestamp,2024-02-01T00:00:00Z)", ["ann+1", "bea"]),
        (f"greater-or-equal({SUPPRESSION}.timestamp,2024-06-01T00:00:00Z)", ["ann+1"]),
        (f"less-or-equal({SUPPRESSION}.timestamp,2024-01-01T00:00:00Z)", ["ann+1"]),
        (f"less-than({SUPPRESSION}.timestamp,2024-01-01T00:00:00Z)", []),
        # both of one record
        (f'equals({SUPPRESSION}.reason,"HARD_BOUNCE"),less-than({SUPPRESSION}.timestamp,2024-02-01T00:00:00Z)', []),
        (f'equals({LIST_SUPPRESSION}.reason,"UNSUBSCRIBE")', ["bea"]),
        (f"less-than({LIST_SUPPRESSION}.timestamp,2024-05-01T00:00:00Z)", ["bea"]),
        (f"greater-than({LIST_SUPPRESSION}.timestamp,2024-05-01T00:00:00Z)", []),
        (f'equals({LIST_SUPPRESSION}.list_id,"LIST")', ["bea"]),
        (f'equals({LIST_SUPPRESSION}.list_id,"NOPE01")', []),
        (f'equals({SUPPRESSION}.reason,"SPAM_COMPLAINT"),equals(email,"bea@example.com")', ["bea"]),
    ],
)
def test_it_finds_who_is_suppressed(barred: tuple[Shop, str], filter: str, names: list[str]) -> None:
    shop, id = barred
    assert found(shop, filter.replace("LIST", id) if '"LIST"' in filter else filter, sort="email") == [
        f"{name}@example.com" for name in names
    ]


@pytest.mark.parametrize("prefix", [SUPPRESSION, LIST_SUPPRESSION])
@pytest.mark.parametrize("sign", ["", "-"])
def test_it_orders_by_when_somebody_was_suppressed(shop: Shop, prefix: str, sign: str) -> None:
    """By the latest of several; who is not suppressed comes last, or first the other way round."""
    id = new_list(shop)
    for n in range(5):
        made(shop, email=f"p{n}@example.com")
        if n == 3:
            continue
        when = {"UNSUBSCRIBE": f"2024-{n + 2:02}-01T00:00:00Z", "HARD_BOUNCE": "2024-01-01T00:00:00Z"}
        if prefix == SUPPRESSION:
            for reason, at in when.items():
                suppress(shop, f"p{n}@example.com", reason, at)
        else:
            suppress(shop, f"p{n}@example.com", "UNSUBSCRIBE", when["UNSUBSCRIBE"], id)
    wanted = [f"p{n}@example.com" for n in (0, 1, 2, 4, 3)]
    if sign:
        wanted.reverse()
    url, seen = f"/api/profiles?page[size]=2&sort={sign}{prefix}.timestamp", []
    while url:
        page = shop.http.get(url).json()
        seen += [one["attributes"]["email"] for one in page["data"]]
        url = page["links"]["next"]
    assert seen == wanted


def test_with_a_filter_on_updated_the_pages_run_by_it(shop: Shop) -> None:
    people = [made(shop, email=f"p{n}@example.com") for n in range(4)]
    for id in reversed(people):
        patched(shop, id, title="Dr")
    url, seen = "/api/profiles?page[size]=3&filter=greater-than(updated,2020-01-01T00:00:00Z)", []
    while url:
        page = shop.http.get(url).json()
        seen += [one["id"] for one in page["data"]]
        url = page["links"]["next"]
    assert seen == people[::-1]
    whole = {"filter": "greater-than(updated,2020-01-01T00:00:00Z)", "sort": "-id"}
    assert [one["id"] for one in shop.http.get("/api/profiles", params=whole).json()["data"]] == people[::-1]
    assert [one["id"] for one in shop.http.get("/api/profiles").json()["data"]] == people


def test_who_is_not_there_is_an_empty_page(shop: Shop) -> None:
    answer = shop.http.get("/api/profiles", params={"filter": 'equals(email,"nobody@example.com")'}).json()
    assert answer["data"] == []
    assert (answer["links"]["next"], answer["links"]["prev"]) == (None, None)


def test_an_unknown_id_is_a_404_that_names_it(shop: Shop) -> None:
    answer = shop.http.get("/api/profiles/NOPE01")
    assert answer.status_code == 404
    error = answer.json()["errors"][0]
    assert (error["detail"], error["source"]) == ("A profile with id NOPE01 does not exist.", {"pointer": "/data/"})


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ({"sort": "first_name"}, "sort"),
        ({"filter": 'contains(email,"x")'}, "filter"),
        ({"filter": 'any(_kx,["x"])'}, "filter"),
        ({"filter": f'any({SUPPRESSION}.reason,["UNSUBSCRIBE"])'}, "filter"),
        ({"filter": f"equals({SUPPRESSION}.timestamp,2024-01-01T00:00:00Z)"}, "filter"),
        ({"page[size]": "101"}, "page[size]"),
        ({"include": "lists"}, "include"),
        ({"include": "segments"}, "include"),
        ({"additional-fields[profile]": "secrets"}, "additional-fields[profile]"),
    ],
)
def test_it_says_what_cannot_be_asked(shop: Shop, query: Json, parameter: str) -> None:
    """Lists and segments can be included with one profile only (1.2)."""
    answer = shop.http.get("/api/profiles", params=query)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["source"]["parameter"] == parameter
