"""The demo: what a visitor relies on. It is told once, to an account of its own, in the long form."""

import functools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from psycopg import AsyncConnection

from rapport.accounts import service as accounts
from rapport.accounts.types import Account
from rapport.commands.demo import run as demo
from rapport.commands.demo import store
from rapport.first_account import DEMO, Access
from rapport.kit import settings as settings_module
from rapport.kit.settings import Settings
from tests.conftest import Server, Shop, new_shop, run
from tests.lengths import length

_PEOPLE = length(200, store.PEOPLE)
_LINK = "https://rapport.example/sign-in?token=one"


@pytest.fixture(scope="module")
def shop(server: Server) -> Iterator[Shop]:
    with new_shop(server, behind=DEMO.behind) as made:
        demo.ready(_settings(made), _access(made), _LINK, people=_PEOPLE)
        yield made


def _settings(shop: Shop, folder: Path = Path("data")) -> Settings:
    return settings_module.load(data=str(folder), port=shop.server.port)


def _access(shop: Shop) -> Access:
    async def load() -> Account:
        async with await AsyncConnection.connect(shop.server.database_url) as conn:
            return await accounts.load(conn, shop.account_id)

    return Access(run(load()), shop.private_key, new=False)


def _overviews(shop: Shop, kind: str) -> dict[str, dict[str, Any]]:
    """The numbers that the web app shows, by the name of the campaign or flow."""
    records = shop.http.get(f"/api/{kind}").json()["data"]
    found = [shop.http.get(f"/api/{kind}/{record['id']}/overview").json()["data"]["attributes"] for record in records]
    return {overview["name"]: overview for overview in found}


@pytest.mark.long
def test_the_story_ends_now(shop: Shop) -> None:
    assert _access(shop).account.clock.offset == timedelta()


@pytest.mark.long
def test_nothing_lies_in_the_future_or_before_the_account_began(shop: Shop) -> None:
    ((began,),) = shop.query("SELECT created FROM accounts WHERE account_id = %s", shop.account_id)
    now = datetime.now(UTC)
    assert timedelta(days=90) <= now - began < timedelta(days=90, minutes=10)
    for table, column in (
        ("events", "time"), ("events", "recorded"), ("profiles", "created"), ("messages", "created"),
        ("messages", "sent"), ("enrolments", "entered"), ("campaigns", "created"), ("flows", "created"),
        ("segments", "created"), ("lists", "created"), ("metrics", "created"), ("attributions", "event_time"),
    ):  # fmt: skip
        statement = f"SELECT min({column}), max({column}) FROM {table} WHERE account_id = %s"
        ((first, last),) = shop.query(statement, shop.account_id)
        # events know whole seconds
        assert began - timedelta(seconds=1) <= first <= last <= now, (table, column)


@pytest.mark.long
def test_campaigns_were_sent_and_read_as_in_a_real_shop(shop: Shop) -> None:
    campaigns = _overviews(shop, "campaigns")
    sent = [campaign for campaign in campaigns.values() if campaign["status"] == "Sent"]
    assert len(sent) == 8
    assert {campaign["status"] for campaign in campaigns.values()} == {"Sent", "Draft", "Cancelled"}
    assert all(campaign["recipients"] > _PEOPLE / 20 for campaign in sent)
    totals = {name: sum(campaign[name] for campaign in sent) for name in ("delivered", "opens_unique", "clicks_unique")}
    assert 0.35 < totals["opens_unique"] / totals["delivered"] < 0.5
    assert 0.02 < totals["clicks_unique"] / totals["delivered"] < 0.08
    assert sum(campaign["unsubscribes"] for campaign in sent) > 0
    assert sum(campaign["orders"] > 0 for campaign in sent) >= 5


@pytest.mark.long
def test_mail_is_opened_over_hours_and_days(shop: Shop) -> None:
    opened = shop.query(
        """SELECT count(*), count(DISTINCT g.time::date), count(DISTINCT date_trunc('hour', g.time))
           FROM engagements g JOIN messages m ON m.account_id = g.account_id AND m.id = g.message_id
           WHERE g.account_id = %s AND g.kind = 'opened' AND m.source = 'campaign' GROUP BY m.campaign_id""",
        shop.account_id,
    )
    assert len(opened) == 8
    assert all(hours >= min(6, opens / 3) for opens, _, hours in opened), opened
    assert all(days > 1 for opens, days, _ in opened if opens > 10), opened


