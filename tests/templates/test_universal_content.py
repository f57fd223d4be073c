"""Universal content, and the templates and mails that show it."""

from typing import Any

from tests import stories
from tests.conftest import Shop
from tests.templates.definitions import Json, block, definition, section, text

PATH = "/api/template-universal-content"


def universal(shop: Shop, made: Json, name: str = "Footer") -> str:
    attributes = {"name": name, "definition": made}
    answer = shop.http.post(PATH, json={"data": {"type": "template-universal-content", "attributes": attributes}})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["data"]["id"])


def change(shop: Shop, id: str, **attributes: Any) -> None:
    body = {"data": {"type": "template-universal-content", "id": id, "attributes": attributes}}
    assert shop.http.patch(f"{PATH}/{id}", json=body).status_code == 200


def template(shop: Shop, **attributes: Any) -> Any:
    return shop.http.post("/api/templates", json={"data": {"type": "template", "attributes": attributes}})


def dragged(shop: Shop, *ids: str) -> str:
    blocks = [{**text("<p>what stood here</p>"), "universal_id": id} for id in ids]
    data = definition(section([text("<p>Hello</p>"), *blocks]))
    answer = template(shop, name="T", editor_type="SYSTEM_DRAGGABLE", definition=data)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["data"]["id"])


def html(shop: Shop, id: str) -> str:
    return str(shop.http.get(f"/api/templates/{id}").json()["data"]["attributes"]["html"])


def test_a_change_reaches_every_template_that_shows_it(shop: Shop) -> None:
    footer = universal(shop, text("<p>Old footer</p>"))
    templates = [dragged(shop, footer), dragged(shop, footer)]
    for id in templates:
        assert "Old footer" in html(shop, id)
        assert "what stood here" not in html(shop, id)
    change(shop, footer, definition=text("<p>New footer</p>"))
    listed = shop.http.get("/api/templates").json()["data"]
    for shown in (*(html(shop, id) for id in templates), *(one["attributes"]["html"] for one in listed)):
        assert "New footer" in shown
        assert "Old footer" not in shown


def test_it_is_told_which_templates_show_it(shop: Shop) -> None:
    footer, other = universal(shop, text("<p>One</p>")), universal(shop, text("<p>Other</p>"))
    shows = [dragged(shop, footer), dragged(shop, footer, other)]
    dragged(shop, other)
    found = shop.http.get(f"{PATH}/{footer}/templates").json()["data"]
    assert [one["id"] for one in found] == shows
    assert shop.http.get(f"{PATH}/01HWWWKAW4RHXQJCMW4R2KRYR4/templates").status_code == 404


def test_what_was_deleted_is_shown_nowhere(shop: Shop) -> None:
    footer = universal(shop, text("<p>Old footer</p>"))
    id = dragged(shop, footer)
    assert shop.http.delete(f"{PATH}/{footer}").status_code == 204
    assert "Old footer" not in html(shop, id)
    assert "Hello" in html(shop, id)
    assert shop.http.get(f"{PATH}/{footer}").status_code == 404


def test_a_template_does_not_name_what_is_not_there(shop: Shop) -> None:
    data = definition(section([{**text("<p>x</p>"), "universal_id": "01HWWWKAW4RHXQJCMW4R2KRYR4"}]))
    error = template(shop, name="T", editor_type="SYSTEM_DRAGGABLE", definition=data).json()["errors"][0]
    at = "/data/attributes/definition/body/sections/0/rows/0/columns/0/blocks/0/universal_id"
    assert (error["status"], error["source"]["pointer"]) == (400, at)


def test_a_whole_section_is_universal_too(shop: Shop) -> None:
    whole = universal(shop, section([text("<p>Left</p>")], [text("<p>Right</p>")], layout="2-columns-equal-width"))
    data = definition({**section([]), "universal_id": whole})
    id = template(shop, name="T", editor_type="SYSTEM_DRAGGABLE", definition=data).json()["data"]["id"]
    assert "Left" in html(shop, id) and "Right" in html(shop, id)


