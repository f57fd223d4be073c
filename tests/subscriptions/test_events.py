"""Which change of consent is told as an event, when, and what it says (behaviour-people 2.7, 2.12)."""

import httpx
import pytest

from tests import stories
from tests.conftest import Shop
from tests.flows.test_definition import example
from tests.people import events_of
from tests.sink import Sink
from tests.subscriptions.world import (
    EMAIL,
    NO_SMS,
    NUMBER,
    SMS,
    add,
    found,
    job,
    letter,
    names,
    report,
    single,
    subscribe,
    told,
    unsubscribe,
)

ANN = "ann@example.com"
SUBSCRIBED, LISTED = "Subscribed to Email Marketing", "Subscribed to List"


def person(shop: Shop) -> str:
    return f"ann@{shop.public_id.lower()}.example.com"


def suppress(shop: Shop, address: str, kind: str = "create") -> None:
    body = job(f"profile-suppression-bulk-{kind}-job", [{"email": address}])
    assert shop.http.post(f"/api/profile-suppression-bulk-{kind}-jobs", json=body).status_code == 202


@pytest.mark.rule("2.7")
def test_subscribing_is_told_when_it_changes_something(shop: Shop) -> None:
    """From never, from unsubscribed and from suppressed; not when they were subscribed."""
    subscribe(shop, ANN)
    subscribe(shop, ANN)
    assert names(shop).count(SUBSCRIBED) == 1
    unsubscribe(shop, ANN)
    subscribe(shop, ANN)
    assert names(shop).count(SUBSCRIBED) == 2
    suppress(shop, ANN)
    subscribe(shop, ANN)
    assert names(shop).count(SUBSCRIBED) == 3
    [_, _, (_, said)] = told(shop, SUBSCRIBED)
    assert (said["method"], said["method_detail"], said["email_address"]) == ("API", shop.private_key[-4:], ANN)


@pytest.mark.rule("2.7")
def test_a_bounced_person_who_subscribes_is_subscribed_but_told_once(shop: Shop) -> None:
    subscribe(shop, ANN)
    report(shop, "Bounced Email", ANN, **{"Bounce Type": "Hard"})
    subscribe(shop, ANN)
    assert names(shop).count(SUBSCRIBED) == 1


@pytest.mark.rule("2.7")
def test_texts_have_events_of_their_own(shop: Shop) -> None:
    subscribe(shop, None, {"sms": {"transactional": {"consent": "SUBSCRIBED"}}}, phone=NUMBER)
    subscribe(shop, None, SMS, phone=NUMBER)
    unsubscribe(shop, None, NO_SMS, phone=NUMBER)
    unsubscribe(shop, None, NO_SMS, phone=NUMBER)
    assert names(shop) == [
        "Subscribed to SMS Marketing",
        "Subscribed to SMS Transactional",
        "Unsubscribed from SMS Marketing",
    ]
    [(_, said)] = told(shop, "Unsubscribed from SMS Marketing")
    assert (said["method"], said["phone_number"]) == ("API", NUMBER)


@pytest.mark.rule("2.7")
def test_joining_a_list_is_told_when_they_were_not_on_it(shop: Shop) -> None:
    news, other = single(shop), single(shop, "Other")
    for _ in range(2):
        subscribe(shop, ANN, list_id=news)
    # within the same second, and an event of its own
    subscribe(shop, ANN, list_id=other)
    listed = [said for name, said in told(shop) if name == LISTED]
    assert sorted((said["List"], said["list_id"]) for said in listed) == sorted([("News", news), ("Other", other)])


@pytest.mark.rule("2.7")
def test_joining_a_list_is_told_when_they_were_on_it_but_barred(shop: Shop) -> None:
    news = single(shop)
    subscribe(shop, ANN, list_id=news)
    suppress(shop, ANN)
    subscribe(shop, ANN, list_id=news)
    assert names(shop).count(LISTED) == 2


@pytest.mark.rule("2.7")
def test_joining_a_list_is_not_told_when_they_were_on_it_without_consent(shop: Shop) -> None:
    news = single(shop)
    shop.profile(ANN)
    add(shop, news, ANN)
    subscribe(shop, ANN, list_id=news)
    assert names(shop) == [SUBSCRIBED]


