"""What templates see of a recipient (behaviour-messaging 3.6)."""

from datetime import UTC, datetime
from typing import Any

import pytest

from rapport.templates.language import compile_template, profile_context

PROFILE = {
    "id": "01HPROFILE",
    "external_id": "shop-7",
    "email": "ann@example.com",
    "first_name": "Ann",
    "last_name": None,
    "locale": "en-US",
    "location": {"city": "Paris", "zip": "75001"},
    "properties": {"Fav Color": "red", "locale": "custom", "vip": True},
}
EVENT = {"$value": 12.5, "$extra": {"image": "a.png"}, "Item Name": "Tea", "items": [{"name": "Tea"}]}


def context(event: dict[str, Any] | None = None) -> dict[str, Any]:
    return profile_context(
        PROFILE,
        organization={"name": "Shop", "timezone": "Asia/Tokyo", "currency": "JPY"},
        event=event,
        message={"id": "m1", "name": "March"},
        now=datetime(2026, 3, 4, 20, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{{ first_name }} {{ last_name }} {{ email }}", "Ann  ann@example.com"),
        ("{{ person.first_name }} {{ person.city }} {{ person.zip }}", "Ann Paris 75001"),
        ("{{ person.KlaviyoID }} {{ person.id }} {{ person.external_id }}", "01HPROFILE shop-7 shop-7"),
        ("{{ person|lookup:'Fav Color' }} {{ person.locale }}", "red custom"),
        ("{{ organization.name }} {{ message.name }}", "Shop March"),
        ("{{ event|lookup:'$value' }} {{ event.extra.image }} {{ event.items.0.name }}", "12.5 a.png Tea"),
        ("{{ event|lookup:'Item Name' }}", "Tea"),
        ("{% current_day %} {% currency_format 1200 %}", "5 ¥1,200"),
        ("{% if person.vip == 1 and not person.title %}yes{% endif %}", "yes"),
    ],
)
def test_it_shows_the_recipient_the_organization_and_the_event(source: str, expected: str) -> None:
    assert compile_template(source).render(context(EVENT)) == expected


def test_it_has_no_event_in_campaigns() -> None:
    assert compile_template("[{{ event.items }}]").render(context()) == "[]"


def test_it_falls_back_to_utc_for_an_unknown_time_zone() -> None:
    made = profile_context(
        PROFILE, organization={"timezone": "Mars/Base"}, event=None, message={}, now=datetime(2026, 1, 1, tzinfo=UTC)
    )
    assert compile_template("{% now 'H' %}").render(made) == "00"
