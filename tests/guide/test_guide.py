"""What a developer's guide to the API shows, done in TypeScript by plain fetch and in Python with the official SDK."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
from klaviyo_api import KlaviyoAPI

from tests.conftest import Server, Shop, eventually, new_shop

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


def _run(script: Path, shop: Shop, *steps: str) -> dict[str, Any]:
    given = {"HOST": shop.server.url, "KLAVIYO_PRIVATE_KEY": shop.private_key}
    answer: dict[str, Any] = msgspec.json.decode(_node(str(script), *steps, **given))
    return answer


@pytest.mark.rule("1.3", "3.1", "3.3", "5", "7.9", "7.10")
def test_a_store_in_typescript_does_what_the_guide_shows(shop: Shop, script: Path) -> None:
    first = _run(script, shop, "profiles", "events")
    attributes = first["profiles"]["byEmail"]["attributes"]
    assert first["profiles"]["byId"]["data"]["attributes"] == attributes
    assert attributes["last_name"] == "Ågren"
    assert attributes["location"]["city"] == "Boston"
    assert attributes["properties"] == {
        "ltv": 1200,
        "plan": "pro",
        "vip_status": True,
        "total_orders": 5,
        "last_purchase_date": "2026-01-01T00:00:00Z",
    }
    shop.wait_until_recorded()
    counts = "SELECT m.name, count(*), sum(e.value) FROM events e JOIN metrics m ON m.id = e.metric_id"
    found = {
        name: (number, value)
        for name, number, value in shop.query(f"{counts} WHERE e.account_id = %s GROUP BY 1", shop.account_id)
    }
    assert {name: number for name, (number, _) in found.items()} == {
        "Viewed Product": 1,
        "Added to Cart": 1,
        "Placed Order": 1,
        "Cancelled Order": 1,
    }
    assert float(found["Placed Order"][1]) == 19.98
    assert float(found["Cancelled Order"][1]) == -19.98

    second = _run(script, shop, "lists", "filters", "pages")
    expected = {"anna@example.com", "p200@example.com", *(f"p{n}@example.com" for n in range(148))}
    assert len(second["lists"]) == 150
    assert set(second["lists"]) == expected
    assert second["filters"]["vips"] == second["filters"]["both"] == ["anna@example.com"]
    assert second["filters"]["newest"][0] == "p229@example.com"
    assert second["filters"]["sparse"].keys() == {"email", "first_name", "properties"}
    assert second["filters"]["recent"] == 4
    assert len(second["pages"]) == len(set(second["pages"])) == 232


@pytest.mark.rule("7.8")
def test_a_store_in_typescript_waits_as_long_as_it_is_told(limited: Server, script: Path) -> None:
    with new_shop(limited) as shop:
        done = _run(script, shop, "burst")
    assert done["burst"] > 0


@pytest.mark.rule("1.3", "7.9", "7.10")
def test_a_store_in_python_does_what_the_guide_shows(shop: Shop) -> None:
    klaviyo = KlaviyoAPI(api_key=shop.private_key, max_delay=60, max_retries=3, test_host=shop.server.url)

    def upsert(email: str, **attributes: Any) -> str:
        given = {"data": {"type": "profile", "attributes": {"email": email, **attributes}}}
        return str(klaviyo.Profiles.create_or_update_profile(given).data.id)

    first = upsert("anna@example.com", first_name="Anna", last_name="Ågren", properties={"plan": "pro"})
    assert upsert("anna@example.com", first_name="Anne") == first
    found = klaviyo.Profiles.get_profiles(filter='equals(email,"anna@example.com")').data
    assert [(one.id, one.attributes.first_name, one.attributes.last_name) for one in found] == [
        (first, "Anne", "Ågren")
    ]
    for number in range(120):
        upsert(f"p{number}@example.com")
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
