"""Every kind of bad input is a 4xx with a code, a text and a place; nothing bad is a 500 (behaviour-people 7.7)."""

from typing import Any

import msgspec
import pytest

from rapport.kit.jsonapi.errors import of_refused
from rapport.kit.refusals import NotThere, Refused

from .world import World


async def post(world: World, content: bytes | Any, path: str = "/api/people", method: str = "POST") -> tuple[int, Any]:
    raw = content if isinstance(content, bytes) else msgspec.json.encode(content)
    answer = await world.client.request(method, path, content=raw, headers={"content-type": "application/json"})
    return answer.status_code, answer.json()["errors"][0]


def person(**attributes: Any) -> dict[str, Any]:
    return {"data": {"type": "person", "attributes": attributes}}


def linked(**relationships: Any) -> dict[str, Any]:
    return {"data": {"type": "person", "attributes": {"email": "a"}, "relationships": relationships}}


def written(attributes: bytes) -> bytes:
    """A body whose attributes JSON cannot be made from Python values."""
    return b'{"data":{"type":"person","attributes":{"email":"a",' + attributes + b"}}}"


NOT_JSON = "The request body is not valid JSON: "
NUL = "The request body holds the character NUL"
REQUIRED = "is a required field for the resource 'person'."
UNKNOWN = "is not a valid field for the resource 'person'."


@pytest.mark.rule("7.2", "7.7")
async def test_it_answers_the_whole_error_object(world: World) -> None:
    answer = await world.client.post("/api/people", json=person(email="taken@example.com"))
    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/vnd.api+json"
    assert answer.json() == {
        "errors": [
            {
                "id": answer.headers["x-klaviyo-req-id"],
                "status": 409,
                "code": "duplicate_person",
                "title": "Conflict.",
                "detail": "A person has this e-mail.",
                "source": {"pointer": "/data/attributes"},
                "links": {},
                "meta": {"duplicate_person_id": "P1"},
            }
        ]
    }


@pytest.mark.rule("7.6", "7.7")
@pytest.mark.parametrize(
    ("body", "pointer", "detail"),
    [
        (b"", "/data", "The request needs a body with 'data'."),
        (b"{", "/", NOT_JSON),
        (b"\xff\xfe", "/", NOT_JSON),
        (b'{"data":{"type":"\xff"}}', None, NOT_JSON + "it is not UTF-8."),
        (written(b'"properties":{"x":' + b"[" * 2000), "/", NOT_JSON + "it is nested too deeply."),
        (b"null", "/", "Expected 'object', got 'null'."),
        (b"[]", "/", "Expected 'object', got 'array'."),
        (b'"data"', "/", "Expected 'object', got 'str'."),
        (b"{}", "/data", "'data' " + REQUIRED),
        ({"data": []}, "/data", "Expected 'object', got 'array'."),
        ({"data": {}}, None, REQUIRED),
        ({"data": {"type": "person"}}, "/data/attributes", "'attributes' " + REQUIRED),
        ({"data": {"type": "x", "attributes": {"email": "a"}}}, "/data/type", "'x' is not the resource type"),
        (person(email="a", last_name="x"), "/data/attributes/last_name", "'last_name' " + UNKNOWN),
        (person(score=1), "/data/attributes/email", "'email' " + REQUIRED),
        (person(email=5), "/data/attributes/email", "Expected 'str', got 'int'."),
        (person(email="a", tags=["x", 1]), "/data/attributes/tags/1", "Expected 'str', got 'int'."),
        (person(email="a", properties={"a": "\x00"}), "/data", NUL),
        (person(email="a", properties={"\x00": 1}), "/data", NUL),
        (person(email="a\\\x00"), "/data", NUL),
        (written(b'"properties":{"x":"\\ud800"}'), "/", NOT_JSON),
        (written(b'"score":' + b"9" * 30), None, "A value is out of the range"),
        (written(b'"score":' + b"9" * 5000), None, "Integer value out of range"),
        (written(b'"properties":{"x":1e999}'), None, "Number out of range"),
        ({"data": {**person(email="a")["data"], "meta": {"x": 1}}}, "/data/meta/x", "'x' " + UNKNOWN),
        (linked(lists={"data": []}), "/data/relationships/lists", "'lists' " + UNKNOWN),
        (linked(groups={"data": [{"type": "x", "id": "y"}]}), "/data/relationships/groups/data/0/type", "is 'group'."),
        (linked(boss={"data": {"type": "person"}}), "/data/relationships/boss/data/id", "'id' is required."),
    ],
)
async def test_it_refuses_a_bad_body_and_points_at_the_place(
    world: World, body: Any, pointer: str | None, detail: str
) -> None:
    status, error = await post(world, body)
    assert (status, error["code"]) == (400, "invalid")
    assert detail in error["detail"]
    assert pointer is None or error["source"] == {"pointer": pointer}


