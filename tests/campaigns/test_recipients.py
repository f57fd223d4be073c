"""Who got a campaign and what became of it, as rows, as a file and as a new list."""

import csv
import io
from typing import Any

import httpx
import pytest

from tests import stories
from tests.campaigns.composing import read
from tests.conftest import REVISION, Shop, eventually
from tests.sink import Sink

_HEADERS = {"revision": REVISION}


@pytest.fixture
def sent(shop: Shop, sink: Sink) -> tuple[str, list[str]]:
    """A campaign to four: one clicked, one opened, one did nothing, one had unsubscribed before."""
    addresses = stories.people(shop, 4)
    person = {"type": "profile", "attributes": {"email": addresses[3]}}
    job = {"type": "profile-suppression-bulk-create-job", "attributes": {"profiles": {"data": [person]}}}
    assert shop.http.post("/api/profile-suppression-bulk-create-jobs", json={"data": job}).status_code == 202
    barred = "SELECT count(*) FROM suppressions WHERE account_id = %s"
    eventually(lambda: shop.query(barred, shop.account_id) == [(1,)])
    campaign, _ = stories.campaign(shop, included=[stories.list_of(shop, addresses)])
    stories.send(shop, campaign)
    (clicked,), (opened,) = sink.to(addresses[0]), sink.to(addresses[1])
    httpx.get(stories.links(clicked)[0])
    httpx.get(stories.pixel(opened))
    eventually(lambda: read(shop, campaign, "overview")["clicks_unique"] == 1)
    eventually(lambda: read(shop, campaign, "overview")["opens_unique"] >= 1)
    return campaign, addresses


def in_state(shop: Shop, campaign: str, state: str) -> dict[str, dict[str, Any]]:
    """Address -> attributes."""
    answer = shop.http.get(f'/api/campaigns/{campaign}/recipients?filter=equals(state,"{state}")', headers=_HEADERS)
    assert answer.status_code == 200, answer.text
    return {row["attributes"]["email"]: row["attributes"] for row in answer.json()["data"]}


def test_they_are_listed_by_what_became_of_it(shop: Shop, sent: tuple[str, list[str]]) -> None:
    campaign, addresses = sent
    assert set(in_state(shop, campaign, "sent")) == set(addresses[:3])
    assert set(in_state(shop, campaign, "clicked")) == {addresses[0]}
    assert addresses[1] in in_state(shop, campaign, "opened")
    (skipped,) = in_state(shop, campaign, "skipped").values()
    assert (skipped["email"], skipped["reason"]) == (addresses[3], "Person Suppressed")
    assert in_state(shop, campaign, "bounced") == {}
    clicked = in_state(shop, campaign, "clicked")[addresses[0]]
    assert (clicked["name"], clicked["clicks"]) == ("Zoë person0", 1)
    overview = read(shop, campaign, "overview")
    for state, number in {"sent": "recipients", "delivered": "delivered", "opened": "opens_unique"}.items():
        assert len(in_state(shop, campaign, state)) == overview[number]
    answer = shop.http.get(f'/api/campaigns/{campaign}/recipients?filter=equals(state,"happy")')
    assert answer.status_code == 400


def test_they_come_page_by_page_and_as_one_file(shop: Shop, sent: tuple[str, list[str]]) -> None:
    campaign, addresses = sent
    seen: list[str] = []
    path = f'/api/campaigns/{campaign}/recipients?filter=equals(state,"delivered")&page[size]=2'
    while path:
        page = shop.http.get(path, headers=_HEADERS).json()
        assert len(page["data"]) <= 2
        seen += [row["attributes"]["email"] for row in page["data"]]
        path = page["links"]["next"]
    assert sorted(seen) == sorted(addresses[:3])
    answer = shop.http.get(f"/api/campaigns/{campaign}/recipients-file?state=skipped")
    assert answer.headers["content-disposition"].endswith(f'"campaign-{campaign}-skipped.csv"')
    (row,) = csv.DictReader(io.StringIO(answer.text))
    assert (row["email"], row["reason"], row["first_name"]) == (addresses[3], "Person Suppressed", "Zoë person3")
    rows = list(
        csv.DictReader(io.StringIO(shop.http.get(f"/api/campaigns/{campaign}/recipients-file?state=clicked").text))
    )
    assert [(row["email"], row["clicks"]) for row in rows] == [(addresses[0], "1")]
    assert shop.http.get(f"/api/campaigns/{campaign}/recipients-file?state=happy").status_code == 400


def test_they_become_a_new_list(shop: Shop, sent: tuple[str, list[str]]) -> None:
    campaign, addresses = sent
    relationships = {"campaign": {"data": {"type": "campaign", "id": campaign}}}
    body = {"type": "campaign-recipient-list", "attributes": {"state": "clicked", "name": "Clickers"}}
    answer = shop.http.post("/api/campaign-recipient-lists", json={"data": {**body, "relationships": relationships}})
    assert answer.status_code == 201, answer.text
    made = answer.json()["data"]
    assert (made["type"], made["attributes"]["name"]) == ("list", "Clickers")
    members = shop.http.get(f"/api/lists/{made['id']}/profiles").json()["data"]
    assert [member["attributes"]["email"] for member in members] == [addresses[0]]
    nameless = {**body, "attributes": {"state": "clicked", "name": " "}, "relationships": relationships}
    assert shop.http.post("/api/campaign-recipient-lists", json={"data": nameless}).status_code == 400


def test_a_campaign_is_set_beside_what_is_usual(shop: Shop, sent: tuple[str, list[str]]) -> None:
    first, addresses = sent
    assert read(shop, first, "overview")["usual"] is None
    other, _ = stories.campaign(shop, included=[stories.list_of(shop, addresses[:1], "Another")], name="Another")
    usual = read(shop, other, "overview")["usual"]
    assert usual["campaigns"] == 1
    assert usual["click_rate"] == pytest.approx(1 / 3)
    overview = read(shop, first, "overview")
    assert (overview["total"], overview["is_counted"], overview["last_minute"]) == (4, True, 3)
