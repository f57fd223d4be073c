"""A shop with one of everything, made on first use, for tests that walk over all operations."""

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any

from tests import stories
from tests.brands.examples import BUTTON
from tests.conftest import Shop, eventually
from tests.flows.test_definition import example
from tests.images import pictures
from tests.templates.definitions import text

ADDRESS = "ann@parity.example"
METRIC = "Placed Order"


def resource(kind: str, id: str | None = None, /, **attributes: Any) -> dict[str, Any]:
    """A body with one resource."""
    data: dict[str, Any] = {"type": kind, "attributes": attributes}
    return {"data": data if id is None else {**data, "id": id}}


def identifiers(kind: str, *ids: str) -> dict[str, Any]:
    return {"data": [{"type": kind, "id": id} for id in ids]}


def event_body(metric: str, address: str, **attributes: Any) -> dict[str, Any]:
    return resource(
        "event",
        properties={},
        metric=resource("metric", name=metric),
        profile=resource("profile", email=address),
        **attributes,
    )


def bulk_body(metric: str, address: str, *events: dict[str, Any]) -> dict[str, Any]:
    """One group: the events of one person."""
    rows = [resource("event", properties={}, metric=resource("metric", name=metric), **one)["data"] for one in events]
    group = {"profile": resource("profile", email=address), "events": {"data": rows}}
    data = [resource("event-bulk-create", **group)["data"]]
    return resource("event-bulk-create-job", **{"events-bulk-create": {"data": data}})


def custom_metric(name: str, metric: str) -> dict[str, Any]:
    """A body: the value of large orders."""
    large = {"property": "$value", "filter": {"type": "numeric", "operator": "greater-than", "value": 100}}
    group = {"metric_id": metric, "metric_filters": [large], "value_property": None}
    definition = {"aggregation_method": "value", "metric_groups": [group]}
    return resource("custom-metric", name=name, definition=definition)


def webhook_body(name: str, *topics: str) -> dict[str, Any]:
    """One that is switched on and hears of `topics`, by default of what never happens here."""
    attributes = {
        "name": name,
        "endpoint_url": "https://hooks.example.com/rapport",
        "secret_key": "k3yk3yk3yk3yk3yk",
        "description": "Told of texts",
    }
    data = [{"type": "webhook-topic", "id": topic} for topic in topics or ("event:klaviyo.sent_sms",)]
    return {"data": {"type": "webhook", "attributes": attributes, "relationships": {"webhook-topics": {"data": data}}}}


