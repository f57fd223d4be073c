"""What an account uses, counted (behaviour-rest 16)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from tests import stories
from tests.conftest import Server, Shop, serving
from tests.sink import Sink
from tests.subscriptions.world import unsubscribe

Json = dict[str, Any]


def listed(shop: Shop, **query: str) -> dict[str, Json]:
    answer = shop.http.get("/api/billing-usage", params=query)
    assert answer.status_code == 200, answer.text
    return {one["id"]: one["attributes"] for one in answer.json()["data"]}


def test_sent_mails_are_counted_by_the_calendar_month(shop: Shop, sink: Sink) -> None:
    now = datetime.now(UTC)
    # the middle of next month, so that what is sent lies in one month whatever today is
    start = (now.replace(day=1) + timedelta(days=32)).replace(day=10)
    shop.advance(seconds=(start - now).total_seconds())
    addresses = stories.people(shop, 3)
    campaign, _ = stories.campaign(shop, included=[stories.list_of(shop, addresses)])
    stories.send(shop, campaign)
    counted = listed(shop)["email_sends"]
    assert counted["usage_used"] == 3
    assert (counted["unit"], counted["usage_max"]) == ("messages", 0)
    month = f"{start:%Y-%m}-01T00:00:00+00:00"
    assert counted["period_start"] == month
    begin, end, as_of = (datetime.fromisoformat(counted[name]) for name in ("period_start", "period_end", "as_of"))
    assert (end.day, end - begin >= timedelta(days=28), begin < as_of < end) == (1, True, True)
    shop.advance(days=30)
    assert listed(shop)["email_sends"]["usage_used"] == 0


def test_what_was_not_sent_is_not_counted(shop: Shop, sink: Sink) -> None:
    gone, here = stories.people(shop, 2)
    audience = stories.list_of(shop, [gone, here])
    unsubscribe(shop, gone)
    campaign, _ = stories.campaign(shop, included=[audience])
    stories.send(shop, campaign)
    assert listed(shop)["email_sends"]["usage_used"] == 1


def test_active_profiles_are_those_that_can_be_written_to(shop: Shop) -> None:
    first, _, _ = stories.people(shop, 3)
    shop.http.post("/api/profiles", json={"data": {"type": "profile", "attributes": {"external_id": "nobody"}}})
    shop.http.post("/api/profiles", json={"data": {"type": "profile", "attributes": {"phone_number": "+15005550006"}}})
    assert listed(shop)["active_profiles"]["usage_used"] == 4
    body = {"data": [{"type": "profile", "attributes": {"email": first}}]}
    job = {"type": "profile-suppression-bulk-create-job", "attributes": {"profiles": body}}
    assert shop.http.post("/api/profile-suppression-bulk-create-jobs", json={"data": job}).status_code == 202
    assert listed(shop)["active_profiles"].items() >= {"usage_used": 3, "unit": "profiles"}.items()


def test_texts_are_listed_where_there_are_some_or_a_limit(shop: Shop) -> None:
    assert [*listed(shop)] == ["active_profiles", "email_sends"]
    assert shop.http.get("/api/billing-usage/sms_sends").status_code == 404
    shop.query(
        """INSERT INTO messages (account_id, ulid, channel, profile_id, status, source, message_id, content_id, context,
               cause, due, created, sent)
           SELECT %s, 'x' || n, 'sms', n, (ARRAY['sent', 'skipped'])[n], 'campaign', 'm', 1, '{}', n::text, now(),
               now(), now() FROM generate_series(1, 2) n RETURNING 1""",
        shop.account_id,
    )
    assert listed(shop)["sms_sends"]["usage_used"] == 1


def test_it_answers_those_that_are_asked_for(shop: Shop) -> None:
    assert [*listed(shop, filter='any(id,["email_sends","nothing"])')] == ["email_sends"]
    assert shop.http.get("/api/billing-usage", params={"filter": 'equals(id,"email_sends")'}).status_code == 400
    assert shop.http.get("/api/billing-usage/nothing").status_code == 404


def test_a_limit_is_set_by_the_operator() -> None:
    with serving() as server:
        done = server.command("account", "--limit", "email_sends=250000", "--limit", "sms_sends=10")
        assert done.returncode == 0, done.stderr
        assert "email_sends=250000" in done.stdout
        key = server.command("keys", "create").stdout.strip()
        shown = _asked(server, key)
        assert {id: one["usage_max"] for id, one in shown.items()} == {
            "active_profiles": 0,
            "email_sends": 250_000,
            "sms_sends": 10,
        }
        for wrong in ("emails=1", "email_sends", "email_sends=many"):
            assert server.command("account", "--limit", wrong).returncode == 2


def _asked(server: Server, key: str) -> dict[str, Json]:
    headers = {"authorization": f"Klaviyo-API-Key {key}"}
    answer = httpx.get(f"{server.url}/api/billing-usage", headers=headers)
    return {one["id"]: one["attributes"] for one in answer.json()["data"]}
