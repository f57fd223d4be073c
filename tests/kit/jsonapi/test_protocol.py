"""HTTP around the documents: media types, gzip, limits, revisions, headers."""

import gzip
import re
from typing import Any

import httpx
import pytest

from rapport.kit.jsonapi import JsonApi, not_authenticated

from .world import Key, World, operations

PERSON = b'{"data":{"type":"person","attributes":{"email":"a@b.c"}}}'


async def post(world: World, content: bytes, **headers: str) -> Any:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return await world.client.post("/api/people", content=content, headers=sent)


@pytest.mark.rule("7.1")
@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("application/vnd.api+json", 201),
        ("application/json", 201),
        ("Application/JSON; charset=utf-8", 201),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("multipart/form-data; boundary=x", 415),
    ],
)
async def test_it_takes_json_under_its_two_names(world: World, kind: str, status: int) -> None:
    answer = await post(world, PERSON, content_type=kind)
    assert answer.status_code == status
    if status == 415:
        assert answer.json()["errors"][0]["code"] == "unsupported_media_type"


async def test_it_takes_another_media_type_where_it_is_declared(world: World) -> None:
    kind = {"content-type": "multipart/form-data; boundary=x"}
    answer = await world.client.post("/api/uploads", content=b"abc", headers=kind)
    assert (answer.content, answer.headers["content-type"]) == (b"cba", "application/octet-stream")
    assert (await world.client.post("/api/uploads", json={})).status_code == 415


@pytest.mark.rule("7.1")
async def test_it_reads_gzip(world: World) -> None:
    answer = await post(world, gzip.compress(PERSON), content_type="application/json", content_encoding="gzip")
    assert answer.status_code == 201


def _zipped(content: bytes) -> bytes:
    """Without the time, which would be part of the tests' names: each process of a run has to find the same."""
    return gzip.compress(content, mtime=0)


@pytest.mark.rule("7.1")
@pytest.mark.parametrize(
    ("content", "encoding", "status"),
    [
        (PERSON, "gzip", 400),
        (_zipped(PERSON)[:-9], "gzip", 400),
        (_zipped(PERSON) + b"more", "gzip", 400),
        (b"", "gzip", 400),
        (_zipped(b" " * 10_001), "gzip", 413),
        (_zipped(b" " * 50_000_000), "gzip", 413),
        (PERSON, "br", 415),
        (PERSON, "gzip, gzip", 415),
    ],
)
async def test_it_refuses_bad_encodings(world: World, content: bytes, encoding: str, status: int) -> None:
    answer = await post(world, content, content_type="application/json", content_encoding=encoding)
    assert answer.status_code == status


@pytest.mark.rule("7.1")
async def test_it_limits_the_body_by_operation(world: World) -> None:
    answer = await post(world, PERSON + b" " * 10_000, content_type="application/json")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (413, "payload_too_large")

    async def parts() -> Any:
        for _ in range(20):
            yield b" " * 1000

    chunked = await world.client.post("/api/people", content=parts(), headers={"content-type": "application/json"})
    assert chunked.status_code == 413


