"""What people outside read: in their language, as the account says it, and always escaped."""

from collections.abc import Mapping
from typing import Any

import httpx
import psycopg
import pytest

from rapport.accounts import service as accounts
from rapport.subscriptions import keywords
from rapport.texts.placeholders import check
from rapport.texts.words import ENGLISH, GROUPS, LANGUAGES, Group, Language, usual_texts
from tests import stories
from tests.conftest import Shop, run
from tests.parity.world import resource
from tests.sink import Sink
from tests.subscriptions.world import NUMBER, confirmation, single, subscribe

Json = dict[str, Any]
_MAIL = "/api/consent-texts/en:confirmation_mail"


def ann(shop: Shop) -> str:
    return f"ann@{shop.public_id.lower()}.example.com"


def change(shop: Shop, id: str, texts: Mapping[str, str | None], version: str | None = None) -> httpx.Response:
    headers = {"If-Match": version} if version else {}
    body = resource("consent-text", id, texts=texts)
    return shop.http.patch(f"/api/consent-texts/{id}", json=body, headers=headers)


def texts_at(shop: Shop, path: str) -> dict[str, str]:
    texts = shop.http.get(path).json()["data"]["attributes"]["texts"]
    return {text["name"]: text["text"] for text in texts}


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_everything_with_placeholders_that_are_known(language: Language, group: Group) -> None:
    texts = usual_texts(language, group)
    assert texts.keys() == usual_texts(ENGLISH, group).keys()
    for name, text in texts.items():
        assert check(group, name, text) == text


def test_all_groups_are_listed_in_all_languages(shop: Shop) -> None:
    listed = shop.http.get("/api/consent-texts").json()["data"]
    assert len(listed) == len(GROUPS) * len(LANGUAGES)
    [mail] = [record["attributes"] for record in listed if record["id"] == "de:confirmation_mail"]
    assert (mail["language"], mail["group"]) == ("de", "confirmation_mail")
    [text] = [text for text in mail["texts"] if text["name"] == "text"]
    assert text["text"] == text["usual"] and "email" in text["placeholders"]


def test_a_person_is_asked_and_answered_in_the_language_of_their_locale(shop: Shop, sink: Sink) -> None:
    shop.profile(ann(shop), locale="de-AT")
    subscribe(shop, ann(shop), list_id=single(shop, "News", "double_opt_in"))
    link = confirmation(sink, ann(shop))
    [mail] = sink.to(ann(shop))
    assert mail.message["Subject"] == "Bitte bestätigen Sie Ihre Anmeldung bei Test shop"
    assert '<html lang="de">' in httpx.get(link).text and "Anmeldung bestätigen" in httpx.get(link).text
    assert "Sie sind angemeldet" in httpx.post(link).text


def test_whose_language_nobody_knows_is_asked_in_that_of_the_account(shop: Shop, sink: Sink) -> None:
    body = resource("account", shop.public_id, locale="fr_CA")
    assert shop.http.patch(f"/api/accounts/{shop.public_id}", json=body).status_code == 200
    shop.profile(ann(shop), locale="xx-XX")
    news = single(shop, "News", "double_opt_in")
    subscribe(shop, ann(shop), list_id=news)
    confirmation(sink, ann(shop))
    assert sink.to(ann(shop))[0].message["Subject"] == "Confirmez votre inscription auprès de Test shop"
    page = httpx.get(f"{shop.server.url}/l/{shop.public_id}/{news}").text
    assert "Votre adresse e-mail" in page and '<html lang="fr">' in page
    body["data"]["attributes"]["locale"] = "French"
    assert shop.http.patch(f"/api/accounts/{shop.public_id}", json=body).status_code == 400


def test_a_letter_s_own_links_speak_the_language_of_the_profile(shop: Shop, sink: Sink) -> None:
    shop.profile(ann(shop), locale="it")
    assert (
        change(shop, "it:mail_links", {"unsubscribe": "Basta <subito> da {{ organization.name }}"}).status_code == 200
    )
    html = "<p>Hi</p>{% manage_preferences %} {% web_view 'See it' %} {% unsubscribe %}"
    news = stories.list_of(shop, [ann(shop)])
    stories.send(shop, stories.campaign(shop, included=[news], html=html)[0])
    [mail] = sink.to(ann(shop))
    part = mail.part("html")
    assert ">Gestisci le preferenze<" in part and ">See it<" in part and ">Basta &lt;subito&gt; da Test shop<" in part
    assert "Annullare l’iscrizione" in httpx.get(stories.one_click(mail)).text
    assert change(shop, "it:preference_page", {"email": "E-mail di {{ organization.name }}"}).status_code == 200
    assert "E-mail di Test shop" in httpx.get(stories.one_click(mail).replace("/u/", "/p/")).text


