"""Consent pages at the promise: what they show, save and refuse (behaviour-people 2.9; their looks: tests/web)."""

import re
from typing import Any

import httpx
import pytest

from tests import stories
from tests.conftest import Server, Shop, new_shop
from tests.sink import Sink
from tests.subscriptions.world import (
    EMAIL,
    NUMBER,
    SMS,
    add,
    confirmation,
    found,
    letter,
    marketing,
    members,
    names,
    reasons,
    settings,
    single,
    subscribe,
    subscriptions,
    told,
    unsubscribe,
)


def person(shop: Shop) -> str:
    return f"ann@{shop.public_id.lower()}.example.com"


def links(shop: Shop, sink: Sink, *lists: str) -> dict[str, str]:
    """Of a letter to the person; to a list of their own when none is named."""
    if found(shop, f'equals(email,"{person(shop)}")') is None:
        shop.profile(person(shop))
    if not lists:
        lists = (stories.list_of(shop, [person(shop)]),)
    return letter(shop, sink, list(lists), person(shop))


def boxes(page: str) -> dict[str, bool]:
    """The choices of a preference page and whether they are on."""
    found = re.findall(r'<input type="checkbox" name="wanted" value="([^"]+)"( checked)?>', page)
    return {name: bool(on) for name, on in found}


def save(link: str, *wanted: str, offered: list[str] | None = None) -> str:
    shown = list(boxes(httpx.get(link).text)) if offered is None else offered
    answer = httpx.post(link, data={"action": "save", "offered": shown, "wanted": list(wanted)})
    assert answer.status_code == 200, answer.text
    return answer.text


@pytest.mark.rule("2.9")
def test_the_tags_of_a_template_lead_to_the_pages(shop: Shop, sink: Sink) -> None:
    html = """{% unsubscribe %} {% unsubscribe 'Leave us' %} <a href="{% unsubscribe_link %}">out</a>
        {% manage_preferences %} {% manage_preferences 'Choose' %} <a href="{% manage_preferences_link %}">in</a>"""
    shop.profile(person(shop))
    news = stories.list_of(shop, [person(shop)])
    stories.send(shop, stories.campaign(shop, included=[news], html=html)[0])
    [received] = sink.to(person(shop))
    anchors = re.findall(r'<a href="[^"]+/([up])/[^"]+">([^<]+)</a>', received.part("html"))
    assert anchors == [
        ("u", "Unsubscribe"),
        ("u", "Leave us"),
        ("u", "out"),
        ("p", "Manage preferences"),
        ("p", "Choose"),
        ("p", "in"),
    ]


