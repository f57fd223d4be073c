"""component.rawRequest: each of its inputs."""

import base64
from typing import Any

import pytest

from rapport.connect.connection import Connection, api_key
from rapport.connect.failures import BadInput, NoAnswer, Refused
from tests.conftest import Shop
from tests.connect.strange import Asked, Host, Reply, in_json
from tests.connect.world import acted, connected

KEY = "pk_0123456789abcdef0123456789abcdef"


def raw(host: Host, **values: Any) -> Any:
    sent = {**values} if "URL" in values else {"url": "/api/accounts", **values}
    sent = {"method": "GET", **sent}
    return acted(Connection(host.url, api_key(KEY), pause_seconds=0.001), "component.rawRequest", **sent)["data"]


def echo(_asked: Asked) -> Reply:
    return in_json({"some_key": 1, "campaign-messages": {"inner_key": 2}})


def test_it_makes_any_call_and_answers_as_it_came(shop: Shop) -> None:
    body = {"data": {"type": "list", "attributes": {"name": "Raw"}}}
    for data in (body, '{"data": {"type": "list", "attributes": {"name": "Text"}}}'):
        values = {"url": "/api/lists", "Method": "POST", "Data": data, "header": {"Content-Type": "application/json"}}
        assert acted(connected(shop), "component.rawRequest", **values)["data"]["data"]["attributes"]["opt_in_process"]
    query = {"fields[list]": "name", "sort": "name"}
    listed = acted(
        connected(shop), "component.rawRequest", url="/api/lists", method="get", **{"Query Parameter": query}
    )
    assert [found["attributes"] for found in listed["data"]["data"]] == [{"name": "Raw"}, {"name": "Text"}]


@pytest.mark.parametrize(
    "url",
    [
        "https://elsewhere.example/api/accounts", "//elsewhere.example/api", "///elsewhere.example", "api/accounts",
        "@elsewhere.example/", ":80/", "\\\\elsewhere.example\\api", "http:/elsewhere.example", "",
        ".elsewhere.example/", "/\t/elsewhere.example", "\n//elsewhere.example", " //elsewhere.example",
    ],
)  # fmt: skip
def test_a_key_goes_to_no_other_host(url: str) -> None:
    with Host(echo) as host, pytest.raises(BadInput) as refused:
        raw(host, URL=url)
    assert refused.value.key == "url" and not host.asked


@pytest.mark.parametrize(
    "url", ["/\\elsewhere.example", "/api/../..//elsewhere.example", "/@elsewhere.example", "/%2F/x"]
)
def test_what_looks_like_another_host_is_a_path_on_this_one(url: str) -> None:
    with Host(echo) as host:
        raw(host, url=url)
        assert host.asked[0].path.startswith("/") and not host.asked[0].path.startswith("//")


def test_a_redirect_is_not_followed() -> None:
    with Host(echo) as other, Host(lambda _asked: Reply(302, headers={"location": f"{other.url}/"})) as host:
        with pytest.raises(Refused):
            raw(host)
        assert not other.asked


def test_headers_and_authorization() -> None:
    with Host(echo) as host:
        raw(host, Header="User-Agent: curl/7.64.1")
        raw(host, header=[{"key": "X-One", "value": "1"}], **{"Exclude Authorization": True})
        raw(host, header={"Authorization": "Bearer mine", "revision": "2026-10-15"})
        plain, public, own = (asked.headers for asked in host.asked)
        assert (plain["user-agent"], plain["authorization"]) == ("curl/7.64.1", f"Klaviyo-API-Key {KEY}")
        assert "revision" in plain
        assert "authorization" not in public and public["x-one"] == "1"
        assert (own["authorization"], own["revision"]) == ("Bearer mine", "2026-10-15")
        for header in ({"Host": "elsewhere.example"}, {"Content-Length": "0"}, {"a b": "c"}, {"X": "a\r\nB: c"}):
            with pytest.raises((BadInput, NoAnswer)):
                raw(host, header=header)
        assert len(host.asked) == 3