def test_a_text_is_said_otherwise_and_as_usual_again(shop: Shop, sink: Sink) -> None:
    usual = texts_at(shop, _MAIL)
    shop.query("UPDATE accounts SET name = %s WHERE account_id = %s RETURNING 1", "A & {{ B }}", shop.account_id)
    sent = {"heading": "<b>Hi</b> {{ email }} of {{organization.name}}", "button": usual["button"]}
    answer = change(shop, "en:confirmation_mail", sent, '"1"')
    assert (answer.status_code, answer.headers["etag"]) == (200, '"2"')
    assert texts_at(shop, _MAIL) == {**usual, "heading": sent["heading"]}
    subscribe(shop, ann(shop), list_id=single(shop, "News", "double_opt_in"))
    confirmation(sink, ann(shop))
    [mail] = sink.to(ann(shop))
    assert f"&lt;b&gt;Hi&lt;/b&gt; {ann(shop)} of A &amp; {{{{ B }}}}" in mail.part("html")
    assert "Yes, subscribe me" in mail.part("html")

    late = change(shop, "en:confirmation_mail", {"button": "Late"}, '"1"')
    assert late.status_code == 412 and late.json()["errors"][0]["meta"]["version"] == 2
    assert change(shop, "en:confirmation_mail", {"heading": None}).headers["etag"] == '"3"'
    assert texts_at(shop, _MAIL) == usual


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Hello {{ person.name }}", "{{ person.name }} at character 7 is no placeholder"),
        ("Hello {{ list.name }}", "{{ list.name }} at character 7 is no placeholder"),
        ("{{ email }} {% now %}", "{% at character 13 belongs to no placeholder"),
        ("Hello {{ email", "{{ at character 7 belongs to no placeholder"),
        ("", "1 to 500 characters"),
        ("x" * 501, "1 to 500 characters"),
        ("two\nlines", "one line"),
    ],
)
def test_a_text_that_can_t_be_filled_in_is_refused_with_its_place(shop: Shop, text: str, said: str) -> None:
    answer = change(shop, "en:confirmation_mail", {"heading": text})
    assert answer.status_code == 400
    [error] = answer.json()["errors"]
    assert said in error["detail"] and error["source"]["pointer"] == "/data/attributes/texts/heading"


def test_what_is_not_there_can_t_be_changed(shop: Shop) -> None:
    assert change(shop, "en:nothing", {}).status_code == 404
    assert change(shop, "xx:mail_links", {}).status_code == 404
    assert "There is no text 'nothing' here" in change(shop, "en:mail_links", {"nothing": "x"}).text


def test_texts_are_seen_before_they_are_stored(shop: Shop) -> None:
    sent = {"language": "de", "group": "unsubscribe_page", "texts": {"heading": "<Weg> von {{ organization.name }}?"}}
    answer = shop.http.post("/api/consent-text-previews", json=resource("consent-text-preview", **sent))
    assert answer.status_code == 200, answer.text
    views = {view["name"]: view["html"] for view in answer.json()["data"]["attributes"]["views"]}
    assert list(views) == ["asking", "asking_of_list", "done", "left_list"]
    assert "&lt;Weg&gt; von Test shop?" in views["asking"] and "Sie sind abgemeldet" in views["done"]
    assert "Weg" not in shop.http.get("/api/consent-texts/de:unsubscribe_page").text
    wrong = {**sent, "texts": {"heading": "{{ nobody }}"}}
    refused = shop.http.post("/api/consent-text-previews", json=resource("consent-text-preview", **wrong))
    assert refused.json()["errors"][0]["source"]["pointer"] == "/data/attributes/texts/heading"


@pytest.mark.parametrize("group", GROUPS)
def test_every_group_can_be_seen(shop: Shop, group: Group) -> None:
    body = resource("consent-text-preview", language="es", group=group)
    views = shop.http.post("/api/consent-text-previews", json=body).json()["data"]["attributes"]["views"]
    assert views and all('lang="es"' in view["html"] for view in views)
    assert "{{" not in "".join(view["html"] + (view["subject"] or "") for view in views)


def test_a_keyword_is_answered_in_the_language_of_its_sender(shop: Shop) -> None:
    shop.profile(ann(shop), phone_number=NUMBER, locale="de")
    change(shop, "en:text_answers", {"help": "Ask {{ organization.name }}."})

    async def answers(number: str, *bodies: str) -> list[str]:
        async with await psycopg.AsyncConnection.connect(shop.server.database_url) as conn:
            account = await accounts.load(conn, shop.account_id)
            found = [await keywords.received(conn, account, number, body) for body in bodies]
            return [await keywords.answer(conn, account, number, keyword) for keyword in found if keyword]

    stop, help, start = run(answers(NUMBER, "STOP", "HILFE", "START"))
    assert "Sie sind abgemeldet" in stop and "Fragen?" in help and "Sie bekommen jetzt SMS" in start
    assert run(answers("+15005550007", "HELP")) == ["Ask Test shop."]


@pytest.mark.parametrize(
    ("accepted", "said"),
    [
        ("de-AT,de;q=0.9,en;q=0.8", "Dieser Link führt nirgendwohin"),
        ("pt-BR,es;q=0.5", "Este enlace no lleva a ninguna parte"),
        ("zz", "This link leads nowhere"),
        ("", "This link leads nowhere"),
    ],
)
def test_a_link_that_names_nobody_is_answered_in_the_language_of_the_browser(
    shop: Shop, accepted: str, said: str
) -> None:
    for path in ("u/nothing", "s/nothing", "c/nothing/1", f"l/{shop.public_id}/XXXXXX"):
        answer = httpx.get(f"{shop.server.url}/{path}", headers={"accept-language": accepted})
        assert (answer.status_code, said in answer.text) == (404, True), path
