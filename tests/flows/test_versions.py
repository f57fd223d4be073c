"""What is kept of a flow with each change, what it says, and how an older one comes back."""

from typing import Any

import httpx
import pytest

from rapport.flows.versions import KEPT
from tests.accounts.team import owner
from tests.conftest import Shop, new_shop
from tests.flows.test_api import list_of, set_status
from tests.flows.test_editing_api import anchor, chain, delay, insert, made, mail, without_links

Json = dict[str, Any]


def versions(shop: Shop, flow: str) -> list[Json]:
    """Newest first."""
    return [each["attributes"] for each in shop.http.get(f"/api/flows/{flow}/versions").json()["data"]]


def texts(shop: Shop, flow: str) -> list[str]:
    """What the newest version says that changed."""
    return [each["text"] for each in versions(shop, flow)[0]["changes"]]


def definition_of(shop: Shop, flow: str) -> Json:
    answer = shop.http.get(f"/api/flows/{flow}?additional-fields[flow]=definition")
    return dict(answer.json()["data"]["attributes"]["definition"])


def save(shop: Shop, flow: str, definition: Json, name: str = "Edited") -> Json:
    data = {"type": "flow-draft", "id": flow, "attributes": {"name": name, "definition": definition}}
    answer = shop.http.patch(f"/api/flows/{flow}/draft", json={"data": data})
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["data"]["attributes"])


def publish(shop: Shop, flow: str, definition: Json | None = None, name: str = "Edited") -> None:
    if definition is not None:
        assert save(shop, flow, definition, name)["problem"] is None
    answer = shop.http.post(f"/api/flows/{flow}/draft/publish")
    assert answer.status_code == 200, answer.text


def restore(shop: Shop, flow: str, version: str, **headers: str) -> httpx.Response:
    data = {"type": "flow-draft", "attributes": {"version_id": version}}
    return shop.http.post(f"/api/flows/{flow}/draft/restore", json={"data": data}, headers=headers)


def id_of(shop: Shop, flow: str, number: int) -> str:
    found = shop.http.get(f"/api/flows/{flow}/versions?page[size]=100").json()["data"]
    return next(str(each["id"]) for each in found if each["attributes"]["number"] == number)


def test_each_change_that_is_felt_is_a_version_with_who_made_it(shop: Shop) -> None:
    flow = made(shop, mail(shop, "First mail", "W"), delay("W", None))
    mail_id, wait = (each["id"] for each in flow.attributes.definition.actions)
    assert texts(shop, flow.id) == ["The flow was made"]
    set_status(shop, flow.id, "live")
    assert texts(shop, flow.id) == ["Turned live"]
    set_status(shop, flow.id, "live")
    assert len(versions(shop, flow.id)) == 2
    definition = {"id": wait, "type": "time-delay", "data": {"value": 2}}
    shop.sdk.Flows.update_flow_action(
        wait, {"data": {"type": "flow-action", "id": wait, "attributes": {"definition": definition}}}
    )
    assert texts(shop, flow.id) == ["Delay of 1 day became 2 days"]
    new = without_links(mail(shop, "Reminder"))
    assert insert(shop, new, **{"anchor-action": anchor(mail_id, "Reminder")}).status_code == 201
    assert texts(shop, flow.id) == ["E-mail “Reminder” added after “First mail”"]
    assert shop.http.delete(f"/api/flow-actions/{wait}").status_code == 204
    newest = versions(shop, flow.id)[0]
    assert newest["changes"] == [{"what": "removed", "text": "Delay of 2 days removed", "action_id": wait}]
    shop.http.patch(
        f"/api/flows/{flow.id}", json={"data": {"type": "flow", "id": flow.id, "attributes": {"archived": True}}}
    )
    assert texts(shop, flow.id) == ["Archived", "Turned off"]
    every = versions(shop, flow.id)
    assert [each["number"] for each in every] == [6, 5, 4, 3, 2, 1]
    assert all(each["actor"].startswith("key “") and each["user_id"] is None for each in every)
    # a draft that is only saved changes nothing for anybody
    save(shop, flow.id, definition_of(shop, flow.id))
    assert len(versions(shop, flow.id)) == 6


def test_a_version_of_a_person_names_them(shop: Shop) -> None:
    boss = owner(shop)
    flow = made(shop, mail(shop, "A"))
    assert boss.do("PATCH", f"flows/{flow.id}", "flow", flow.id, status="live").status_code == 200
    newest = versions(shop, flow.id)[0]
    log = boss.get("audit-events")["data"][0]["attributes"]
    assert (newest["actor"], newest["user_id"]) == (log["actor"], log["user_id"]) and newest["user_id"]


def _published(shop: Shop, *actions: Json) -> tuple[str, Json]:
    flow = made(shop, *actions)
    return flow.id, definition_of(shop, flow.id)


def _with(definition: Json, name: str, **data: Any) -> Json:
    """The definition, with other data of the e-mail of this name."""
    actions = [
        {**each, "data": {**each["data"], "message": {**each["data"]["message"], **data}}}
        if each["data"].get("message", {}).get("name") == name
        else each
        for each in definition["actions"]
    ]
    return definition | {"actions": actions}


