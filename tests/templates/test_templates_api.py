"""Templates, with the official SDK."""

from concurrent.futures import ThreadPoolExecutor
from time import monotonic
from typing import Any

import httpx
import pytest
from openapi_client.exceptions import ApiException

from tests import stories
from tests.conftest import Shop


def created(shop: Shop, **attributes: Any) -> Any:
    body = {"type": "template", "attributes": {"name": "Letter", "editor_type": "CODE", **attributes}}
    return shop.sdk.Templates.create_template({"data": body}).data


def test_it_keeps_a_template_and_lists_ten_a_page(shop: Shop) -> None:
    for number in range(11):
        created(shop, name=f"Letter {number:02}", html="<p>hi</p>")
    page = shop.sdk.Templates.get_templates(sort="name")
    assert [one.attributes.name for one in page.data] == [f"Letter {number:02}" for number in range(10)]
    rest = shop.http.get(page.links.next).json()["data"]
    assert [one["attributes"]["name"] for one in rest] == ["Letter 10"]


def test_it_says_where_a_template_is_wrong(shop: Shop) -> None:
    with pytest.raises(ApiException) as raised:
        created(shop, html="<p>\n{% nonsense %}</p>")
    assert raised.value.status == 400
    body = {"type": "template", "attributes": {"name": "x", "editor_type": "CODE", "html": "<p>\n{% nonsense %}</p>"}}
    error = shop.http.post("/api/templates", json={"data": body}).json()["errors"][0]
    assert error["source"] == {"pointer": "/data/attributes/html"}
    assert "Line 2" in error["detail"]


def test_it_needs_html_for_coded_templates(shop: Shop) -> None:
    body = {"data": {"type": "template", "attributes": {"name": "x", "editor_type": "CODE"}}}
    error = shop.http.post("/api/templates", json=body).json()["errors"][0]
    assert (error["status"], error["source"]["pointer"]) == (400, "/data/attributes/html")


def test_it_renders_with_the_context_it_is_given(shop: Shop) -> None:
    made = created(shop, html="<p>Hi {{ person.first_name }}{{ nobody }}</p>", text="Hi {{ person.first_name }}")
    body = {"data": {"type": "template", "id": made.id, "attributes": {"context": {"person": {"first_name": "Ada"}}}}}
    shown = shop.sdk.Templates.render_template(body).data.attributes
    assert (shown.html, shown.text, shown.amp) == ("<p>Hi Ada</p>", "Hi Ada", None)


def test_it_clones_and_changes_only_the_clone(shop: Shop) -> None:
    made = created(shop, html="<p>one</p>")
    clone = shop.sdk.Templates.clone_template({"data": {"type": "template", "id": made.id, "attributes": {}}}).data
    assert clone.attributes.name == "Clone of Letter"
    body = {"data": {"type": "template", "id": clone.id, "attributes": {"html": "<p>two</p>"}}}
    assert shop.sdk.Templates.update_template(clone.id, body).data.attributes.html == "<p>two</p>"
    assert shop.sdk.Templates.get_template(made.id).data.attributes.html == "<p>one</p>"


def test_it_deletes_once(shop: Shop) -> None:
    made = stories.template(shop)
    assert shop.http.delete(f"/api/templates/{made}").status_code == 204
    assert shop.http.delete(f"/api/templates/{made}").status_code == 404


def test_it_hides_a_campaigns_copy_from_the_library(shop: Shop) -> None:
    stories.campaign(shop, included=[stories.list_of(shop, [])])
    assert len(shop.sdk.Templates.get_templates().data) == 1


def test_a_slow_template_holds_up_nobody(shop: Shop) -> None:
    """Most of what one rendering may do, in HTML and in text: seconds of work."""
    slow = "{% for n in 'aaaaaaaa'|make_list %}{{ t|wordwrap:2|slice:':9' }}{% endfor %}"
    template = created(shop, html=slow, text=slow).id
    body = {"type": "template", "id": template, "attributes": {"context": {"t": "\n" * 300_000}}}
    with ThreadPoolExecutor(1) as pool:
        rendering = pool.submit(lambda: shop.http.post("/api/template-render", json={"data": body}))
        waits = []
        while not rendering.done():
            began = monotonic()
            assert httpx.get(f"{shop.server.url}/health", timeout=30).status_code == 200
            waits.append(monotonic() - began)
    assert rendering.result().status_code in (201, 400)
    assert max(waits) < 0.5 * rendering.result().elapsed.total_seconds()
