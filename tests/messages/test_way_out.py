"""Every marketing mail offers a way out, whatever room sends it; receipts need none."""

from typing import Any

import pytest

from tests import stories
from tests.conftest import Shop, eventually
from tests.sink import Received, Sink

PLAIN = "<html><body><p>Hello {{ first_name }}</p></body></html>"
LINE = '<p style="text-align:center;font-size:12px"><a href='
# Who opens these sees no link.
HIDDEN = (
    PLAIN,
    PLAIN.replace("<p>", "{% comment %}{% unsubscribe %}{% endcomment %}<p>"),
    PLAIN.replace("<p>", "<!-- {% unsubscribe %} --><p>"),
    PLAIN.replace("<p>", "{# {% unsubscribe %} #}<p>"),
    PLAIN.replace("<p>", "<!--[if mso]>{% unsubscribe %}<![endif]--><p>"),
)
SHOWN = (
    PLAIN.replace("</body>", "{% unsubscribe 'Leave' %}</body>"),
    PLAIN.replace("</body>", "<a href='{%  manage_preferences_link %}'>Choose</a></body>"),
    PLAIN.replace("</body>", "{%unsubscribe%}</body>"),
)


def mailed(shop: Shop, sink: Sink, html: str, *, transactional: bool = False, text: str | None = None) -> Received:
    """The letter of a flow to who joins a list."""
    news = shop.sdk.Lists.create_list({"data": {"type": "list", "attributes": {"name": "News"}}}).data.id
    made = {"name": "Letter", "editor_type": "CODE", "html": html, "text": text}
    body = {"data": {"type": "template", "attributes": made}}
    template = shop.http.post("/api/templates", json=body).json()["data"]["id"]
    message = {
        "template_id": template,
        "name": "Letter",
        "subject_line": "Hello",
        "transactional": transactional,
        "smart_sending_enabled": False,
    }
    send: dict[str, Any] = {
        "temporary_id": "letter", "type": "send-email", "links": {"next": None},
        "data": {"status": "live", "message": message},
    }  # fmt: skip
    definition = {"triggers": [{"type": "list", "id": news}], "entry_action_id": "letter", "actions": [send]}
    stories.flow(shop, definition)
    [address] = stories.people(shop, 1)
    [(person,)] = shop.query("SELECT ulid FROM profiles WHERE account_id = %s", shop.account_id)
    shop.sdk.Lists.add_profiles_to_list(news, {"data": [{"type": "profile", "id": person}]})
    return eventually(lambda: sink.to(address))[0]  # type: ignore[no-any-return]


@pytest.mark.rule("4.2")
@pytest.mark.parametrize("html", HIDDEN)
def test_a_flow_s_mail_whose_template_shows_no_way_out_gets_one(shop: Shop, sink: Sink, html: str) -> None:
    received = mailed(shop, sink, html)
    assert received.part("html").count(f"{shop.server.url}/u/") == 1 + html.count("<!--")
    assert LINE in received.part("html")
    assert f"{shop.server.url}/u/" in received.part("plain")


@pytest.mark.rule("4.2")
@pytest.mark.parametrize("html", SHOWN)
def test_one_that_shows_a_way_out_is_sent_as_it_is(shop: Shop, sink: Sink, html: str) -> None:
    assert LINE not in mailed(shop, sink, html).part("html")


@pytest.mark.rule("4.2")
def test_a_text_of_its_own_gets_one_too(shop: Shop, sink: Sink) -> None:
    received = mailed(shop, sink, SHOWN[0], text="Hello")
    assert f"Unsubscribe ({shop.server.url}/u/" in received.part("plain")


def test_a_receipt_is_sent_as_it_is(shop: Shop, sink: Sink) -> None:
    received = mailed(shop, sink, PLAIN, transactional=True)
    assert "/u/" not in received.part("html") + received.part("plain")
    assert received.message["List-Unsubscribe"] is None


@pytest.mark.rule("4.2")
def test_a_campaign_with_its_way_out_in_a_comment_gets_one(shop: Shop, sink: Sink) -> None:
    [address] = stories.people(shop, 1)
    campaign, _ = stories.campaign(shop, included=[stories.list_of(shop, [address])], html=HIDDEN[1])
    stories.send(shop, campaign)
    assert LINE in sink.to(address)[0].part("html")