class World:
    """`sdk` makes the calls that are tested; what they need is made by the newest one, `shop.sdk`.

    `made_ids` names one of each kind of resource by the path under which it is found.
    """

    def __init__(self, shop: Shop, sdk: Any = None) -> None:
        self.shop = shop
        self.sdk = sdk or shop.sdk
        self.requests: list[tuple[str, str]] = []
        self._count = 0
        _record(shop, self.requests)

    def unique(self, text: str = "") -> str:
        self._count += 1
        return f"{text}{self._count}"

    def address(self) -> str:
        return f"{self.unique('person')}@parity.example"

    @cached_property
    def profile(self) -> str:
        return self.shop.profile(ADDRESS, first_name="Ann")

    @cached_property
    def event(self) -> str:
        assert self.profile
        self.shop.event(METRIC, ADDRESS, value=5.0, unique_id="order-1", properties={"Items": ["A", "B"]})
        return str(eventually(lambda: self.shop.sdk.Events.get_events().data)[0].id)

    @cached_property
    def metric(self) -> str:
        assert self.event
        return self.shop.metric_id(METRIC)

    @cached_property
    def list(self) -> str:
        made = self.new_list()
        self.shop.sdk.Lists.add_profiles_to_list(made, identifiers("profile", self.profile))
        return made

    def new_list(self) -> str:
        return str(self.shop.sdk.Lists.create_list(resource("list", name=self.unique("List "))).data.id)

    @cached_property
    def template(self) -> str:
        return self.new_template()

    def new_template(self) -> str:
        body = resource(
            "template", name=self.unique("Template "), editor_type="CODE", html="<p>Hi {{ first_name }}</p>"
        )
        return str(self.shop.sdk.Templates.create_template(body).data.id)

    @cached_property
    def universal_content(self) -> str:
        return self.new_universal_content()

    def new_universal_content(self) -> str:
        body = resource("template-universal-content", name=self.unique("Footer "), definition=text("<p>Bye</p>"))
        return str(self.shop.sdk.Templates.create_universal_content(body).data.id)

    @cached_property
    def segment(self) -> str:
        return stories.segment(self.shop, "Buyers", [stories.count(self.metric, "greater-than-or-equal", 1)])

    def new_segment(self) -> str:
        body = resource("segment", name=self.unique("Segment "), definition=self.definition())
        return str(self.shop.sdk.Segments.create_segment(body).data.id)

    def definition(self) -> dict[str, Any]:
        conditions = [stories.count(self.metric, "greater-than-or-equal", 2)]
        return {"condition_groups": [{"conditions": conditions}]}

    @cached_property
    def api_key(self) -> str:
        """One that no test works with."""
        key = self.shop.key("lists:read")
        listed = self.shop.http.get("/api/api-keys?additional-fields[api-key]=redacted_key").json()["data"]
        return next(str(one["id"]) for one in listed if one["attributes"]["redacted_key"].endswith(key[-4:]))

    def export(self, kind: str, *, start_date: str | None = None, end_date: str | None = None, **of: str) -> str:
        """One that is complete."""
        dates = {"start_date": start_date, "end_date": end_date}
        body = resource(f"{kind}-bulk-export-job", **{name: date for name, date in dates.items() if date})
        body["data"]["relationships"] = {type: {"data": {"type": type, "id": id}} for type, id in of.items()}
        path = f"/api/{kind}-bulk-export-jobs"
        made = str(self.shop.http.post(path, json=body).json()["data"]["id"])
        eventually(lambda: self.shop.http.get(f"{path}/{made}").json()["data"]["attributes"]["status"] == "complete")
        return made

    # ---- campaigns

    @cached_property
    def campaign(self) -> str:
        """A draft with one audience, one message, one variation and a template."""
        return self.new_campaign()

    def new_campaign(self) -> str:
        return stories.campaign(self.shop, included=[self.list], name=self.unique("Campaign "))[0]

    @cached_property
    def sent_campaign(self) -> str:
        made = self.new_campaign()
        stories.send(self.shop, made)
        return made

    def message_of(self, campaign: str) -> str:
        return str(self.shop.sdk.Campaigns.get_messages_for_campaign(campaign).data[0].id)

    @cached_property
    def campaign_message(self) -> str:
        return self.message_of(self.campaign)

    @cached_property
    def campaign_audience(self) -> str:
        return str(self.shop.sdk.Campaigns.get_campaign_audiences_for_campaign(self.campaign).data[0].id)

    @cached_property
    def campaign_variation(self) -> str:
        return str(self.shop.sdk.Campaigns.get_variations_for_campaign_message(self.campaign_message).data[0].id)

    @cached_property
    def message(self) -> str:
        """One of our own message records."""
        assert self.sent_campaign
        return str(eventually(lambda: self.shop.http.get("/api/messages").json()["data"])[0]["id"])

    # ---- flows

    @cached_property
    def flow(self) -> str:
        return self.new_flow()

    def new_flow(self) -> str:
        definition = example(self.list, self.template)
        return str(
            self.shop.sdk.Flows.create_flow(resource("flow", name=self.unique("Flow "), definition=definition)).data.id
        )

    @cached_property
    def flow_rehearsal(self) -> str:
        data = {"data": {"type": "flow-rehearsal", "attributes": {"flow_id": self.flow, "days": 1}}}
        return str(self.shop.http.post("/api/flow-rehearsals", json=data).json()["data"]["id"])

    @cached_property
    def flow_version(self) -> str:
        return str(self.shop.http.get(f"/api/flows/{self.flow}/versions").json()["data"][0]["id"])

    @cached_property
    def flow_action(self) -> str:
        """The step that sends an e-mail."""
        found = self.shop.sdk.Flows.get_actions_for_flow(self.flow, filter='equals(action_type,"send-email")')
        return str(found.data[0].id)

    @cached_property
    def flow_message(self) -> str:
        return str(self.shop.sdk.Flows.get_flow_action_messages(self.flow_action).data[0].id)

    # ---- metrics

    @cached_property
    def metric_property(self) -> str:
        found = self.shop.sdk.Metrics.get_properties_for_metric(self.metric).data
        return next(str(one.id) for one in found if one.attributes.var_property == "Items")

    @cached_property
    def custom_metric(self) -> str:
        return self.new_custom_metric()

    def new_custom_metric(self) -> str:
        body = custom_metric(self.unique("Custom "), self.metric)
        return str(self.shop.sdk.Metrics.create_custom_metric(body).data.id)

    def mapped(self, kind: str) -> str:
        """A mapped metric that points to a metric or to a custom metric."""
        purpose, id = ("revenue", self.metric) if kind == "metric" else ("viewed_product", self.custom_metric)
        data = {"type": "mapped-metric", "id": purpose, "relationships": {kind: {"data": {"type": kind, "id": id}}}}
        self.shop.sdk.Metrics.update_mapped_metric(purpose, {"data": data})
        return purpose

    # ---- tags

    @cached_property
    def tag(self) -> str:
        return str(self.shop.sdk.Tags.create_tag(resource("tag", name=self.unique("Tag "))).data.id)

    @cached_property
    def tag_group(self) -> str:
        return str(self.shop.sdk.Tags.create_tag_group(resource("tag-group", name=self.unique("Group "))).data.id)

    # ---- images

    @cached_property
    def image(self) -> str:
        return self.new_image()

    def new_image(self, **attributes: Any) -> str:
        body = resource("image", import_from_url=pictures.uri(pictures.png()), **attributes)
        return str(self.shop.sdk.Images.upload_image_from_url(body).data.id)

    # ---- brands

    @cached_property
    def brand_logo(self) -> str:
        return self.new_brand("brand-logo")

    @cached_property
    def brand_color(self) -> str:
        return self.new_brand("brand-color")

    @cached_property
    def brand_button(self) -> str:
        return self.new_brand("brand-button", **BUTTON)

    @cached_property
    def brand_social_group(self) -> str:
        return self.new_brand("brand-social-group", social_links=[])

    def new_brand(self, kind: str, **attributes: Any) -> str:
        """A thing of the brand."""
        body = resource(kind, name=self.unique("Brand "), **attributes)
        return str(self.shop.http.post(f"/api/{kind}s", json=body).json()["data"]["id"])

    # ---- imports

    @cached_property
    def import_(self) -> str:
        """One that was not started."""
        file = ("people.csv", f"email\n{self.address()}\n".encode())
        return str(self.shop.http.post("/api/imports", files={"file": file}).json()["data"]["id"])

    # ---- webhooks

    @cached_property
    def webhook(self) -> str:
        return self.new_webhook()

    def new_webhook(self) -> str:
        body = webhook_body(self.unique("Webhook "))
        return str(self.shop.http.post("/api/webhooks", json=body).json()["data"]["id"])

    # ---- devices

    @cached_property
    def push_token(self) -> str:
        return self.new_push_token()

    def new_push_token(self) -> str:
        token = self.unique("device-")
        self.shop.sdk.Profiles.create_push_token(self.push_token_body(token))
        return token

    def push_token_body(self, token: str) -> dict[str, Any]:
        assert self.profile
        device = {"device_id": "d-1", "klaviyo_sdk": "swift", "os_name": "ios", "environment": "release"}
        return resource(
            "push-token",
            token=token,
            platform="ios",
            vendor="apns",
            enablement_status="AUTHORIZED",
            background="AVAILABLE",
            device_metadata=device,
            profile=resource("profile", email=ADDRESS),
        )

    # ---- consent

    @cached_property
    def import_job(self) -> str:
        """One that is done, with a profile and an error."""
        rows = [resource("profile", email=one)["data"] for one in (self.address(), "nonsense")]
        path = "/api/profile-bulk-import-jobs"
        body = resource("profile-bulk-import-job", profiles={"data": rows})
        made = str(self.shop.http.post(path, json=body).json()["data"]["id"])
        job = lambda: self.shop.http.get(f"{path}/{made}").json()["data"]["attributes"]  # noqa: E731
        eventually(lambda: job()["status"] == "complete")
        return made

    @cached_property
    def suppression_job(self) -> str:
        return self._job("profile-suppression-bulk-create-job")

    @cached_property
    def unsuppression_job(self) -> str:
        return self._job("profile-suppression-bulk-delete-job")

    def _job(self, kind: str) -> str:
        body = resource(kind, profiles={"data": [resource("profile", email=self.address())["data"]]})
        return str(self.shop.http.post(f"/api/{kind}s", json=body).json()["data"]["id"])

    def made_ids(self, prefixes: Iterable[str]) -> dict[str, str]:
        """Path prefix -> the id of one resource under it."""
        missing = {*prefixes} - IDS.keys()
        assert not missing, f"add ids for {missing} to tests/parity/world.py"
        return {prefix: IDS[prefix](self) for prefix in prefixes}


