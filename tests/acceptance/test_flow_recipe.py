"""Scripts hosted beside a flow keep three properties right, and a segment on them keeps people out of a campaign."""

from typing import Any

import pytest

from tests.acceptance.recipe import Host, recipe
from tests.conftest import Shop, eventually
from tests.sink import Sink
from tests.stories import campaign, flow, list_of, people, segment, send, size

_FLOW = "Welcome Series"


def _definition(metric: str, host: Host, list_id: str) -> dict[str, Any]:
    def hook(temporary: str, script: str, following: str | None, rest: str) -> dict[str, Any]:
        body = f'{{"flow_name": "{_FLOW}", "id": "{{{{ person.KlaviyoID }}}}"{rest}}}'
        message = {"url": host.url(script), "headers": {"napkin-account-api-key": "secret"}, "body": body}
        links = {"next": following}
        return {"temporary_id": temporary, "type": "send-webhook", "links": links, "data": {"message": message}}

    return {
        "triggers": [{"type": "metric", "id": metric}],
        "entry_action_id": "start",
        "actions": [
            hook("start", "active", "wait", f', "list_id": "{list_id}", "days": 1'),
            {
                "temporary_id": "wait",
                "type": "time-delay",
                "links": {"next": "end"},
                "data": {"unit": "days", "value": 1},
            },
            hook("end", "past", None, ""),
        ],
    }


def _properties(shop: Shop, email: str) -> dict[str, Any]:
    found = shop.sdk.Profiles.get_profiles(filter=f'equals(email,"{email}")').data[0]
    return dict(found.attributes.properties)


def _active(name: str) -> list[dict[str, Any]]:
    listed = {"type": "list", "operator": "contains", "value": name}
    return [{"type": "profile-property", "property": "properties['current_flows']", "filter": listed}]


@pytest.mark.rule("1.4")
def test_functions_called_by_a_live_flow_keep_its_properties_right(shop: Shop, sink: Sink) -> None:
    inside, outside = people(shop, 2)
    tracked = list_of(shop, [], "Profiles currently in Flows")
    everybody = list_of(shop, [inside, outside], "Newsletter")
    shop.event("Signed Up", "first@example.com")
    metric = shop.metric_id("Signed Up")
    busy = segment(shop, "In the welcome series", _active(_FLOW))
    key = shop.key("lists:read", "lists:write", "profiles:read", "profiles:write")
    with Host(shop.server.url, key, recipe()) as host:
        flow(shop, _definition(metric, host, tracked))
        shop.event("Signed Up", inside)
        eventually(lambda: host.calls == ["active"])
        began = _properties(shop, inside)
        assert began["current_flows"] == [_FLOW]
        assert list(began["active_flow_details"]) == [_FLOW]
        assert began["active_flow_details"][_FLOW]["length"] == 1
        assert "past_flows" not in began
        assert [one.attributes.email for one in shop.sdk.Lists.get_profiles_for_list(tracked).data] == [inside]

        eventually(lambda: size(shop, busy) == 1)
        sent, _ = campaign(shop, included=[everybody], excluded=[busy])
        send(shop, sent)
        eventually(lambda: len(sink.to(outside)) == 1)
        assert not sink.to(inside)

        shop.advance(days=1, minutes=1)
        eventually(lambda: host.calls == ["active", "past"])
        ended = _properties(shop, inside)
        assert ended["current_flows"] == []
        assert ended["past_flows"] == [_FLOW]
        assert ended["active_flow_details"] == {}
        eventually(lambda: size(shop, busy) == 0)
    assert not host.failures
    assert [headers["napkin-account-api-key"] for headers in host.headers] == ["secret"] * 2


@pytest.mark.rule("1.4")
def test_each_branch_of_a_flow_ends_with_the_call_that_says_it_is_over(shop: Shop) -> None:
    """`flow_name` and `id` are all that the second function needs."""
    pro, free = people(shop, 2)
    shop.sdk.Profiles.create_or_update_profile(
        {"data": {"type": "profile", "attributes": {"email": pro, "properties": {"plan": "pro"}}}}
    )
    tracked = list_of(shop, [])
    shop.event("Signed Up", "first@example.com")
    is_pro = {"type": "string", "operator": "equals", "value": "pro"}
    condition = {"type": "profile-property", "property": "properties['plan']", "filter": is_pro}
    with Host(shop.server.url, shop.private_key, recipe()) as host:
        definition = _definition(shop.metric_id("Signed Up"), host, tracked)
        start, wait, end = definition["actions"]
        split = {
            "temporary_id": "split",
            "type": "conditional-split",
            "links": {"next_if_true": "end", "next_if_false": "other"},
            "data": {"profile_filter": {"condition_groups": [{"conditions": [condition]}]}},
        }
        wait["links"]["next"] = "split"
        definition["actions"] = [start, wait, split, end, {**end, "temporary_id": "other"}]
        flow(shop, definition)
        for email in (pro, free):
            shop.event("Signed Up", email)
        eventually(lambda: len(host.calls) == 2)
        shop.advance(days=1, minutes=1)
        eventually(lambda: sorted(host.calls) == ["active", "active", "past", "past"])
    assert not host.failures
    assert [_properties(shop, email)["past_flows"] for email in (pro, free)] == [[_FLOW], [_FLOW]]


@pytest.mark.rule("1.4")
def test_the_cleaner_takes_away_what_is_over_and_leaves_what_is_not(shop: Shop) -> None:
    (somebody,) = people(shop, 1)
    tracked = list_of(shop, [somebody])
    begun = {"length": 1, "time": "2020-01-01T10:00:00.123456"}
    lasting = {"length": 100_000, "time": "2020-01-01T10:00:00.123456"}
    profile = str(shop.sdk.Profiles.get_profiles(filter=f'equals(email,"{somebody}")').data[0].id)
    properties = {"current_flows": ["Over", "Lasting"], "active_flow_details": {"Over": begun, "Lasting": lasting}}
    body = {"data": {"type": "profile", "id": profile, "attributes": {"properties": properties}}}
    shop.sdk.Profiles.update_profile(profile, body)
    host = Host(shop.server.url, shop.private_key, recipe())
    assert host.run(host.scripts.cleaner, {}, list_id=tracked) == 200
    kept = _properties(shop, somebody)
    assert kept["current_flows"] == ["Lasting"]
    assert kept["active_flow_details"] == {"Lasting": lasting}
