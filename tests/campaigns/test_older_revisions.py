"""Campaigns as a client of revision 2026-07-15 and before sees them (behaviour-messaging 2.1 to 2.6, vectors 10.6)."""

from typing import Any

from tests import stories
from tests.conftest import Shop, eventually
from tests.sink import Sink

OLDER = {"revision": "2026-07-15"}


def body(list_id: str, **attributes: Any) -> dict[str, Any]:
    content = {"subject": "Older", "from_email": "shop@example.com", "from_label": "Shop"}
    definition = {"channel": "email", "label": "First", "content": content}
    message = {"type": "campaign-message", "attributes": {"definition": definition}}
    given = {
        "name": "Older",
        "audiences": {"included": [list_id]},
        "campaign-messages": {"data": [message]},
        **attributes,
    }
    return {"data": {"type": "campaign", "attributes": given}}


def created(shop: Shop, list_id: str, **attributes: Any) -> Any:
    return shop.http.post("/api/campaigns", json=body(list_id, **attributes), headers=OLDER)


def test_it_is_a_draft_sent_at_once_with_smart_sending_unless_told_otherwise(shop: Shop) -> None:
    answer = created(shop, stories.list_of(shop, []))
    assert answer.status_code == 201, answer.text
    attributes = answer.json()["data"]["attributes"]
    assert attributes["status"] == "Draft"
    assert attributes["send_strategy"] == {"method": "immediate"}
    assert attributes["send_options"] == {"use_smart_sending": True}
    assert (attributes["scheduled_at"], attributes["send_time"], attributes["archived"]) == (None, None, False)
    assert attributes["tracking_options"]["custom_tracking_params"] == []


def test_it_refuses_a_percentage_that_is_not_offered(shop: Shop) -> None:
    strategy = {"method": "throttled", "datetime": "2030-01-01T00:00:00+00:00", "throttle_percentage": 15}
    answer = created(shop, stories.list_of(shop, []), send_strategy=strategy)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["source"]["pointer"] == "/data/attributes/send_strategy/throttle_percentage"


def test_it_sends_an_older_campaign_like_any_other(shop: Shop, sink: Sink) -> None:
    [address] = stories.people(shop, 1)
    made = created(shop, stories.list_of(shop, [address])).json()["data"]
    [message] = shop.http.get(f"/api/campaigns/{made['id']}/campaign-messages", headers=OLDER).json()["data"]
    assert message["attributes"]["definition"]["content"]["subject"] == "Older"
    assert message["attributes"]["channel"] == "email"
    stories.assign(shop, message["id"], stories.template(shop))
    stories.send(shop, made["id"])
    assert sink.to(address)[0].message["Subject"] == "Older"
    found = shop.http.get(f"/api/campaigns/{made['id']}?include=campaign-messages", headers=OLDER).json()
    assert found["data"]["attributes"]["status"] == "Sent"
    assert [one["type"] for one in found["included"]] == ["campaign-message"]


def test_it_lists_by_channel_status_and_without_either(shop: Shop) -> None:
    made = created(shop, stories.list_of(shop, [])).json()["data"]["id"]

    def listed(query: str) -> list[str]:
        return [one["id"] for one in shop.http.get(f"/api/campaigns{query}", headers=OLDER).json()["data"]]

    assert listed("?filter=equals(messages.channel,'email')") == [made]
    assert listed("?filter=equals(messages.channel,'sms')") == []
    assert listed('?filter=equals(status,"draft")') == [made]
    assert listed("") == [made]
    answer = shop.http.get("/api/campaigns?filter=equals(name,'Older')", headers=OLDER)
    assert answer.status_code == 400


