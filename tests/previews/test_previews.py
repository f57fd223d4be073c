"""Previews of saved and unsaved mails, and tests to a few addresses."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests import stories
from tests.conftest import Server, Shop, eventually, new_shop, serving
from tests.sink import Sink
from tests.templates.definitions import Json, definition, section, text

LETTER = definition(section([text("<p>Hi {{ first_name }}, {{ person.tier }}</p>")]))


def preview(shop: Shop, **attributes: Any) -> httpx.Response:
    body = {"data": {"type": "template-preview", "attributes": attributes}}
    return shop.http.post("/api/template-previews", json=body)


def seen(shop: Shop, **attributes: Any) -> Json:
    answer = preview(shop, **attributes)
    assert answer.status_code == 200, answer.text
    shown: Json = answer.json()["data"]["attributes"]
    return shown


def test_an_unsaved_definition_is_seen_as_a_profile_would_get_it(shop: Shop) -> None:
    ann = shop.profile("ann@example.com", first_name="Ann", properties={"tier": "gold"})
    shown = seen(shop, definition=LETTER, subject="For {{ first_name }}", preview_text="New", profile_id=ann)
    assert shown["subject"] == "For Ann"
    assert shown["preview_text"] == "New"
    assert "Hi Ann, gold" in shown["html"] and "Hi Ann, gold" in shown["text"]
    assert shown["size"] == len(shown["html"].encode())


def test_without_a_profile_it_is_seen_by_somebody_made_up(shop: Shop) -> None:
    assert seen(shop, html="<p>Hi {{ first_name }}</p>", subject="x")["text"].startswith("Hi Alex")


def test_a_saved_template_is_seen_after_an_event(shop: Shop) -> None:
    shop.event("Placed Order", "ann@example.com", value=12.0, properties={"Items": ["Hat"]})
    event = eventually(lambda: shop.sdk.Events.get_events().data)[0].id
    template = stories.template(shop, "<p>{{ email }}: {{ event.Items.0 }} for {{ event|lookup:'$value' }}</p>")
    assert "ann@example.com: Hat for 12.0" in seen(shop, template_id=template, event_id=event)["html"]
    assert "Cap" in seen(shop, template_id=template, event={"Items": ["Cap"]})["html"]


@pytest.mark.parametrize(
    ("attributes", "status", "pointer"),
    [
        ({}, 400, "/data/attributes"),
        ({"html": "<p>x</p>", "template_id": "AbCdEf"}, 400, "/data/attributes"),
        ({"html": "<p>\n{% nonsense %}</p>"}, 400, "/data/attributes/html"),
        ({"html": "<p>x</p>", "subject": "{{ a|nope }}"}, 400, "/data/attributes/subject"),
        ({"html": "{{ first_name|wordwrap:0 }}"}, 400, "/data/attributes"),
        ({"template_id": "AbCdEf"}, 404, None),
        ({"html": "<p>x</p>", "profile_id": "01HWWWKAW4RHXQJCMW4R2KRYR4"}, 404, None),
        ({"html": "<p>x</p>", "event_id": "4vRpBT"}, 404, None),
        ({"html": "<p>x</p>", "event_id": "!"}, 404, None),
    ],
)
def test_it_says_what_is_wrong(shop: Shop, attributes: Json, status: int, pointer: str | None) -> None:
    answer = preview(shop, **attributes)
    assert answer.status_code == status, answer.text
    if pointer:
        assert answer.json()["errors"][0]["source"]["pointer"] == pointer


def test_the_checks_are_those_of_the_finished_mail(shop: Shop) -> None:
    shown = seen(shop, html='<p>Hi</p><img src="https://shop.example/a.png">', subject="Hello")
    assert {one["check"] for one in shown["checks"]} >= {"alt-text", "unsubscribe"}
    # what a campaign would add is in the preview too
    assert "Unsubscribe" in shown["text"]
    shown = seen(shop, html="<p>Hi</p>", subject="Hello", transactional=True)
    assert shown["checks"] == []


def test_who_may_not_read_people_sees_no_profile(shop: Shop) -> None:
    ann = shop.profile("ann@example.com")
    key = {"Authorization": f"Klaviyo-API-Key {shop.key('templates:read')}"}
    body = {"data": {"type": "template-preview", "attributes": {"html": "<p>x</p>", "profile_id": ann}}}
    answer = shop.http.post("/api/template-previews", json=body, headers=key)
    assert answer.status_code == 403
    assert "profiles:read" in answer.json()["errors"][0]["detail"]


def send(shop: Shop, *recipients: str, **attributes: Any) -> httpx.Response:
    attributes = {"subject": "Hello {{ first_name }}", "recipients": list(recipients), **attributes}
    body = {"data": {"type": "template-test-send", "attributes": attributes}}
    return shop.http.post("/api/template-test-sends", json=body)


def test_a_test_is_marked_and_counted_nowhere(shop: Shop, sink: Sink) -> None:
    ann = shop.profile("ann@example.com", first_name="Ann")
    tester = f"tester@{shop.public_id.lower()}.example"
    html = '<p>Hi {{ first_name }} <a href="https://shop.example/">Shop</a> {% unsubscribe %}</p>'
    answer = send(shop, tester, html=html, profile_id=ann)
    assert answer.status_code == 202, answer.text
    (received,) = eventually(lambda: sink.to(tester))
    assert received.message["Subject"] == "[Test] Hello Ann"
    mail = received.part("html")
    assert "Hi Ann" in mail
    # its links lead where they lead, and nothing tells that it was opened
    assert 'href="https://shop.example/"' in mail
    assert "/o/" not in mail and "List-Unsubscribe" not in received.message
    listed = eventually(lambda: [one for one in messages(shop) if one["attributes"]["status"] == "sent"])
    assert [one["attributes"]["source"]["kind"] for one in listed] == ["test"]
    shop.wait_until_recorded()
    assert shop.sdk.Events.get_events().data == []
    used = shop.http.get("/api/billing-usage/email_sends").json()["data"]["attributes"]
    assert 0 in used.values()
    # whoever follows its way out leaves nothing
    way_out = mail.split("/u/")[1].split('"')[0]
    for method in ("GET", "POST"):
        assert httpx.request(method, f"{shop.server.url}/u/{way_out}").status_code < 500
    assert shop.sdk.Profiles.get_profile(ann).data.attributes.email == "ann@example.com"


def messages(shop: Shop) -> list[Json]:
    listed: list[Json] = shop.http.get("/api/messages").json()["data"]
    return listed


def test_an_address_that_nothing_is_sent_to_gets_no_test(shop: Shop) -> None:
    good, barred = (f"{name}@{shop.public_id.lower()}.example" for name in ("good", "barred"))
    shop.profile(barred)
    profiles = [{"type": "profile", "attributes": {"email": barred}}]
    body = {"data": {"type": "profile-suppression-bulk-create-job", "attributes": {"profiles": {"data": profiles}}}}
    shop.http.post("/api/profile-suppression-bulk-create-jobs", json=body)
    counted = "SELECT count(*) FROM suppressions WHERE account_id = %s"
    eventually(lambda: shop.query(counted, shop.account_id)[0][0])
    answer = send(shop, good, barred.upper(), html="<p>x</p>")
    error = answer.json()["errors"][0]
    assert (answer.status_code, error["source"]["pointer"]) == (400, "/data/attributes/recipients/1")
    assert "suppressed" in error["detail"]
    assert messages(shop) == []


@pytest.mark.parametrize(
    ("recipients", "pointer"),
    [
        ([], "/data/attributes/recipients"),
        ([f"a{n}@example.com" for n in range(6)], "/data/attributes/recipients"),
        (["a@example.com", "nobody"], "/data/attributes/recipients/1"),
    ],
)
def test_a_test_goes_to_one_to_five_addresses(shop: Shop, recipients: list[str], pointer: str) -> None:
    answer = send(shop, *recipients, html="<p>x</p>")
    assert (answer.status_code, answer.json()["errors"][0]["source"]["pointer"]) == (400, pointer)


def test_the_reference_s_job_knows_the_names_of_its_context(shop: Shop, sink: Sink) -> None:
    tester = f"job@{shop.public_id.lower()}.example"
    template = stories.template(shop, "<p>{{ first_name }} gets {{ gift }}</p>")
    body = {
        "data": {
            "type": "template-preview-send-job",
            "attributes": {"recipients": [tester], "context": {"gift": "a hat", "_unsubscribe_link": "x"}},
            "relationships": {"template": {"data": {"type": "template", "id": template}}},
        }
    }
    assert shop.http.post("/api/template-preview-send-jobs", json=body).status_code == 202
    (received,) = eventually(lambda: sink.to(tester))
    assert "Alex gets a hat" in received.part("html")


@pytest.fixture(scope="module")
def without_mail_server() -> Iterator[Server]:
    with serving() as running:
        yield running


def test_without_a_mail_server_no_test_is_sent(without_mail_server: Server) -> None:
    with new_shop(without_mail_server) as shop:
        answer = send(shop, "a@example.com", html="<p>x</p>")
        error = answer.json()["errors"][0]
        assert (answer.status_code, error["code"]) == (409, "no_mail_server")
        assert "RAPPORT_SMTP_URL" in error["detail"]
