"""A shop with one of everything, made on first use, for tests that walk over all operations."""

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any

from tests import stories
from tests.conftest import Shop, eventually
from tests.flows.test_definition import example

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


class World:
    """`made_ids` names one of each kind of resource by the path under which it is found."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.sdk = shop.sdk
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
        return str(eventually(lambda: self.sdk.Events.get_events().data)[0].id)

    @cached_property
    def metric(self) -> str:
        assert self.event
        return self.shop.metric_id(METRIC)

    @cached_property
    def list(self) -> str:
        made = self.new_list()
        self.sdk.Lists.add_profiles_to_list(made, identifiers("profile", self.profile))
        return made

    def new_list(self) -> str:
        return str(self.sdk.Lists.create_list(resource("list", name=self.unique("List "))).data.id)

    @cached_property
    def template(self) -> str:
        return self.new_template()

    def new_template(self) -> str:
        body = resource(
            "template", name=self.unique("Template "), editor_type="CODE", html="<p>Hi {{ first_name }}</p>"
        )
        return str(self.sdk.Templates.create_template(body).data.id)

    @cached_property
    def segment(self) -> str:
        return stories.segment(self.shop, "Buyers", [stories.count(self.metric, "greater-than-or-equal", 1)])

    def new_segment(self) -> str:
        body = resource("segment", name=self.unique("Segment "), definition=self.definition())
        return str(self.sdk.Segments.create_segment(body).data.id)

    def definition(self) -> dict[str, Any]:
        conditions = [stories.count(self.metric, "greater-than-or-equal", 2)]
        return {"condition_groups": [{"conditions": conditions}]}

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
        return str(self.sdk.Campaigns.get_messages_for_campaign(campaign).data[0].id)

    @cached_property
    def campaign_message(self) -> str:
        return self.message_of(self.campaign)

    @cached_property
    def campaign_audience(self) -> str:
        return str(self.sdk.Campaigns.get_campaign_audiences_for_campaign(self.campaign).data[0].id)

    @cached_property
    def campaign_variation(self) -> str:
        return str(self.sdk.Campaigns.get_variations_for_campaign_message(self.campaign_message).data[0].id)

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
            self.sdk.Flows.create_flow(resource("flow", name=self.unique("Flow "), definition=definition)).data.id
        )

    @cached_property
    def flow_action(self) -> str:
        """The step that sends an e-mail."""
        found = self.sdk.Flows.get_actions_for_flow(self.flow, filter='equals(action_type,"send-email")')
        return str(found.data[0].id)

    @cached_property
    def flow_message(self) -> str:
        return str(self.sdk.Flows.get_flow_action_messages(self.flow_action).data[0].id)

    # ---- consent

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
    "/api/events": lambda world: world.event,
    "/api/lists": lambda world: world.list,
    "/api/metrics": lambda world: world.metric,
    "/api/profiles": lambda world: world.profile,
    "/api/profile-suppression-bulk-create-jobs": lambda world: world.suppression_job,
    "/api/profile-suppression-bulk-delete-jobs": lambda world: world.unsuppression_job,
    "/api/segments": lambda world: world.segment,
    "/api/templates": lambda world: world.template,
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
    "/api/messages": lambda world: world.message,
}


def _record(shop: Shop, requests: list[tuple[str, str]]) -> None:
    """Note each request the SDK sends: the proof that it was this operation that was called."""
    rest = shop.sdk.api_client.rest_client
    send = rest.request

    def noted(method: str, url: str, *rest_of: Any, **options: Any) -> Any:
        requests.append((method, url.removeprefix(shop.server.url).partition("?")[0]))
        return send(method, url, *rest_of, **options)

    rest.request = noted
