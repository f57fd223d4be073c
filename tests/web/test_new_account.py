"""What somebody new is shown: what to do next, how to connect a store, why a call was refused, all of one person."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.conftest import Shop
from tests.parity.world import event_body


def test_first_steps_are_done_one_by_one_and_can_be_hidden(page: Page, shop: Shop) -> None:
    page.goto(shop.server.url)
    expect(page.get_by_text("First steps: 1 of 6 done")).to_be_visible()
    page.get_by_role("link", name="Import people").first.click()
    expect(page.get_by_text("Drop a CSV file here")).to_be_visible()
    ann = shop.profile("ann@example.com")
    page.goto(shop.server.url)
    expect(page.get_by_text("First steps: 2 of 6 done")).to_be_visible()
    page.get_by_role("button", name="Hide").click()
    expect(page.get_by_text("First steps")).to_have_count(0)
    page.goto(f"{shop.server.url}/profiles/{ann}")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download everything about this person").click()
    file = json.loads(Path(download.value.path()).read_text())
    assert (download.value.suggested_filename, file["profile"]["email"]) == (f"profile-{ann}.json", "ann@example.com")


@pytest.mark.long
def test_a_developer_sees_the_first_event_come_and_why_a_call_was_refused(page: Page, shop: Shop) -> None:
    page.goto(f"{shop.server.url}/developers")
    expect(page.get_by_text(f"{shop.server.url}/onsite/js/{shop.public_id}/klaviyo.js")).to_be_visible()
    expect(page.get_by_text("No event of your store has arrived yet.")).to_be_visible()
    shop.http.post("/api/events", json=event_body("", "ann@example.com"))
    shop.http.post("/api/events", json=event_body("Viewed Product", "ann@example.com"))
    expect(page.get_by_text("Your store's first event arrived")).to_be_visible()
    calls = page.get_by_role("table", name="Last calls")
    expect(calls.get_by_text("A metric's name has at least 1")).to_be_visible()
    expect(calls.get_by_text("202")).to_be_visible()
    page.get_by_text("Refused", exact=True).click()
    expect(calls.get_by_text("202")).to_have_count(0)
    page.get_by_role("tab", name="Python").click()
    expect(page.get_by_text("client.Events.create_event")).to_be_visible()
