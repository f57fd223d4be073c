"""Tests of messages inside flows over the API: what came of each variation, who won, what an older draft can't undo."""

from typing import Any

import httpx

from tests import stories
from tests.conftest import Shop, eventually
from tests.flows.test_api import join, list_of, set_status
from tests.flows.test_editing_api import made
from tests.flows.test_versions import definition_of, publish, save, texts, versions
from tests.sink import Sink

Json = dict[str, Any]


def ab_test(shop: Shop, **experiment: Any) -> Json:
    """A test of the subjects “Calm” and “Loud”."""
    template = stories.template(shop)

    def inner(name: str, subject: str) -> Json:
        message = {"subject_line": subject, "name": name, "template_id": template, "smart_sending_enabled": False}
        sender = {"from_email": "shop@example.com", "from_label": "Shop"}
        return {"temporary_id": name, "type": "send-email", "data": {"message": message | sender}}

    whole = {
        "name": "Subject",
        "variations": [inner("A", "Calm"), inner("B", "Loud")],
        "allocations": {"A": 60, "B": 40},
        "winner_metric": "unique-opens",
        **experiment,
    }
    data = {"status": "draft", "main_action": inner("Main", "Calm"), "current_experiment": whole}
    return {"temporary_id": "T", "type": "ab-test", "links": {"next": None}, "data": data}


def results_of(shop: Shop, flow: str) -> list[Json]:
    answer = shop.http.get(f"/api/flows/{flow}/tests")
    assert answer.status_code == 200, answer.text
    return list(answer.json()["data"]["attributes"]["tests"])


def running(shop: Shop, sink: Sink, number: int = 12, **experiment: Any) -> tuple[str, Json]:
    """A live flow with a test that so many had; of those who had “Loud” one opened it. With its definition."""
    list_id = list_of(shop)
    flow = made(shop, ab_test(shop, **experiment), list_id=list_id)
    set_status(shop, flow.id, "live")
    addresses = [f"person{at}-{shop.public_id.lower()}@example.com" for at in range(number)]
    for address in addresses:
        join(shop, list_id, address)
    received = eventually(lambda: all(sink.to(each) for each in addresses) and [sink.to(each)[0] for each in addresses])
    loud = [each for each in received if each.message["Subject"] == "Loud"]
    assert 0 < len(loud) < number
    httpx.get(stories.pixel(loud[0]))
    eventually(lambda: results_of(shop, flow.id)[0]["variations"][1]["opened"])
    return str(flow.id), definition_of(shop, flow.id)


def _with_test(definition: Json, **changes: Any) -> Json:
    (action,) = definition["actions"]
    return definition | {"actions": [action | {"data": action["data"] | changes}]}


def test_it_tells_what_came_of_each_variation_and_who_won(shop: Shop, sink: Sink) -> None:
    flow, definition = running(shop, sink)
    (test,) = results_of(shop, flow)
    calm, loud = test["variations"]
    assert (test["name"], test["state"], test["winner_metric"]) == ("Subject", "live", "unique-opens")
    assert (calm["name"], calm["subject"], calm["share"], loud["share"]) == ("A", "Calm", 0.6, 0.4)
    assert (calm["delivered"] + loud["delivered"], calm["opened"], loud["opened"]) == (12, 0, 1)
    assert (test["leader"], test["winner"]) == (loud["id"], None)
    publish(shop, flow, _with_test(definition, experiment_status="completed"))
    (test,) = results_of(shop, flow)
    assert (test["state"], test["winner"]) == ("completed", loud["id"])
    assert texts(shop, flow) == ["Test “Subject”: the test ended, and everybody gets “Loud”"]
    # everybody gets the winner, until another test is begun
    (after,) = definition_of(shop, flow)["actions"]
    another = after["data"]["current_experiment"] | {"id": None, "name": "Again", "started": None}
    changes = {"experiment_status": "draft", "current_experiment": another}
    publish(shop, flow, _with_test(definition_of(shop, flow), **changes))
    (test,) = results_of(shop, flow)
    assert (test["name"], test["state"], test["winner"]) == ("Again", "live", None)


def test_a_draft_from_before_a_test_began_or_ended_takes_nothing_of_it_back(shop: Shop, sink: Sink) -> None:
    list_id = list_of(shop)
    flow = made(shop, ab_test(shop), list_id=list_id)
    before = definition_of(shop, flow.id)
    save(shop, flow.id, before)
    set_status(shop, flow.id, "live")
    (test,) = results_of(shop, flow.id)
    (action,) = before["actions"]
    # somebody who drew meanwhile publishes: the test goes on since it began
    publish(shop, flow.id, before | {"actions": [action | {"data": action["data"] | {"status": "live"}}]})
    assert [(each["state"], each["started"]) for each in results_of(shop, flow.id)] == [("live", test["started"])]
    late = definition_of(shop, flow.id)
    save(shop, flow.id, late)
    set_status(shop, flow.id, "draft")
    assert results_of(shop, flow.id)[0]["state"] == "completed"
    publish(shop, flow.id)
    (ended,) = results_of(shop, flow.id)
    assert (ended["state"], ended["winner"]) == ("completed", ended["variations"][0]["id"])


def test_a_test_that_ends_by_itself_is_a_version_of_nobody(shop: Shop) -> None:
    list_id = list_of(shop)
    ends = {"enabled": True, "automatic_end_statistical_certainty": False, "automatic_end_date": "2000-01-01T00:00:00Z"}
    flow = made(shop, ab_test(shop, automatic_winner_selection_settings=ends), list_id=list_id)
    set_status(shop, flow.id, "live")
    join(shop, list_id, f"ann-{shop.public_id.lower()}@example.com")
    eventually(lambda: results_of(shop, flow.id)[0]["state"] == "completed")
    newest = versions(shop, flow.id)[0]
    assert newest["actor"] is None
    assert texts(shop, flow.id) == ["Test “Subject”: the test ended, and everybody gets “Calm”"]


def test_a_flow_without_a_test_has_none(shop: Shop) -> None:
    assert results_of(shop, made(shop).id) == []