@pytest.mark.rule("2.7")
def test_leaving_is_told_with_the_way_it_came(shop: Shop) -> None:
    subscribe(shop, ANN)
    for _ in range(2):
        unsubscribe(shop, ANN)
    [(_, said)] = told(shop, "Unsubscribed from Email Marketing")
    expected = {"method": "API", "method_detail": shop.private_key[-4:], "email_address": ANN}
    assert said.items() >= expected.items()
    ann = found(shop, f'equals(email,"{ANN}")')
    assert ann and all(event["event_properties"]["$event_id"] for event in events_of(shop, ann["id"]))


@pytest.mark.rule("2.7")
def test_leaving_one_list_is_another_event(shop: Shop) -> None:
    news = single(shop)
    subscribe(shop, ANN, list_id=news)
    unsubscribe(shop, ANN, list_id=news)
    assert names(shop) == [SUBSCRIBED, LISTED, "Unsubscribed from List"]


@pytest.mark.rule("2.7")
def test_following_the_link_of_a_message_is_told_beside_it(shop: Shop, sink: Sink) -> None:
    stories.people(shop, 1)
    subscribe(shop, person(shop))
    news = stories.list_of(shop, [person(shop)])
    link = letter(shop, sink, [news], person(shop))["u"]
    # reading the page is not leaving
    httpx.get(link)
    assert "Clicked Email to Unsubscribe" not in names(shop)
    httpx.post(link, data={"action": "unsubscribe"})
    [(_, clicked)] = told(shop, "Clicked Email to Unsubscribe")
    [(_, left)] = told(shop, "Unsubscribed from Email Marketing")
    assert clicked["$message"] == left["$message"]
    assert (left["method"], left["method_detail"]) == ("PREFERENCE_PAGE", f"{shop.server.url}/u")


@pytest.mark.rule("2.7")
def test_manual_suppression_and_its_undo_are_told(shop: Shop) -> None:
    shop.profile(ANN)
    for kind in ("create", "create", "delete", "delete"):
        suppress(shop, ANN, kind)
    assert names(shop) == ["Manually Suppressed from Email Marketing", "Manually Unsuppressed from Email Marketing"]
    assert all(said["email_address"] == ANN for _, said in told(shop))


@pytest.mark.rule("2.7")
def test_plain_memberships_and_imports_tell_nothing(shop: Shop) -> None:
    news = single(shop)
    shop.profile(ANN)
    add(shop, news, ANN)
    body = {"data": {"type": "profile", "attributes": {"email": "bob@example.com", "first_name": "Bob"}}}
    shop.http.post("/api/profile-import", json=body)
    assert names(shop) == []


@pytest.mark.rule("2.7")
@pytest.mark.parametrize("channel", ["open_tracking", "whatsapp"])
def test_channels_without_an_event_tell_nothing(shop: Shop, channel: str) -> None:
    said = {"email": {"open_tracking": {"consent": "SUBSCRIBED"}}}
    if channel == "whatsapp":
        said = {"whatsapp": {"marketing": {"consent": "SUBSCRIBED"}}}
    subscribe(shop, ANN, said, phone=NUMBER)
    assert names(shop) == []


@pytest.mark.rule("2.7")
def test_subscriptions_dated_in_the_past_start_no_flow(shop: Shop) -> None:
    subscribe(shop, "first@example.com")
    metric = shop.metric_id(SUBSCRIBED)
    definition = example(single(shop), stories.template(shop))
    definition["triggers"] = [{"type": "metric", "id": metric, "trigger_filter": None}]
    flow = stories.flow(shop, definition)
    dated = {"email": {"marketing": {"consent": "SUBSCRIBED", "consented_at": "2024-05-01T00:00:00Z"}}}
    subscribe(shop, ANN, dated, job={"historical_import": True})
    assert _runs(shop, flow) == 0
    subscribe(shop, "now@example.com", EMAIL)
    assert _runs(shop, flow) == 1


@pytest.mark.rule("2.12", "5")
def test_leaving_a_list_and_joining_it_again_does_not_start_its_flow_again(shop: Shop) -> None:
    news = single(shop)
    flow = stories.flow(shop, example(news, stories.template(shop)))
    for _ in range(2):
        subscribe(shop, ANN, list_id=news)
        unsubscribe(shop, ANN, list_id=news)
        shop.wait_until_recorded()
    assert _runs(shop, flow) == 1


def _runs(shop: Shop, flow: str) -> int:
    shop.wait_until_recorded()
    return int(
        shop.query(
            """SELECT count(*) FROM enrolments e JOIN flows f ON f.account_id = e.account_id AND f.id = e.flow_id
               WHERE f.account_id = %s AND f.public_id = %s""",
            shop.account_id,
            flow,
        )[0][0]
    )
