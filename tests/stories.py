"""What several tests do with a shop, told with the official SDK: templates, campaigns, segments, flows."""

import re
from typing import Any

from tests.conftest import Shop, eventually
from tests.sink import Received

HTML = """<html><body><p>Hi {{ first_name|default:'there' }}, your city is {{ person.city|default:'unknown' }}.</p>
<p><a href="https://shop.example/new?for={{ person.external_id|default:'you' }}">New things</a></p>
<p>{% unsubscribe 'Unsubscribe' %}</p></body></html>"""


def template(shop: Shop, html: str = HTML, name: str = "Letter") -> str:
    attributes = {"name": name, "editor_type": "CODE", "html": html}
    answer = shop.sdk.Templates.create_template({"data": {"type": "template", "attributes": attributes}})
    return str(answer.data.id)


def campaign(
    shop: Shop,
    *,
    included: list[str],
    excluded: list[str] | None = None,
    subject: str = "Hello {{ first_name }}",
    html: str = HTML,
    name: str = "Spring letter",
) -> tuple[str, str]:
    """A draft of the newer shape with its template assigned: ids of campaign and message."""
    details = {"channel": "email", "subject": subject, "from_email": "shop@example.com", "from_label": "The shop"}
    attributes = {
        "definition": {"name": name, "builder": "wizard"},
        "audiences": [{"temporary_id": "a", "name": "Everybody", "included": included, "excluded": excluded or []}],
        "messages": [
            {
                "audience_temporary_id": "a",
                "name": "Letter",
                "variations": [{"definition": {"name": "A", "details": details}}],
            }
        ],
    }
    made = shop.sdk.Campaigns.create_campaign({"data": {"type": "campaign", "attributes": attributes}})
    message = str(shop.sdk.Campaigns.get_messages_for_campaign(made.data.id).data[0].id)
    assign(shop, message, template(shop, html))
    return str(made.data.id), message


def assign(shop: Shop, message: str, template_id: str) -> None:
    relationships = {"template": {"data": {"type": "template", "id": template_id}}}
    body = {"data": {"type": "campaign-message", "id": message, "relationships": relationships}}
    shop.sdk.Campaigns.assign_template_to_campaign_message(body)


def send(shop: Shop, campaign_id: str, *, wait: bool = True, seconds: float = 60) -> None:
    shop.sdk.Campaigns.send_campaign({"data": {"type": "campaign-send-job", "id": campaign_id}})
    if wait:
        eventually(lambda: status(shop, campaign_id) == "Sent", seconds=seconds)


def status(shop: Shop, campaign_id: str) -> str:
    return str(
        shop.query("SELECT status FROM campaigns WHERE account_id = %s AND ulid = %s", shop.account_id, campaign_id)[0][
            0
        ]
    )


def segment(shop: Shop, name: str, *groups: list[dict[str, Any]]) -> str:
    """A segment's id, once it is built."""
    definition = {"condition_groups": [{"conditions": group} for group in groups]}
    body = {"data": {"type": "segment", "attributes": {"name": name, "definition": definition}}}
    made = str(shop.sdk.Segments.create_segment(body).data.id)
    eventually(lambda: not shop.sdk.Segments.get_segment(made).data.attributes.is_processing, seconds=60)
    return made


def count(
    metric_id: str, operator: str, value: float, *, days: int | None = None, measurement: str = "count"
) -> dict[str, Any]:
    """The condition "has done the metric <operator> <value> times", ever or in the last days."""
    timeframe: dict[str, Any] = {"type": "date", "operator": "alltime"}
    if days is not None:
        timeframe = {"type": "date", "operator": "in-the-last", "unit": "day", "quantity": days}
    return {
        "type": "profile-metric",
        "metric_id": metric_id,
        "measurement": measurement,
        "measurement_filter": {"type": "numeric", "operator": operator, "value": value},
        "timeframe_filter": timeframe,
        "metric_filters": None,
    }


def size(shop: Shop, segment_id: str) -> int:
    return int(
        shop.sdk.Segments.get_segment(
            segment_id, additional_fields_segment=["profile_count"]
        ).data.attributes.profile_count
    )


def people(shop: Shop, number: int, *, prefix: str = "person") -> list[str]:
    """Addresses of so many new profiles."""
    addresses = [f"{prefix}{n}@{shop.public_id.lower()}.example.com" for n in range(number)]
    for address in addresses:
        shop.profile(address, first_name=f"Zoë {address.split('@')[0]}")
    return addresses


def list_of(shop: Shop, addresses: list[str], name: str = "Newsletter") -> str:
    made = str(shop.sdk.Lists.create_list({"data": {"type": "list", "attributes": {"name": name}}}).data.id)
    for first in range(0, len(addresses), 500):
        rows = shop.query(
            "SELECT ulid FROM profiles WHERE account_id = %s AND email = ANY(%s)",
            shop.account_id,
            addresses[first : first + 500],
        )
        shop.sdk.Lists.add_profiles_to_list(made, {"data": [{"type": "profile", "id": row[0]} for row in rows]})
    return made


def flow(shop: Shop, definition: dict[str, Any], *, name: str = "Flow", live: bool = True) -> str:
    made = str(
        shop.sdk.Flows.create_flow(
            {"data": {"type": "flow", "attributes": {"name": name, "definition": definition}}}
        ).data.id
    )
    if live:
        shop.sdk.Flows.update_flow(made, {"data": {"type": "flow", "id": made, "attributes": {"status": "live"}}})
    return made


def links(received: Received) -> list[str]:
    """Tracked links of a message's HTML part, in order."""
    return [link for link in re.findall(r'href="([^"]+)"', received.part("html")) if "/c/" in link]


def pixel(received: Received) -> str:
    found = re.search(r'src="([^"]+/o/[^"]+)"', received.part("html"))
    assert found
    return found[1]


def one_click(received: Received) -> str:
    """The https or http URL of List-Unsubscribe."""
    found = re.search(r"<(https?://[^>]+)>", str(received.message["List-Unsubscribe"]))
    assert found
    return found[1]
