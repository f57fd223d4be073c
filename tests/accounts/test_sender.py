"""Who stands behind an account's messages: the imprint, and where answers go."""

from typing import Any

import httpx
import pytest

from tests import stories
from tests.conftest import Shop
from tests.parity.world import resource
from tests.sink import Sink
from tests.subscriptions.world import confirmation, single, subscribe

_ADDRESS = {"address1": "Hauptstr. 1", "city": "Bern", "zip": "3011", "country": "Switzerland"}
_IMPRINT = {"company": "Tannenhof & Söhne AG", "register": "CHE-123.456.789", "phone": "+41 31 000 00 00"}
_SHOWN = "Tannenhof &amp; Söhne AG, Hauptstr. 1, Bern, 3011, Switzerland"


def ann(shop: Shop) -> str:
    return f"ann@{shop.public_id.lower()}.example.com"


def change(shop: Shop, **attributes: Any) -> httpx.Response:
    return shop.http.patch("/api/sender-settings", json=resource("sender-settings", **attributes))


def with_imprint(shop: Shop) -> None:
    contact = {"street_address": _ADDRESS}
    body = resource("account", shop.public_id, contact_information=contact)
    assert shop.http.patch(f"/api/accounts/{shop.public_id}", json=body).status_code == 200
    assert change(shop, imprint=_IMPRINT, default_reply_to="help@tannenhof.example").status_code == 200


def test_parts_are_changed_and_the_rest_stays(shop: Shop) -> None:
    usual = shop.http.get("/api/sender-settings").json()["data"]["attributes"]
    assert usual == {
        "default_reply_to": None,
        "imprint": {"company": "", "register": "", "email": "", "phone": ""},
        "lines": [],
    }
    with_imprint(shop)
    changed = change(shop, imprint={"email": "hello@tannenhof.example", "phone": ""}).json()["data"]["attributes"]
    assert changed["default_reply_to"] == "help@tannenhof.example"
    assert changed["lines"] == [
        "Tannenhof & Söhne AG, Hauptstr. 1, Bern, 3011, Switzerland",
        "CHE-123.456.789",
        "hello@tannenhof.example",
    ]
    assert change(shop, default_reply_to=None).json()["data"]["attributes"]["default_reply_to"] is None


@pytest.mark.parametrize(
    ("attributes", "pointer"),
    [
        ({"default_reply_to": "nobody"}, "default_reply_to"),
        ({"imprint": {"email": "nobody"}}, "imprint/email"),
        ({"imprint": {"company": "two\nlines"}}, "imprint/company"),
    ],
)
def test_what_is_wrong_is_refused_with_its_place(shop: Shop, attributes: dict[str, Any], pointer: str) -> None:
    answer = change(shop, **attributes)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["source"]["pointer"] == f"/data/attributes/{pointer}"


def test_letters_show_the_imprint_and_answers_go_where_the_account_says(shop: Shop, sink: Sink) -> None:
    with_imprint(shop)
    html = "<p>{{ organization.company }}: {{ organization.phone }}</p>"
    news = single(shop)
    subscribe(shop, ann(shop), list_id=news)
    stories.send(shop, stories.campaign(shop, included=[news], html=html)[0])
    [mail] = sink.to(ann(shop))
    part = mail.part("html")
    assert "Tannenhof &amp; Söhne AG: +41 31 000 00 00" in part
    # it has no link to leave of its own, so the line that is added shows who writes, too
    assert f"{_SHOWN} · CHE-123.456.789 · +41 31 000 00 00" in part
    assert "CHE-123.456.789 · +41 31 000 00 00" in mail.part("plain")
    assert mail.message["Reply-To"] == "help@tannenhof.example"
    page = httpx.get(stories.one_click(mail)).text
    assert f"<footer>{_SHOWN}<br>CHE-123.456.789<br>+41 31 000 00 00</footer>" in page


def test_so_does_the_mail_of_a_double_opt_in(shop: Shop, sink: Sink) -> None:
    news = single(shop, "News", "double_opt_in")
    subscribe(shop, ann(shop), list_id=news)
    link = confirmation(sink, ann(shop))
    [plain] = sink.to(ann(shop))
    assert "font-size:12px" not in plain.part("html") and "<footer>" not in httpx.get(link).text
    with_imprint(shop)
    other = f"bob@{shop.public_id.lower()}.example.com"
    subscribe(shop, other, list_id=news)
    confirmation(sink, other)
    [mail] = sink.to(other)
    assert _SHOWN in mail.part("html") and mail.message["Reply-To"] == "help@tannenhof.example"
    assert _SHOWN in httpx.get(link).text
