"""Leaving one list against leaving everything (behaviour-people 2.6)."""

import httpx
import pytest

from tests import stories
from tests.conftest import Shop
from tests.sink import Sink
from tests.subscriptions.world import add, letter, marketing, members, reasons, settings, single, subscribe, told


def person(shop: Shop) -> str:
    return f"ann@{shop.public_id.lower()}.example.com"


def on_lists(shop: Shop, *names: str) -> list[str]:
    """Lists that the person subscribed to."""
    made = [single(shop, name) for name in names]
    for one in made:
        subscribe(shop, person(shop), list_id=one)
    return made


def leave(link: str, action: str = "unsubscribe") -> str:
    return httpx.post(link, data={"action": action}).text


@pytest.mark.rule("2.6")
def test_one_unsubscribe_ends_all_by_default(shop: Shop, sink: Sink) -> None:
    [news] = on_lists(shop, "News")
    leave(letter(shop, sink, [news], person(shop))["u"])
    assert reasons(shop, person(shop)) == ["UNSUBSCRIBE"]
    assert marketing(shop, person(shop))["list_suppressions"] == []
    # consent is over, the membership is not
    assert members(shop, news) == [person(shop)]


@pytest.mark.rule("2.6")
@pytest.mark.parametrize("one_click", [True, False])
def test_switched_off_it_ends_the_one_list_of_the_message(shop: Shop, sink: Sink, one_click: bool) -> None:
    settings(shop, global_unsubscribe=False)
    news, offers = on_lists(shop, "News", "Offers")
    link = letter(shop, sink, [news], person(shop))["u"]
    if one_click:
        assert httpx.post(link, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    else:
        assert "You left “News”" in leave(link)
    said = marketing(shop, person(shop))
    assert (said["consent"], said["can_receive_email_marketing"]) == ("SUBSCRIBED", True)
    assert [one["list_id"] for one in said["list_suppressions"]] == [news]
    assert (members(shop, news), members(shop, offers)) == ([], [person(shop)])
    shop.advance(days=2)
    letter(shop, sink, [offers], person(shop))


@pytest.mark.rule("2.6")
def test_a_list_may_differ_from_its_account(shop: Shop, sink: Sink) -> None:
    news, offers = on_lists(shop, "News", "Offers")
    shown = settings(shop, lists=[{"list_id": news, "global_unsubscribe": False}])
    assert shown["lists"] == [{"list_id": news, "global_unsubscribe": False, "on_preference_page": True}]
    leave(letter(shop, sink, [news], person(shop))["u"])
    assert marketing(shop, person(shop))["can_receive_email_marketing"] is True
    shop.advance(days=2)
    leave(letter(shop, sink, [offers], person(shop))["u"])
    assert reasons(shop, person(shop)) == ["UNSUBSCRIBE"]


@pytest.mark.rule("2.6")
@pytest.mark.parametrize("kind", ["two lists", "a segment", "a list and a segment"])
def test_what_went_to_more_than_one_list_ends_all(shop: Shop, sink: Sink, kind: str) -> None:
    settings(shop, global_unsubscribe=False)
    news, offers = on_lists(shop, "News", "Offers")
    known = {"type": "profile-property", "property": "email", "filter": {"type": "existence", "operator": "is-set"}}
    groups = {"two lists": [news, offers]}
    if kind != "two lists":
        segment = stories.segment(shop, "Everybody", [known])
        groups |= {"a segment": [segment], "a list and a segment": [news, segment]}
    assert "Unsubscribe from all e-mails" not in httpx.get(letter(shop, sink, groups[kind], person(shop))["u"]).text
    leave(sink_link(sink, shop))
    assert reasons(shop, person(shop)) == ["UNSUBSCRIBE"]


def sink_link(sink: Sink, shop: Shop) -> str:
    return stories.one_click(sink.to(person(shop))[-1])


@pytest.mark.rule("2.6")
def test_who_left_one_list_can_still_leave_everything(shop: Shop, sink: Sink) -> None:
    settings(shop, global_unsubscribe=False)
    [news] = on_lists(shop, "News")
    link = letter(shop, sink, [news], person(shop))["u"]
    leave(link)
    leave(link, "unsubscribe_all")
    assert reasons(shop, person(shop)) == ["UNSUBSCRIBE"]


@pytest.mark.rule("2.6")
def test_a_message_reaches_who_left_one_of_its_lists_through_another(shop: Shop, sink: Sink) -> None:
    settings(shop, global_unsubscribe=False)
    news, offers = on_lists(shop, "News", "Offers")
    leave(letter(shop, sink, [news], person(shop))["u"])
    shop.advance(days=2)
    letter(shop, sink, [news, offers], person(shop))
    # put back without a word of their own, they get nothing that goes to the list they left
    add(shop, news, person(shop))
    shop.advance(days=2)
    stories.send(shop, stories.campaign(shop, included=[news])[0])
    assert len(sink.to(person(shop))) == 2
    rows = shop.query("SELECT skip_reason FROM messages WHERE account_id = %s AND status = 'skipped'", shop.account_id)
    assert rows == [("Person Suppressed",)]


@pytest.mark.rule("2.6")
def test_who_left_a_list_is_not_one_who_cannot_receive(shop: Shop, sink: Sink) -> None:
    settings(shop, global_unsubscribe=False)
    [news] = on_lists(shop, "News")
    barred = {
        "type": "profile-marketing-consent",
        "consent": {"channel": "email", "can_receive_marketing": False, "consent_status": {"subscription": "any"}},
    }
    segment = stories.segment(shop, "Cannot receive", [barred])
    leave(letter(shop, sink, [news], person(shop))["u"])
    shop.wait_until_recorded()
    assert stories.size(shop, segment) == 0
    leave(sink_link(sink, shop), "unsubscribe_all")
    shop.wait_until_recorded()
    assert stories.size(shop, segment) == 1


@pytest.mark.rule("2.6")
def test_subscribing_again_lifts_all_but_deliverability(shop: Shop, sink: Sink) -> None:
    settings(shop, global_unsubscribe=False)
    [news] = on_lists(shop, "News")
    link = letter(shop, sink, [news], person(shop))["u"]
    leave(link)
    leave(link, "unsubscribe_all")
    subscribe(shop, person(shop), list_id=news)
    said = marketing(shop, person(shop))
    assert (said["consent"], said["suppression"], said["list_suppressions"]) == ("SUBSCRIBED", [], [])
    assert members(shop, news) == [person(shop)]


@pytest.mark.rule("2.6", "2.7")
def test_leaving_a_list_twice_is_told_once(shop: Shop, sink: Sink) -> None:
    settings(shop, global_unsubscribe=False)
    [news] = on_lists(shop, "News")
    link = letter(shop, sink, [news], person(shop))["u"]
    for _ in range(2):
        httpx.post(link, data={"List-Unsubscribe": "One-Click"})
    [(_, said)] = told(shop, "Unsubscribed from List")
    assert (said["List"], said["list_id"], said["method"]) == ("News", news, "one_click_unsubscribe")
    assert said["Campaign Name"]


@pytest.mark.rule("2.6", "7.12")
def test_the_settings_can_be_read_and_changed(shop: Shop) -> None:
    answer = shop.http.get("/api/consent-settings").json()["data"]
    assert (answer["type"], answer["id"]) == ("consent-settings", shop.public_id)
    assert answer["attributes"] == {
        "opt_in_process": "single_opt_in",
        "global_unsubscribe": True,
        "minimum_age": None,
        "sms_regions": None,
        "exact_opt_out": False,
        "subscribed_only": False,
        "lists": [],
    }
    shown = settings(shop, global_unsubscribe=False, minimum_age=18, sms_regions=["us"])
    assert (shown["global_unsubscribe"], shown["minimum_age"], shown["sms_regions"]) == (False, 18, ["US"])
    news = single(shop)
    settings(shop, lists=[{"list_id": news, "global_unsubscribe": True, "on_preference_page": False}])
    settings(shop, lists=[{"list_id": news, "global_unsubscribe": None}])
    shown = settings(shop, minimum_age=None)
    assert shown["lists"] == [{"list_id": news, "global_unsubscribe": None, "on_preference_page": False}]
    assert (shown["minimum_age"], shown["global_unsubscribe"]) == (None, False)


@pytest.mark.rule("7.12")
@pytest.mark.parametrize(
    ("attributes", "pointer"),
    [
        ({"sms_regions": ["US", "XX"]}, "/data/attributes/sms_regions/1"),
        ({"lists": [{"list_id": "nolist"}]}, "/data/attributes/lists/0/list_id"),
        ({"minimum_age": 0}, "/data/attributes/minimum_age"),
        ({"opt_in_process": "triple"}, "/data/attributes/opt_in_process"),
    ],
)
def test_it_refuses_settings_that_are_none(shop: Shop, attributes: dict[str, object], pointer: str) -> None:
    body = {"data": {"type": "consent-settings", "attributes": attributes}}
    answer = shop.http.patch("/api/consent-settings", json=body)
    assert (answer.status_code, answer.json()["errors"][0]["source"]["pointer"]) == (400, pointer)