def test_forms_and_files_with_names() -> None:
    form = [{"key": "Example Key", "value": "Hello"}, {"key": "hidden", "value": True}]
    picture = {"data": base64.b64encode(b"\x00\xff").decode(), "contentType": "image/png"}
    files = [{"key": "example.txt", "value": "My File Contents"}, {"key": "file", "value": picture}]
    with Host(echo) as host:
        raw(
            host,
            method="POST",
            **{"Form Data": form, "File Data": files, "File Data File Names": {"file": "my logo.png"}},
        )
        body, kind = host.asked[0].body, host.asked[0].headers["content-type"]
        assert kind.startswith("multipart/form-data; boundary=")
        assert b'name="Example Key"\r\n\r\nHello\r\n' in body and b'name="hidden"\r\n\r\ntrue\r\n' in body
        assert b'name="example.txt"; filename="example.txt"' in body and b"My File Contents" in body
        assert b'name="file"; filename="my logo.png"\r\nContent-Type: image/png\r\n\r\n\x00\xff\r\n' in body
        for wrong in (
            {"formData": {"a": "1"}, "data": {"b": 2}},
            {"fileData": {"a": "1"}, "fileDataFileNames": {"b": "x"}},
            {"formData": "text"},
            {"fileData": {"a": {"data": "%%%"}}},
        ):
            with pytest.raises(BadInput):
                raw(host, method="POST", **wrong)


def test_response_types() -> None:
    with Host(echo) as host:
        assert raw(host) == {"some_key": 1, "campaign-messages": {"inner_key": 2}}
        assert raw(host, **{"Response Type": "text"}).startswith('{"some_key"')
        assert base64.b64decode(raw(host, responseType="BINARY")).startswith(b'{"some_key"')
        with pytest.raises(BadInput):
            raw(host, responseType="xml")
    with Host(lambda _asked: Reply(200, b"plain")) as host:
        assert raw(host, responseType="text") == "plain"
        with pytest.raises(NoAnswer):
            raw(host)
    with Host(lambda _asked: Reply(204)) as host:
        assert raw(host, method="DELETE") is None


@pytest.mark.parametrize(
    ("statuses", "options", "tries"),
    [
        ([500, 200], {"Max Retry Count": 1}, 2),
        ([500, 500, 200], {"maxRetryCount": 1}, 2),
        ([500, 200], {}, 1),
        ([400, 200], {"maxRetryCount": 3}, 1),
        ([400, 429, 200], {"maxRetryCount": "3", "Retry On All Errors": "true"}, 3),
        ([503, 200], {"maxRetryCount": 1, "retryDelay": 20}, 2),
    ],
)
def test_it_tries_again_as_often_as_asked_and_for_what(
    statuses: list[int], options: dict[str, Any], tries: int
) -> None:
    replies = [Reply(status, b"{}") for status in statuses]
    with Host(lambda _asked: replies.pop(0)) as host:
        if statuses[tries - 1] == 200:
            assert raw(host, **options) == {}
        else:
            with pytest.raises((Refused, NoAnswer)):
                raw(host, **options)
        assert len(host.asked) == tries


def test_a_try_has_its_own_time_and_delays_grow() -> None:
    with Host(lambda _asked: Reply(seconds=4.0)) as host:
        with pytest.raises(NoAnswer, match="in time"):
            raw(host, maxRetryCount=1, **{"Timeout": 1000, "Retry Delay (ms)": 1})
        assert len(host.asked) == 2
    with Host(lambda _asked: Reply(500)) as host, pytest.raises(NoAnswer, match="500"):
        raw(host, **{"Use Exponential Backoff": True, "maxRetryCount": 0})
    from rapport.connect.component.raw import delay_ms

    fixed, growing = {"useExponentialBackoff": False, "retryDelay": 7}, {"useExponentialBackoff": True, "retryDelay": 7}
    assert [delay_ms(fixed, attempt) for attempt in (1, 2, 3)] == [7, 7, 7]
    assert [delay_ms(growing, attempt) for attempt in (1, 2, 3)] == [500, 1000, 2000]
    for wrong in ({"maxRetryCount": -1}, {"timeout": -5}, {"retryDelay": -1}, {"maxRetryCount": 1_000_000}):
        with Host(echo) as host, pytest.raises(BadInput):
            raw(host, **wrong)
