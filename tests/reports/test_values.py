"""Campaign and flow reports through the SDK."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests import messages_world as world
from tests.conftest import Shop
from tests.messages_world import Sender

NOW = datetime.now(UTC).replace(microsecond=0)
ALL = ["recipients", "delivered", "opens", "opens_unique", "clicks", "clicks_unique", "conversions", "conversion_value"]


def report(
    shop: Shop, kind: str = "campaign-values", *, statistics: list[str] | None = None, **attributes: Any
) -> list[dict[str, Any]]:
    """The results of a report, through the official client's strict models."""
    given = {"statistics": statistics or ALL, "timeframe": {"key": "last_7_days"}, **attributes}
    given.setdefault("conversion_metric_id", shop.metric_id("Placed Order"))
    body = {"data": {"type": f"{kind}-report", "attributes": given}}
    ask = {
        "campaign-values": shop.sdk.Reporting.query_campaign_values,
        "flow-values": shop.sdk.Reporting.query_flow_values,
        "flow-series": shop.sdk.Reporting.query_flow_series,
    }[kind]
    return [one.to_dict() for one in ask(body).data.attributes.results]


def refused(shop: Shop, kind: str = "campaign-values", **attributes: Any) -> tuple[int, str]:
    given = {
        "statistics": ["opens"],
        "timeframe": {"key": "today"},
        "conversion_metric_id": "ABCDEF",
        **attributes,
    }
    body = {"data": {"type": f"{kind}-report", "attributes": given}}
    answer = shop.http.post(f"/api/{kind}-reports", json=body)
    return answer.status_code, answer.json()["errors"][0]["source"]["pointer"]


def person(shop: Shop, n: int) -> str:
    return f"p{n}@example.com"


def mailed(shop: Shop, sender: Sender, people: int, at: datetime, **how: Any) -> list[tuple[str, int]]:
    """Messages received by so many people: address and number."""
    for n in range(people):
        world.happened(shop, "Signed Up", person(shop, n), at, service="api")
    shop.wait_until_recorded()
    sent = [(person(shop, n), world.sent(shop, sender, person(shop, n), at, **how)) for n in range(people)]
    for email, message in sent:
        world.happened(shop, "Received Email", email, at, message=message)
    return sent


def test_it_answers_the_arithmetic_of_the_reference_a_hundredfold_smaller(shop: Shop) -> None:  # 10.4
    campaign, at = world.campaign(shop, now=NOW), NOW - timedelta(days=2)
    sent = mailed(shop, campaign, 10, at)
    hit = world.sent(shop, campaign, person(shop, 0), at, status="bounced")
    world.happened(shop, "Bounced Email", person(shop, 0), at, message=hit)
    for n, (email, message) in enumerate(sent):
        for time in range(2 if n < 4 else 0):
            world.happened(shop, "Opened Email", email, at + timedelta(hours=time + 1), message=message)
        if n < 2:
            world.happened(shop, "Clicked Email", email, at + timedelta(hours=3), message=message)
    world.happened(shop, "Clicked Email", sent[0][0], at + timedelta(hours=4), message=sent[0][1])
    world.happened(shop, "Clicked Email", sent[5][0], at, message=sent[5][1], properties={"Bot Click": True})
    world.happened(shop, "Unsubscribed from Email Marketing", sent[3][0], at + timedelta(hours=5), message=sent[3][1])
    world.happened(shop, "Marked Email as Spam", sent[2][0], at + timedelta(hours=5), message=sent[2][1])
    world.ordered(shop, sent[1][0], at + timedelta(hours=6), "30.10")
    world.ordered(shop, sent[1][0], at + timedelta(hours=7), "10.20")
    world.ordered(shop, sent[9][0], at + timedelta(hours=7), "99.00")
    shop.wait_until_recorded()
    names = [
        "recipients", "delivered", "delivery_rate", "bounced", "bounce_rate", "failed", "failed_rate",
        "bounced_or_failed", "bounced_or_failed_rate", "opens", "opens_unique", "open_rate", "clicks", "clicks_unique",
        "click_rate", "click_to_open_rate", "unsubscribes", "unsubscribe_uniques", "unsubscribe_rate",
        "spam_complaints", "spam_complaint_rate", "conversions", "conversion_uniques", "conversion_rate",
        "conversion_value", "average_order_value", "revenue_per_recipient", "message_segment_count_sum",
        "text_message_credit_usage_amount", "text_message_roi", "text_message_spend",
    ]  # fmt: skip
    (row,) = report(shop, statistics=names)
    assert row["groupings"] == {
        "campaign_id": campaign.public_id,
        "campaign_message_id": campaign.message_id,
        "send_channel": "email",
    }
    rounded = {name: round(number, 4) for name, number in row["statistics"].items()}
    assert rounded == {
        "recipients": 11,
        "delivered": 10,
        "delivery_rate": 0.9091,
        "bounced": 1,
        "bounce_rate": 0.0909,
        "failed": 0,
        "failed_rate": 0,
        "bounced_or_failed": 1,
        "bounced_or_failed_rate": 0.0909,
        "opens": 8,
        "opens_unique": 4,
        "open_rate": 0.4,
        "clicks": 3,
        "clicks_unique": 2,
        "click_rate": 0.2,
        "click_to_open_rate": 0.5,
        "unsubscribes": 1,
        "unsubscribe_uniques": 1,
        "unsubscribe_rate": 0.1,
        "spam_complaints": 1,
        "spam_complaint_rate": 0.1,
        "conversions": 2,
        "conversion_uniques": 1,
        "conversion_rate": 0.1,
        "conversion_value": 40.3,
        "average_order_value": 20.15,
        "revenue_per_recipient": 4.03,
        "message_segment_count_sum": 0,
        "text_message_credit_usage_amount": 0,
        "text_message_roi": 0,
        "text_message_spend": 0,
    }


