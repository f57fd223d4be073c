"""Who may call the client API, from where, and how often (behaviour-people 6.1, 6.4, 7.8)."""

import httpx
import pytest

from tests.conftest import Server, Shop, new_shop
from tests.legacy.client import encoded, identify
from tests.onsite.world import accepted, asked, error_of, profile_body, tracked
from tests.parity.onsite_calls import CLIENT
from tests.people import everybody

ANN = {"email": "ann@example.com"}
SITE = "https://shop.example"
PATHS = [path for _, path in CLIENT.values()]


@pytest.mark.rule("6.1")
@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("company", ["", "NOPE01", "toolong", "a b", "';--xx", "\x00"])
def test_it_refuses_a_request_without_a_public_key_it_knows(shop: Shop, path: str, company: str) -> None:
    error = error_of(asked(shop, path.removeprefix("/client/"), profile_body(**ANN), company=company))
    assert (error["code"], "company_id" in str(error["source"]) or company == "\x00") == ("invalid", True)


@pytest.mark.rule("6.1")
def test_a_private_key_is_neither_needed_nor_looked_at(shop: Shop) -> None:
    for key in ("Klaviyo-API-Key pk_0123456789abcdef0123456789abcdef", "Klaviyo-API-Key nope", "Bearer x"):
        accepted(shop, "profiles", profile_body(**ANN), headers={"authorization": key})
    assert shop.http.get(f"/api/profiles?company_id={shop.public_id}", headers={"authorization": ""}).status_code == 401


@pytest.mark.rule("6.1")
def test_nothing_can_be_read_with_a_public_key(shop: Shop) -> None:
    for path in PATHS:
        answer = httpx.get(f"{shop.server.url}{path}?company_id={shop.public_id}")
        assert answer.status_code == 405
        assert answer.headers["allow"] == "POST, OPTIONS"
    for path in ("geofences", "reviews", "review-values-reports", "nothing"):
        answer = httpx.get(f"{shop.server.url}/client/{path}?company_id={shop.public_id}")
        assert error_of(answer, 404)["code"] == "not_found"
    answer = asked(shop, "back-in-stock-subscriptions", {})
    assert answer.status_code == 404


@pytest.mark.rule("6.4")
@pytest.mark.parametrize("path", PATHS)
def test_it_answers_the_preflight_of_any_website(shop: Shop, path: str) -> None:
    wanted = "content-type, revision, x-klaviyo-onsite, x-klaviyo-js-url, x-klaviyo-api-filters"
    asked_for = {"access-control-request-method": "POST", "access-control-request-headers": wanted, "origin": SITE}
    answer = httpx.options(f"{shop.server.url}{path}/?company_id={shop.public_id}", headers=asked_for)
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == SITE
    assert answer.headers["access-control-allow-headers"] == wanted
    assert "POST" in answer.headers["access-control-allow-methods"]
    assert "Origin" in answer.headers["vary"]


@pytest.mark.rule("6.4")
def test_a_website_may_read_answers_and_errors_here_but_not_of_the_server_api(shop: Shop) -> None:
    for body, status in ((profile_body(**ANN), 202), (profile_body(email="nope"), 400)):
        answer = asked(shop, "profiles", body, headers={"origin": SITE})
        assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (status, SITE)
    assert asked(shop, "profiles", profile_body(**ANN)).headers["access-control-allow-origin"] == "*"
    for answer in (
        shop.http.get("/api/accounts", headers={"origin": SITE}),
        shop.http.options("/api/profiles", headers={"origin": SITE}),
    ):
        assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.rule("7.2")
def test_answers_carry_the_headers_of_the_reference(shop: Shop) -> None:
    answer = asked(shop, "profiles", profile_body(**ANN), headers={"revision": "2024-10-15"})
    assert answer.headers["cid"] == shop.public_id
    assert answer.headers["x-klaviyo-api-revision"] == "2024-10-15"
    assert answer.headers["content-length"] == "0"


def test_the_document_of_the_api_says_that_no_private_key_is_needed(shop: Shop) -> None:
    paths = shop.http.get("/openapi.json").json()["paths"]
    for method, path in CLIENT.values():
        shown = paths[path][method.lower()]
        assert shown["security"] == []
        assert [one["name"] for one in shown["parameters"] if one.get("required")] == ["company_id"]
    assert "security" not in paths["/api/profiles"]["post"]


def _browser(shop: Shop) -> httpx.Client:
    return httpx.Client(base_url=shop.server.url, params={"company_id": shop.public_id})


@pytest.mark.rule("7.8", "6.1")
@pytest.mark.parametrize(
    ("id", "limit"),
    [
        ("create_client_profile", "350;w=1, 3500;w=60"),
        ("create_client_event", "350;w=1, 3500;w=60"),
        ("bulk_create_client_events", "10;w=1, 150;w=60"),
        ("create_client_subscription", "350;w=1, 750;w=60"),
        ("create_client_push_token", "150;w=1, 1400;w=60"),
        ("unregister_client_push_token", "10;w=1, 150;w=60"),
    ],
)
def test_each_operation_has_the_limits_of_the_reference(limited: Server, id: str, limit: str) -> None:
    with new_shop(limited) as shop:
        answer = asked(shop, CLIENT[id][1].removeprefix("/client/"), {})
        assert answer.headers["ratelimit-limit"].partition(", ")[2] == limit


@pytest.mark.rule("7.8", "6.1")
def test_requests_are_counted_for_each_address_apart(limited: Server) -> None:
    """One visitor's flood holds up no other."""
    path = CLIENT["unregister_client_push_token"][1]
    with new_shop(limited) as shop, _browser(shop) as browser:

        def post(address: str) -> httpx.Response:
            return browser.post(path, json={}, headers={"x-forwarded-for": address})

        # 150 a minute, and there are at most two minutes in which these are sent
        refused = next(one for one in (post("192.0.2.1") for _ in range(310)) if one.status_code == 429)
        assert int(refused.headers["retry-after"]) >= 1
        assert error_of(refused, 429)["code"] == "throttled"
        assert post("192.0.2.2").status_code == 400


@pytest.mark.rule("1.8")
@pytest.mark.parametrize(
    ("forwarded", "found"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("198.51.100.1, 203.0.113.9", "203.0.113.9"),
        ("203.0.113.9, 10.1.2.3, 127.0.0.2", "203.0.113.9"),
        ("[2001:db8::1]:4711", "2001:db8::1"),
        ("203.0.113.9:80", "203.0.113.9"),
        ("nonsense", "127.0.0.1"),
        ("203.0.113.9, nonsense", "127.0.0.1"),
    ],
)
def test_the_address_is_the_nearest_that_no_trusted_proxy_has(limited: Server, forwarded: str, found: str) -> None:
    with new_shop(limited) as shop:
        body = tracked(person=ANN, properties={"$use_ip": True})
        accepted(shop, "events", body, headers={"x-forwarded-for": forwarded})
        shop.wait_until_recorded()
        (ann,) = everybody(shop).values()
        assert ann["location"]["ip"] == found


def test_an_old_client_that_calls_too_often_is_told_how_long_to_wait(limited: Server) -> None:
    with new_shop(limited) as shop, httpx.Client() as client:
        url, data = f"{limited.url}/api/identify", encoded(identify(shop))
        answers = (client.get(url, params={"data": data}) for _ in range(5000))
        refused = next(answer for answer in answers if answer.status_code == 429)
    assert refused.headers["retry-after"].isdigit()
    assert refused.json()["detail"].startswith("Request was throttled. Expected available in ")
