"""Rehearsals over HTTP: the figures with their examples and caveats, and what is refused. On the stage nothing live is
touched."""

from typing import Any

import psycopg
import pytest

from rapport.accounts import service as accounts
from rapport.flows.plan import Flow
from rapport.flows.rehearsal import service as rehearsal
from rapport.flows.rehearsal import stage
from rapport.kit import db
from tests.conftest import Shop, eventually
from tests.flows.conftest import World, action, groups, split


def _asked(shop: Shop, **attributes: Any) -> Any:
    body = {"data": {"type": "flow-rehearsal", "attributes": attributes}}
    return shop.http.post("/api/flow-rehearsals", json=body)


def _rehearsed(shop: Shop, **attributes: Any) -> dict[str, Any]:
    answer = _asked(shop, **attributes)
    assert answer.status_code == 201, answer.text
    id = answer.json()["data"]["id"]

    def ended() -> Any:
        attributes = shop.http.get(f"/api/flow-rehearsals/{id}").json()["data"]["attributes"]
        return attributes if attributes["status"] in ("complete", "failed") else None

    attributes = eventually(ended)
    assert attributes["status"] == "complete", attributes["error"]
    assert attributes["progress"] == 100
    return dict(attributes["result"])


def _metric(shop: Shop, name: str) -> str:
    found = shop.http.get("/api/metrics").json()["data"]
    return next(str(metric["id"]) for metric in found if metric["attributes"]["name"] == name)


def _template(shop: Shop) -> str:
    attributes = {"name": "T", "editor_type": "CODE", "html": "<p>Your {{ event.Item }}, {{ first_name }}</p>"}
    body = {"data": {"type": "template", "attributes": attributes}}
    return str(shop.http.post("/api/templates", json=body).json()["data"]["id"])


def _mail(name: str, template: str, then: str | None = None) -> dict[str, Any]:
    message = {"subject_line": f"{name}, {{{{ first_name }}}}", "template_id": template, "name": name}
    return action(name, "send-email", then, message=message)


def _definition(metric: str, *actions: dict[str, Any]) -> dict[str, Any]:
    trigger = {"type": "metric", "id": metric, "trigger_filter": None}
    return {"triggers": [trigger], "actions": [*actions], "entry_action_id": actions[0]["temporary_id"]}


def _flow_of(metric: str, template: str) -> dict[str, Any]:
    gold = groups({
        "type": "profile-property",
        "property": "properties['tier']",
        "filter": {"type": "string", "operator": "equals", "value": "gold"},
    })  # fmt: skip
    asked = split("asked", "conditional-split", "mail", None, profile_filter=gold)
    wait = action("wait", "time-delay", None, value=30, unit="days")
    return _definition(metric, asked, _mail("mail", template, "wait"), wait)


def _lived(shop: Shop) -> str:
    """Three people left carts: two of gold, one of whom was suppressed before."""
    for name, tier in (("ann", "gold"), ("bea", "gold"), ("cid", "tin")):
        email = f"{name}@example.com"
        attributes = {"email": email, "first_name": name.title(), "properties": {"tier": tier}}
        shop.http.post("/api/profiles", json={"data": {"type": "profile", "attributes": attributes}})
    profiles = {"data": [{"type": "profile", "attributes": {"email": "bea@example.com"}}]}
    body = {"data": {"type": "profile-suppression-bulk-create-job", "attributes": {"profiles": profiles}}}
    assert shop.http.post("/api/profile-suppression-bulk-create-jobs", json=body).status_code == 202
    # from before the carts: a rehearsal knows the moment
    shop.advance(hours=1)
    for name in ("ann", "bea", "cid"):
        shop.event("Left Cart", f"{name}@example.com", properties={"Item": "Hat"})
    shop.wait_until_recorded()
    return _metric(shop, "Left Cart")


def test_it_tells_by_step_who_came_what_they_had_and_what_is_not_known(shop: Shop) -> None:
    metric, template = _lived(shop), _template(shop)
    shop.advance(hours=1)
    for name in ("ann", "bea", "cid"):
        shop.event("Left Cart", f"{name}@example.com", properties={"Item": "Shoe"})
    shop.wait_until_recorded()
    result = _rehearsed(shop, definition=_flow_of(metric, template), days=7)
    assert (result["considered"], result["entered"], result["completed"]) == (6, 6, 6)
    steps = {step["action_id"]: step for step in result["steps"]}
    assert steps["asked"]["ways"] == {"next_if_true": 4, "next_if_false": 2}
    mail = steps["mail"]
    assert (mail["entered"], mail["done"]) == (4, 1)
    # smart sending at the second cart; and whom is written to in vain
    assert sum(mail["skipped"].values()) == 3 and mail["skipped"]["Smart Sending"] == 1
    shown = next(example for example in mail["people"] if example["outcome"] == "sent")
    assert (shown["profile_name"], shown["subject"]) == ("ann@example.com", "mail, Ann")
    assert "Your Hat, Ann" in shown["html"]
    caveats = {caveat["action_id"]: caveat["text"] for caveat in result["caveats"]}
    assert "as they are today" in caveats["asked"]
    assert "taken as received" in caveats["mail"]
    assert not shop.http.get("/api/messages").json()["data"]
    assert not shop.http.get("/api/flow-runs").json()["data"]