def test_it_counts_an_order_on_the_day_of_sending(shop: Shop) -> None:  # A14
    sent_at = datetime(2026, 6, 30, 12, tzinfo=UTC)
    campaign = world.campaign(shop, now=sent_at)
    ((email, message),) = mailed(shop, campaign, 1, sent_at)
    world.happened(shop, "Clicked Email", email, datetime(2026, 7, 1, tzinfo=UTC), message=message)
    world.ordered(shop, email, datetime(2026, 7, 2, tzinfo=UTC), "12.00")
    shop.wait_until_recorded()
    june = {"start": "2026-06-01T00:00:00", "end": "2026-07-01T00:00:00"}
    july = {"start": "2026-07-01T00:00:00", "end": "2026-08-01T00:00:00"}
    (row,) = report(shop, timeframe=june)
    assert (row["statistics"]["conversions"], row["statistics"]["conversion_value"]) == (1, 12.0)
    assert report(shop, timeframe=july) == []


def test_it_counts_the_days_of_the_account_s_timezone(shop: Shop) -> None:
    shop.query("UPDATE accounts SET timezone = 'Asia/Kathmandu' WHERE account_id = %s RETURNING 1", shop.account_id)
    campaign = world.campaign(shop, now=NOW)
    # midnight in Kathmandu is 18:15 in UTC
    mailed(shop, campaign, 1, datetime(2026, 6, 9, 18, 14, 59, tzinfo=UTC))
    mailed(shop, campaign, 2, datetime(2026, 6, 9, 18, 15, tzinfo=UTC))
    world.ordered(shop, "x@example.com", NOW)
    shop.wait_until_recorded()
    days = [{"start": f"2026-06-{n:02}T00:00:00", "end": f"2026-06-{n + 1:02}T00:00:00"} for n in (9, 10)]
    assert [report(shop, timeframe=day)[0]["statistics"]["recipients"] for day in days] == [1, 2]


def test_it_groups_and_filters(shop: Shop) -> None:
    spring, autumn = world.campaign(shop, "Spring", now=NOW), world.campaign(shop, "Autumn", now=NOW)
    mailed(shop, spring, 2, NOW - timedelta(days=1), variation="v1")
    mailed(shop, spring, 1, NOW - timedelta(days=1, hours=1), variation="v2")
    mailed(shop, autumn, 3, NOW - timedelta(days=1))
    world.ordered(shop, "x@example.com", NOW)
    shop.wait_until_recorded()
    group_by = ["campaign_id", "campaign_message_id", "variation"]
    rows = report(shop, group_by=group_by, statistics=["recipients"])
    found = {
        (row["groupings"]["campaign_id"], row["groupings"]["variation"]): row["statistics"]["recipients"]
        for row in rows
    }
    assert found == {(spring.public_id, "v1"): 2, (spring.public_id, "v2"): 1, (autumn.public_id, None): 3}
    (row,) = report(shop, filter=f'equals(campaign_id,"{spring.public_id}")', statistics=["recipients"])
    assert row["statistics"] == {"recipients": 3}
    both = 'and(contains-any(send_channel,["email","sms"]),equals(campaign_message_name,"Autumn mail"))'
    assert [row["groupings"]["campaign_id"] for row in report(shop, filter=both)] == [autumn.public_id]
    assert report(shop, filter='equals(send_channel,"sms")') == []
    named = ["campaign_id", "campaign_message_id", "campaign_message_name", "tag_name", "text_message_format", "group"]
    assert {row["groupings"]["campaign_message_name"] for row in report(shop, group_by=named)} == {
        "Spring mail",
        "Autumn mail",
    }


