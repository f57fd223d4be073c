"""A shop that holds something of everything that the integration component shows."""

from base64 import b64encode
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

from tests import messages_world, stories
from tests.conftest import Shop, eventually, run
from tests.images import pictures
from tests.segments.crowd import know_places

SARAH, PHONE = "sarah.mason@example.com", "+15005550006"
NOW = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
FUTURE = "2030-01-01T00:00:00+00:00"
PROFILE = {
    "email": SARAH,
    "phoneNumber": PHONE,
    "externalId": "S-1",
    "firstName": "Sarah",
    "lastName": "Mason",
    "organization": "Example Corporation",
    "title": "Regional Manager",
    "image": "https://example.com/sarah.jpeg",
    "location": {"address1": "89 E 42nd St", "city": "New York", "zip": "10017", "timezone": "America/New_York"},
    "properties": {"snake_case": 1, "camelCase": {"inner_key": 2}},
}
# Inputs of a profile by their labels.
LABELS = {
    "Email": "email",
    "Phone Number": "phoneNumber",
    "External ID": "externalId",
    "First Name": "firstName",
    "Last Name": "lastName",
    "Organization": "organization",
    "Title": "title",
    "Image": "image",
    "Location": "location",
    "Properties": "properties",
}
_DATE = {"type": "date", "operator": "after", "date": "2022-11-08T00:00:00Z"}
_NUMBER = {"type": "numeric", "operator": "greater-than", "value": 0}
STRATEGIES: tuple[dict[str, Any], ...] = (
    {
        "method": "static",
        "optionsStatic": {"datetime": FUTURE, "isLocal": True, "sendPastRecipientsImmediately": True},
    },
    {"method": "throttled", "optionsThrottled": {"datetime": FUTURE, "throttlePercentage": 50}},
    {"method": "smart_send_time", "optionsSto": {"date": "2030-01-01"}},
)
EMAIL_MESSAGE = {
    "channel": "email",
    "label": "First",
    "content": {"subject": "Hello", "previewText": "My preview", "fromEmail": "a@example.com", "fromLabel": "Shop"},
}
SMS_MESSAGE = {
    "channel": "sms",
    "label": "Text",
    "content": {"body": "Hi"},
    "renderOptions": {"shortenLinks": True, "addOrgPrefix": True, "addInfoLink": True, "addOptOutLanguage": False},
}


@dataclass
class Scene:
    """Ids of what there is."""

    shop: Shop
    list: str = ""
    profile: str = ""
    segment: str = ""
    template: str = ""
    image: str = ""
    tag: str = ""
    orders: "dict[str, str]" = field(default_factory=dict)

    def conditions(self) -> "list[dict[str, Any]]":
        """One of each documented type that works without forecasts."""
        return [
            {"type": "profile-group-membership", "groupIds": [self.list], "timeframeFilter": _DATE, "isMember": True},
            {
                "type": "profile-metric",
                "metricId": self.shop.metric_id("Viewed Product"),
                "measurement": "count",
                "measurementFilter": _NUMBER,
                "timeframeFilter": _DATE,
                "metricFilters": [
                    {"property": "Color", "filter": {"type": "string", "operator": "equals", "value": "red"}}
                ],
            },
            {
                "type": "profile-marketing-consent",
                "consent": {
                    "channel": "email",
                    "canReceiveMarketing": True,
                    "consentStatus": {"subscription": "any"},
                },
            },
            {
                "type": "profile-postal-code-distance",
                "countryCode": "US",
                "postalCode": "10001",
                "unit": "kilometers",
                "filter": {"type": "numeric", "operator": "greater-than", "value": 10},
            },
            {
                "type": "profile-property",
                "property": "first_name",
                "filter": {"type": "string", "operator": "contains", "value": "Sarah"},
            },
            {"type": "profile-region", "inRegion": True, "region": "european_union"},
        ]

    def campaign(self, strategy: "dict[str, Any]", message: "dict[str, Any]", name: str = "C") -> "dict[str, Any]":
        """Inputs of createCampaign."""
        tracking: dict[str, Any] = {"isAddUtm": True, "utmParams": [{"name": "utm_medium", "value": "campaign"}]}
        if message["channel"] == "email":
            tracking |= {"isTrackingClicks": True, "isTrackingOpens": True}
        return {
            "Campaign Name": name,
            "Campaign Messages": [message],
            "Included Audiences": [self.list],
            "Excluded Audiences": "",
            "Send Options": {"useSmartSending": True},
            "Send Strategy": strategy,
            "Tracking Options": tracking,
        }


