"""The attribution settings: read, change, and a history that follows them."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from rapport.attribution.windows import AttributionSettings, rules
from tests import messages_world as world
from tests.attribution.test_last_touch import EMAIL, SMS, settings
from tests.conftest import Shop, eventually

T = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)


def test_it_answers_the_defaults(shop: Shop) -> None:
    attributes = shop.http.get("/api/attribution-settings").json()["data"]["attributes"]
    assert attributes["model"] == "last-touch"
    assert attributes["windows"]["email_click"] == {"value": 5, "unit": "days"}
    assert attributes["windows"]["sms_click"] == {"value": 1, "unit": "days"}
    assert (attributes["exclude_bot_clicks"], attributes["exclude_machine_opens"]) == (True, False)


def test_it_keeps_what_a_change_does_not_name(shop: Shop) -> None:
    settings(shop, windows={"sms_click": {"value": 36, "unit": "hours"}})
    after = settings(shop, exclude_transactional=True)
    assert after["windows"]["sms_click"] == {"value": 36, "unit": "hours"}
    assert after["windows"]["email_open"] == {"value": 5, "unit": "days"}


@pytest.mark.parametrize(
    ("attributes", "pointer"),
    [
        ({"windows": {"letter": None}}, "/data/attributes/windows/letter"),
        ({"windows": {"email_open": {"value": 91, "unit": "days"}}}, "/data/attributes/windows/email_open"),
        ({"windows": {"email_open": {"value": 721, "unit": "hours"}}}, "/data/attributes/windows/email_open/value"),
        ({"windows": {"email_open": {"value": 0, "unit": "hours"}}}, "/data/attributes/windows/email_open/value"),
        ({"windows": {"email_open": {"value": 1, "unit": "weeks"}}}, "/data/attributes/windows/email_open/unit"),
        ({"model": "psychic"}, "/data/attributes/model"),
        ({"surprise": 1}, "/data/attributes/surprise"),
    ],
)
def test_it_refuses_settings_that_cannot_be(shop: Shop, attributes: dict[str, Any], pointer: str) -> None:
    body = {"data": {"type": "attribution-settings", "attributes": attributes}}
    answer = shop.http.patch("/api/attribution-settings", json=body)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["source"]["pointer"] == pointer


def test_it_equals_an_independent_computation_whatever_the_order_of_arrival_and_after_each_change(shop: Shop) -> None:
    chance = random.Random(7)
    people = [f"p{n}@example.com" for n in range(12)]
    metrics = [EMAIL, "Opened Email", SMS, "Received SMS", "Opened Push", "Placed Order", "Placed Order"]
    log = [
        (chance.choice(metrics), chance.choice(people), T - timedelta(seconds=chance.randrange(12 * 86400)), n)
        for n in range(300)
    ]
    chance.shuffle(log)
    for metric, email, at, n in log:
        world.happened(shop, metric, email, at, unique_id=str(n))
    shop.wait_until_recorded()
    assert _credited(shop) == _expected(log, AttributionSettings())
    settings(shop, windows={"email_open": None, "sms_click": {"value": 9, "unit": "days"}})
    eventually(lambda: not shop.http.get("/api/attribution-settings").json()["data"]["attributes"]["recomputing"])
    assert _credited(shop) == _expected(log, AttributionSettings(), {("email", "opened"): None, ("sms", "clicked"): 9})


def test_it_works_a_long_history_out_in_pieces(shop: Shop) -> None:
    many = 1200
    for metric, at in (("Clicked Email", T - timedelta(days=1)), ("Placed Order", T)):
        for start in range(0, many, 600):
            shop.sdk.Events.bulk_create_events(_bulk(metric, at, range(start, start + 600)))
    shop.wait_until_recorded()
    assert len(_credited(shop)) == many
    settings(shop, windows={"email_click": {"value": 1, "unit": "hours"}})
    eventually(lambda: not shop.http.get("/api/attribution-settings").json()["data"]["attributes"]["recomputing"])
    assert _credited(shop) == {}


def _bulk(metric: str, at: datetime, people: range) -> dict[str, Any]:
    named = {"data": {"type": "metric", "attributes": {"name": metric}}}
    groups = [
        {
            "type": "event-bulk-create",
            "attributes": {
                "profile": {"data": {"type": "profile", "attributes": {"email": f"p{n}@example.com"}}},
                "events": {
                    "data": [
                        {
                            "type": "event",
                            "attributes": {
                                "properties": {},
                                "time": at.isoformat(),
                                "unique_id": f"{metric} {n}",
                                "metric": named,
                            },
                        }
                    ]
                },
            },
        }
        for n in people
    ]
    attributes = {"events-bulk-create": {"data": groups}}
    return {"data": {"type": "event-bulk-create-job", "attributes": attributes}}


KIND = {
    EMAIL: ("email", "clicked"), "Opened Email": ("email", "opened"), SMS: ("sms", "clicked"),
    "Received SMS": ("sms", "received"), "Opened Push": ("push", "opened"),
}  # fmt: skip


def _expected(
    log: list[Any], current: AttributionSettings, days: dict[Any, int | None] | None = None
) -> dict[str, str]:
    """unique_id of each credited order -> that of its touch, by going through every pair."""
    windows: dict[Any, tuple[timedelta, int]] = {
        (one.channel, one.kind): (one.window or timedelta(days=-1), one.rank) for one in rules(current)
    }
    for kind, number in (days or {}).items():
        length = timedelta(days=number) if number else timedelta(days=-1)
        windows[kind] = (length, windows[kind][1])
    found = {}
    for metric, email, at, n in log:
        if metric != "Placed Order":
            continue
        open_ones = [
            (when, windows[KIND[touch]][1], m)
            for touch, who, when, m in log
            if touch in KIND and who == email and when <= at <= when + windows[KIND[touch]][0]
        ]
        if open_ones:
            found[str(n)] = str(max(open_ones)[2])
    return found


def _credited(shop: Shop) -> dict[str, str]:
    return dict(
        shop.query(
            """SELECT o.unique_id, t.unique_id FROM attributions a
               JOIN events o ON o.account_id = a.account_id AND o.id = a.event_id
               JOIN events t ON t.account_id = a.account_id AND t.id = a.touch_event_id
               JOIN accounts c ON c.account_id = a.account_id
               WHERE a.account_id = %s AND a.version = coalesce(
                   (c.settings -> 'attribution' ->> 'version')::int, 0)""",
            shop.account_id,
        )
    )
