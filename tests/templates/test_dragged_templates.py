"""Templates of the drag-and-drop editor over the API, and the mails they become."""

from typing import Any

import pytest

from tests import stories
from tests.conftest import Shop, eventually
from tests.flows.conftest import action
from tests.templates.definitions import Json, block, definition, section, text


def post(shop: Shop, data: Json, **attributes: Any) -> Any:
    attributes = {"name": "Letter", "editor_type": "SYSTEM_DRAGGABLE", "definition": data, **attributes}
    return shop.http.post("/api/templates", json={"data": {"type": "template", "attributes": attributes}})


def made(shop: Shop, data: Json) -> str:
    answer = post(shop, data)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["data"]["id"])


def get(shop: Shop, id: str) -> Json:
    answer = shop.http.get(f"/api/templates/{id}", params={"additional-fields[template]": "definition"})
    attributes: Json = answer.json()["data"]["attributes"]
    return attributes


LETTER = definition(section([text("<p>Hi {{ first_name|default:'you' }}</p>"), text("<p>{% unsubscribe %}</p>")]))


def test_it_keeps_a_definition_and_answers_the_html_it_is_drawn_as(shop: Shop) -> None:
    attributes = get(shop, made(shop, LETTER))
    assert attributes["definition"] == LETTER
    assert attributes["editor_type"] == "SYSTEM_DRAGGABLE"
    assert "<p" in attributes["html"]
    assert "{{ first_name|default:'you' }}" in attributes["html"]


def test_the_definition_is_answered_where_it_is_asked_for(shop: Shop) -> None:
    template = made(shop, LETTER)
    assert "definition" not in shop.http.get(f"/api/templates/{template}").json()["data"]["attributes"]


@pytest.mark.parametrize(
    ("attributes", "wrong"),
    [
        ({"definition": None}, "definition"),
        ({"html": "<p>x</p>"}, "html"),
        ({"amp": "<html amp4email></html>"}, "amp"),
        ({"editor_type": "CODE", "html": "<p>x</p>"}, "definition"),
        ({"editor_type": "SIMPLE"}, "editor_type"),
    ],
)
def test_it_refuses_what_belongs_to_another_editor(shop: Shop, attributes: Json, wrong: str) -> None:
    answer = post(shop, LETTER, **attributes)
    assert (answer.status_code, answer.json()["errors"][0]["source"]["pointer"]) == (400, f"/data/attributes/{wrong}")


def test_a_mail_says_in_which_language_it_is(shop: Shop) -> None:
    shop.query("UPDATE accounts SET locale = 'fr-FR' WHERE account_id = %s RETURNING 1", shop.account_id)
    body = {"data": {"type": "template-preview", "attributes": {"definition": LETTER, "subject": "Salut"}}}
    shown = shop.http.post("/api/template-previews", json=body).json()["data"]["attributes"]
    assert '<html lang="fr-FR"' in shown["html"]


def test_a_change_of_the_definition_is_drawn(shop: Shop) -> None:
    template = made(shop, LETTER)
    data = definition(section([text("<p>Other words</p>")]))
    body = {"data": {"type": "template", "id": template, "attributes": {"definition": data}}}
    assert shop.http.patch(f"/api/templates/{template}", json=body).status_code == 200
    attributes = get(shop, template)
    assert attributes["definition"] == data
    assert "Other words" in attributes["html"]


def test_a_change_of_the_name_alone_leaves_the_rest(shop: Shop) -> None:
    template = made(shop, LETTER)
    body = {"data": {"type": "template", "id": template, "attributes": {"name": "Other"}}}
    assert shop.http.patch(f"/api/templates/{template}", json=body).status_code == 200
    attributes = get(shop, template)
    assert (attributes["name"], attributes["definition"]) == ("Other", LETTER)
    assert "first_name" in attributes["html"]


def test_a_clone_has_the_definition(shop: Shop) -> None:
    template = made(shop, LETTER)
    body = {"data": {"type": "template", "id": template, "attributes": {}}}
    clone = shop.http.post("/api/template-clone", json=body).json()["data"]["id"]
    assert get(shop, clone)["definition"] == LETTER
    assert get(shop, clone)["html"] == get(shop, template)["html"]


def test_it_is_rendered_with_a_context(shop: Shop) -> None:
    template = made(shop, LETTER)
    body = {"data": {"type": "template", "id": template, "attributes": {"context": {"first_name": "Ada"}}}}
    html = shop.http.post("/api/template-render", json=body).json()["data"]["attributes"]["html"]
    assert ">Hi Ada</p>" in html
    assert "{{" not in html