@pytest.mark.rule("2.9")
def test_a_marketing_letter_can_be_left_with_one_click(shop: Shop, sink: Sink) -> None:
    link = links(shop, sink)["u"]
    message = sink.to(person(shop))[0].message
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert link in str(message["List-Unsubscribe"])
    assert httpx.post(link, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    said = marketing(shop, person(shop))
    assert (said["consent"], said["method"]) == ("UNSUBSCRIBED", "one_click_unsubscribe")


@pytest.mark.rule("2.9")
def test_reading_any_page_changes_nothing(shop: Shop, sink: Sink) -> None:
    news = single(shop)
    subscribe(shop, person(shop), list_id=news)
    found_links = links(shop, sink, news)
    before, told_before = subscriptions(shop, person(shop)), names(shop)
    for kind in "up":
        assert httpx.get(found_links[kind]).status_code == 200
        assert httpx.get(found_links[kind], params={"action": "unsubscribe", "wanted": "x"}).status_code == 200
        assert httpx.head(found_links[kind]).status_code == 200
    assert subscriptions(shop, person(shop)) == before
    assert [one for one in names(shop) if one != "Received Email"] == [
        one for one in told_before if one != "Received Email"
    ]


@pytest.mark.rule("2.9")
def test_the_preference_page_shows_what_the_person_has_and_nothing_else(shop: Shop, sink: Sink) -> None:
    news, left, other, hidden = (single(shop, name) for name in ("News", "Left", "Other people", "Hidden"))
    for one in (news, left, hidden):
        subscribe(shop, person(shop), list_id=one)
    unsubscribe(shop, person(shop), list_id=left)
    subscribe(shop, "bob@example.com", list_id=other)
    subscribe(shop, person(shop), SMS, phone=NUMBER)
    settings(shop, lists=[{"list_id": hidden, "on_preference_page": False}])
    page = httpx.get(links(shop, sink, news)["p"]).text
    assert boxes(page) == {"email": True, "sms": True, f"list:{news}": True, f"list:{left}": False}
    assert person(shop) in page and "Test shop" in page
    # a forwarded message tells nobody the number
    assert NUMBER not in page and "+1 ••• 06" in page
    assert "Other people" not in page and "bob@example.com" not in page and "Hidden" not in page


@pytest.mark.rule("2.9", "2.7")
def test_saving_changes_each_and_is_told(shop: Shop, sink: Sink) -> None:
    news, offers = single(shop, "News"), single(shop, "Offers")
    for one in (news, offers):
        subscribe(shop, person(shop), list_id=one)
    subscribe(shop, person(shop), SMS, phone=NUMBER)
    link = links(shop, sink, news)["p"]
    text = save(link, "email", f"list:{offers}")
    assert "Your preferences are saved" in text and "“Offers”" in text and "“News”" not in text
    said = subscriptions(shop, person(shop))
    assert said["email"]["marketing"]["consent"] == "SUBSCRIBED"
    assert [one["list_id"] for one in said["email"]["marketing"]["list_suppressions"]] == [news]
    assert said["sms"]["marketing"]["consent"] == said["sms"]["transactional"]["consent"] == "UNSUBSCRIBED"
    assert said["sms"]["marketing"]["method"] == "PREFERENCE_PAGE"
    assert members(shop, news) == [] and members(shop, offers) == [person(shop)]
    [(_, event)] = told(shop, "Updated Email Preferences")
    assert event["email_address"] == person(shop) and event["$message"]
    assert names(shop).count("Unsubscribed from SMS Marketing") == 1
    save(link, "email", "sms", f"list:{offers}", f"list:{news}")
    said = subscriptions(shop, person(shop))
    assert said["sms"]["marketing"]["consent"] == "SUBSCRIBED"
    assert said["email"]["marketing"]["list_suppressions"] == []
    assert members(shop, news) == [person(shop)]
    assert len(told(shop, "Updated Email Preferences")) == 2


@pytest.mark.rule("2.9", "2.7")
def test_saving_the_page_as_it_is_changes_nothing_but_is_told(shop: Shop, sink: Sink) -> None:
    link = links(shop, sink)["p"]
    before = subscriptions(shop, person(shop))
    save(link, *(name for name, on in boxes(httpx.get(link).text).items() if on))
    assert subscriptions(shop, person(shop)) == before
    assert len(told(shop, "Updated Email Preferences")) == 1


@pytest.mark.rule("2.9")
def test_switching_mail_off_ends_it_and_on_again_begins_it(shop: Shop, sink: Sink) -> None:
    news = single(shop)
    subscribe(shop, person(shop), list_id=news)
    link = links(shop, sink, news)["p"]
    save(link, f"list:{news}")
    assert reasons(shop, person(shop)) == ["UNSUBSCRIBE"]
    assert boxes(httpx.get(link).text)["email"] is False
    save(link, "email", f"list:{news}")
    said = marketing(shop, person(shop))
    assert (said["consent"], said["suppression"], said["method"]) == ("SUBSCRIBED", [], "PREFERENCE_PAGE")
    assert said["method_detail"] == f"{shop.server.url}/p"
    assert members(shop, news) == [person(shop)]


@pytest.mark.rule("2.9")
def test_everything_can_be_ended_from_the_preference_page(shop: Shop, sink: Sink) -> None:
    subscribe(shop, person(shop), {**EMAIL, **SMS}, phone=NUMBER)
    link = links(shop, sink)["p"]
    assert "gets nothing more" in httpx.post(link, data={"action": "unsubscribe_all"}).text
    said = subscriptions(shop, person(shop))
    assert said["email"]["marketing"]["consent"] == said["sms"]["marketing"]["consent"] == "UNSUBSCRIBED"


@pytest.mark.rule("2.9")
def test_an_old_page_leaves_alone_what_it_did_not_show(shop: Shop, sink: Sink) -> None:
    link = links(shop, sink)["p"]
    offered = list(boxes(httpx.get(link).text))
    later = single(shop, "Later")
    subscribe(shop, person(shop), list_id=later)
    save(link, "email", offered=offered)
    assert members(shop, later) == [person(shop)]


@pytest.mark.rule("2.9")
def test_nobody_gets_onto_a_list_by_naming_it(shop: Shop, sink: Sink) -> None:
    link = links(shop, sink)["p"]
    secret = single(shop, "Staff only")
    save(link, "email", f"list:{secret}", "push", "nonsense", offered=["email", f"list:{secret}", "push", "nonsense"])
    assert members(shop, secret) == []
    assert marketing(shop, person(shop))["consent"] == "NEVER_SUBSCRIBED"


@pytest.mark.rule("2.9")
def test_the_page_of_the_list_is_for_messages_to_exactly_one(shop: Shop, sink: Sink) -> None:
    news, offers = single(shop, "News"), single(shop, "Offers")
    for one in (news, offers):
        subscribe(shop, person(shop), list_id=one)
    assert "the list “News”" in httpx.get(links(shop, sink, news)["u"]).text
    shop.advance(days=2)
    page = httpx.get(links(shop, sink, news, offers)["u"]).text
    assert "News" not in page and "Unsubscribe?" in page


@pytest.mark.rule("2.9")
def test_a_list_has_a_page_to_sign_up(shop: Shop, sink: Sink) -> None:
    news = single(shop, "Weekly")
    page = f"{shop.server.url}/l/{shop.public_id}/{news}"
    assert "Weekly" in httpx.get(page).text
    wrong = httpx.post(page, data={"email": "nonsense"})
    assert (wrong.status_code, "no e-mail address" in wrong.text) == (400, True)
    assert "You are subscribed" in httpx.post(page, data={"email": person(shop)}).text
    said = marketing(shop, person(shop))
    assert (said["consent"], said["method"], said["method_detail"]) == ("SUBSCRIBED", "PREFERENCE_PAGE", page)
    assert members(shop, news) == [person(shop)]


@pytest.mark.rule("2.9", "2.8")
def test_signing_up_to_a_double_opt_in_list_waits_for_the_mail(shop: Shop, sink: Sink) -> None:
    """The subscribe page makes no profile until it is confirmed."""
    news = single(shop, "Weekly", "double_opt_in")
    answer = httpx.post(f"{shop.server.url}/l/{shop.public_id}/{news}", data={"email": person(shop)})
    assert "One more step" in answer.text
    assert found(shop, f'equals(email,"{person(shop)}")') is None
    assert "You are subscribed" in httpx.post(confirmation(sink, person(shop)), data={"action": "confirm"}).text
    assert members(shop, news) == [person(shop)]


@pytest.mark.rule("2.9")
def test_links_that_are_forged_cut_off_or_anothers_lead_nowhere(shop: Shop, server: Server, sink: Sink) -> None:
    found_links = links(shop, sink)
    token = found_links["u"].rpartition("/")[2]
    news = single(shop)
    with new_shop(server) as other:
        foreign = f"/l/{other.public_id}/{news}"
    for path in (
        "/u/nonsense",
        f"/u/{token[:-1]}",
        f"/p/{token}x",
        f"/p/{token.upper()}",
        "/s/nonsense",
        "/u/%00",
        f"/l/{shop.public_id}/NOLIST",
        f"/l/NOBODY/{news}",
        foreign,
    ):
        for send in (httpx.get, httpx.post):
            answer = send(f"{shop.server.url}{path}")
            assert answer.status_code == 404, path
            assert "This link leads nowhere" in answer.text and "Open it from the message again" in answer.text
            assert shop.public_id not in answer.text and "ann@" not in answer.text
    assert marketing(shop, person(shop))["consent"] == "NEVER_SUBSCRIBED"


@pytest.mark.rule("2.9")
def test_a_letter_to_an_address_the_person_gave_up_can_end_things_but_not_begin_any(shop: Shop, sink: Sink) -> None:
    shop.profile(person(shop))
    found_links = links(shop, sink)
    [row] = shop.http.get("/api/profiles").json()["data"]
    body = {"data": {"type": "profile", "id": row["id"], "attributes": {"email": "new@example.com"}}}
    assert shop.http.patch(f"/api/profiles/{row['id']}", json=body).status_code == 200
    for kind in "up":
        page = httpx.get(found_links[kind]).text
        assert "new@example.com" not in page
    assert "old one" in httpx.get(found_links["p"]).text
    assert "old one" in httpx.post(found_links["p"], data={"action": "save", "offered": "email"}).text
    assert marketing(shop, "new@example.com")["consent"] == "NEVER_SUBSCRIBED"
    httpx.post(found_links["u"], data={"action": "unsubscribe"})
    assert reasons(shop, "new@example.com") == ["UNSUBSCRIBE"]
    assert "old one" in httpx.post(found_links["u"], data={"action": "subscribe"}).text
    assert reasons(shop, "new@example.com") == ["UNSUBSCRIBE"]


@pytest.mark.rule("2.9")
def test_the_pages_load_nothing_run_nothing_and_are_kept_by_nobody(shop: Shop, sink: Sink) -> None:
    found_links = links(shop, sink)
    for link in (found_links["u"], found_links["p"], f"{shop.server.url}/l/{shop.public_id}/{single(shop)}"):
        answer = httpx.get(link)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "form-action 'self'" in policy
        assert answer.headers["cache-control"].startswith("no-store")
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "set-cookie" not in answer.headers
        assert "<script" not in answer.text and not re.search(r"(src|href)=\"https?://(?!127)", answer.text)


@pytest.mark.rule("2.9")
@pytest.mark.parametrize("name", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "Ø & Söhne “x”"])
def test_names_are_text_whatever_they_are(shop: Shop, sink: Sink, name: str) -> None:
    news = single(shop, name)
    subscribe(shop, person(shop), list_id=news)
    shop.query("UPDATE accounts SET name = %s WHERE account_id = %s RETURNING 1", name, shop.account_id)
    found_links = links(shop, sink, news)
    for link in (found_links["u"], found_links["p"], f"{shop.server.url}/l/{shop.public_id}/{news}"):
        page = httpx.get(link).text
        assert "<script" not in page and "<img" not in page


