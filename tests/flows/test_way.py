"""A person's way through a flow says what came of each step; a flow says what it hardly means before it is on."""

from typing import Any

from tests.conftest import Shop, eventually
from tests.flows.test_api import overview, set_status
from tests.flows.test_editing_api import draft, list_of, made, mail


def _hook(name: str, body: str, status: str = "live") -> dict[str, Any]:
    data = {"status": status, "message": {"url": "https://hooks.example.com/", "body": body}}
    return {"temporary_id": name, "type": "send-webhook", "links": {"next": None}, "data": data}


def _steps(shop: Shop, profile: str) -> list[Any]:
    runs = shop.http.get("/api/flow-runs", params={"filter": f'equals(profile_id,"{profile}")'}).json()["data"]
    return [step["effect"] for run in runs for step in run["attributes"]["path"]]


def _sent(shop: Shop, profile: str) -> str | None:
    """What became of the first step, once all are taken."""
    steps = _steps(shop, profile)
    return steps[0]["status"] if len(steps) == 3 else None


def test_a_step_that_sent_nothing_says_why_on_the_way(shop: Shop) -> None:
    news = list_of(shop)
    # what is filled in is no JSON: the call can't be made
    flow = made(shop, mail(shop, "A", "B"), mail(shop, "B", "W"), _hook("W", "{% if 1 %}x{% endif %}"), list_id=news)
    set_status(shop, flow.id, "live")
    second = flow.attributes.definition.actions[1]
    body = {"id": second["id"], "type": "send-email", "data": second["data"] | {"status": "manual"}}
    changed = {"data": {"type": "flow-action", "id": second["id"], "attributes": {"definition": body}}}
    shop.sdk.Flows.update_flow_action(second["id"], changed)
    new = {"data": {"type": "profile", "attributes": {"external_id": "nobody"}}}
    nobody = shop.http.post("/api/profiles", json=new).json()["data"]["id"]
    reader = shop.profile("ann@example.com")
    members = {"data": [{"type": "profile", "id": id} for id in (nobody, reader)]}
    shop.sdk.Lists.add_profiles_to_list(news, members)
    eventually(lambda: _sent(shop, reader) == "sent" and _sent(shop, nobody) == "skipped")
    first, review, call = _steps(shop, nobody)
    assert (first["kind"], first["status"], first["detail"]) == ("message", "skipped", "Missing Email")
    assert (review["status"], review["detail"]) == ("waits_for_review", None)
    assert (call["kind"], call["status"]) == ("webhook-call", "failed") and "not JSON" in call["detail"]
    sent = _steps(shop, reader)[0]
    assert (sent["status"], sent["detail"]) == ("sent", None)
    assert shop.http.get(f"/api/messages/{sent['id']}").status_code == 200
    numbers = shop.http.get(f"/api/flows/{flow.id}/numbers").json()["data"]["attributes"]["steps"]
    assert [(each["queued"], each["sent"]) for each in numbers] == [(0, 1), (2, 0)]
    assert overview(shop, flow.id)["trigger"]["id"] == news


def test_half_a_tag_and_a_body_that_is_no_json_are_told_before_a_flow_is_on(shop: Shop) -> None:
    half = mail(shop, "Hi {{ first_name", "V")
    whole = mail(shop, "Hi {{ first_name }}", "W")
    bad, good = _hook("W", '{"n": {{ event.n }}', "draft"), _hook("V", '{"n": {{ event.n }}}', "draft")
    good["links"] = {"next": "Hi {{ first_name }}"}
    flow = made(shop, half, good, whole, bad)
    ids = [each["id"] for each in flow.attributes.definition.actions]
    path = f"/api/flows/{flow.id}"
    ready = shop.http.get(f"{path}/readiness").json()["data"]["attributes"]
    assert (ready["problems"], [each["action_id"] for each in ready["warnings"]]) == ([], [ids[0], ids[3]])
    beside = shop.http.get(f"{path}/draft").json()["data"]["attributes"]
    assert [each["detail"] for each in beside["warnings"]] == [each["detail"] for each in ready["warnings"]]
    definition = beside["definition"]
    definition["actions"][0]["data"]["message"]["subject_line"] = "Hi {% raw"
    definition["actions"][3]["data"]["message"]["body"] = None
    answer = draft(shop, flow.id, definition).json()["data"]["attributes"]
    assert [each["action_id"] for each in answer["warnings"]] == [ids[0]]
