"""What the demo's marketer makes: a list, segments, flows, campaigns."""

from datetime import timedelta
from typing import Any

from rapport.commands.demo import letters
from rapport.commands.demo.calendar import LAPSED, NEWSLETTER, REPEAT, Campaign
from rapport.commands.demo.client import Client, DemoFailed

_DAY = timedelta(days=1)
_SENDER = {"from_email": "hello@juniper-and-pine.example", "from_label": "Juniper & Pine"}


class Marketer:
    """Knows lists and segments by their names. Every method raises DemoFailed."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._groups: dict[str, str] = {}

    def open_newsletter(self) -> None:
        attributes = {"name": NEWSLETTER, "opt_in_process": "single_opt_in"}
        self._groups[NEWSLETTER] = self._client.post("/api/lists", {"type": "list", "attributes": attributes})["id"]

    def subscribe(self, addresses: list[str]) -> None:
        """To the newsletter."""
        consent = {"email": {"marketing": {"consent": "SUBSCRIBED"}}}
        profiles = [
            {"type": "profile", "attributes": {"email": address, "subscriptions": consent}} for address in addresses
        ]
        job = {
            "type": "profile-subscription-bulk-create-job",
            "attributes": {"profiles": {"data": profiles}},
            "relationships": {"list": {"data": {"type": "list", "id": self._groups[NEWSLETTER]}}},
        }
        self._client.post("/api/profile-subscription-bulk-create-jobs", job)

    def set_up(self, *, live: bool) -> None:
        """Segments and flows; the flows are drafts unless `live`."""
        metrics = {metric["attributes"]["name"]: metric["id"] for metric in self._client.get("/api/metrics")}
        self._make_segments(metrics["Placed Order"])
        self._make_flows(metrics["Placed Order"], live=live)

    def _make_segments(self, orders: str) -> None:
        """Two, of customers by their orders. `orders`: the metric's id."""
        repeat, once = _count(orders, "greater-than-or-equal", 2), _count(orders, "greater-than-or-equal", 1)
        for name, groups in ((REPEAT, [[repeat]]), (LAPSED, [[once], [_count(orders, "equals", 0, days=30)]])):
            definition = {"condition_groups": [{"conditions": group} for group in groups]}
            # One that is starred is kept while nobody looks at it, through all of the story.
            attributes = {"name": name, "definition": definition, "is_starred": True}
            segment = {"type": "segment", "attributes": attributes}
            self._groups[name] = self._client.post("/api/segments", segment, wait=True)["id"]

    def _make_flows(self, orders: str, *, live: bool) -> None:
        """A welcome series, and one that follows orders, once a month for a person."""
        welcome = {"type": "list", "id": self._groups[NEWSLETTER]}
        ordered = [_count(orders, "greater-than-or-equal", 1)]
        self._flow(
            "Welcome series",
            welcome,
            [
                self._email("welcome", "Welcome", "Welcome to Juniper & Pine", letters.WELCOME, "days"),
                _delay("days", 3, "making"),
                self._email("making", "How we work", "How a jumper is made", letters.HOW_WE_WORK, "more_days"),
                _delay("more_days", 5, "ordered"),
                _split("ordered", ordered, None, "first"),
                self._email("first", "First order", "Something for your first order", letters.FIRST_ORDER, None),
            ],
            live=live,
        )
        spent = [_count(orders, "greater-than", 200, measurement="sum")]
        self._flow(
            "After an order",
            {"type": "metric", "id": orders},
            [
                # longer than the clock goes in a step, or orders would be too old to begin with
                _delay("days", 4, "thanks"),
                self._email(
                    "thanks", "After the parcel", "How do you like it, {{ first_name }}?", letters.THANKS, "week"
                ),
                _delay("week", 7, "spent"),
                _split("spent", spent, "regulars", None),
                self._email("regulars", "For regulars", "Something for our regulars", letters.REGULARS, None),
            ],
            live=live,
        )

    def draft(self, campaign: Campaign) -> str:
        """The id of a campaign that is written and not sent."""
        details = {"channel": "email", "subject": campaign.subject, "preview_text": campaign.preview, **_SENDER}
        message = {
            "audience_temporary_id": "readers",
            "name": campaign.name,
            "variations": [{"definition": {"name": "A", "details": details}}],
        }
        audience = {
            "temporary_id": "readers",
            "name": campaign.audience,
            "included": [self._groups[campaign.audience]],
        }
        attributes = {
            "definition": {"name": campaign.name, "builder": "wizard"},
            "audiences": [audience],
            "messages": [message],
        }
        made = str(self._client.post("/api/campaigns", {"type": "campaign", "attributes": attributes})["id"])
        template = {"type": "template", "id": self._template(campaign.name, campaign.html)}
        assignment = {
            "type": "campaign-message",
            "id": self._message_of(made),
            "relationships": {"template": {"data": template}},
        }
        self._client.post("/api/campaign-message-assign-template", assignment)
        return made

    def send(self, campaign: Campaign) -> None:
        """Now, and wait until it is sent."""
        made = self.draft(campaign)
        self._client.post("/api/campaign-send-jobs", {"type": "campaign-send-job", "id": made}, wait=True)
        if (status := self._client.get(f"/api/campaigns/{made}/overview")["attributes"]["status"]) != "Sent":
            raise DemoFailed(f"the campaign {campaign.name!r} was not sent: {status}")

    def call_off(self, campaign: Campaign) -> None:
        """Scheduled for tomorrow, and cancelled."""
        made = self.draft(campaign)
        schedule = {"message_id": self._message_of(made), "strategy": "static", "send_time": self._tomorrow()}
        relationships = {"campaign": {"data": {"type": "campaign", "id": made}}}
        job = {
            "type": "campaign-schedule",
            "attributes": {"message_schedules": [schedule]},
            "relationships": relationships,
        }
        self._client.post("/api/campaign-schedule", job)
        cancel = {"type": "campaign-send-job", "id": made, "attributes": {"action": "cancel"}}
        self._client.patch(f"/api/campaign-send-jobs/{made}", cancel)

    def _tomorrow(self) -> str:
        return (self._client.now + _DAY).isoformat()

    def _message_of(self, campaign: str) -> str:
        return str(self._client.get(f"/api/campaigns/{campaign}/campaign-messages")[0]["id"])

    def _flow(self, name: str, trigger: dict[str, Any], actions: list[dict[str, Any]], *, live: bool) -> None:
        definition = {
            "triggers": [trigger],
            "entry_action_id": actions[0]["temporary_id"],
            "actions": actions,
            "reentry_criteria": {"duration": 4, "unit": "week"},
        }
        flow = {"type": "flow", "attributes": {"name": name, "definition": definition}}
        made = self._client.post("/api/flows", flow)["id"]
        if live:
            self._client.patch(f"/api/flows/{made}", {"type": "flow", "id": made, "attributes": {"status": "live"}})

    def _email(self, temporary_id: str, name: str, subject: str, html: str, following: str | None) -> dict[str, Any]:
        message = {
            "name": name,
            "subject_line": subject,
            "template_id": self._template(name, html),
            "smart_sending_enabled": False,
            **_SENDER,
        }
        return _action(temporary_id, "send-email", {"message": message}, next=following)

    def _template(self, name: str, html: str) -> str:
        attributes = {"name": name, "editor_type": "CODE", "html": html}
        return str(self._client.post("/api/templates", {"type": "template", "attributes": attributes})["id"])


