"""`/connect`: actions on this installation with the caller's own key or token."""

import json
from base64 import b64encode
from typing import Any

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from rapport.connect import registry, running
from rapport.connect.connection import Connection, api_key
from rapport.connect.failures import TooManyRequests
from rapport.connectors import site
from tests import stories
from tests.accounts import dance
from tests.conftest import Server, Shop, run
from tests.connect.strange import Host, in_json
from tests.connect.world import EMAIL, acted, connected
from tests.images import pictures


def posted(shop: Shop, action: str, inputs: Any = None, **headers: str) -> httpx.Response:
    sent = {"authorization": f"Klaviyo-API-Key {shop.private_key}", **headers}
    return httpx.post(f"{shop.server.url}/connect/{action}", json=inputs or {}, headers=sent, timeout=30)


def error_of(answer: httpx.Response) -> dict[str, Any]:
    """The JSON:API error of an answer."""
    (error,) = answer.json()["errors"]
    assert {"id", "status", "code", "title", "detail"} <= set(error)
    return dict(error)


def test_it_lists_and_describes_every_action(server: Server) -> None:
    listed = httpx.get(f"{server.url}/connect").json()["data"]
    assert [action["name"] for action in listed] == list(registry.ACTIONS)
    assert httpx.get(f"{server.url}/connect/component.getList").json()["data"] in listed
    assert httpx.get(f"{server.url}/connect/nothing").status_code == 404


def test_it_answers_what_the_program_answers(shop: Shop) -> None:
    list_id = stories.list_of(shop, [])
    for action, inputs in (
        ("component.getList", {"listId": list_id}),
        ("selectAccount", {}),
        ("component.listLists", {}),
    ):
        answer = posted(shop, action, inputs)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
        assert answer.json() == acted(connected(shop), action, **inputs)
    lead = posted(shop, "lead.createProfile", {"email": EMAIL, "klaviyo_custom": {"a": 1}}).json()
    assert (lead["outcome"], lead["custom.a"]) == ("success", 1)
    assert posted(shop, "lead.getProfiles", {"email": "nobody@example.com"}).json()["outcome"] == "failure"


def test_it_acts_within_the_callers_account_and_scopes(shop: Shop) -> None:
    app = dance.registered(shop.server)
    token = app.tokens(shop, scope="lists:read lists:write")["access_token"]
    made = posted(shop, "component.createList", {"listName": "Mine"}, authorization=f"Bearer {token}")
    assert made.status_code == 200
    refused = posted(shop, "component.listTemplates", authorization=f"Bearer {token}")
    assert (refused.status_code, error_of(refused)["code"]) == (403, "permission_denied")
    for authorization in ("", "Bearer oat_unknown", "Klaviyo-API-Key pk_" + "0" * 32):
        unknown = posted(shop, "component.listLists", authorization=authorization)
        assert (unknown.status_code, error_of(unknown)["status"]) == (401, 401)


def test_a_session_of_a_browser_is_no_credential(shop: Shop) -> None:
    browser = dance.signed_in(shop)
    assert browser.post(f"{shop.server.url}/connect/component.listLists", json={}).status_code == 401


@pytest.mark.parametrize(
    ("action", "content", "pointer"),
    [
        ("component.getList", b"{}", "/listId"),
        ("component.getList", b'{"listId": 7, "color": 1}', "/color"),
        ("component.getList", b'{"listId": {}}', "/listId"),
        ("component.getList", b"[1]", "/"),
        ("component.getList", b"{", "/"),
        ("component.getList", b"\xff", "/"),
        ("component.getList", b"[" * 20_000, "/"),
        ("component.createSegment", b'{"segmentName": "S", "segmentConditionGroups": "no"}', "/segmentConditionGroups"),
        ("lead.getProfiles", b'{"timeout_seconds": -1}', "/timeout_seconds"),
        ("component.rawRequest", b'{"method": "GET", "url": "https://elsewhere.example"}', "/url"),
    ],
)
def test_bad_input_is_pointed_at(shop: Shop, action: str, content: bytes, pointer: str) -> None:
    headers = {"authorization": f"Klaviyo-API-Key {shop.private_key}"}
    answer = httpx.post(f"{shop.server.url}/connect/{action}", content=content, headers=headers)
    assert answer.status_code == 400, answer.text
    assert error_of(answer)["source"]["pointer"] == pointer


