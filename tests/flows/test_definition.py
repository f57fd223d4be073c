"""What a definition may say, and where a refusal points (behaviour-messaging 10.1)."""

from copy import deepcopy
from typing import Any

import msgspec
import pytest

from rapport.flows import definition, service
from rapport.flows.types import DefinitionInput
from rapport.kit.jsonapi import ApiError
from tests.flows.conftest import World

BASE = "/data/attributes/definition"


def example(list_id: str = "Y6nRLr", template_id: str = "RipRmi") -> dict[str, Any]:
    """The body of 10.1."""
    ordered = {
        "type": "profile-metric", "metric_id": "PLACED", "measurement": "count",
        "measurement_filter": {"type": "numeric", "operator": "equals", "value": 0},
        "timeframe_filter": {"type": "date", "operator": "flow-start"},
    }  # fmt: skip
    return {
        "triggers": [{"type": "list", "id": list_id}],
        "profile_filter": {"condition_groups": [{"conditions": [ordered]}]},
        "entry_action_id": "a1",
        "reentry_criteria": {"duration": 1, "unit": "alltime"},
        "actions": [
            {
                "temporary_id": "a1", "type": "send-email", "links": {"next": "a2"},
                "data": {"status": "draft", "message": {
                    "from_email": "a@x.com", "from_label": "X", "subject_line": "Hi {{ first_name|default:'there' }}",
                    "template_id": template_id,
                }},
            },
            {
                "temporary_id": "a2", "type": "time-delay", "links": {"next": "a3"},
                "data": {
                    "unit": "days", "value": 2, "timezone": "profile", "delay_until_time": "10:00:00",
                    "delay_until_weekdays": ["monday", "tuesday"],
                },
            },
            {
                "temporary_id": "a3", "type": "conditional-split", "links": {"next_if_true": "a4", "next_if_false": None},
                "data": {"profile_filter": {"condition_groups": [
                    {"conditions": [{"type": "profile-sample", "percentage": 50}]}]}},
            },
            {
                "temporary_id": "a4", "type": "send-webhook", "links": {"next": None},
                "data": {"message": {"url": "https://example.com/h", "headers": {"k": "v"},
                                     "body": '{"id": "{{ person.KlaviyoID }}"}'}},
            },
        ],
    }  # fmt: skip


def read(given: dict[str, Any]) -> definition.Drawn:
    return definition.read(msgspec.convert(given, DefinitionInput), test_account=False)


def refused(change: Any) -> tuple[int, str]:
    """Status and pointer for the example with a change."""
    given = deepcopy(example())
    change(given)
    with pytest.raises(ApiError) as caught:
        read(given)
    return caught.value.status, str(caught.value.source["pointer"]).removeprefix(BASE)


def test_it_takes_the_example() -> None:
    assert [step.type for step in read(example()).steps] == [
        "send-email",
        "time-delay",
        "conditional-split",
        "send-webhook",
    ]


