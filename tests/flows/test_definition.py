"""What a definition may say, and where a refusal points (behaviour-messaging 10.1)."""

from copy import deepcopy
from typing import Any

import msgspec
import pytest

from rapport.flows import definition, service
from rapport.flows.types import DefinitionInput
from rapport.kit.refusals import Refused
from tests.conftest import run
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
                "temporary_id": "a1",
                "type": "send-email",
                "links": {"next": "a2"},
                "data": {
                    "status": "draft",
                    "message": {
                        "from_email": "a@x.com",
                        "from_label": "X",
                        "subject_line": "Hi {{ first_name|default:'there' }}",
                        "template_id": template_id,
                    },
                },
            },
            {
                "temporary_id": "a2",
                "type": "time-delay",
                "links": {"next": "a3"},
                "data": {
                    "unit": "days",
                    "value": 2,
                    "timezone": "profile",
                    "delay_until_time": "10:00:00",
                    "delay_until_weekdays": ["monday", "tuesday"],
                },
            },
            {
                "temporary_id": "a3",
                "type": "conditional-split",
                "links": {"next_if_true": "a4", "next_if_false": None},
                "data": {
                    "profile_filter": {
                        "condition_groups": [{"conditions": [{"type": "profile-sample", "percentage": 50}]}]
                    }
                },
            },
            {
                "temporary_id": "a4",
                "type": "send-webhook",
                "links": {"next": None},
                "data": {
                    "message": {
                        "url": "https://example.com/h",
                        "headers": {"k": "v"},
                        "body": '{"id": "{{ person.KlaviyoID }}"}',
                    }
                },
            },
        ],
    }


def read(given: dict[str, Any]) -> definition.Drawn:
    return definition.read(msgspec.convert(given, DefinitionInput))


def refused(change: Any) -> tuple[int, str]:
    """Status and pointer for the example with a change."""
    given = deepcopy(example())
    change(given)
    with pytest.raises(Refused) as caught:
        run(definition.check_templates(1, read(given).steps))
    return caught.value.status, str(caught.value.pointer).removeprefix(BASE)


def test_it_takes_the_example() -> None:
    assert [step.type for step in read(example()).steps] == [
        "send-email",
        "time-delay",
        "conditional-split",
        "send-webhook",
    ]


def put(*path: Any, value: Any) -> Any:
    """A change of the example: `value` at `path`."""

    def change(given: Any) -> None:
        for key in path[:-1]:
            given = given[key]
        given[path[-1]] = value

    return change