def test_what_was_published_is_told_step_by_step(shop: Shop) -> None:
    id, was = _published(shop, mail(shop, "A", "W"), delay("W", "B"), mail(shop, "B"))
    publish(shop, id, _with(was, "A", subject_line="Hello", preview_text="Look"), name="Renamed")
    assert texts(shop, id) == [
        "Renamed from “Edited” to “Renamed”",
        "E-mail “A”: subject is now “Hello”; preview text changed",
    ]
    publish(shop, id, _with(definition_of(shop, id), "B", smart_sending_enabled=True, reply_to_email="a@shop.example"))
    assert texts(shop, id)[1:] == ["E-mail “B”: reply address and smart sending changed"]
    first, wait, last = (each["id"] for each in was["actions"])
    now = definition_of(shop, id)
    links = {wait: first, first: last, last: None}
    moved = [{**each, "links": {"next": links[each["id"]]}} for each in now["actions"]]
    publish(shop, id, now | {"actions": moved, "entry_action_id": wait})
    assert [(each["what"], each["action_id"]) for each in versions(shop, id)[0]["changes"]] == [("moved", first)]
    assert texts(shop, id) == ["E-mail “Hello” moved after the delay of 1 day"]
    now = definition_of(shop, id)
    other = now | {"triggers": [{"type": "list", "id": list_of(shop)}], "profile_filter": _IN_BERN}
    publish(shop, id, other | {"reentry_criteria": {"duration": 1, "unit": "alltime"}})
    assert texts(shop, id) == [
        "The list of the trigger changed",
        "Filter of the flow changed",
        "How often the same person can enter changed",
    ]


_IN_BERN = {
    "condition_groups": [
        {
            "conditions": [
                {
                    "type": "profile-property",
                    "property": "location['city']",
                    "filter": {"type": "string", "operator": "equals", "value": "Bern"},
                }
            ]
        }
    ]
}


def test_a_step_that_goes_another_way_of_a_split_is_told_once(shop: Shop) -> None:
    split = {
        "temporary_id": "S",
        "type": "conditional-split",
        "links": {"next_if_true": "Y", "next_if_false": "N"},
        "data": {"profile_filter": _IN_BERN},
    }
    id, was = _published(shop, split, mail(shop, "Y"), mail(shop, "N"))
    ids = {each["data"].get("message", {}).get("name", "S"): each["id"] for each in was["actions"]}
    links = {
        "S": {"next_if_true": None, "next_if_false": ids["Y"]},
        "Y": {"next": ids["N"]},
        "N": {"next": None},
    }
    actions = [{**each, "links": links[name]} for name, each in zip(("S", "Y", "N"), was["actions"], strict=True)]
    publish(shop, id, was | {"actions": actions})
    assert texts(shop, id) == ["E-mail “Y” moved after the split by person, on the way “No”"]
    # and a way that ends now
    now = definition_of(shop, id)
    ended = [{**each, "links": {"next": None}} if each["id"] == ids["Y"] else each for each in now["actions"]]
    kept = [each for each in ended if each["id"] != ids["N"]]
    publish(shop, id, now | {"actions": kept})
    assert texts(shop, id) == ["E-mail “N” removed"]


def test_an_older_version_becomes_the_draft_and_what_is_gone_comes_back_with_its_design(shop: Shop) -> None:
    flow = made(shop, mail(shop, "A", "B"), mail(shop, "B", "W"), delay("W", None))
    first, second, _ = (each["id"] for each in flow.attributes.definition.actions)
    set_status(shop, flow.id, "live")
    assert shop.http.delete(f"/api/flow-actions/{second}").status_code == 204
    before = definition_of(shop, flow.id)
    version = id_of(shop, flow.id, 1)
    kept = shop.http.get(f"/api/flow-versions/{version}").json()["data"]["attributes"]
    assert [each["id"] for each in kept["definition"]["actions"]][1] == second and kept["status"] == "draft"
    draft = restore(shop, flow.id, version).json()["data"]["attributes"]
    assert (draft["is_begun"], draft["problem"]) == (True, None)
    back = {each["data"].get("message", {}).get("name"): each for each in draft["definition"]["actions"]}
    # whether a step acts is not brought back; one that comes back is a draft
    assert (back["A"]["id"], back["A"]["data"]["status"]) == (first, "live")
    assert "id" not in back["B"] and back["B"]["data"]["status"] == "draft"
    assert definition_of(shop, flow.id) == before
    publish(shop, flow.id)
    assert chain(shop, flow.id) == ["A", "B", "time-delay"]
    after = shop.http.get(f"/api/flows/{flow.id}").json()["data"]["attributes"]
    assert after["status"] == "live"
    again = {each["data"].get("message", {}).get("name"): each for each in definition_of(shop, flow.id)["actions"]}
    design = again["B"]["data"]["message"]["template_id"]
    assert shop.http.get(f"/api/templates/{design}").status_code == 200
    assert texts(shop, flow.id)[0] == "E-mail “B” added after “A”"