@pytest.mark.long
def test_people_stand_at_every_delay_of_every_flow(shop: Shop) -> None:
    flows = _overviews(shop, "flows")
    assert {*flows} == {"Welcome series", "After an order"}
    for flow in flows.values():
        assert flow["status"] == "live"
        assert all(step["done"] > 0 for step in flow["steps"])
        # each has two delays
        assert sum(step["waiting"] > 0 for step in flow["steps"]) >= length(1, 2)
        assert flow["finished"] > flow["active"] > 0


@pytest.mark.long
def test_what_reports_say_was_earned_is_what_orders_were_credited_with(shop: Shop) -> None:
    metric = shop.metric_id("Placed Order")
    span = {"start": f"{datetime.now(UTC) - timedelta(days=100):%Y-%m-%dT%H:%M:%S}",
            "end": f"{datetime.now(UTC) + timedelta(days=1):%Y-%m-%dT%H:%M:%S}"}  # fmt: skip
    earned = {}
    for kind in ("campaign", "flow"):
        attributes = {"statistics": ["conversion_value"], "timeframe": span, "conversion_metric_id": metric}
        body = {"data": {"type": f"{kind}-values-report", "attributes": attributes}}
        report = shop.http.post(f"/api/{kind}-values-reports", json=body).json()["data"]["attributes"]["results"]
        earned[kind] = sum(row["statistics"]["conversion_value"] for row in report)
    assert min(earned.values()) > _PEOPLE
    ((credited,), (ordered,)) = (
        *shop.query(
            """SELECT sum(a.value)::float8 FROM attributions a JOIN metrics m USING (account_id)
               WHERE account_id = %s AND m.id = a.metric_id AND m.name = 'Placed Order'""",
            shop.account_id,
        ),
        *shop.query(
            """SELECT sum(e.value)::float8 FROM events e JOIN metrics m USING (account_id)
               WHERE account_id = %s AND m.id = e.metric_id AND m.name = 'Placed Order'""",
            shop.account_id,
        ),
    )
    assert sum(earned.values()) == pytest.approx(credited)
    assert 0.1 < credited / ordered < 0.6


@pytest.mark.long
def test_segments_hold_people(shop: Shop) -> None:
    found = shop.http.get("/api/segments").json()["data"]
    sizes = {
        segment["attributes"]["name"]: shop.http.get(
            f"/api/segments/{segment['id']}?additional-fields[segment]=profile_count"
        ).json()["data"]["attributes"]["profile_count"]
        for segment in found
    }
    assert all(segment["attributes"]["is_active"] for segment in found)
    assert {*sizes} == {"Repeat customers", "Lapsed customers"}
    assert all(size > _PEOPLE / 20 for size in sizes.values()), sizes


@pytest.mark.long
def test_a_second_start_adds_nothing(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    count = functools.partial(shop.query, "SELECT count(*) FROM events WHERE account_id = %s", shop.account_id)
    before = count()
    demo.ready(_settings(shop), _access(shop), _LINK)
    assert count() == before
    assert _LINK in capsys.readouterr().out


def test_a_filling_that_broke_off_says_what_to_do(
    server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with new_shop(server, behind=timedelta(days=40)) as broken:
        demo.ready(_settings(broken, tmp_path), _access(broken), _LINK)
        assert not broken.query("SELECT FROM inbox WHERE account_id = %s", broken.account_id)
    said = capsys.readouterr().out.replace("\n", " ")
    assert "interrupted" in said
    assert f"remove {tmp_path}" in said


def test_it_is_the_same_each_time() -> None:
    first = datetime(2026, 3, 1, tzinfo=UTC)
    people = store.customers(first)
    assert people == store.customers(first)
    assert store.visits(people, first) == store.visits(people, first)
