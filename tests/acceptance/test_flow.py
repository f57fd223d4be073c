"""A flow on orders, run to its ends for a hundred people under the test clock."""

import json
from typing import Any

from tests.conftest import Shop, eventually
from tests.lengths import length
from tests.receiver import Receiver
from tests.sink import Sink
from tests.stories import flow, people, template

_PEOPLE = length(40, 100)
_THANKS = "<html><body><p>Thank you {{ first_name }} for {{ event.OrderId }}.</p>{% unsubscribe %}</body></html>"


def _definition(metric: str, thanks: str, vip: str, receiver: Receiver) -> dict[str, Any]:
    def email(temporary: str, template_id: str, subject: str, following: str | None) -> dict[str, Any]:
        message = {
            "from_email": "shop@example.com",
            "from_label": "The shop",
            "subject_line": subject,
            "template_id": template_id,
            "smart_sending_enabled": False,
        }
        return {
            "temporary_id": temporary,
            "type": "send-email",
            "links": {"next": following},
            "data": {"message": message},
        }

    spent = {
        "type": "profile-metric",
        "metric_id": metric,
        "measurement": "sum",
        "measurement_filter": {"type": "numeric", "operator": "greater-than", "value": 100},
        "timeframe_filter": {"type": "date", "operator": "alltime"},
        "metric_filters": None,
    }
    hook = {
        "url": f"{receiver.url}/small",
        "headers": {"X-Shop": "yes"},
        "body": '{"id": "{{ person.KlaviyoID }}", "email": "{{ email }}", "order": "{{ event.OrderId }}"}',
    }
    return {
        "triggers": [{"type": "metric", "id": metric}],
        "entry_action_id": "thanks",
        "actions": [
            email("thanks", thanks, "Thank you for {{ event.OrderId }}", "wait"),
            {
                "temporary_id": "wait",
                "type": "time-delay",
                "links": {"next": "split"},
                "data": {"unit": "days", "value": 2},
            },
            {
                "temporary_id": "split",
                "type": "conditional-split",
                "links": {"next_if_true": "vip", "next_if_false": "hook"},
                "data": {"profile_filter": {"condition_groups": [{"conditions": [spent]}]}},
            },
            email("vip", vip, "For our best customers", None),
            {"temporary_id": "hook", "type": "send-webhook", "links": {"next": None}, "data": {"message": hook}},
        ],
    }


def test_it_takes_a_hundred_people_to_the_ends_with_one_message_a_step(shop: Shop, sink: Sink) -> None:
    addresses = people(shop, _PEOPLE)
    shop.event("Placed Order", "first@example.com", value=1.0)
    metric = shop.metric_id("Placed Order")
    with Receiver() as receiver:
        definition = _definition(metric, template(shop, _THANKS), template(shop, _THANKS, "VIP"), receiver)
        made = flow(shop, definition)
        rich = {address for number, address in enumerate(addresses) if number % 4 == 0}
        for address in addresses:
            value = 150.0 if address in rich else 40.0
            order = f"o-{address}"
            shop.event("Placed Order", address, value=value, unique_id=order, properties={"OrderId": order})
        eventually(lambda: sum(len(sink.to(address)) for address in addresses) == _PEOPLE, seconds=60)
        assert not receiver.requests
        shop.advance(days=1, hours=23)
        shop.wait_until_recorded()
        assert not receiver.requests
        shop.advance(hours=2)
        eventually(lambda: sum(len(sink.to(a)) for a in addresses) == _PEOPLE + len(rich), seconds=60)
        eventually(lambda: len(receiver.requests) == _PEOPLE - len(rich), seconds=60)
        eventually(lambda: _waiting(shop) == 0)
    subjects = {address: [str(one.message["Subject"]) for one in sink.to(address)] for address in addresses}
    for address in addresses:
        wanted = [f"Thank you for o-{address}"] + (["For our best customers"] if address in rich else [])
        assert subjects[address] == wanted
    _check_webhooks(shop, receiver, set(addresses) - rich, made)


def _waiting(shop: Shop) -> int:
    return len(shop.query("SELECT 1 FROM enrolments WHERE account_id = %s AND action_id IS NOT NULL", shop.account_id))


def _check_webhooks(shop: Shop, receiver: Receiver, expected: set[str], flow_id: str) -> None:
    bodies = [json.loads(request.body) for request in receiver.requests]
    assert sorted(body["email"] for body in bodies) == sorted(expected)
    ids = dict(shop.query("SELECT email, ulid FROM profiles WHERE account_id = %s", shop.account_id))
    for request, body in zip(receiver.requests, bodies, strict=True):
        assert body["id"] == ids[body["email"]] and body["order"] == f"o-{body['email']}"
        headers = {name.lower(): value for name, value in request.headers.items()}
        assert headers["x-shop"] == "yes" and headers["x-klaviyo-flow-id"] == flow_id
        assert headers["content-type"] == "application/json"