# Path prefix -> how to come by an id of that kind. A new room adds a line.
IDS: dict[str, Callable[[World], str]] = {
    "/api/accounts": lambda world: world.shop.public_id,
    "/api/api-keys": lambda world: world.api_key,
    "/api/billing-usage": lambda world: "email_sends",
    "/api/tracking-settings": lambda world: world.shop.public_id,
    "/api/brand-logos": lambda world: world.brand_logo,
    "/api/brand-colors": lambda world: world.brand_color,
    "/api/brand-buttons": lambda world: world.brand_button,
    "/api/brand-social-groups": lambda world: world.brand_social_group,
    "/api/brand-voice": lambda world: world.shop.public_id,
    "/api/brand-email-defaults": lambda world: world.shop.public_id,
    "/api/data-retention": lambda world: world.shop.public_id,
    "/api/consent-texts": lambda world: "en:unsubscribe_page",
    "/api/events": lambda world: world.event,
    # an attribution has the id of its event
    "/api/attributions": lambda world: world.event,
    "/api/lists": lambda world: world.list,
    "/api/custom-metrics": lambda world: world.custom_metric,
    "/api/mapped-metrics": lambda world: world.mapped("metric"),
    "/api/metric-properties": lambda world: world.metric_property,
    "/api/metrics": lambda world: world.metric,
    "/api/profiles": lambda world: world.profile,
    "/api/push-tokens": lambda world: world.push_token,
    "/api/profile-bulk-import-jobs": lambda world: world.import_job,
    "/api/profile-suppression-bulk-create-jobs": lambda world: world.suppression_job,
    "/api/profile-suppression-bulk-delete-jobs": lambda world: world.unsuppression_job,
    "/api/profile-bulk-export-jobs": lambda world: world.export("profile", list=world.list),
    "/api/event-bulk-export-jobs": lambda world: world.export(
        "event", metric=world.metric, start_date="2026-01-01T00:00:00Z", end_date="2026-01-31T23:59:59Z"
    ),
    "/api/segments": lambda world: world.segment,
    "/api/templates": lambda world: world.template,
    "/api/template-starters": lambda world: "welcome",
    "/api/flow-library": lambda world: "birthday",
    "/api/template-universal-content": lambda world: world.universal_content,
    "/api/campaigns": lambda world: world.campaign,
    "/api/campaign-audiences": lambda world: world.campaign_audience,
    "/api/campaign-messages": lambda world: world.campaign_message,
    "/api/campaign-variations": lambda world: world.campaign_variation,
    "/api/campaign-send-jobs": lambda world: world.sent_campaign,
    "/api/campaign-message-schedule": lambda world: world.campaign_message,
    "/api/campaign-recipient-estimations": lambda world: world.campaign,
    "/api/campaign-recipient-estimation-jobs": lambda world: world.campaign,
    "/api/flows": lambda world: world.flow,
    "/api/flow-actions": lambda world: world.flow_action,
    "/api/flow-messages": lambda world: world.flow_message,
    "/api/flow-rehearsals": lambda world: world.flow_rehearsal,
    "/api/flow-versions": lambda world: world.flow_version,
    "/api/messages": lambda world: world.message,
    "/api/imports": lambda world: world.import_,
    "/api/images": lambda world: world.image,
    "/api/tags": lambda world: world.tag,
    "/api/tag-groups": lambda world: world.tag_group,
    "/api/webhooks": lambda world: world.webhook,
    "/api/webhook-topics": lambda world: "event:klaviyo.sent_sms",
}


def _record(shop: Shop, requests: list[tuple[str, str]]) -> None:
    """Note each request the SDK sends: the proof that it was this operation that was called."""
    rest = shop.sdk.api_client.rest_client
    send = rest.request

    def noted(method: str, url: str, *rest_of: Any, **options: Any) -> Any:
        requests.append((method, url.removeprefix(shop.server.url).partition("?")[0]))
        return send(method, url, *rest_of, **options)

    rest.request = noted