def test_a_change_of_a_live_flow_is_rehearsed_with_what_it_does_to_those_inside(shop: Shop) -> None:
    shop.event("Left Cart", "ann@example.com")
    shop.wait_until_recorded()
    metric, template = _metric(shop, "Left Cart"), _template(shop)
    wait = action("wait", "time-delay", "mail", value=2, unit="days")
    body = {"name": "Carts", "definition": _definition(metric, wait, _mail("mail", template))}
    flow = shop.http.post("/api/flows", json={"data": {"type": "flow", "attributes": body}}).json()["data"]["id"]
    path = f"/api/flows/{flow}"
    live = {"data": {"type": "flow", "id": flow, "attributes": {"status": "live"}}}
    assert shop.http.patch(path, json=live).status_code == 200
    shop.event("Left Cart", "bea@example.com")
    shop.wait_until_recorded()
    shop.advance(hours=1)
    definition = shop.http.get(f"{path}/draft").json()["data"]["attributes"]["definition"]
    mail = definition["actions"][1]
    soon = action("soon", "time-delay", mail["id"], value=10, unit="minutes")
    changed = definition | {"actions": [soon, mail], "entry_action_id": "soon"}
    result = _rehearsed(shop, flow_id=flow, definition=changed, days=1)
    assert [effect["outcome"] for effect in result["impact"]] == ["moves_on"]
    steps = {step["action_id"]: step for step in result["steps"]}
    assert (result["entered"], steps["soon"]["passed"], steps[mail["id"]]["done"]) == (2, 2, 2)
    as_it_is = _rehearsed(shop, flow_id=flow, days=1)
    assert (as_it_is["entered"], as_it_is["inside"], as_it_is["impact"]) == (2, 2, [])
    # nothing of it is published
    assert shop.http.get(f"{path}/draft").json()["data"]["attributes"]["definition"] == definition


@pytest.mark.parametrize(
    ("attributes", "pointer"),
    [
        ({}, "/data/attributes"),
        ({"flow_id": "nobody"}, "/data/attributes/flow_id"),
        ({"flow_id": "nobody", "days": 91}, "/data/attributes/days"),
        ({"definition": {"triggers": []}}, "/data/attributes/definition"),
        (
            {"definition": {"triggers": [], "actions": [], "entry_action_id": None}},
            "/data/attributes/definition/triggers",
        ),
    ],
)
def test_what_can_not_be_rehearsed_is_refused(shop: Shop, attributes: dict[str, Any], pointer: str) -> None:
    answer = _asked(shop, **attributes)
    assert answer.status_code == 400, answer.text
    assert answer.json()["errors"][0]["source"]["pointer"].startswith(pointer)


async def test_on_the_stage_nothing_live_is_written_or_held(world: World) -> None:
    profile = await world.person("ann@example.com", properties={"tier": "gold"})
    changed = {"operator": "update", "property_type": "string", "property_key": "tier", "property_value": "tin"}
    change = action("change", "update-profile", "mail", status="live", profile_operations=[changed])
    flow: Flow = await world.metric_flow("Left Cart", change, world.email("mail"), status="draft")
    await world.event("Left Cart", profile)
    async with stage.opened(world.pool) as opened:
        account = await accounts.load(opened.conn, world.account.account_id)
        played = await rehearsal.played(opened, account, flow, None, 1)
        query = "SELECT properties ->> 'tier' FROM profiles WHERE account_id = %s"
        assert await db.rows(opened.conn, query, (account.account_id,)) == [("tin",)]
        assert len(played.played.walks) == 1
        # whoever wants the person's row has it at once
        async with world.pool.connection() as conn:
            await conn.execute("SET LOCAL lock_timeout = '100ms'")
            await conn.execute("UPDATE profiles SET updated = updated WHERE account_id = %s", (account.account_id,))
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            await opened.conn.execute(
                f"DELETE FROM {opened.live}.profiles WHERE account_id = %s", (account.account_id,)
            )
    assert (await world.properties(profile))["tier"] == "gold"
    assert await world.runs() == [] and await world.messages() == []


async def test_a_live_flow_rehearsed_over_its_own_days_sends_the_same_to_the_same(world: World) -> None:
    """Also who falls into a sample: that hangs on the flow."""
    half = groups({"type": "profile-sample", "percentage": 50})
    sample = split("half", "conditional-split", "one", "two", profile_filter=half)
    flow = await world.metric_flow("Left Cart", sample, world.email("one"), world.email("two"))
    for number in range(12):
        await world.event("Left Cart", await world.person(f"p{number}@example.com"), work=False)
    await world.work()
    await world.advance(hours=1)
    really = await world.query("SELECT profile_id, message_id, status FROM messages WHERE account_id = %s ORDER BY 1")
    assert len({row[1] for row in really}) == 2
    async with stage.opened(world.pool) as opened:
        account = await accounts.load(opened.conn, world.account.account_id)
        await rehearsal.played(opened, account, flow, None, 1)
        sent = await db.rows(
            opened.conn,
            "SELECT profile_id, message_id, status FROM messages WHERE account_id = %s ORDER BY 1",
            (account.account_id,),
        )
    assert sent == really