def made(shop: Shop) -> Scene:
    """With tags on all that has some, a person who may get no mail, and an order of a campaign and of a flow."""
    scene = Scene(shop)
    run(_places(shop))
    attributes = {
        "phone_number": PHONE,
        "external_id": "S-1",
        "first_name": "Sarah",
        "properties": PROFILE["properties"],
    }
    scene.profile = shop.profile(SARAH, location={"city": "New York", "zip": "10017"}, **attributes)
    scene.list = stories.list_of(shop, [SARAH])
    scene.template = stories.template(shop)
    tag = {"data": {"type": "tag", "attributes": {"name": "My Tag"}}}
    scene.tag = shop.http.post("/api/tags", json=tag).json()["data"]["id"]
    upload = {"file": ("logo.png", pictures.png(), "image/png")}
    scene.image = shop.http.post("/api/image-upload", files=upload).json()["data"]["id"]
    shop.event("Viewed Product", SARAH, properties={"Color": "red"})
    shop.wait_until_recorded()
    for sender in (messages_world.campaign(shop, now=NOW), messages_world.flow(shop, now=NOW)):
        message = messages_world.sent(shop, sender, SARAH, NOW - timedelta(hours=3), variation=sender.message_id)
        at = NOW - timedelta(hours=len(scene.orders))
        messages_world.happened(shop, "Clicked Email", SARAH, at - timedelta(minutes=1), message=message)
        messages_world.ordered(shop, SARAH, at, unique_id=sender.public_id)
        scene.orders[sender.public_id] = ""
    in_list = {"list": {"data": {"type": "list", "id": stories.list_of(shop, [SARAH], "Left")}}}
    _job(shop, "profile-subscription-bulk-delete-job", in_list, consent="UNSUBSCRIBED")
    _job(shop, "profile-suppression-bulk-create-job", {})
    shop.wait_until_recorded()
    suppressions = "SELECT 1 FROM list_suppressions WHERE account_id = %s"
    eventually(lambda: shop.query(suppressions, shop.account_id))
    orders = f'equals(metric_id,"{shop.metric_id("Placed Order")}")'
    scene.orders = {event.id: event.id for event in shop.sdk.Events.get_events(filter=orders).data}
    return scene


async def _places(shop: Shop) -> None:
    async with await psycopg.AsyncConnection.connect(shop.server.database_url) as conn:
        await know_places(conn)


def tagged(scene: Scene, kind: str, id: str) -> None:
    """Hang the shop's tag on it."""
    body = {"data": [{"type": kind, "id": id}]}
    answer = scene.shop.http.post(f"/api/tags/{scene.tag}/relationships/{kind}s", json=body)
    assert answer.status_code == 204, answer.text


def _job(shop: Shop, type: str, relationships: dict[str, Any], consent: str | None = None) -> None:
    attributes: dict[str, Any] = {"email": SARAH}
    if consent is not None:
        attributes["subscriptions"] = {"email": {"marketing": {"consent": consent}}}
    profiles = {"data": [{"type": "profile", "attributes": attributes}]}
    data = {"type": type, "attributes": {"profiles": profiles}, "relationships": relationships}
    answer = shop.http.post(f"/api/{type}s", json={"data": data})
    assert answer.status_code == 202, answer.text
    eventually(lambda: not shop.query("SELECT 1 FROM inbox WHERE account_id = %s LIMIT 1", shop.account_id))


def data_uri() -> str:
    return f"data:image/png;base64,{b64encode(pictures.png()).decode()}"
