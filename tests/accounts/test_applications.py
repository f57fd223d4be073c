"""The catalogue of applications (behaviour-rest 17.9)."""

from typing import Any
from uuid import uuid4

from tests.accounts.dance import registered
from tests.conftest import Server, Shop

Json = dict[str, Any]


def listed(shop: Shop, filter: str) -> list[Json]:
    answer = shop.http.get("/api/applications", params={"filter": filter})
    assert answer.status_code == 200, answer.text
    return list(answer.json()["data"])


def describe(server: Server, client_id: str, *options: str) -> tuple[int, str]:
    done = server.command("oauth-apps", "describe", client_id, *options)
    return done.returncode, done.stderr


def test_an_application_is_in_the_catalogue_once_it_is_registered(server: Server, shop: Shop) -> None:
    name = f"Sheets {uuid4().hex}"
    app = registered(server, name=name)
    [shown] = listed(shop, f'contains(name,"{name[2:]}")')
    assert shown["id"] == app.client_id
    attributes = shown["attributes"]
    assert attributes.items() >= {"name": name, "categories": [], "description": "", "video": None}.items()
    assert app.secret not in str(shown)
    assert listed(shop, f'contains(name,"{name}x")') == []


def test_what_the_operator_says_of_it_is_shown_and_found(server: Server, shop: Shop) -> None:
    one, other = (registered(server, name=f"App {uuid4().hex}") for _ in range(2))
    maker = f"Maker {uuid4().hex}"
    options = ("--developed-by", maker, "--category", "CRM", "--category", "POS", "--website-link", "https://a.example")
    assert describe(server, one.client_id, *options)[0] == 0
    assert describe(server, one.client_id, "--short-description", "Tables")[0] == 0
    [shown] = listed(shop, f'equals(built_by,"{maker}")')
    expected = {
        "developed_by": maker,
        "categories": ["CRM", "POS"],
        "website_link": "https://a.example",
        "short_description": "Tables",
    }
    assert shown["attributes"].items() >= expected.items()
    found = [one["id"] for one in listed(shop, 'equals(category,"POS")')]
    assert one.client_id in found and other.client_id not in found


def test_what_can_not_be_said_is_refused(server: Server, shop: Shop) -> None:
    app = registered(server, name=f"App {uuid4().hex}")
    for options in (("--category", "Spaceships"), ("--website-link", "javascript:alert(1)")):
        code, text = describe(server, app.client_id, *options)
        assert code == 2 and "Invalid" in text
    assert describe(server, str(uuid4()), "--developed-by", "x")[0] == 1
    unknown = shop.http.get("/api/applications", params={"filter": 'equals(category,"Spaceships")'})
    assert unknown.status_code == 400