def test_a_campaign_sends_it(shop: Shop) -> None:
    """From the definition to what arrives: the copy that the message got has the definition too."""
    people = stories.people(shop, 1)
    campaign, message = stories.campaign(shop, included=[stories.list_of(shop, people)])
    data = definition(
        section(
            [
                text("<p>Hi {{ first_name }}</p>"),
                block("button", content="Look", properties={"href": "https://shop.example/look"}),
            ]
        )
    )
    stories.assign(shop, message, made(shop, data))
    stories.send(shop, campaign)
    listed = shop.http.get("/api/messages", params={"filter": f'equals(campaign_id,"{campaign}")'}).json()["data"]
    sent = shop.http.get(f"/api/messages/{listed[0]['id']}").json()["data"]["attributes"]
    assert ">Hi Zoë person0</p>" in sent["html"]
    assert "Hi Zoë person0" in sent["text"]
    assert "Look (https://shop.example/look" in sent["text"]
    copy = shop.http.get(f"/api/campaign-messages/{message}/template", headers={"revision": "2025-10-15"}).json()
    assert copy["data"]["attributes"]["editor_type"] == "SYSTEM_DRAGGABLE"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (block("coupon", content="", properties={"coupon": "spring"}), "Coupon Category Unavailable"),
        (text("<p>{% catalog 'hat' unpublished='cancel' %}{{ catalog_item.title }}{% endcatalog %}</p>"),
         "Catalog Item Unavailable"),
    ],
)  # fmt: skip
def test_who_should_get_what_is_not_there_is_passed_over(shop: Shop, data: Json, reason: str) -> None:
    """Only they: somebody for whom the block is not shown gets the rest."""
    shop.profile("member@example.com", properties={"member": True})
    shop.profile("other@example.com")
    both = ["member@example.com", "other@example.com"]
    campaign, message = stories.campaign(shop, included=[stories.list_of(shop, both)])
    data = {**data, "data": {**data["data"], "display_options": {"visible_check": "person.member"}}}
    letter = definition(section([text("<p>Hi {% unsubscribe %}</p>"), data]))
    template = made(shop, letter)
    assert get(shop, template)["definition"] == letter
    stories.assign(shop, message, template)
    stories.send(shop, campaign)
    rows = shop.query("SELECT to_address, status, skip_reason FROM messages WHERE account_id = %s", shop.account_id)
    assert sorted(rows) == [("member@example.com", "skipped", reason), ("other@example.com", "sent", None)]


def test_a_code_is_previewed_by_what_stands_for_it(shop: Shop) -> None:
    data = definition(section([block("coupon", content="", properties={"coupon": "spring"})]))
    body = {"data": {"type": "template", "id": made(shop, data), "attributes": {"context": {}}}}
    html = shop.http.post("/api/template-render", json=body).json()["data"]["attributes"]["html"]
    assert "spring-PREVIEW" in html


def test_a_flow_sends_it_with_the_items_of_its_event(shop: Shop) -> None:
    """The flow has a copy of its own, definition and all: a later change of the original is not sent."""
    shop.event("Started Checkout", "other@example.com")
    shop.wait_until_recorded()
    metric = shop.metric_id("Started Checkout")
    row = {"type": "table_text", "content": "<p>{{ item.name }}: {% currency_format item.price %}</p>"}
    repeat = {"repeat_for": "event.items", "item_alias": "item"}
    properties = {"dynamic": True, "num_columns": 1, "row_content_repeat": repeat}
    data = definition(section([block("table", properties=properties, subblocks=[row])]))
    template = made(shop, data)
    message = {"subject_line": "Your cart", "template_id": template, "name": "Cart", "smart_sending_enabled": False}
    flow_definition = {
        "triggers": [{"type": "metric", "id": metric}],
        "entry_action_id": "mail",
        "actions": [action("mail", "send-email", status="live", message=message)],
    }
    attributes = {"name": "Cart", "definition": flow_definition}
    flow = shop.http.post("/api/flows", json={"data": {"type": "flow", "attributes": attributes}}).json()["data"]["id"]
    live = {"data": {"type": "flow", "id": flow, "attributes": {"status": "live"}}}
    assert shop.http.patch(f"/api/flows/{flow}", json=live).status_code == 200
    body = {"data": {"type": "template", "id": template, "attributes": {"definition": LETTER}}}
    assert shop.http.patch(f"/api/templates/{template}", json=body).status_code == 200
    items = [{"name": "Hat", "price": 9}, {"name": "Bag", "price": 20.5}]
    shop.event("Started Checkout", "ann@example.com", properties={"items": items})
    filter = {"filter": f'equals(flow_id,"{flow}")'}
    listed = eventually(
        lambda: [
            one
            for one in shop.http.get("/api/messages", params=filter).json()["data"]
            if one["attributes"]["status"] == "sent"
        ]
    )
    text_part = shop.http.get(f"/api/messages/{listed[0]['id']}").json()["data"]["attributes"]["text"]
    assert "Hat: $9.00" in text_part and "Bag: $20.50" in text_part