def form(link: str, **more: Any) -> httpx.Response:
    return httpx.post(link, **more)


@pytest.mark.rule("2.9")
def test_what_is_no_form_unsubscribes_and_breaks_nothing(shop: Shop, sink: Sink) -> None:
    """A mail program that posts something odd to the way out means out; the preference page only saves what it is."""
    found_links = links(shop, sink)
    for content in (b"\xff\xfe\x00", b"a" * 30_000, b"wanted=%00&offered=%F0"):
        answer = form(found_links["p"], content=content, headers={"content-type": "application/x-www-form-urlencoded"})
        assert answer.status_code == 200
    assert marketing(shop, person(shop))["consent"] == "NEVER_SUBSCRIBED"
    assert form(found_links["u"], content=b"{}").status_code == 200
    assert reasons(shop, person(shop)) == ["UNSUBSCRIBE"]


@pytest.mark.rule("2.1")
def test_who_refuses_open_tracking_gets_no_pixel_and_is_not_counted(shop: Shop, sink: Sink) -> None:
    before = links(shop, sink)
    unsubscribe(shop, person(shop), {"email": {"open_tracking": {"consent": "UNSUBSCRIBED"}}})
    shop.advance(days=2)
    after = links(shop, sink)
    assert "o" in before and "o" not in after
    # the pixel of a letter that is out already shows, and tells nothing
    assert httpx.get(before["o"]).headers["content-type"] == "image/gif"
    assert "Opened Email" not in names(shop)
    subscribe(shop, person(shop), {"email": {"open_tracking": {"consent": "SUBSCRIBED"}}})
    httpx.get(before["o"])
    assert "Opened Email" in names(shop)


