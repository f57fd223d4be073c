"""Accounts, keys and the test clock (behaviour-people 7.3, 7.12; DESIGN 6)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from rapport.accounts import service as accounts
from rapport.kit import clock
from tests.accounts.dance import pressed, sign_in_link
from tests.conftest import REVISION, Server, Shop, new_shop
from tests.parity.surface import declared
from tests.people import sent


@pytest.mark.rule("7.12")
def test_an_account_shows_what_a_client_needs(shop: Shop) -> None:
    (found,) = shop.http.get("/api/accounts").json()["data"]
    assert found["id"] == shop.public_id
    attributes = found["attributes"]
    assert attributes["test_account"] is True
    assert attributes["public_api_key"] == shop.public_id
    assert (attributes["timezone"], attributes["preferred_currency"], attributes["locale"]) == ("UTC", "USD", "en-US")
    assert attributes["contact_information"]["default_sender_email"] == "shop@example.com"
    assert shop.http.get(f"/api/accounts/{shop.public_id}").json()["data"] == found


ATTRIBUTES = {
    "test_account",
    "contact_information",
    "industry",
    "timezone",
    "preferred_currency",
    "public_api_key",
    "locale",
}
CONTACT = {"default_sender_name", "default_sender_email", "website_url", "organization_name", "street_address"}
ADDRESS = {"address1", "address2", "city", "region", "country", "zip"}


@pytest.mark.rule("7.12", "7.6")
def test_an_account_has_every_attribute_of_the_reference(shop: Shop) -> None:
    attributes = shop.http.get(f"/api/accounts/{shop.public_id}").json()["data"]["attributes"]
    assert {*attributes} == ATTRIBUTES
    assert {*attributes["contact_information"]} == CONTACT
    assert {*attributes["contact_information"]["street_address"]} == ADDRESS
    found = shop.sdk.Accounts.get_account(shop.public_id).data.attributes
    assert (found.public_api_key, found.test_account) == (shop.public_id, True)


@pytest.mark.rule("7.6")
@pytest.mark.parametrize("path", ["accounts", "accounts/{id}"])
def test_an_account_is_cut_to_the_fields_asked_for(shop: Shop, path: str) -> None:
    url = f"/api/{path.format(id=shop.public_id)}"
    wanted = "timezone,contact_information.street_address.city,contact_information.organization_name"
    data = shop.http.get(f"{url}?fields[account]={wanted}").json()["data"]
    attributes = (data if isinstance(data, dict) else data[0])["attributes"]
    contact = {"organization_name": "Test shop", "street_address": {"city": None}}
    assert attributes == {"timezone": "UTC", "contact_information": contact}
    for wrong in ("town", "contact_information.town", "contact_information.street_address.town"):
        answer = shop.http.get(f"{url}?fields[account]={wrong}")
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["source"] == {"parameter": "fields[account]"}


@pytest.mark.rule("7.3")
def test_only_the_account_of_the_key_can_be_asked_for(shop: Shop, server: Server) -> None:
    with new_shop(server) as other:
        answer = shop.http.get(f"/api/accounts/{other.public_id}")
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (404, "not_found")


@pytest.mark.rule("7.3")
def test_a_key_with_its_scopes_may_do_what_they_say(shop: Shop) -> None:
    headers = {"authorization": f"Klaviyo-API-Key {shop.key('accounts:read')}", "revision": REVISION}
    assert httpx.get(f"{shop.server.url}/api/accounts", headers=headers).status_code == 200
    assert httpx.get(f"{shop.server.url}/api/profiles", headers=headers).status_code == 403


@pytest.mark.rule("7.3")
def test_a_read_only_key_reads_everything_and_writes_nothing(shop: Shop) -> None:
    headers = {"authorization": f"Klaviyo-API-Key {shop.key('read-only')}", "revision": REVISION}
    for path in ("accounts", "profiles", "lists", "events", "metrics"):
        assert httpx.get(f"{shop.server.url}/api/{path}", headers=headers).status_code == 200
    body = {"data": {"type": "list", "attributes": {"name": "L"}}}
    assert httpx.post(f"{shop.server.url}/api/lists", headers=headers, json=body).status_code == 403


@pytest.mark.rule("7.2")
def test_every_answer_names_the_account_and_the_request(shop: Shop) -> None:
    answers = [shop.http.get("/api/accounts") for _ in range(2)]
    assert {one.headers["cid"] for one in answers} == {shop.public_id}
    assert len({one.headers["x-klaviyo-req-id"] for one in answers}) == 2


def moved(shop: Shop, seconds: Any) -> httpx.Response:
    body = {"data": {"type": "test-clock", "attributes": {"advance_seconds": seconds}}}
    return shop.http.post("/api/test-clock", json=body)


def test_the_clock_of_a_test_account_moves_ahead_and_stays_there(shop: Shop) -> None:
    before = datetime.fromisoformat(shop.http.get("/api/session").json()["data"]["attributes"]["now"])
    assert moved(shop, 86_400).json()["data"]["attributes"]["offset_seconds"] == 86_400
    assert moved(shop, 3_600).json()["data"]["attributes"]["offset_seconds"] == 90_000
    after = datetime.fromisoformat(shop.http.get("/api/session").json()["data"]["attributes"]["now"])
    assert timedelta(seconds=90_000) <= after - before < timedelta(seconds=90_060)
    sent(shop, person={"email": "ann@example.com"})
    (event,) = shop.http.get("/api/events").json()["data"]
    assert datetime.fromisoformat(event["attributes"]["datetime"]) - before >= timedelta(seconds=89_999)


@pytest.mark.parametrize("seconds", [-1, 1e12, "soon", None])
def test_the_clock_does_not_move_back_or_out_of_reach(shop: Shop, seconds: Any) -> None:
    answer = moved(shop, seconds)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["source"]["pointer"] == "/data/attributes/advance_seconds"


def test_the_clock_is_ten_years_ahead_at_most_however_many_steps_led_there(shop: Shop) -> None:
    """Two steps that are each right: the second is refused, and everything goes on working."""
    almost = timedelta(days=3660).total_seconds() - 3_600
    assert moved(shop, almost).status_code == 200
    for seconds in (3_601, almost):
        answer = moved(shop, seconds)
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["source"]["pointer"] == "/data/attributes/advance_seconds"
        assert "3600 seconds are left" in answer.json()["errors"][0]["detail"]
    assert moved(shop, 3_600).json()["data"]["attributes"]["offset_seconds"] == almost + 3_600
    sent(shop, person={"email": "ann@example.com"})
    assert shop.http.get("/api/events").status_code == 200


def test_many_steps_at_once_lead_no_further(shop: Shop) -> None:
    year = timedelta(days=366).total_seconds()
    with ThreadPoolExecutor(4) as pool:
        statuses = [one.status_code for one in pool.map(lambda _: moved(shop, 6 * year), range(4))]
    assert sorted(statuses) == [200, 400, 400, 400]


@pytest.mark.parametrize("scope", ["read-only", "accounts:read", "profiles:write"])
def test_the_clock_is_moved_by_who_may_write_the_account(shop: Shop, scope: str) -> None:
    body = {"data": {"type": "test-clock", "attributes": {"advance_seconds": 60}}}
    headers = {"authorization": f"Klaviyo-API-Key {shop.key(scope)}", "revision": REVISION}
    answer = httpx.post(f"{shop.server.url}/api/test-clock", headers=headers, json=body)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (403, "permission_denied")
    allowed = {**headers, "authorization": f"Klaviyo-API-Key {shop.key('accounts:write')}"}
    assert httpx.post(f"{shop.server.url}/api/test-clock", headers=allowed, json=body).status_code == 200


def test_whatever_writes_asks_for_a_scope_or_permission_to_write() -> None:
    """Reports, estimates, renderings, previews and rehearsals are asked for by POST and only read."""
    reading = ("query_", "render_", "estimate_", "preview_", "create_flow_rehearsal")
    writing = [one for one in declared() if one.method != "GET" and not one.id.startswith(reading)]
    assert not [one.id for one in writing if not one.writes]


def test_a_test_account_can_begin_in_the_past_and_be_moved_up_to_the_present(server: Server) -> None:
    """What people do is dated by its clock; keys and sign-in links live on the world's."""
    began = clock.utcnow() - timedelta(days=90)
    with new_shop(server, behind=timedelta(days=90)) as shop:
        (created,) = shop.query("SELECT created FROM accounts WHERE account_id = %s", shop.account_id)[0]
        assert abs(created - began) < timedelta(minutes=1)
        shop.event("Placed Order", "ann@example.com")
        shop.wait_until_recorded()
        ((time, recorded, profile),) = shop.query(
            """SELECT e.time, e.recorded, p.created FROM events e
               JOIN profiles p ON p.account_id = e.account_id AND p.id = e.profile_id WHERE e.account_id = %s""",
            shop.account_id,
        )
        assert all(abs(moment - began) < timedelta(minutes=1) for moment in (time, recorded, profile))
        link = sign_in_link(shop)
        answer = moved(shop, timedelta(days=90).total_seconds()).json()["data"]["attributes"]
        assert answer["offset_seconds"] == 0
        assert pressed(httpx.Client(), link).status_code == 200


def test_only_a_test_account_begins_in_the_past(server: Server) -> None:
    with pytest.raises(accounts.NotATestAccount), new_shop(server, is_test=False, behind=timedelta(days=1)):
        pass


def test_the_clock_of_a_live_account_is_the_worlds(server: Server) -> None:
    with new_shop(server, is_test=False) as live:
        answer = moved(live, 60)
        assert answer.status_code == 403
        assert answer.json()["errors"][0]["code"] == "permission_denied"