MAIL = ("actions", 0, "data", "message")
WAIT = ("actions", 1, "data")
HOOK = ("actions", 3, "data", "message")
FILTER = ("profile_filter", "condition_groups", 0, "conditions", 0)
SAMPLE = ("actions", 2, "data", "profile_filter", "condition_groups", 0, "conditions", 0)
CHANGES: dict[str, tuple[Any, str]] = {
    "two triggers": (lambda d: d["triggers"].append({"type": "list", "id": "x"}), "/triggers"),
    "no trigger": (lambda d: d["triggers"].clear(), "/triggers"),
    "no temporary_id": (lambda d: d["actions"][1].pop("temporary_id"), "/actions/1/temporary_id"),
    "a missing branch": (lambda d: d["actions"][2]["links"].pop("next_if_false"), "/actions/2/links/next_if_false"),
    "no entry": (put("entry_action_id", value=None), "/actions/0"),
    "an action nobody reaches": (put("actions", 1, "links", "next", value=None), "/actions/2"),
    "a weekday cut short": (
        put(*WAIT, "delay_until_weekdays", value=["Mon"]),
        "/actions/1/data/delay_until_weekdays/0",
    ),
    "a date of no kind": (
        put("triggers", 0, value={"type": "date", "timedelta_value_before_date": 1, "trigger_time": "09:00:00"}),
        "/triggers/0/date_field_type",
    ),
    "a countdown without a date": (
        lambda d: d["actions"][1].update(type="countdown-delay", data={"value": 1}),
        "/actions/1/data",
    ),
    "a text where a body is missing": (
        lambda d: d["actions"][0].update(type="send-sms", data={"message": {}}),
        "/actions/0/data/message/body",
    ),
    "a trigger split without a metric": (
        lambda d: d["actions"][2].update(type="trigger-split", data={"trigger_filter": None}),
        "/actions/2/data",
    ),
}
IN_PLACE: dict[str, tuple[tuple[Any, ...], Any]] = {
    "a trigger of no type": (("triggers", 0, "type"), "storm"),
    "an unknown field of a trigger": (("triggers", 0, "when"), 1),
    "an id on an action": (("actions", 0, "id"), "5"),
    "a message with an id": ((*MAIL, "id"), "x"),
    "a link to nowhere": (("actions", 0, "links", "next"), "a9"),
    "a branch to nowhere": (("actions", 2, "links", "next_if_false"), "a9"),
    "a temporary_id twice": (("actions", 3, "temporary_id"), "a1"),
    "an unknown entry": (("entry_action_id",), "a9"),
    "a circle": (("actions", 3, "links", "next"), "a2"),
    "an unknown type": (("actions", 0, "type"), "send-pigeon"),
    "a number in quotes": ((*WAIT, "value"), "2"),
    "a negative delay": ((*WAIT, "value"), -1),
    "no such zone": ((*WAIT, "timezone"), "Mars/Base"),
    "no such time": ((*WAIT, "delay_until_time"), "25:00"),
    "an unknown field": ((*MAIL, "colour"), "red"),
    "a broken subject": ((*MAIL, "subject_line"), "{% if %}"),
    "plain http": ((*HOOK, "url"), "http://example.com"),
    "http to this machine": ((*HOOK, "url"), "http://127.0.0.1/"),
    "a bad filter": ((*FILTER, "type"), "weather"),
    "a bad filter of a split": ((*SAMPLE, "percentage"), 101),
}


def test_a_delay_in_days_may_say_that_it_has_no_minutes() -> None:
    """Clients send every field of a delay; zero says nothing, another number would be lost."""
    given = example()
    put(*WAIT, "secondary_value", value=0)(given)
    assert len(read(given).steps) == 4
    assert refused(put(*WAIT, "secondary_value", value=30)) == (400, "/actions/1/data/secondary_value")


@pytest.mark.parametrize("name", IN_PLACE)
def test_it_points_at_the_place_of(name: str) -> None:
    path, value = IN_PLACE[name]
    assert refused(put(*path, value=value)) == (400, "/" + "/".join(map(str, path)))


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
    given["actions"][-1]["links"] = {}
    given["entry_action_id"] = "0"
    assert len(read(given).steps) == 500


async def test_it_answers_what_was_drawn_with_ids_and_defaults(world: World) -> None:
    flow = await world.flow(*example()["actions"][:0])
    assert flow.definition["actions"] == []
    given = msgspec.convert(example(world.list_public_id, world.template_id), DefinitionInput)
    async with world.pool.connection() as conn:
        flow = await service.create(conn, world.account, "Welcome", definition.read(given), world.account.now())
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


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        (lambda d: d["triggers"][0].update(id="nope00"), "/triggers/0/id"),
        (
            lambda d: d["actions"][0]["data"]["message"].update(template_id="nope00"),
            "/actions/0/data/message/template_id",
        ),
    ],
)
async def test_it_refuses_what_is_not_there(world: World, change: Any, pointer: str) -> None:
    given = example(world.list_public_id, world.template_id)
    change(given)
    with pytest.raises(Refused) as caught:
        async with world.pool.connection() as conn:
            await service.create(conn, world.account, "Welcome", read(given), world.account.now())
    assert caught.value.pointer == BASE + pointer
    assert await world.query("SELECT count(*) FROM flows WHERE account_id = %s") == [(0,)]