async def test_it_takes_an_escaped_backslash_before_u0000_for_what_it_is(world: World) -> None:
    raw = b'{"data":{"type":"person","attributes":{"email":"a","properties":{"x":"\\\\u0000"}}}}'
    answer = await world.client.post("/api/people", content=raw, headers={"content-type": "application/json"})
    assert answer.json()["data"]["attributes"]["properties"] == {"x": "\\u0000"}


@pytest.mark.rule("7.6")
@pytest.mark.parametrize(
    ("id", "pointer"),
    [(None, "/data/id"), ("p2", "/data/id"), (5, "/data/id")],
)
async def test_it_wants_the_id_of_the_url_in_a_patch(world: World, id: Any, pointer: str) -> None:
    data = {"type": "person", "attributes": {}} | ({} if id is None else {"id": id})
    status, error = await post(world, {"data": data}, "/api/people/p1", "PATCH")
    assert (status, error["source"]) == (400, {"pointer": pointer})


async def test_it_takes_a_patch_without_attributes(world: World) -> None:
    answer = await world.client.patch("/api/people/p1", json={"data": {"type": "person", "id": "p1"}})
    assert answer.json()["data"]["attributes"]["email"] == "unchanged"


@pytest.mark.rule("7.6", "7.7")
@pytest.mark.parametrize(
    ("data", "pointer"),
    [
        ([{"type": "person"}], "/data/0/id"),
        ([{"type": "person", "id": "a"}, {"type": "group", "id": "a"}], "/data/1/type"),
        ([{"type": "person", "attributes": {"email": 1}}], "/data/0/attributes/email"),
        ([{"type": "person", "id": "a"}] * 4, "/data"),
        ({"type": "person", "id": "a"}, "/data"),
        (None, "/data"),
    ],
)
async def test_it_refuses_bad_identifiers(world: World, data: Any, pointer: str) -> None:
    status, error = await post(world, {"data": data}, "/api/groups/all/relationships/people")
    assert (status, error["source"]) == (400, {"pointer": pointer})


async def test_it_takes_identifiers_by_id_and_by_attributes(world: World) -> None:
    data = [{"type": "person", "id": "p1"}, {"type": "person", "attributes": {"email": "a@b.c"}}]
    answer = await world.client.post("/api/groups/all/relationships/people", json={"data": data})
    assert (answer.status_code, answer.content) == (204, b"")


async def test_it_sets_and_clears_a_to_one_relationship(world: World) -> None:
    url = "/api/people/p1/relationships/boss"
    set_ = await world.client.patch(url, json={"data": {"type": "person", "id": "p2"}})
    assert set_.json() == {"boss": "p2", "at": "2026-11-01T12:00:00+00:00"}
    assert (await world.client.patch(url, json={"data": None})).json()["boss"] is None


@pytest.mark.rule("7.7")
async def test_it_hides_the_reason_of_an_unexpected_failure(world: World) -> None:
    status, error = await post(world, person(email="boom@example.com"))
    assert (status, error["code"]) == (500, "error")
    assert "secret" not in str(error)


async def test_it_rolls_back_what_a_failed_call_wrote(world: World) -> None:
    body = person(email="a", score=99999999999)
    assert (await post(world, body))[0] == 400
    assert (await world.client.get("/api/people")).json()["data"] == []


@pytest.mark.parametrize("path", ["/api/events", "/api/raw-events"])
@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"name":1}', b'{"name":"\xff"}'])
async def test_it_refuses_bad_raw_bodies(world: World, path: str, body: bytes) -> None:
    status, error = await post(world, body, path)
    assert (status, error["code"]) == (400, "invalid")


