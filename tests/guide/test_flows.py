"""The flows that a developer's guide says a store begins with, each set off by what the guide names."""

from typing import Any

from tests.conftest import Shop, eventually
from tests.flows.conftest import action, groups, ordered_since_start
from tests.sink import Sink
from tests.stories import count, flow, list_of, segment, template

_METRICS = ("Viewed Product", "Added to Cart", "Placed Order", "Fulfilled Order")


def _mail(name: str, template_id: str) -> dict[str, Any]:
    message = {
        "from_email": "shop@example.com",
        "from_label": "The shop",
        "subject_line": name,
        "template_id": template_id,
        "smart_sending_enabled": False,
    }
    return action("mail", "send-email", None, message=message)


def _subjects(sink: Sink, email: str) -> list[str]:
    return sorted(str(received.message["subject"]) for received in sink.to(email))


def test_the_six_common_flows_are_set_off_by_their_triggers(shop: Shop, sink: Sink) -> None:
    for metric in _METRICS:
        shop.event(metric, "first@common.example")
    viewed, added, placed, fulfilled = (shop.metric_id(metric) for metric in _METRICS)
    welcome, letter = list_of(shop, [], "Welcome"), template(shop)
    lapsed = segment(
        shop, "No order in 30 days", [count(placed, "greater-than", 0)], [count(placed, "equals", 0, days=30)]
    )
    hour = action("wait", "time-delay", "mail", value=1, unit="hours")

    def made(name: str, kind: str, id: str, *, unless: str | None = None) -> None:
        """`unless`: nothing is sent to who did this after an hour."""
        actions = [hour, _mail(name, letter)] if unless else [_mail(name, letter)]
        rest = {"profile_filter": groups(ordered_since_start(unless))} if unless else {}
        trigger = {"triggers": [{"type": kind, "id": id}], "entry_action_id": actions[0]["temporary_id"]}
        flow(shop, {**trigger, "actions": actions, **rest}, name=name)

    made("Welcome Series", "list", welcome)
    made("Abandoned Cart", "metric", added, unless=placed)
    made("Browse Abandon", "metric", viewed, unless=added)
    made("Post-Purchase", "metric", placed)
    made("Winback", "segment", lapsed)
    made("Review Request", "metric", fulfilled)

    ann, bob, cleo = (f"{name}@common.example" for name in ("ann", "bob", "cleo"))
    member = {"data": [{"type": "profile", "id": shop.profile(ann)}]}
    shop.sdk.Lists.add_profiles_to_list(welcome, member)
    shop.event("Viewed Product", ann)
    shop.event("Viewed Product", bob)
    shop.event("Added to Cart", cleo)
    shop.advance(minutes=5)
    shop.event("Added to Cart", bob)
    shop.event("Placed Order", cleo, value=10.0)
    shop.event("Fulfilled Order", cleo)
    shop.advance(hours=1, minutes=1)
    expected = {
        ann: ["Browse Abandon", "Welcome Series"],
        bob: ["Abandoned Cart"],
        cleo: ["Post-Purchase", "Review Request"],
    }
    eventually(lambda: {email: _subjects(sink, email) for email in expected} == expected)
    # the window begins at midnight, so its first day counts whole
    shop.advance(days=31)
    eventually(lambda: "Winback" in _subjects(sink, cleo))
    assert (_subjects(sink, ann), _subjects(sink, bob)) == (expected[ann], expected[bob])
