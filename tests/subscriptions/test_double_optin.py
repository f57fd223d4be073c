"""Double opt-in (behaviour-people 2.8)."""

from datetime import datetime, timedelta

import httpx
import pytest

from tests import stories
from tests.conftest import Shop, eventually
from tests.flows.test_definition import example
from tests.parity.onsite_calls import subscription_body
from tests.sink import Sink
from tests.subscriptions.world import (
    EMAIL,
    NUMBER,
    SUBSCRIBE,
    add,
    ask,
    confirmation,
    found,
    job,
    marketing,
    members,
    names,
    settings,
    single,
    subscribe,
    subscriptions,
    unsubscribe,
)


def person(shop: Shop, name: str = "ann") -> str:
    return f"{name}@{shop.public_id.lower()}.example.com"


def double(shop: Shop, name: str = "News") -> str:
    return single(shop, name, "double_opt_in")


def confirm(link: str) -> str:
    return httpx.post(link, data={"action": "confirm"}).text


@pytest.mark.rule("2.8")
def test_a_new_list_asks_first_unless_it_is_told_otherwise(shop: Shop) -> None:
    body = {"data": {"type": "list", "attributes": {"name": "News"}}}
    made = shop.http.post("/api/lists", json=body).json()["data"]["attributes"]
    assert made["opt_in_process"] == "double_opt_in"
    settings(shop, opt_in_process="single_opt_in")
    made = shop.http.post("/api/lists", json=body).json()["data"]["attributes"]
    assert made["opt_in_process"] == "single_opt_in"


@pytest.mark.rule("2.8")
def test_there_is_no_profile_until_the_link_was_used(shop: Shop, sink: Sink) -> None:
    news = double(shop)
    subscribe(shop, person(shop), list_id=news)
    link = confirmation(sink, person(shop))
    assert "Confirm your subscription" in httpx.get(link).text
    assert found(shop, f'equals(email,"{person(shop)}")') is None
    assert names(shop) == []
    assert "You are subscribed" in confirm(link)
    assert members(shop, news) == [person(shop)]


@pytest.mark.rule("2.8")
@pytest.mark.parametrize("way", ["api", "client", "page"])
def test_the_link_leads_here_whatever_host_the_caller_named(shop: Shop, sink: Sink, way: str) -> None:
    """The address that a request named is the caller's word: nobody's mail may lead there."""
    news, address, elsewhere = double(shop), person(shop), {"host": "evil.example", "x-forwarded-host": "evil.example"}
    if way == "api":
        body = job(SUBSCRIBE, [{"email": address, "subscriptions": EMAIL}], news)
        answer = shop.http.post(f"/api/{SUBSCRIBE}s", json=body, headers=elsewhere)
    elif way == "client":
        query = {"company_id": shop.public_id}
        url = f"{shop.server.url}/client/subscriptions"
        answer = httpx.post(url, params=query, json=subscription_body(news, email=address), headers=elsewhere)
    else:
        answer = httpx.post(f"{shop.server.url}/l/{shop.public_id}/{news}", data={"email": address}, headers=elsewhere)
    assert answer.status_code in (200, 202), answer.text
    assert confirmation(sink, address).startswith(f"{shop.server.url}/s/")
    [mail] = sink.to(address)
    assert "evil.example" not in mail.part("html") + mail.part("plain")


@pytest.mark.rule("2.8")
def test_consent_is_dated_by_the_confirmation_and_then_come_list_and_flow(shop: Shop, sink: Sink) -> None:
    news = double(shop)
    flow = stories.flow(shop, example(news, stories.template(shop)))
    subscribe(shop, person(shop), list_id=news, job={"custom_source": "Fair"})
    link = confirmation(sink, person(shop))
    shop.advance(hours=30)
    confirm(link)
    said = marketing(shop, person(shop))
    now = datetime.fromisoformat(shop.http.get("/api/session").json()["data"]["attributes"]["now"])
    assert said["double_optin"] is True and said["custom_method_detail"] == "Fair"
    assert timedelta() <= now - datetime.fromisoformat(said["consent_timestamp"]) < timedelta(minutes=1)
    # the flow's own letter may be among them already
    assert [one for one in names(shop) if "Subscribed" in one] == [
        "Subscribed to Email Marketing",
        "Subscribed to List",
    ]
    query = """SELECT 1 FROM enrolments e JOIN flows f ON f.account_id = e.account_id AND f.id = e.flow_id
               WHERE f.account_id = %s AND f.public_id = %s"""
    eventually(lambda: shop.query(query, shop.account_id, flow))


