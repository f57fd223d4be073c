"""Applications: registered by who administers the installation, seen and ended by an account's admins."""

from typing import Any

import pytest

from rapport.accounts import roles
from tests.accounts.dance import CALLBACK, App, error_of, opens, registered
from tests.accounts.team import Person, joined, owner
from tests.conftest import Server, Shop, eventually

Json = dict[str, Any]
NEW = {"name": "Orders to Sheets", "redirect_uris": [CALLBACK], "scopes": ["lists:read", "profiles:read"]}


@pytest.fixture
def boss(shop: Shop) -> Person:
    return owner(shop)


def made(boss: Person, **changes: Any) -> Json:
    answer = boss.do("POST", "oauth-apps", "oauth-app", **(NEW | changes))
    assert answer.status_code == 201, answer.text
    return dict(answer.json()["data"])


def as_app(server: Server, data: Json) -> App:
    return App(server, 0, data["id"], data["attributes"]["client_secret"])


def audited(boss: Person) -> list[tuple[str, str | None]]:
    lines = boss.get("audit-events")["data"]
    return [(line["attributes"]["operation"], line["attributes"]["target"]) for line in lines]


def _listed(boss: Person) -> dict[str, Any]:
    """Those of the installation, which other tests share, page by page."""
    found, path = {}, "oauth-apps"
    while path:
        page = boss.get(path)
        found |= {one["id"]: one["attributes"] for one in page["data"]}
        path = ((page.get("links") or {}).get("next") or "").partition("/api/")[2]
    return found


def test_an_application_is_registered_and_its_secret_is_shown_this_once(server: Server, boss: Person) -> None:
    data = made(boss)
    app = as_app(server, data)
    assert opens(server, app.tokens(boss.shop, scope="lists:read")["access_token"])
    listed = _listed(boss)
    assert listed[app.client_id]["client_secret"] is None and app.secret not in str(listed)
    assert listed[app.client_id].items() >= {**NEW, "accounts": 1}.items()
    assert app.client_id in server.command("oauth-apps", "list").stdout
    assert ("create_oauth_app", app.client_id) in audited(boss)


def test_a_new_secret_ends_the_old_one_and_no_token(server: Server, boss: Person) -> None:
    app = as_app(server, made(boss))
    tokens = app.tokens(boss.shop, scope="lists:read")
    answer = boss.do("POST", f"oauth-apps/{app.client_id}/secret")
    secret = answer.json()["data"]["attributes"]["client_secret"]
    assert secret != app.secret
    assert error_of(app.refresh(tokens["refresh_token"]), 401) == "invalid_client"
    assert opens(server, tokens["access_token"])
    app.secret = secret
    assert app.refresh(tokens["refresh_token"]).status_code == 200
    done = server.command("oauth-apps", "rotate-secret", app.client_id)
    app.secret = done.stdout.removeprefix("client secret: ").strip()
    assert app.refresh(tokens["refresh_token"]).status_code == 200


def test_what_is_registered_can_be_changed_and_deleted(server: Server, boss: Person) -> None:
    app = as_app(server, made(boss))
    tokens = app.tokens(boss.shop, scope="lists:read")
    changed = boss.do(
        "PATCH", f"oauth-apps/{app.client_id}", "oauth-app", app.client_id, name="Sheets", scopes=["tags:read"]
    )
    assert changed.json()["data"]["attributes"].items() >= {**NEW, "name": "Sheets", "scopes": ["tags:read"]}.items()
    assert opens(server, tokens["access_token"])
    assert boss.do("DELETE", f"oauth-apps/{app.client_id}").status_code == 204
    eventually(lambda: not opens(server, tokens["access_token"]), seconds=1.5)
    assert boss.do("DELETE", f"oauth-apps/{app.client_id}").status_code == 404
    assert boss.do("POST", f"oauth-apps/{app.client_id}/secret").status_code == 404
    assert boss.do("PATCH", "oauth-apps/none", "oauth-app", "none", name="x").status_code == 404


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", " "),
        ("redirect_uris", []),
        ("redirect_uris", ["http://sync.example.com/callback"]),
        ("redirect_uris", ["https://sync.example.com/#part"]),
        ("scopes", []),
        ("scopes", ["lists:everything"]),
    ],
)
def test_what_can_not_be_registered_is_refused_at_its_field(boss: Person, field: str, value: Any) -> None:
    answer = boss.do("POST", "oauth-apps", "oauth-app", **(NEW | {field: value}))
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["source"]["pointer"] == f"/data/attributes/{field}"


def test_an_account_sees_what_it_allowed_and_ends_it(server: Server, boss: Person) -> None:
    app = registered(server, name="Sync")
    assert boss.get("connected-applications")["data"] == []
    tokens = app.tokens(boss.shop, scope="lists:read profiles:read")
    (shown,) = boss.get("connected-applications")["data"]
    assert shown["id"] == app.client_id
    expected = {"name": "Sync", "scopes": ["lists:read", "profiles:read"], "allowed_by": "Olga Owner"}
    assert shown["attributes"].items() >= expected.items()
    before = shown["attributes"]["last_used"]
    assert opens(server, tokens["access_token"])
    (used,) = boss.get("connected-applications")["data"]
    assert used["attributes"]["last_used"] > before
    admin, manager = joined(boss, roles.ADMIN), joined(boss, roles.MANAGER)
    assert manager.ask("GET", "connected-applications").status_code == 403
    assert manager.do("DELETE", f"connected-applications/{app.client_id}").status_code == 403
    assert admin.do("DELETE", f"connected-applications/{app.client_id}").status_code == 204
    eventually(lambda: not opens(server, tokens["access_token"]), seconds=1.5)
    assert error_of(app.refresh(tokens["refresh_token"])) == "invalid_grant"
    assert admin.do("DELETE", f"connected-applications/{app.client_id}").status_code == 404
    assert audited(boss)[:4].count(("end_connected_application", app.client_id)) >= 1
    assert ("allow_application", app.client_id) in audited(boss)


def test_only_who_administers_the_installation_registers(boss: Person) -> None:
    """Whatever they are in an account: an application is every account's."""
    admin = joined(boss, roles.ADMIN)
    app_id = made(boss)["id"]
    assert admin.ask("GET", "oauth-apps").status_code == 403
    assert admin.do("POST", "oauth-apps", "oauth-app", **NEW).status_code == 403
    assert admin.do("POST", f"oauth-apps/{app_id}/secret").status_code == 403
    assert admin.do("DELETE", f"oauth-apps/{app_id}").status_code == 403
    assert boss.shop.http.get("/api/oauth-apps").status_code == 403