def test_a_raw_request_reaches_the_apis_and_no_page(shop: Shop) -> None:
    for url in ("/sign-in", "/connect/component.listLists", "/metrics", "/health", "/api/../metrics"):
        answer = posted(shop, "component.rawRequest", {"method": "GET", "url": url})
        assert answer.status_code == 404, url
    public = f"/client/profiles?company_id={shop.public_id}"
    data = {"data": {"type": "profile", "attributes": {"email": EMAIL}}}
    inputs = {"method": "POST", "url": public, "data": data, "excludeAuthorization": True}
    assert posted(shop, "component.rawRequest", inputs).status_code == 200


def test_an_action_can_not_say_that_it_comes_from_elsewhere() -> None:
    """Nor bring a browser's session: what its caller's connection and proxies said stands."""
    seen: list[Scope] = []

    async def app(scope: Scope, _receive: Receive, _send: Send) -> None:
        seen.append(scope)

    caller: Scope = {
        "client": ("10.0.0.7", 4711),
        "headers": [(b"x-forwarded-for", b"192.0.2.1"), (b"cookie", b"session=1")],
    }
    lies = [b"x-forwarded-for", b"x-forwarded-host", b"forwarded", b"x-real-ip", b"cookie", b"origin"]
    headers = [(b"accept", b"*/*"), *((name, b"203.0.113.9") for name in lies)]
    run(site.api_for(caller, app)({"path": "/api/lists", "headers": headers}, None, None))  # type: ignore[arg-type]
    assert seen[0]["client"] == ("10.0.0.7", 4711)
    assert seen[0]["headers"] == [(b"accept", b"*/*"), (b"x-forwarded-for", b"192.0.2.1")]


def test_who_is_too_fast_is_told_how_long_to_wait() -> None:
    """Where that is longer than there is time."""
    action = registry.named("component.listAccounts")
    with (
        Host(lambda _asked: in_json({}, 429, **{"retry-after": "30"})) as host,
        pytest.raises(TooManyRequests) as refused,
    ):
        connection = Connection(host.url, api_key("pk_" + "0" * 32))
        run(running.run(action, {}, connection, seconds=5))

    async def page(_request: Request) -> Response:
        raise refused.value

    answer = run(site.answering(page)(Request({"type": "http"})))
    assert (answer.status_code, json.loads(answer.body)["errors"][0]["code"]) == (429, "throttled")
    assert int(answer.headers["retry-after"]) == refused.value.seconds


def test_too_much_is_refused(shop: Shop) -> None:
    answer = posted(shop, "component.uploadImage", {"fileData": "A" * (9 << 20)})
    assert (answer.status_code, error_of(answer)["code"]) == (413, "payload_too_large")


def test_files_and_forms_pass_too(shop: Shop) -> None:
    content = b64encode(pictures.png()).decode()
    image = posted(shop, "component.uploadImage", {"fileData": content, "imageName": "Logo"}).json()
    assert image["data"]["data"]["attributes"]["name"] == "Logo"
    inputs = {
        "method": "POST",
        "url": "/api/image-upload",
        "fileData": {"file": {"data": content, "contentType": "image/png"}},
        "fileDataFileNames": {"file": "by form.png"},
        "formData": {"hidden": True},
    }
    raw = posted(shop, "component.rawRequest", inputs)
    assert raw.status_code == 200, raw.text
    attributes = raw.json()["data"]["data"]["attributes"]
    assert (attributes["name"], attributes["hidden"], attributes["format"]) == ("by form.png", True, "png")