def test_coded_html_has_placeholders(shop: Shop) -> None:
    footer = universal(shop, block("button", content="Old", properties={"href": "https://shop.example/"}))
    source = f'<table><tr><td><div data-klaviyo-universal-block="{footer}"><div>&nbsp;</div></div></td></tr></table>'
    made = template(shop, name="T", editor_type="USER_DRAGGABLE", html=source).json()["data"]
    # the source stays what its author wrote
    assert made["attributes"]["html"] == source
    change(shop, footer, definition=block("button", content="New", properties={"href": "https://shop.example/"}))
    body = {"data": {"type": "template", "id": made["id"], "attributes": {"context": {}}}}
    shown = shop.http.post("/api/template-render", json=body).json()["data"]["attributes"]["html"]
    assert shown.startswith("<table><tr><td><div data-klaviyo-universal-block=")
    assert ">New</a>" in shown and shown.endswith("</div></td></tr></table>")
    assert "&nbsp;" not in shown.split(">New</a>")[1]


def test_columns_of_a_section_stand_side_by_side_in_coded_html_too(shop: Shop) -> None:
    whole = universal(shop, section([text("<p>Left</p>")], [text("<p>Right</p>")], layout="2-columns-equal-width"))
    source = f'<div data-klaviyo-universal-block="{whole}"></div>'
    made = template(shop, name="T", editor_type="CODE", html=source).json()["data"]["id"]
    body = {"data": {"type": "template", "id": made, "attributes": {"context": {}}}}
    shown = shop.http.post("/api/template-render", json=body).json()["data"]["attributes"]["html"]
    assert shown.index(".mj-column-per-50") < shown.index("Left") < shown.index("Right")


def test_a_campaign_sends_it_as_it_is_then(shop: Shop) -> None:
    """Also where the message's copy of the template was made before the change; what was sent stays."""
    footer = universal(shop, text("<p>Old footer</p>"))
    campaign, message = stories.campaign(shop, included=[stories.list_of(shop, stories.people(shop, 1))])
    stories.assign(shop, message, dragged(shop, footer))
    change(shop, footer, definition=text("<p>Newer footer</p>"))
    stories.send(shop, campaign)
    change(shop, footer, definition=text("<p>Newest footer</p>"))
    listed = shop.http.get("/api/messages", params={"filter": f'equals(campaign_id,"{campaign}")'}).json()["data"]
    sent = shop.http.get(f"/api/messages/{listed[0]['id']}").json()["data"]["attributes"]["html"]
    assert "Newer footer" in sent


def test_an_error_in_it_is_told_where_it_stands(shop: Shop) -> None:
    attributes = {"name": "x", "definition": text("<p>{% nonsense %}</p>")}
    answer = shop.http.post(PATH, json={"data": {"type": "template-universal-content", "attributes": attributes}})
    error = answer.json()["errors"][0]
    assert error["source"]["pointer"] == "/data/attributes/definition/data/content"
    assert error["meta"] == {"line": 1, "column": 4}


def test_it_is_found_by_its_type(shop: Shop) -> None:
    footer = universal(shop, text("<p>x</p>"))
    universal(shop, section([text("<p>x</p>")]), "Section")
    for filter in ('equals(definition.type,"text")', 'equals(definition.content_type,"block")'):
        found = shop.http.get(PATH, params={"filter": filter}).json()["data"]
        assert [one["id"] for one in found] == [footer]


def test_a_clone_has_its_own_life(shop: Shop) -> None:
    footer = universal(shop, text("<p>One</p>"))
    body = {"data": {"type": "template-universal-content", "id": footer, "attributes": {"id": footer}}}
    clone = shop.http.post("/api/template-universal-content-clone", json=body).json()["data"]
    assert clone["attributes"]["name"] == "Footer"
    change(shop, clone["id"], definition=text("<p>Two</p>"))
    assert shop.http.get(f"{PATH}/{footer}").json()["data"]["attributes"]["definition"] == text("<p>One</p>")
