"""What a developer's guide to the API shows, done in TypeScript by plain fetch and in Python with the official SDK."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
from klaviyo_api import KlaviyoAPI

from rapport.kit import ids
from tests.conftest import Server, Shop, eventually, new_shop
from tests.stories import campaign, flow, list_of, people, send

_HERE = Path(__file__).parent
_ROOT = _HERE.parents[1]
_OPTIONS = ("--target", "es2022", "--module", "es2022", "--moduleDetection", "force", "--skipLibCheck", "--noCheck")


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The store's integration, compiled with the web app's own TypeScript."""
    folder = tmp_path_factory.mktemp("guide")
    compiler = _ROOT / "web" / "node_modules" / "typescript" / "bin" / "tsc"
    _node(str(compiler), *_OPTIONS, "--outDir", str(folder), str(_HERE / "shop.ts"))
    return (folder / "shop.js").rename(folder / "shop.mjs")


def _node(*arguments: str, **environment: str) -> str:
    command = [sys.executable, str(_ROOT / "tools" / "node.py"), "node", *arguments]
    merged = {**os.environ, **environment}
    done = subprocess.run(command, capture_output=True, text=True, timeout=180, env=merged, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _run(script: Path, shop: Shop, *steps: str, **environment: str) -> dict[str, Any]:
    known = {"HOST": shop.server.url, "KLAVIYO_PRIVATE_KEY": shop.private_key, **environment}
    answer: dict[str, Any] = msgspec.json.decode(_node(str(script), *steps, **known))
    return answer


def _counts(shop: Shop) -> dict[str, tuple[int, float]]:
    """Number and sum of each metric's events."""
    shop.wait_until_recorded()
    statement = """
        SELECT m.name, count(*), coalesce(sum(e.value), 0)::float
        FROM events e JOIN metrics m ON m.account_id = e.account_id AND m.id = e.metric_id
        WHERE e.account_id = %s GROUP BY 1"""
    return {name: (number, value) for name, number, value in shop.query(statement, shop.account_id)}


@pytest.mark.rule("1.3", "3.1", "3.3", "5", "7.9", "7.10")
def test_a_store_in_typescript_does_what_the_guide_shows(shop: Shop, script: Path) -> None:
    first = _run(script, shop, "profiles", "events")
    attributes = first["profiles"]["byEmail"]["attributes"]
    assert first["profiles"]["byId"]["data"]["attributes"] == attributes
    assert attributes["last_name"] == "Ågren"
    assert attributes["location"]["city"] == "Boston"
    assert attributes["properties"] == {
        "lifetime_value": 1200,
        "ltv": 1200,
        "plan": "pro",
        "signup_source": "web",
        "vip_status": True,
        "total_orders": 5,
        "last_purchase_date": "2026-01-01T00:00:00Z",
    }
    assert _counts(shop) == {
        "Viewed Product": (1, 0.0),
        "Added to Cart": (1, 19.98),
        "Started Checkout": (1, 19.98),
        "Placed Order": (1, 19.98),
        "Fulfilled Order": (1, 0.0),
        "Cancelled Order": (1, -19.98),
    }

    second = _run(script, shop, "lists", "filters", "pages")
    expected = {"anna@example.com", "p200@example.com", *(f"p{n}@example.com" for n in range(148))}
    assert len(second["lists"]) == 150
    assert set(second["lists"]) == expected
    assert second["filters"]["vips"] == second["filters"]["both"] == ["anna@example.com"]
    assert second["filters"]["newest"][0] == "p229@example.com"
    assert second["filters"]["sparse"].keys() == {"email", "first_name", "properties"}
    assert second["filters"]["recent"] == 6
    assert len(second["pages"]) == len(set(second["pages"])) == 232


def test_a_store_in_typescript_keeps_orders_and_subscriptions_in_step(shop: Shop, script: Path) -> None:
    attributes = _run(script, shop, "patterns")["patterns"]
    properties = attributes["properties"]
    assert (attributes["first_name"], attributes["phone_number"]) == ("Sy", "+12025550124")
    assert (properties["total_orders"], properties["lifetime_value"]) == (3, 300)
    assert (properties["subscription_status"], properties["subscription_plan"]) == ("cancelled", "pro")
    assert _counts(shop) == {
        "Placed Order": (1, 70.0),
        "Subscription active": (1, 20.0),
        "Subscription cancelled": (1, -20.0),
    }


def test_a_store_in_typescript_reads_campaigns_and_flows(shop: Shop, script: Path) -> None:
    listed = list_of(shop, people(shop, 3))
    draft, _ = campaign(shop, included=[listed])
    sent, _ = campaign(shop, included=[listed])
    send(shop, sent)
    shop.event("Placed Order", "first@example.com")
    delay = {"temporary_id": "a", "type": "time-delay", "links": {"next": None}, "data": {"unit": "days", "value": 1}}
    trigger = {"type": "metric", "id": shop.metric_id("Placed Order")}
    made = flow(shop, {"triggers": [trigger], "entry_action_id": "a", "actions": [delay]}, name="After an order")
    done = _run(script, shop, "campaigns", "flows", CAMPAIGN=sent)
    assert set(done["campaigns"]["all"]) == {draft, sent}
    assert (done["campaigns"]["draft"], done["campaigns"]["sent"]) == ([draft], [sent])
    assert done["campaigns"]["metrics"]["data"]["attributes"]["estimated_recipient_count"] == 3
    assert done["flows"] == {"all": [made], "one": "After an order"}


@pytest.mark.long
@pytest.mark.rule("7.8")
def test_a_store_in_typescript_waits_as_long_as_it_is_told(limited: Server, script: Path) -> None:
    with new_shop(limited) as shop:
        done = _run(script, shop, "burst")
    assert done["burst"] > 0


@pytest.mark.rule("1.3", "7.9", "7.10")
def test_a_store_in_python_does_what_the_guide_shows(shop: Shop) -> None:
    klaviyo = KlaviyoAPI(api_key=shop.private_key, max_delay=60, max_retries=3, test_host=shop.server.url)

    def upsert_profile(email: str, **attributes: Any) -> str:
        body = {"data": {"type": "profile", "attributes": {"email": email, **attributes}}}
        return str(klaviyo.Profiles.create_or_update_profile(body).data.id)

    first = upsert_profile("anna@example.com", first_name="Anna", last_name="Ågren", properties={"plan": "pro"})
    assert upsert_profile("anna@example.com", first_name="Anne") == first
    found = klaviyo.Profiles.get_profiles(filter='equals(email,"anna@example.com")').data
    assert [(one.id, one.attributes.first_name, one.attributes.last_name) for one in found] == [
        (first, "Anne", "Ågren")
    ]
    for number in range(120):
        upsert_profile(f"p{number}@example.com")
    pages = [klaviyo.Profiles.get_profiles(page_size=50)]
    while pages[-1].links.next:
        pages.append(klaviyo.Profiles.get_profiles(page_size=50, page_cursor=pages[-1].links.next))
    assert len({one.id for page in pages for one in page.data}) == 121
    made = klaviyo.Lists.create_list({"data": {"type": "list", "attributes": {"name": "Newsletter"}}}).data.id
    klaviyo.Lists.add_profiles_to_list(made, {"data": [{"type": "profile", "id": first}]})
    assert [one.id for one in klaviyo.Lists.get_profiles_for_list(made).data] == [first]
    shop.event("Placed Order", "anna@example.com", value=10.0)
    eventually(lambda: len(klaviyo.Events.get_events(filter="greater-than(datetime,2024-01-01T00:00:00Z)").data) == 1)


@pytest.mark.rule("7.8")
def test_the_sdk_waits_and_tries_again_when_it_was_too_fast(limited: Server) -> None:
    with new_shop(limited) as shop:
        # of those with the smallest limit, so that a slow machine reaches it too
        answers = (shop.http.get("/api/accounts") for _ in range(20))
        refused = next(one for one in answers if one.status_code == 429)
        assert refused.headers["retry-after"].isdigit()
        patient = KlaviyoAPI(shop.private_key, max_retries=5, test_host=limited.url)
        assert [one.id for one in patient.Accounts.get_accounts().data] == [shop.public_id]


def test_keys_have_the_forms_by_which_a_scanner_finds_them(server: Server) -> None:
    assert re.fullmatch(r"pk_[a-f0-9]{32}", ids.private_key())
    with new_shop(server) as shop:
        assert re.fullmatch(r"[A-Z0-9]{6}", shop.public_id)
        assert re.fullmatch(r"pk_[a-f0-9]{32}", shop.private_key)