def test_it_reports_flows_as_values_and_as_series(shop: Shop) -> None:
    flow = world.flow(shop, now=NOW)
    mailed(shop, flow, 2, NOW - timedelta(days=3))
    sent = mailed(shop, flow, 1, NOW - timedelta(days=1))
    world.happened(shop, "Opened Email", sent[0][0], NOW - timedelta(hours=2), message=sent[0][1])
    world.ordered(shop, "x@example.com", NOW)
    shop.wait_until_recorded()
    (row,) = report(shop, "flow-values", group_by=["flow_id", "flow_message_id", "flow_name", "flow_message_name"])
    assert row["groupings"] == {
        "flow_id": flow.public_id,
        "flow_message_id": flow.message_id,
        "flow_name": "Welcome",
        "flow_message_name": "Welcome mail",
    }
    assert (row["statistics"]["recipients"], row["statistics"]["opens"]) == (3, 1)
    (row,) = report(shop, "flow-series", interval="daily", statistics=["recipients", "opens", "open_rate"])
    assert row["statistics"]["recipients"] == [0, 0, 0, 0, 2, 0, 1, 0]
    assert row["statistics"]["opens"] == [0, 0, 0, 0, 0, 0, 1, 0]
    assert row["statistics"]["open_rate"] == [0, 0, 0, 0, 0, 0, 1.0, 0]


def test_it_counts_messages_that_failed_or_are_in_doubt_among_the_recipients(shop: Shop) -> None:
    campaign = world.campaign(shop, now=NOW)
    mailed(shop, campaign, 1, NOW - timedelta(days=1))
    for status in ("failed", "in_doubt", "skipped", "queued"):
        world.sent(shop, campaign, person(shop, 0), NOW - timedelta(days=1), status=status)
    world.ordered(shop, "x@example.com", NOW)
    (row,) = report(shop, statistics=["recipients", "failed", "delivered"])
    assert row["statistics"] == {"recipients": 3, "failed": 1, "delivered": 2}


def test_it_lets_the_setting_choose_whether_bots_click(shop: Shop) -> None:
    campaign = world.campaign(shop, now=NOW)
    ((email, message),) = mailed(shop, campaign, 1, NOW - timedelta(days=1))
    world.happened(
        shop, "Clicked Email", email, NOW - timedelta(hours=2), message=message, properties={"Bot Click": True}
    )
    world.ordered(shop, "x@example.com", NOW)
    shop.wait_until_recorded()
    assert report(shop)[0]["statistics"]["clicks"] == 0
    body = {"data": {"type": "attribution-settings", "attributes": {"exclude_bot_clicks": False}}}
    shop.http.patch("/api/attribution-settings", json=body).raise_for_status()
    shop.wait_until_recorded()
    assert report(shop)[0]["statistics"]["clicks_unique"] == 1


@pytest.mark.parametrize(
    ("attributes", "pointer"),
    [
        ({"statistics": []}, "/data/attributes/statistics"),
        ({"statistics": ["opens", "hopes"]}, "/data/attributes/statistics/1"),
        ({"group_by": ["campaign_id"]}, "/data/attributes/group_by"),
        ({"group_by": ["campaign_id", "campaign_message_id", "flow_id"]}, "/data/attributes/group_by/2"),
        ({"filter": "equals(flow_id,'x')"}, "/data/attributes/filter"),
        ({"filter": "greater-than(campaign_id,'x')"}, "/data/attributes/filter"),
        ({"filter": "equals(campaign_id,'x'),equals(campaign_id,'y')"}, "/data/attributes/filter"),
        ({"filter": "equals(send_channel,'pigeon')"}, "/data/attributes/filter"),
        ({"filter": f"contains-any(campaign_id,{['x'] * 101})"}, "/data/attributes/filter"),
        ({"filter": "equals("}, "/data/attributes/filter"),
        ({"timeframe": {"key": "ages"}}, "/data/attributes/timeframe/key"),
        ({"conversion_metric_id": "NOPE12"}, "/data/attributes/conversion_metric_id"),
        ({"surprise": 1}, "/data/attributes/surprise"),
    ],
)
def test_it_points_at_what_is_wrong_with_a_request(shop: Shop, attributes: dict[str, Any], pointer: str) -> None:
    assert refused(shop, **attributes) == (400, pointer)


def test_it_wants_an_interval_for_a_series(shop: Shop) -> None:
    assert refused(shop, "flow-series")[0] == 400
    assert refused(shop, "flow-series", interval="yearly") == (400, "/data/attributes/interval")
    wide = refused(shop, "flow-series", interval="hourly", timeframe={"key": "last_30_days"})
    assert wide == (400, "/data/attributes/interval")
