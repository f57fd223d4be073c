"""Campaigns that need approval: who may not send asks, who may send decides, and both hear of it."""

from typing import Any

import httpx
import pytest

from rapport.accounts import roles
from tests import stories
from tests.accounts.team import Person, joined, owner
from tests.campaigns.composing import read, send, written
from tests.conftest import Shop, eventually
from tests.sink import Sink


@pytest.fixture
def boss(shop: Shop) -> Person:
    person = owner(shop)
    assert needs(person, True).status_code == 200
    return person


def needs(person: Person, needs_approval: bool) -> httpx.Response:
    return person.do("PATCH", "campaign-settings", "campaign-settings", needs_approval=needs_approval)


def ask(person: Person, campaign: str, words: str = "") -> httpx.Response:
    relationships = {"campaign": {"data": {"type": "campaign", "id": campaign}}}
    data = {"type": "campaign-approval", "attributes": {"words": words}, "relationships": relationships}
    return person.ask("POST", "campaign-approvals", {"data": data})


def decide(person: Person, campaign: str, decision: str, words: str = "", version: str | None = None) -> httpx.Response:
    attributes = {"decision": decision, "words": words}
    body = {"data": {"type": "campaign-approval", "id": campaign, "attributes": attributes}}
    url = f"{person.shop.server.url}/api/campaign-approvals/{campaign}"
    return person.browser.patch(url, json=body, headers={"If-Match": version} if version else {})


def told(person: Person) -> dict[str, Any]:
    rows = person.get("notifications?page[size]=100")["data"]
    return {row["attributes"]["kind"]: row["attributes"] for row in reversed(rows)}


def test_who_may_not_send_asks_and_an_approval_sends_it(boss: Person, sink: Sink) -> None:
    shop = boss.shop
    (address,) = stories.people(shop, 1)
    campaign, _ = stories.campaign(shop, included=[stories.list_of(shop, [address])])
    creator = joined(boss, roles.CREATOR, "Carla Creator")
    assert ask(creator, campaign, "For Monday, please.").status_code == 201
    approval = read(shop, campaign, "overview")["approval"]
    assert (approval["state"], approval["by"], approval["words"]) == ("asked", "Carla Creator", "For Monday, please.")
    asked = told(boss)["campaign-approval-asked"]
    assert asked["title"] == "Carla Creator asks for approval of “Spring letter”"
    assert (asked["detail"], asked["page"]) == ("For Monday, please.", f"/campaigns/{campaign}")
    assert "campaign-approval-asked" not in told(creator)

    assert decide(creator, campaign, "approve").status_code == 403
    assert decide(boss, campaign, "approve").status_code == 200
    eventually(lambda: stories.status(shop, campaign) == "Sent")
    assert len(sink.to(address)) == 1
    assert "campaign-approved" not in told(boss), "it is their own doing"
    assert told(creator)["campaign-approved"]["title"] == "Olga Owner approved “Spring letter”"
    assert decide(boss, campaign, "approve").status_code == 409
    operations = [row["attributes"]["operation"] for row in boss.get("audit-events")["data"]]
    assert {"ask_campaign_approval", "decide_campaign_approval"} <= set(operations)


def test_it_is_declined_with_a_sentence(boss: Person) -> None:
    shop = boss.shop
    campaign, _ = stories.campaign(shop, included=[stories.list_of(shop, [])])
    creator = joined(boss, roles.CREATOR, "Carla Creator")
    assert decide(boss, campaign, "decline", "Why?").status_code == 409
    ask(creator, campaign)
    wordless = decide(boss, campaign, "decline", " ")
    assert wordless.status_code == 400
    assert wordless.json()["errors"][0]["source"]["pointer"] == "/data/attributes/words"
    assert decide(boss, campaign, "decline", "The date is wrong.").status_code == 200
    assert told(creator)["campaign-declined"]["detail"] == "The date is wrong."
    assert stories.status(shop, campaign) == "Draft"
    # it is asked for again, and taken back
    assert ask(creator, campaign).status_code == 201
    assert creator.ask("DELETE", f"campaign-approvals/{campaign}").status_code == 204
    assert read(shop, campaign, "overview")["approval"] is None
    assert creator.ask("DELETE", f"campaign-approvals/{campaign}").status_code == 409


def test_what_was_changed_after_it_was_looked_at_is_not_sent_unseen(boss: Person) -> None:
    shop = boss.shop
    campaign, _ = stories.campaign(shop, included=[stories.list_of(shop, [])])
    ask(joined(boss, roles.CREATOR), campaign)
    seen = shop.http.get(f"/api/campaigns/{campaign}/draft").headers["etag"]
    written(shop, campaign, name="Quite another letter")
    assert decide(boss, campaign, "approve", version=seen).status_code == 412
    assert stories.status(shop, campaign) == "Draft"


def test_a_key_sends_nothing_while_campaigns_need_approval(boss: Person) -> None:
    shop = boss.shop
    campaign, _ = stories.campaign(shop, included=[stories.list_of(shop, stories.people(shop, 1))])
    refused = send(shop, campaign)
    assert refused.status_code == 409
    assert "need approval" in refused.json()["errors"][0]["detail"]
    assert needs(boss, False).status_code == 200
    eventually(lambda: send(shop, campaign).status_code == 202)
    # and where none is needed, none is asked for
    other, _ = stories.campaign(shop, included=[stories.list_of(shop, [], "Other")], name="Other")
    assert ask(boss, other).status_code == 409


def test_a_person_who_may_send_sends_by_themselves_and_undoing_ends_an_approval(boss: Person) -> None:
    shop = boss.shop
    campaign, _ = stories.campaign(shop, included=[stories.list_of(shop, stories.people(shop, 1))])
    ask(joined(boss, roles.CREATOR), campaign)
    body = {"data": {"type": "campaign-send-job", "id": campaign, "attributes": {"hold_seconds": 30}}}
    assert boss.ask("POST", "campaign-send-jobs", body).status_code == 202
    assert boss.do("PATCH", f"campaign-send-jobs/{campaign}", "campaign-send-job", campaign, action="revert").is_success
    assert read(shop, campaign, "overview")["approval"] is None