def test_it_changes_a_draft_and_keeps_what_was_not_sent(shop: Shop) -> None:
    first, second = stories.list_of(shop, [], "One"), stories.list_of(shop, [], "Two")
    made = created(shop, first).json()["data"]["id"]
    attributes = {
        "audiences": {"included": [first], "excluded": [second]},
        "send_options": {"use_smart_sending": False},
    }
    change = {"data": {"type": "campaign", "id": made, "attributes": attributes}}
    found = shop.http.patch(f"/api/campaigns/{made}", json=change, headers=OLDER).json()["data"]["attributes"]
    assert found["audiences"] == {"included": [first], "excluded": [second]}
    assert found["send_options"] == {"use_smart_sending": False}
    assert found["name"] == "Older"


def test_it_waits_for_a_static_time(shop: Shop, sink: Sink) -> None:
    [address] = stories.people(shop, 1)
    at = shop.query("SELECT now() + interval '1 day'")[0][0].isoformat()
    strategy = {"method": "static", "datetime": at, "options": {"is_local": False}}
    made = created(shop, stories.list_of(shop, [address]), send_strategy=strategy).json()["data"]["id"]
    [message] = shop.http.get(f"/api/campaigns/{made}/campaign-messages", headers=OLDER).json()["data"]
    stories.assign(shop, message["id"], stories.template(shop))
    stories.send(shop, made, wait=False)
    assert stories.status(shop, made) == "Scheduled"
    job = shop.http.get(f"/api/campaign-send-jobs/{made}", headers=OLDER).json()["data"]["attributes"]
    assert job["status"] == "queued"
    change = {"data": {"type": "campaign", "id": made, "attributes": {"name": "Too late"}}}
    assert shop.http.patch(f"/api/campaigns/{made}", json=change, headers=OLDER).status_code == 409
    shop.advance(days=2)
    eventually(lambda: stories.status(shop, made) == "Sent", seconds=20)
    assert len(sink.to(address)) == 1


def test_it_refuses_render_options_on_an_email(shop: Shop) -> None:
    made = created(shop, stories.list_of(shop, [])).json()["data"]["id"]
    [message] = shop.http.get(f"/api/campaigns/{made}/campaign-messages", headers=OLDER).json()["data"]
    definition = {"channel": "email", "content": {}, "render_options": {"shorten_links": True}}
    change = {"data": {"type": "campaign-message", "id": message["id"], "attributes": {"definition": definition}}}
    error = shop.http.patch(f"/api/campaign-messages/{message['id']}", json=change, headers=OLDER).json()["errors"][0]
    assert error["detail"] == "'render_options' is not a valid field for the resource 'EmailMessageDefinition'."
    assert error["source"]["pointer"] == "/data/attributes/definition/render_options"


def test_up_to_2024_what_belongs_to_a_method_is_nested_and_tracking_has_its_names_of_then(shop: Shop) -> None:
    moment = {"datetime": "2030-01-01T00:00:00+00:00", "is_local": True, "send_past_recipients_immediately": True}
    utm = [{"name": "utm_medium", "value": "campaign"}]
    strategy = {"method": "static", "options_static": moment}
    tracking = {"is_add_utm": True, "utm_params": utm, "is_tracking_clicks": False, "is_tracking_opens": True}
    sent = body(stories.list_of(shop, []), send_strategy=strategy, tracking_options=tracking)
    earlier = {"revision": "2024-10-15"}
    made = shop.http.post("/api/campaigns", json=sent, headers=earlier).json()["data"]
    others = {"options_throttled": None, "options_sto": None}
    assert made["attributes"]["send_strategy"] == {**strategy, **others}
    assert made["attributes"]["tracking_options"] == tracking
    path = f"/api/campaigns/{made['id']}/campaign-messages"
    [message] = shop.http.get(path, headers=earlier).json()["data"]
    assert (message["attributes"]["label"], "definition" in message["attributes"]) == ("First", False)
    later = shop.http.get(f"/api/campaigns/{made['id']}", headers=OLDER).json()["data"]["attributes"]
    assert later["send_strategy"]["options"] == {"is_local": True, "send_past_recipients_immediately": True}
    assert later["tracking_options"]["add_tracking_params"] is True
