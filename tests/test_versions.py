"""Who edits what another has changed meanwhile is told so, and overwrites nothing."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.accounts.dance import CALLBACK, signed_in
from tests.brands.examples import BUTTON, LINKS
from tests.conftest import Shop
from tests.parity.surface import declared
from tests.templates.definitions import text

Document = dict[str, Any]


def _body(kind: str, attributes: Document, id: str | None = None, **more: Any) -> Document:
    return {"data": {"type": kind, "attributes": attributes, **({"id": id} if id else {}), **more}}


def _made(http: httpx.Client, path: str, kind: str, attributes: Document, **more: Any) -> str:
    answer = http.post(path, json=_body(kind, attributes, **more))
    assert answer.status_code == 201, answer.text
    assert answer.headers["etag"] == '"1"'
    return f"{path}/{answer.json()['data']['id']}"


_CONDITION = {"type": "profile-property", "property": "title", "filter": {"type": "existence", "operator": "is-set"}}
_DEFINITION = {"condition_groups": [{"conditions": [_CONDITION]}]}
_TOPICS = {"webhook-topics": {"data": [{"type": "webhook-topic", "id": "profile.created"}]}}
_APP = {"name": "First", "redirect_uris": [CALLBACK], "scopes": ["lists:read"]}
_HOOK = {"name": "First", "endpoint_url": "https://hooks.example.com/a", "secret_key": "0123456789abcdef"}
# kind: how one is made, and an attribute that can be edited
KINDS: dict[str, tuple[Callable[[httpx.Client], str], str]] = {
    "profile": (lambda http: _made(http, "/api/profiles", "profile", {"email": "a@example.com"}), "title"),
    "list": (lambda http: _made(http, "/api/lists", "list", {"name": "First"}), "name"),
    "segment": (
        lambda http: _made(http, "/api/segments", "segment", {"name": "First", "definition": _DEFINITION}),
        "name",
    ),
    "webhook": (lambda http: _made(http, "/api/webhooks", "webhook", _HOOK, relationships=_TOPICS), "name"),
    "template": (
        lambda http: _made(
            http, "/api/templates", "template", {"name": "First", "editor_type": "CODE", "html": "<p>Hello</p>"}
        ),
        "name",
    ),
    "template-universal-content": (
        lambda http: _made(
            http,
            "/api/template-universal-content",
            "template-universal-content",
            {"name": "First", "definition": text("<p>Bye</p>")},
        ),
        "name",
    ),
    "campaign": (
        lambda http: _made(http, "/api/campaigns", "campaign", {"definition": {"name": "First"}}),
        "definition",
    ),
    "brand-logo": (lambda http: _made(http, "/api/brand-logos", "brand-logo", {"name": "First"}), "name"),
    "brand-color": (lambda http: _made(http, "/api/brand-colors", "brand-color", {"name": "First"}), "name"),
    "brand-button": (
        lambda http: _made(http, "/api/brand-buttons", "brand-button", BUTTON | {"name": "First"}),
        "name",
    ),
    "brand-social-group": (
        lambda http: _made(http, "/api/brand-social-groups", "brand-social-group", {"social_links": LINKS}),
        "name",
    ),
    "oauth-app": (lambda http: _made(http, "/api/oauth-apps", "oauth-app", _APP), "name"),
}


def test_these_are_all_that_are_edited_alone() -> None:
    versions = [one.versions for one in declared() if one.versions and not one.versions.starts]
    assert {one.kind for one in versions} - {"flow draft"} == {*KINDS}


def _client(shop: Shop, kind: str) -> httpx.Client:
    """No key registers applications."""
    if kind != "oauth-app":
        return shop.http
    browser = signed_in(shop)
    browser.base_url = shop.server.url
    return browser


def _change(http: httpx.Client, kind: str, path: str, field: str, text: str, version: str | None) -> httpx.Response:
    value = {"name": text} if field == "definition" else text
    headers = {} if version is None else {"If-Match": version}
    return http.patch(path, json=_body(kind, {field: value}, path.rsplit("/", 1)[1]), headers=headers)


@pytest.mark.parametrize("kind", KINDS)
def test_who_names_an_older_version_is_refused_and_who_names_none_is_not(shop: Shop, kind: str) -> None:
    make, field = KINDS[kind]
    http = _client(shop, kind)
    path = make(http)
    read = http.get(path).headers["etag"]
    assert _change(http, kind, path, field, "Second", read).headers["etag"] == '"2"'

    late = _change(http, kind, path, field, "Third", read)
    assert late.status_code == 412
    error = late.json()["errors"][0]
    assert error["code"] == "precondition_failed"
    assert error["meta"]["version"] == 2
    assert f"The {kind} changed at 20" in error["detail"]
    assert "Second" in http.get(path).text

    # a proxy that compresses makes the tag weak; several may be named
    assert _change(http, kind, path, field, "Fourth", '"1", W/"2"').headers["etag"] == '"3"'
    assert _change(http, kind, path, field, "Fifth", None).headers["etag"] == '"4"'
    assert _change(http, kind, path, field, "Sixth", "*").status_code == 200
    assert http.get(path).headers["etag"] == '"5"'
    assert _change(http, kind, path, field, "Seventh", "not a tag").status_code == 400


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "profile"])
def test_what_was_changed_is_not_deleted_by_who_has_not_seen_it(shop: Shop, kind: str) -> None:
    make, field = KINDS[kind]
    http = _client(shop, kind)
    path = make(http)
    _change(http, kind, path, field, "Second", None)
    assert http.delete(path, headers={"If-Match": '"1"'}).status_code == 412
    assert http.delete(path, headers={"If-Match": '"2"'}).status_code == 204
    assert http.delete(path, headers={"If-Match": '"2"'}).status_code == 404


@pytest.mark.parametrize("kind", KINDS)
def test_of_several_who_write_at_once_one_succeeds(shop: Shop, kind: str) -> None:
    make, field = KINDS[kind]
    http = _client(shop, kind)
    path = make(http)
    with ThreadPoolExecutor(6) as threads:
        writes = [threads.submit(_change, http, kind, path, field, f"By {n}", '"1"') for n in range(6)]
    statuses = [write.result().status_code for write in writes]
    assert sorted(statuses) == [200, *[412] * 5]
    assert f"By {statuses.index(200)}" in http.get(path).text


def test_a_profile_s_version_follows_its_attributes_and_no_events(shop: Shop) -> None:
    path = f"/api/profiles/{shop.profile('ann@example.com')}"
    shop.event("Viewed Product", "ann@example.com")
    shop.wait_until_recorded()
    assert shop.http.get(path).headers["etag"] == '"1"'
    said = {"data": {"type": "profile", "attributes": {"email": "ann@example.com", "properties": {"tier": "gold"}}}}
    shop.http.post("/api/profile-import", json=said)
    assert shop.http.get(path).headers["etag"] == '"2"'
    # what changes nothing is no change
    shop.http.post("/api/profile-import", json=said)
    assert shop.http.get(path).headers["etag"] == '"2"'
