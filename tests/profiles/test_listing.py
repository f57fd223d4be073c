"""Finding profiles (behaviour-people 1.10)."""

from typing import Any

import pytest

from tests.conftest import Shop
from tests.people import made


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