async def test_it_compresses_long_answers_for_who_accepts_it(world: World) -> None:
    answer = await world.client.get("/api/big", headers={"accept-encoding": "br, gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert int(answer.headers["content-length"]) < 500
    assert answer.json() == {"text": "x" * 5000}
    for refused in ("identity", "gzip;q=0", "br"):
        plain = await world.client.get("/api/big", headers={"accept-encoding": refused})
        assert "content-encoding" not in plain.headers
    short = await world.client.get("/api/words?page[size]=1", headers={"accept-encoding": "gzip"})
    assert "content-encoding" not in short.headers


@pytest.mark.rule("7.1")
@pytest.mark.parametrize("path", ["/api/words", "/api/words/", "/api/people/p0", "/api/people/p0/"])
async def test_it_takes_paths_with_and_without_a_slash_at_the_end(world: World, path: str) -> None:
    await world.add(1)
    assert (await world.client.get(path)).status_code == 200


async def test_it_answers_head_as_get_without_the_body(world: World) -> None:
    get = await world.client.get("/api/words")
    head = await world.client.head("/api/words")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == get.headers["content-length"]


@pytest.mark.rule("7.2")
async def test_it_answers_options_with_what_is_allowed(world: World) -> None:
    answer = await world.client.options("/api/people")
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["allow"] == "GET, POST, HEAD, OPTIONS"


@pytest.mark.rule("7.2")
async def test_it_sends_the_headers_of_the_reference(world: World) -> None:
    headers = (await world.client.get("/api/words", headers={"revision": "2025-04-15"})).headers
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", headers["x-klaviyo-req-id"])
    assert headers["x-klaviyo-api-revision"] == "2025-04-15"
    assert headers["x-klaviyo-api-retirement-date"] == "2027-04-15"
    assert headers["cid"] == "ABC123"
    assert headers["allow"] == "GET, HEAD, OPTIONS"
    assert "Accept-Language, Cookie, Origin" in headers["vary"]
    assert headers["content-type"] == "application/vnd.api+json"
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.rule("7.1")
async def test_it_answers_an_accepted_job_with_nothing(world: World) -> None:
    body = {"data": {"type": "job", "relationships": {"group": {"data": None}}}}
    answer = await world.client.post("/api/jobs", json=body)
    assert (answer.status_code, answer.content, answer.headers["content-length"]) == (202, b"", "0")
    assert "content-type" not in answer.headers


async def test_it_lets_an_answer_choose_its_status_and_meta(world: World) -> None:
    body = {"data": {"type": "person", "attributes": {"email": "again@b.c"}, "meta": {"unset": ["x"]}}}
    answer = await world.client.post("/api/people", json=body)
    assert (answer.status_code, answer.json()["meta"]) == (200, {"unset": ["x"]})


async def test_it_hands_over_relationships_of_a_body(world: World) -> None:
    linked = {"groups": {"data": [{"type": "group", "id": "g1"}]}, "boss": {"data": None}}
    body = {"data": {"type": "person", "attributes": {"email": "a"}, "relationships": linked}}
    shown = (await world.client.post("/api/people", json=body)).json()["data"]["relationships"]
    assert shown["groups"]["data"] == [{"type": "group", "id": "g1"}]
    assert shown["boss"]["data"] is None


@pytest.mark.rule("7.5")
@pytest.mark.parametrize(
    ("sent", "applied"),
    [
        (None, "2026-10-15"),
        ("2026-10-15", "2026-10-15"),
        ("2026-10-15.pre", "2026-10-15"),
        ("2025-05-01", "2025-04-15"),
        ("2030-01-01", "2026-10-15"),
        ("2023-02-22", "2023-02-22"),
        ("2020-01-01", "2023-02-22"),
    ],
)
async def test_it_resolves_a_revision_to_the_newest_release_not_later(
    world: World, sent: str | None, applied: str
) -> None:
    headers = {} if sent is None else {"revision": sent}
    answer = await world.client.get("/api/words", headers=headers)
    assert answer.headers["x-klaviyo-api-revision"] == applied


@pytest.mark.rule("7.5")
@pytest.mark.parametrize("sent", ["", "today", "2026-13-01", "2026-10-15pre", "20261015", "2026-10-15.pre.pre"])
async def test_it_refuses_a_malformed_revision(world: World, sent: str) -> None:
    answer = await world.client.get("/api/words", headers={"revision": sent})
    assert (answer.status_code, answer.json()["errors"][0]["source"]) == (400, {"parameter": "revision"})


@pytest.mark.rule("7.5")
async def test_it_refuses_a_retired_revision_on_request(world: World) -> None:
    headers = {"revision": "2022-10-17", "x-klaviyo-revision-fall-forward-opt-out": "1"}
    assert (await world.client.get("/api/words", headers=headers)).status_code == 410


@pytest.mark.rule("7.5")
async def test_it_serves_one_route_in_two_shapes_by_revision(world: World) -> None:
    old = await world.client.get("/api/shapes/a", headers={"revision": "2026-07-15"})
    new = await world.client.get("/api/shapes/a", headers={"revision": "2026-10-15"})
    assert old.json() == {"shape": "old", "id": "a", "revision": "2026-07-15"}
    assert new.json()["shape"] == "new"


@pytest.mark.rule("7.5")
async def test_it_knows_no_operation_before_its_first_revision(world: World) -> None:
    answer = await world.client.get("/api/fresh", headers={"revision": "2025-01-15"})
    assert (answer.status_code, answer.json()["errors"][0]["detail"]) == (404, "No valid revisions found for method")


async def test_the_links_of_an_answer_follow_the_callers_host(world: World) -> None:
    answer = await world.client.get("/api/words", headers={"host": "shop.example:8080"})
    assert answer.json()["links"]["self"] == "http://shop.example:8080/api/words"


@pytest.mark.rule("6.4")
async def test_it_answers_a_preflight_from_any_website_where_that_is_allowed(world: World) -> None:
    async def nobody(headers: object, query: object) -> Key:
        raise not_authenticated()

    api = JsonApi(operations(), authenticate=nobody, base_url="http://shop.test", cors=True)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=api), base_url="http://shop.test") as client:
        asked = {"origin": "https://a.example", "access-control-request-headers": "revision, x-one"}
        preflight = await client.options("/api/events", headers=asked)
        refused = await client.post("/api/events", json={})
    assert preflight.headers["access-control-allow-headers"] == "revision, x-one"
    assert preflight.headers["access-control-allow-methods"] == "POST, OPTIONS"
    assert preflight.headers["access-control-allow-origin"] == "https://a.example"
    assert preflight.headers["access-control-allow-credentials"] == "true"
    assert (refused.status_code, refused.headers["access-control-allow-origin"]) == (401, "*")
    assert "access-control-allow-credentials" not in refused.headers