def _delay(temporary_id: str, days: int, following: str) -> dict[str, Any]:
    return _action(temporary_id, "time-delay", {"unit": "days", "value": days}, next=following)


def _split(
    temporary_id: str, conditions: list[dict[str, Any]], if_true: str | None, if_false: str | None
) -> dict[str, Any]:
    profile_filter = {"condition_groups": [{"conditions": conditions}]}
    return _action(
        temporary_id,
        "conditional-split",
        {"profile_filter": profile_filter},
        next_if_true=if_true,
        next_if_false=if_false,
    )


def _action(temporary_id: str, kind: str, data: dict[str, Any], **links: str | None) -> dict[str, Any]:
    return {"temporary_id": temporary_id, "type": kind, "links": links, "data": data}


def _count(
    metric: str, operator: str, value: int, *, days: int | None = None, measurement: str = "count"
) -> dict[str, Any]:
    timeframe: dict[str, Any] = {"type": "date", "operator": "alltime"}
    if days is not None:
        timeframe = {"type": "date", "operator": "in-the-last", "unit": "day", "quantity": days}
    return {
        "type": "profile-metric",
        "metric_id": metric,
        "measurement": measurement,
        "measurement_filter": {"type": "numeric", "operator": operator, "value": value},
        "timeframe_filter": timeframe,
        "metric_filters": None,
    }