@pytest.mark.rule("7.5", "7.7")
@pytest.mark.parametrize(
    ("url", "status", "code"),
    [
        ("/api/nothing", 404, "not_found"),
        ("/api", 404, "not_found"),
        ("/", 404, "not_found"),
        ("/api/people/p1/nothing/more", 404, "not_found"),
        ("/api/people//", 404, "not_found"),
        ("/api/people/%00", 400, "invalid"),
        ("/api/people/%ff", 400, "invalid"),
        ("/api/people/%ed%a0%80", 400, "invalid"),
        ("/api/people?filter=%ff", 400, "invalid"),
        ("/api/people?filter=equals(id,%22%00%22)", 400, "invalid"),
        ("/api/people?a%00=b", 400, "invalid"),
        ("/api/need", 400, "invalid"),
    ],
)
async def test_it_refuses_bad_urls(world: World, url: str, status: int, code: str) -> None:
    answer = await world.client.get(url)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (status, code)


@pytest.mark.rule("7.2", "7.7")
async def test_it_names_the_methods_a_path_has(world: World) -> None:
    answer = await world.client.put("/api/people/p1")
    assert answer.status_code == 405
    assert answer.json()["errors"][0]["code"] == "method_not_allowed"
    assert answer.headers["allow"] == "GET, PATCH, DELETE, HEAD, OPTIONS"


@pytest.mark.rule("7.2", "7.3")
@pytest.mark.parametrize(
    ("sent", "code", "detail"),
    [
        ("invalid", "not_authenticated", "Missing or invalid private key."),
        ("Klaviyo-API-Key pk_unknown", "authentication_failed", "Incorrect authentication credentials."),
    ],
)
async def test_it_challenges_bad_credentials(world: World, sent: str, code: str, detail: str) -> None:
    answer = await world.client.get("/api/people", headers={"authorization": sent})
    error = answer.json()["errors"][0]
    assert (answer.status_code, error["code"], error["detail"]) == (401, code, detail)
    assert answer.headers["www-authenticate"] == "Bearer, Klaviyo-API-Key"
    assert not {"cid", "x-klaviyo-api-revision", "ratelimit-limit"} & set(answer.headers)


@pytest.mark.rule("7.3")
@pytest.mark.parametrize(
    ("scopes", "method", "path", "status"),
    [
        ("full", "GET", "/api/people", 200),
        ("read-only", "GET", "/api/people", 200),
        ("read-only", "DELETE", "/api/people/p1", 403),
        (frozenset({"people:read"}), "GET", "/api/people", 200),
        (frozenset({"people:read"}), "GET", "/api/groups/all/people", 403),
        (frozenset({"people:read", "groups:read"}), "GET", "/api/groups/all/people", 200),
        (frozenset(), "GET", "/api/words", 200),
    ],
)
async def test_it_wants_every_scope_of_an_operation(
    world: World, scopes: Any, method: str, path: str, status: int
) -> None:
    world.key.scopes = scopes
    answer = await world.client.request(method, path)
    assert answer.status_code == status
    if status == 403:
        assert answer.json()["errors"][0]["title"] == "You do not have permission to perform this action."


async def test_it_deletes_once(world: World) -> None:
    await world.add(1)
    assert (await world.client.delete("/api/people/p0")).status_code == 204
    assert (await world.client.delete("/api/people/p0")).status_code == 404


@pytest.mark.parametrize(
    ("refused", "status", "code", "pointer", "meta"),
    [
        (Refused("No.", pointer="/data/id"), 400, "invalid", "/data/id", {}),
        (Refused("No.", status=403), 403, "permission_denied", "/data/", {}),
        (Refused("No.", status=404), 404, "not_found", "/data/", {}),
        (Refused("No.", status=409), 409, "conflict", "/data", {}),
        (Refused("No.", status=409, code="taken", meta={"by": "x"}), 409, "taken", "/data", {"by": "x"}),
        (NotThere("event", "x"), 404, "not_found", "/data/", {}),
    ],
)
def test_what_a_service_refuses_is_an_answer(
    refused: Refused, status: int, code: str, pointer: str, meta: dict[str, Any]
) -> None:
    error = of_refused(refused).document("id")["errors"][0]
    assert (error["status"], error["code"], error["source"], error["meta"]) == (
        status,
        code,
        {"pointer": pointer},
        meta,
    )
    assert error["detail"] == ("An event with id x does not exist." if isinstance(refused, NotThere) else "No.")
