"""Who edits what another has changed meanwhile is told so, and overwrites nothing."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.conftest import Shop
from tests.templates.definitions import text

Document = dict[str, Any]


def _body(kind: str, attributes: Document, id: str | None = None, **more: Any) -> Document:
    return {"data": {"type": kind, "attributes": attributes, **({"id": id} if id else {}), **more}}


def _made(shop: Shop, path: str, kind: str, attributes: Document, **more: Any) -> str:
    answer = shop.http.post(path, json=_body(kind, attributes, **more))
    assert answer.status_code == 201, answer.text
    assert answer.headers["etag"] == '"1"'
    return f"{path}/{answer.json()['data']['id']}"


_CONDITION = {"type": "profile-property", "property": "title", "filter": {"type": "existence", "operator": "is-set"}}
_DEFINITION = {"condition_groups": [{"conditions": [_CONDITION]}]}
_TOPICS = {"webhook-topics": {"data": [{"type": "webhook-topic", "id": "profile.created"}]}}
_HOOK = {"name": "First", "endpoint_url": "https://hooks.example.com/a", "secret_key": "0123456789abcdef"}
# kind: how one is made, and an attribute that can be edited
KINDS: dict[str, tuple[Callable[[Shop], str], str]] = {
    "profile": (lambda shop: _made(shop, "/api/profiles", "profile", {"email": "a@example.com"}), "title"),
    "list": (lambda shop: _made(shop, "/api/lists", "list", {"name": "First"}), "name"),
    "segment": (
        lambda shop: _made(shop, "/api/segments", "segment", {"name": "First", "definition": _DEFINITION}),
        "name",
    ),
    "webhook": (lambda shop: _made(shop, "/api/webhooks", "webhook", _HOOK, relationships=_TOPICS), "name"),
    "template": (
        lambda shop: _made(
            shop, "/api/templates", "template", {"name": "First", "editor_type": "CODE", "html": "<p>Hello</p>"}
        ),
        "name",
    ),
    "template-universal-content": (
        lambda shop: _made(
            shop,
            "/api/template-universal-content",
            "template-universal-content",
            {"name": "First", "definition": text("<p>Bye</p>")},
        ),
        "name",
    ),
    "campaign": (
        lambda shop: _made(shop, "/api/campaigns", "campaign", {"definition": {"name": "First"}}),
        "definition",
    ),
}


def _change(shop: Shop, kind: str, path: str, field: str, text: str, version: str | None) -> httpx.Response:
    value = {"name": text} if field == "definition" else text
    headers = {} if version is None else {"If-Match": version}
    return shop.http.patch(path, json=_body(kind, {field: value}, path.rsplit("/", 1)[1]), headers=headers)


@pytest.mark.parametrize("kind", KINDS)
def test_who_names_an_older_version_is_refused_and_who_names_none_is_not(shop: Shop, kind: str) -> None:
    make, field = KINDS[kind]
    path = make(shop)
    read = shop.http.get(path).headers["etag"]
    assert _change(shop, kind, path, field, "Second", read).headers["etag"] == '"2"'

    late = _change(shop, kind, path, field, "Third", read)
    assert late.status_code == 412
    error = late.json()["errors"][0]
    assert error["code"] == "precondition_failed"
    assert error["meta"]["version"] == 2
    assert f"The {kind} changed at 20" in error["detail"]
    assert "Second" in shop.http.get(path).text

    # a proxy that compresses makes the tag weak; several may be named
    assert _change(shop, kind, path, field, "Fourth", '"1", W/"2"').headers["etag"] == '"3"'
    assert _change(shop, kind, path, field, "Fifth", None).headers["etag"] == '"4"'
    assert _change(shop, kind, path, field, "Sixth", "*").status_code == 200
    assert shop.http.get(path).headers["etag"] == '"5"'
    assert _change(shop, kind, path, field, "Seventh", "not a tag").status_code == 400


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "profile"])
def test_what_was_changed_is_not_deleted_by_who_has_not_seen_it(shop: Shop, kind: str) -> None:
    make, field = KINDS[kind]
    path = make(shop)
    _change(shop, kind, path, field, "Second", None)
    assert shop.http.delete(path, headers={"If-Match": '"1"'}).status_code == 412
    assert shop.http.delete(path, headers={"If-Match": '"2"'}).status_code == 204
    assert shop.http.delete(path, headers={"If-Match": '"2"'}).status_code == 404


@pytest.mark.parametrize("kind", KINDS)
def test_of_several_who_write_at_once_one_succeeds(shop: Shop, kind: str) -> None:
    make, field = KINDS[kind]
    path = make(shop)
    with ThreadPoolExecutor(6) as threads:
        writes = [threads.submit(_change, shop, kind, path, field, f"By {n}", '"1"') for n in range(6)]
    statuses = [write.result().status_code for write in writes]
    assert sorted(statuses) == [200, *[412] * 5]
    assert f"By {statuses.index(200)}" in shop.http.get(path).text


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