def test_who_has_an_older_draft_open_is_told_before_it_is_replaced(shop: Shop) -> None:
    flow = made(shop, mail(shop, "A"))
    opened = shop.http.get(f"/api/flows/{flow.id}/draft").headers["etag"]
    save(shop, flow.id, definition_of(shop, flow.id))
    version = id_of(shop, flow.id, 1)
    assert restore(shop, flow.id, version, **{"If-Match": opened}).status_code == 412
    opened = shop.http.get(f"/api/flows/{flow.id}/draft").headers["etag"]
    assert restore(shop, flow.id, version, **{"If-Match": opened}).status_code == 200


def test_a_version_of_another_flow_is_none_of_this_one(shop: Shop) -> None:
    flow, other = made(shop), made(shop)
    answer = restore(shop, flow.id, id_of(shop, other.id, 1))
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["source"]["pointer"] == "/data/attributes/version_id"
    with new_shop(shop.server) as stranger:
        theirs = made(stranger)
        assert shop.http.get(f"/api/flow-versions/{id_of(stranger, theirs.id, 1)}").status_code == 404
        assert shop.http.get(f"/api/flows/{theirs.id}/versions").status_code == 404


def test_they_are_listed_page_by_page_and_the_oldest_are_forgotten(shop: Shop) -> None:
    flow = made(shop, mail(shop, "A"))
    for at in range(5):
        set_status(shop, flow.id, "manual" if at % 2 else "live")
    path, numbers = f"/api/flows/{flow.id}/versions?page[size]=2", []
    while path:
        page = shop.http.get(path).json()
        numbers.append([each["attributes"]["number"] for each in page["data"]])
        path = page["links"]["next"]
    assert numbers == [[6, 5], [4, 3], [2, 1]]
    # as if there had been many
    _later(shop, from_number=3, by=KEPT - 4)
    set_status(shop, flow.id, "draft")
    assert [each["number"] for each in versions(shop, flow.id)] == [KEPT + at for at in (3, 2, 1, 0, -1)]


def _later(shop: Shop, from_number: int, by: int) -> None:
    """The versions from this one on as if there had been so many more before."""
    statement = "UPDATE flow_versions SET number = number + %s WHERE account_id = %s AND number >= %s RETURNING number"
    shop.query(statement, by, shop.account_id, from_number)


def test_a_design_that_only_a_forgotten_version_named_is_gone_too(shop: Shop) -> None:
    flow = made(shop, mail(shop, "A", "B"), mail(shop, "B"))
    second = flow.attributes.definition.actions[1]
    design = second["data"]["message"]["template_id"]
    assert shop.http.delete(f"/api/flow-actions/{second['id']}").status_code == 204
    assert shop.http.get(f"/api/templates/{design}").status_code == 200
    _later(shop, from_number=2, by=KEPT)
    set_status(shop, flow.id, "live")
    assert shop.http.get(f"/api/templates/{design}").status_code == 404


def test_a_design_that_the_draft_names_stays(shop: Shop) -> None:
    """An older version is the draft, and is forgotten before that is published."""
    flow = made(shop, mail(shop, "A", "B"), mail(shop, "B"))
    second = flow.attributes.definition.actions[1]
    design = second["data"]["message"]["template_id"]
    assert shop.http.delete(f"/api/flow-actions/{second['id']}").status_code == 204
    assert restore(shop, flow.id, id_of(shop, flow.id, 1)).status_code == 200
    _later(shop, from_number=2, by=KEPT)
    set_status(shop, flow.id, "live")
    assert shop.http.get(f"/api/templates/{design}").status_code == 200
    assert shop.http.post(f"/api/flows/{flow.id}/draft/publish").status_code == 200
    assert chain(shop, flow.id) == ["A", "B"]


@pytest.mark.parametrize("kept_copy", [True, False], ids=["in use", "of a version only"])
def test_nothing_of_a_deleted_flow_is_left(shop: Shop, kept_copy: bool) -> None:
    flow = made(shop, mail(shop, "A", "B"), mail(shop, "B"))
    action = flow.attributes.definition.actions[0 if kept_copy else 1]
    shop.http.delete(f"/api/flow-actions/{flow.attributes.definition.actions[1]['id']}")
    version = id_of(shop, flow.id, 1)
    assert shop.http.delete(f"/api/flows/{flow.id}").status_code == 204
    assert shop.http.get(f"/api/flow-versions/{version}").status_code == 404
    assert shop.query("SELECT count(*) FROM flow_versions WHERE account_id = %s", shop.account_id) == [(0,)]
    assert shop.http.get(f"/api/templates/{action['data']['message']['template_id']}").status_code == 404


def test_a_flow_from_before_versions_has_its_first_one_before_the_first_change(shop: Shop) -> None:
    flow = made(shop, delay("W", None))
    shop.query("DELETE FROM flow_versions WHERE account_id = %s RETURNING number", shop.account_id)
    assert versions(shop, flow.id) == []
    set_status(shop, flow.id, "live")
    newest, first = versions(shop, flow.id)
    assert [each["text"] for each in newest["changes"]] == ["Turned live"]
    assert (first["actor"], first["status"]) == (None, "draft")