CHANGES: dict[str, tuple[Any, str]] = {
    "two triggers": (lambda d: d["triggers"].append({"type": "list", "id": "x"}), "/triggers"),
    "no trigger": (lambda d: d["triggers"].clear(), "/triggers"),
    "a trigger of no type": (lambda d: d["triggers"][0].update(type="storm"), "/triggers/0/type"),
    "a trigger that is not available": (lambda d: d["triggers"][0].update(type="date"), "/triggers/0/type"),
    "an unknown field of a trigger": (lambda d: d["triggers"][0].update(when=1), "/triggers/0/when"),
    "an id on an action": (lambda d: d["actions"][0].update(id="5"), "/actions/0/id"),
    "no temporary_id": (lambda d: d["actions"][1].pop("temporary_id"), "/actions/1/temporary_id"),
    "a message with an id": (lambda d: d["actions"][0]["data"]["message"].update(id="x"), "/actions/0/data/message/id"),
    "a link to nowhere": (lambda d: d["actions"][0]["links"].update(next="a9"), "/actions/0/links/next"),
    "a branch to nowhere": (lambda d: d["actions"][2]["links"].update(next_if_false="a9"), "/actions/2/links/next_if_false"),
    "a missing branch": (lambda d: d["actions"][2]["links"].pop("next_if_false"), "/actions/2/links/next_if_false"),
    "a temporary_id twice": (lambda d: d["actions"][3].update(temporary_id="a1"), "/actions/3/temporary_id"),
    "an unknown entry": (lambda d: d.update(entry_action_id="a9"), "/entry_action_id"),
    "no entry": (lambda d: d.update(entry_action_id=None), "/actions/0"),
    "an action nobody reaches": (lambda d: d["actions"][1]["links"].update(next=None), "/actions/2"),
    "a circle": (lambda d: d["actions"][3]["links"].update(next="a2"), "/actions/3/links/next"),
    "an unknown type": (lambda d: d["actions"][0].update(type="send-pigeon"), "/actions/0/type"),
    "a type that is not available": (lambda d: d["actions"][0].update(type="send-sms"), "/actions/0/type"),
    "a weekday cut short": (lambda d: d["actions"][1]["data"].update(delay_until_weekdays=["Mon"]), "/actions/1/data/delay_until_weekdays/0"),
    "a number in quotes": (lambda d: d["actions"][1]["data"].update(value="2"), "/actions/1/data/value"),
    "a negative delay": (lambda d: d["actions"][1]["data"].update(value=-1), "/actions/1/data/value"),
    "no such zone": (lambda d: d["actions"][1]["data"].update(timezone="Mars/Base"), "/actions/1/data/timezone"),
    "no such time": (lambda d: d["actions"][1]["data"].update(delay_until_time="25:00"), "/actions/1/data/delay_until_time"),
    "an unknown field": (lambda d: d["actions"][0]["data"]["message"].update(colour="red"), "/actions/0/data/message/colour"),
    "a broken subject": (lambda d: d["actions"][0]["data"]["message"].update(subject_line="{% if %}"), "/actions/0/data/message/subject_line"),
    "plain http": (lambda d: d["actions"][3]["data"]["message"].update(url="http://example.com"), "/actions/3/data/message/url"),
    "http to this machine": (lambda d: d["actions"][3]["data"]["message"].update(url="http://127.0.0.1/"), "/actions/3/data/message/url"),
    "a bad filter": (
        lambda d: d["profile_filter"]["condition_groups"][0]["conditions"][0].update(type="weather"),
        "/profile_filter/condition_groups/0/conditions/0/type",
    ),
    "a bad filter of a split": (
        lambda d: d["actions"][2]["data"]["profile_filter"]["condition_groups"][0]["conditions"][0].update(percentage=101),
        "/actions/2/data/profile_filter/condition_groups/0/conditions/0/percentage",
    ),
    "a trigger split without a metric": (
        lambda d: d["actions"][2].update(type="trigger-split", data={"trigger_filter": None}),
        "/actions/2/data",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_it_points_at(name: str) -> None:
    change, pointer = CHANGES[name]
    assert refused(change) == (400, pointer)


def test_it_walks_a_chain_of_hundreds() -> None:
    given = example()
    given["profile_filter"] = None
    given["actions"] = [
        {
            "temporary_id": str(n),
            "type": "time-delay",
            "links": {"next": str(n + 1) if n < 499 else None},
            "data": {"value": 1},
        }
        for n in range(500)
    ]
    given["entry_action_id"] = "0"
    assert len(read(given).steps) == 500


async def test_it_answers_what_was_drawn_with_ids_and_defaults(world: World) -> None:
    flow = await world.flow(*example()["actions"][:0])
    assert flow.definition["actions"] == []
    given = msgspec.convert(example(world.list_public_id, world.template_id), DefinitionInput)
    async with world.pool.connection() as conn:
        flow = await service.create(
            conn, world.account, "Welcome", definition.read(given, test_account=False), world.account.now()
        )
    found = flow.definition
    first, second, third, fourth = found["actions"]
    assert found["entry_action_id"] == first["id"] and first["id"].isdigit()
    assert first["links"] == {"next": second["id"]} and second["links"] == {"next": third["id"]}
    assert third["links"] == {"next_if_true": fourth["id"], "next_if_false": None} and fourth["links"] == {"next": None}
    message = first["data"]["message"]
    assert first["data"]["status"] == "draft" and message["smart_sending_enabled"] and not message["transactional"]
    assert (
        not message["add_tracking_params"] and message["template_id"] != world.template_id and len(message["id"]) == 6
    )
    assert second["data"]["secondary_value"] is None and second["data"]["delay_until_time"] == "10:00:00"
    assert found["reentry_criteria"] == {"duration": 1, "unit": "alltime"} and flow.status == "draft"


async def test_it_answers_no_reentry_when_none_was_given(world: World) -> None:
    flow = await world.flow(world.email("A"))
    assert "reentry_criteria" not in flow.definition
    assert (
        "delay_until_time"
        not in (await world.flow({"temporary_id": "d", "type": "time-delay", "data": {"value": 1}})).definition[
            "actions"
        ][0]["data"]
    )


@pytest.mark.parametrize(("change", "pointer"), [
    (lambda d: d["triggers"][0].update(id="nope00"), "/triggers/0/id"),
    (lambda d: d["actions"][0]["data"]["message"].update(template_id="nope00"), "/actions/0/data/message/template_id"),
])  # fmt: skip
async def test_it_refuses_what_is_not_there(world: World, change: Any, pointer: str) -> None:
    given = example(world.list_public_id, world.template_id)
    change(given)
    with pytest.raises(ApiError) as caught:
        async with world.pool.connection() as conn:
            await service.create(conn, world.account, "Welcome", read(given), world.account.now())
    assert caught.value.source == {"pointer": BASE + pointer}
    assert await world.query("SELECT count(*) FROM flows WHERE account_id = %s") == [(0,)]