@pytest.mark.rule("2.8")
@pytest.mark.parametrize(("hours", "works"), [(71.9, True), (72.1, False)])
def test_the_link_works_for_72_hours(shop: Shop, sink: Sink, hours: float, works: bool) -> None:
    news = double(shop)
    subscribe(shop, person(shop), list_id=news)
    link = confirmation(sink, person(shop))
    shop.advance(hours=hours)
    text = confirm(link)
    assert ("You are subscribed" in text, "too old" in text) == (works, not works)
    assert members(shop, news) == ([person(shop)] if works else [])
    assert ("sign up" in httpx.get(link).text) is not works


@pytest.mark.rule("2.8")
def test_a_link_used_twice_subscribes_once_and_brings_nobody_back(shop: Shop, sink: Sink) -> None:
    news = double(shop)
    subscribe(shop, person(shop), list_id=news)
    link = confirmation(sink, person(shop))
    confirm(link)
    unsubscribe(shop, person(shop))
    confirm(link)
    assert marketing(shop, person(shop))["consent"] == "UNSUBSCRIBED"


@pytest.mark.rule("2.8")
def test_a_known_person_keeps_what_they_had_until_they_confirm(shop: Shop, sink: Sink) -> None:
    news = double(shop)
    subscribe(shop, person(shop))
    unsubscribe(shop, person(shop))
    subscribe(shop, person(shop), list_id=news)
    link = confirmation(sink, person(shop))
    assert marketing(shop, person(shop))["consent"] == "UNSUBSCRIBED"
    confirm(link)
    said = marketing(shop, person(shop))
    assert (said["consent"], said["suppression"]) == ("SUBSCRIBED", [])


@pytest.mark.rule("2.8")
def test_a_blank_profile_may_wait_beside_the_sign_up(shop: Shop, sink: Sink) -> None:
    """Made by a form with its fields: known, without consent and not on the list, until the link was used."""
    news = double(shop)
    blank = shop.profile(person(shop), first_name="Ann")
    subscribe(shop, person(shop), list_id=news)
    link = confirmation(sink, person(shop))
    assert marketing(shop, person(shop))["consent"] == "NEVER_SUBSCRIBED"
    assert members(shop, news) == []
    confirm(link)
    known = found(shop, f'equals(email,"{person(shop)}")')
    assert known and (known["id"], known["first_name"]) == (blank, "Ann")
    assert members(shop, news) == [person(shop)]


@pytest.mark.rule("2.8")
def test_imports_and_plain_memberships_send_no_confirmation(shop: Shop) -> None:
    news = double(shop)
    shop.profile(person(shop))
    add(shop, news, person(shop))
    said = {"email": {"marketing": {"consent": "SUBSCRIBED", "consented_at": "2024-01-01T00:00:00Z"}}}
    subscribe(shop, person(shop), said, news, job={"historical_import": True})
    assert shop.query("SELECT count(*) FROM optins WHERE account_id = %s", shop.account_id) == [(0,)]


@pytest.mark.rule("2.8")
def test_transactional_texts_never_wait(shop: Shop) -> None:
    subscribe(shop, None, {"sms": {"transactional": {"consent": "SUBSCRIBED"}}}, double(shop), phone=NUMBER)
    assert subscriptions(shop, phone=NUMBER)["sms"]["transactional"]["can_receive_sms_transactional"] is True


@pytest.mark.rule("2.8")
def test_it_writes_to_an_address_once_an_hour_however_often_it_is_asked(shop: Shop, sink: Sink) -> None:
    news = double(shop)
    subscribe(shop, person(shop), list_id=news)
    confirmation(sink, person(shop))
    people = [{"email": person(shop), "subscriptions": {"email": {"marketing": {"consent": "SUBSCRIBED"}}}}]
    for _ in range(3):
        assert ask(shop, SUBSCRIBE, people, news).status_code == 202
    assert len(sink.to(person(shop))) == 1
    shop.advance(hours=2)
    subscribe(shop, person(shop), list_id=news)
    confirm(confirmation(sink, person(shop), 2))
    assert members(shop, news) == [person(shop)]


@pytest.mark.rule("2.8")
def test_tracking_consent_waits_with_the_address(shop: Shop, sink: Sink) -> None:
    both = {"email": {"marketing": {"consent": "SUBSCRIBED"}, "open_tracking": {"consent": "SUBSCRIBED"}}}
    subscribe(shop, person(shop), both, double(shop))
    link = confirmation(sink, person(shop))
    assert found(shop, f'equals(email,"{person(shop)}")') is None
    confirm(link)
    assert subscriptions(shop, person(shop))["email"]["open_tracking"]["consent"] == "SUBSCRIBED"
