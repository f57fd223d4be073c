"""The archive: out of the list, off, and what that does to the people inside."""

from typing import Any

import httpx

from tests.conftest import Shop, eventually
from tests.flows.test_api import join, list_of, overview, set_status
from tests.flows.test_editing_api import delay, made, mail
from tests.flows.test_versions import definition_of, save


def archive(shop: Shop, flow: str, archived: bool) -> dict[str, Any]:
    body = {"data": {"type": "flow", "id": flow, "attributes": {"archived": archived}}}
    answer = shop.http.patch(f"/api/flows/{flow}", json=body)
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["data"]["attributes"])


def _inside(shop: Shop) -> str:
    """A live flow in which somebody waits."""
    list_id = list_of(shop)
    flow = made(shop, delay("W", "A"), mail(shop, "A", "V"), delay("V", None), list_id=list_id)
    set_status(shop, flow.id, "live")
    join(shop, list_id, f"ann-{shop.public_id.lower()}@example.com")
    shop.wait_until_recorded()
    assert overview(shop, flow.id)["active"] == 1
    return str(flow.id)


def _mails(shop: Shop) -> list[Any]:
    return list(shop.http.get("/api/messages").json()["data"])


def test_who_is_inside_stays_until_the_next_wait_is_over_and_gets_nothing(shop: Shop) -> None:
    flow = _inside(shop)
    assert archive(shop, flow, True) | {"archived": True, "status": "draft"} == archive(shop, flow, True)
    assert overview(shop, flow)["active"] == 1
    shop.advance(days=2)
    eventually(lambda: overview(shop, flow)["active"] == 0)
    assert (overview(shop, flow)["finished"], _mails(shop)) == (1, [])


def test_who_still_waits_goes_on_once_it_is_back_and_live(shop: Shop) -> None:
    flow = _inside(shop)
    archive(shop, flow, True)
    assert archive(shop, flow, False)["status"] == "draft"
    set_status(shop, flow, "live")
    shop.advance(days=2)
    eventually(lambda: len(_mails(shop)) == 1)


def test_it_is_listed_where_it_is_asked_for(shop: Shop) -> None:
    flow, other = made(shop).id, made(shop).id
    archive(shop, flow, True)

    def listed(archived: str) -> list[str]:
        answer = shop.http.get("/api/flows", params={"filter": f"equals(archived,{archived})"})
        return [each["id"] for each in answer.json()["data"]]

    assert (listed("true"), listed("false")) == ([flow], [other])


def test_no_step_of_it_is_turned_live(shop: Shop) -> None:
    """Neither by its own status nor by publishing a draft."""
    flow = made(shop, mail(shop, "A")).id
    archive(shop, flow, True)
    definition = definition_of(shop, flow)
    (action,) = definition["actions"]
    live = action | {"data": action["data"] | {"status": "live"}}
    data = {"type": "flow-action", "id": action["id"], "attributes": {"definition": live}}
    _refused(shop.http.patch(f"/api/flow-actions/{action['id']}", json={"data": data}), "/data/status")
    save(shop, flow, definition | {"actions": [live]})
    _refused(shop.http.post(f"/api/flows/{flow}/draft/publish"), "/actions/0/data/status")
    assert shop.http.get(f"/api/flows/{flow}").json()["data"]["attributes"]["status"] == "draft"


def _refused(answer: httpx.Response, place: str) -> None:
    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert error["source"]["pointer"] == f"/data/attributes/definition{place}"
    assert error["detail"] == "An archived flow is restored first."