@pytest.mark.rule("2.1")
def test_who_refuses_click_tracking_gets_plain_links(shop: Shop, sink: Sink) -> None:
    [address] = stories.people(shop, 1)
    news = stories.list_of(shop, [address])
    stories.send(shop, stories.campaign(shop, included=[news])[0])
    tracked = stories.links(sink.to(address)[0])[0]
    unsubscribe(shop, address, {"email": {"click_tracking": {"consent": "UNSUBSCRIBED"}}})
    shop.advance(days=2)
    stories.send(shop, stories.campaign(shop, included=[news])[0])
    received = sink.to(address)[1]
    assert stories.links(received) == [] and 'href="https://shop.example/new' in received.part("html")
    assert httpx.get(tracked).headers["location"].startswith("https://shop.example/new")
    assert "Clicked Email" not in names(shop)


@pytest.mark.rule("2.1")
def test_consent_to_tracking_is_no_consent_to_mail(shop: Shop, sink: Sink) -> None:
    shop.profile(person(shop))
    news = stories.list_of(shop, [person(shop)])
    add(shop, news, person(shop))
    subscribe(shop, person(shop), {"email": {"open_tracking": {"consent": "SUBSCRIBED"}}})
    assert marketing(shop, person(shop))["consent"] == "NEVER_SUBSCRIBED"
