"""What came of a flow's messages: counted by step and span, refused for no number of days."""

from typing import Any

import pytest

from tests.conftest import Shop
from tests.flows.conftest import action


def _flow(shop: Shop) -> str:
    content = {"name": "Hello", "editor_type": "CODE", "html": "<p>Hello {% unsubscribe %}</p>"}
    made = shop.http.post("/api/templates", json={"data": {"type": "template", "attributes": content}})
    message = {"subject_line": "Hello", "from_email": "shop@example.com", "template_id": made.json()["data"]["id"]}
    email = action("a", "send-email", None, message=message, status="live")
    definition = {
        "triggers": [{"type": "metric", "id": shop.metric_id("Signed Up")}],
        "actions": [email],
        "entry_action_id": "a",
    }
    body = {"data": {"type": "flow", "attributes": {"name": "Hello", "definition": definition}}}
    flow = str(shop.http.post("/api/flows", json=body).json()["data"]["id"])
    turned = {"data": {"type": "flow", "id": flow, "attributes": {"status": "live"}}}
    assert shop.http.patch(f"/api/flows/{flow}", json=turned).status_code == 200
    return flow


def _numbers(shop: Shop, flow: str, days: int = 30) -> dict[str, Any]:
    path = f"/api/flows/{flow}/numbers?days={days}"
    return dict(shop.http.get(path).json()["data"]["attributes"]["steps"][0])


def test_held_back_messages_are_counted_by_reason_and_leave_with_the_span(shop: Shop) -> None:
    shop.event("Signed Up", "early@example.com")
    shop.wait_until_recorded()
    flow = _flow(shop)
    # somebody without an address gets nothing, and it is said why
    body = {
        "data": {
            "type": "event",
            "attributes": {
                "properties": {},
                "metric": {"data": {"type": "metric", "attributes": {"name": "Signed Up"}}},
                "profile": {"data": {"type": "profile", "attributes": {"external_id": "nobody"}}},
            },
        }
    }
    assert shop.http.post("/api/events", json=body, headers={"Prefer": "wait=20"}).status_code == 202
    shop.advance(minutes=1)
    numbers = _numbers(shop, flow)
    assert (numbers["sent"], numbers["skipped"]) == (0, [{"reason": "Missing Email", "count": 1}])
    shop.advance(days=8)
    assert (_numbers(shop, flow, 7)["skipped"], len(_numbers(shop, flow, 30)["skipped"])) == ([], 1)


@pytest.mark.parametrize("days", ["0", "366", "x", "-1", "9" * 30])
def test_a_span_that_is_none_is_refused(shop: Shop, days: str) -> None:
    shop.event("Signed Up", "early@example.com")
    shop.wait_until_recorded()
    answer = shop.http.get(f"/api/flows/{_flow(shop)}/numbers", params={"days": days})
    assert answer.status_code == 400
