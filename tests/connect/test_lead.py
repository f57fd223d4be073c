"""The lead integration's six actions, by key and by OAuth token."""

from collections.abc import Iterator
from typing import Any

import pytest

from rapport.connect import connection as connections
from rapport.connect import lead, registry
from rapport.connect.connection import Connection
from rapport.connect.failures import BadInput
from tests import stories
from tests.accounts import dance
from tests.conftest import Server, Shop, eventually, new_shop
from tests.connect.world import DOCUMENTED, EMAIL, acted, connected

PERSON = {
    "email": EMAIL,
    "phone_1": "+15005550006",
    "reference": "S-1",
    "first_name": "Sarah",
    "last_name": "Mason",
    "company_name": "Example Corporation",
    "title": "Manager",
    "address_1": "89 E 42nd St",
    "address_2": "1st floor",
    "city": "New York",
    "country": "United States",
    "latitude": "40.75",
    "longitude": "-73.98",
    "state": "NY",
    "postal_code": "10017",
    "klaviyo_photo_url": "https://example.com/sarah.jpeg",
    "klaviyo_timezone": "America/New_York",
    "klaviyo_custom": {"snake_case": 1, "camelCase": {"inner": 2}},
}
SCOPES = tuple(sorted({scope for action in lead.ACTIONS for scope in action.scopes}))


def snake(label: str) -> str:
    """The name of a documented field in JSON."""
    return label.lower().replace(" ", "_").replace("custom_*", "custom.*")


def documented(name: str, part: str) -> set[str]:
    return {snake(label) for label in DOCUMENTED["lead"][name.removeprefix("lead.")][part]}


def generic(output: dict[str, Any]) -> set[str]:
    """Its keys; those of custom properties as the guide writes them."""
    return {"custom.*" if key.startswith("custom.") else key for key in output}


@pytest.fixture(scope="module")
def shared(server: Server) -> Iterator[Shop]:
    with new_shop(server) as shop:
        yield shop


@pytest.fixture(params=["key", "token"])
def connection(request: pytest.FixtureRequest, shared: Shop, shop: Shop) -> Connection:
    if request.param == "key":
        return connected(shop)
    token = dance.registered(shop.server, scopes=SCOPES).tokens(shop, scope=" ".join(SCOPES))["access_token"]
    return connected(shop, connections.access_token(token))


def attributes(shop: Shop, profile_id: str) -> dict[str, Any]:
    path = f"/api/profiles/{profile_id}?additional-fields[profile]=subscriptions"
    return dict(shop.http.get(path).json()["data"]["attributes"])


def test_every_input_of_an_action_is_a_documented_field_or_variable() -> None:
    for name in DOCUMENTED["lead"]:
        keys = {entry.key for entry in registry.ACTIONS[f"lead.{name}"].inputs}
        assert keys == documented(name, "fields") | documented(name, "variables"), name


def test_it_creates_a_profile_of_every_field_and_appends_all_of_it(connection: Connection, shop: Shop) -> None:
    """lead.createProfile"""
    created = acted(connection, "lead.createProfile", **PERSON)
    assert created["outcome"] == "success", created
    assert generic(created) == documented("createProfile", "appended")
    kept = attributes(shop, created["id"])
    assert (kept["external_id"], kept["organization"], kept["title"]) == ("S-1", "Example Corporation", "Manager")
    assert (kept["first_name"], kept["last_name"], kept["phone_number"]) == ("Sarah", "Mason", "+15005550006")
    location = {**kept["location"], "ip": None}
    assert location == {
        "address1": "89 E 42nd St",
        "address2": "1st floor",
        "city": "New York",
        "country": "United States",
        "latitude": "40.75",
        "longitude": "-73.98",
        "region": "NY",
        "zip": "10017",
        "timezone": "America/New_York",
        "ip": None,
    }
    assert (kept["image"], kept["properties"]) == (PERSON["klaviyo_photo_url"], PERSON["klaviyo_custom"])
    assert (created["type"], created["reference"], created["custom.camelCase"]) == ("profile", "S-1", {"inner": 2})
    assert created["self_links"].endswith(f"/api/profiles/{created['id']}/")
    again = acted(connection, "lead.createProfile", **PERSON)
    assert (again["outcome"], again["errors_code"]) == ("failure", ["duplicate_profile"])
    assert again["reason"] == again["errors_detail"][0] and again["errors_title"] and again["errors_id"]


@pytest.mark.parametrize(
    ("identifier", "key"),
    [
        ("email", "email"),
        ("phone_number", "phone_1"),
        ("klaviyo_id", "Klaviyo Id"),
        ("external_id", "Klaviyo External Id"),
    ],
)
def test_it_finds_a_profile_by_each_identifier(shared: Shop, identifier: str, key: str) -> None:
    """lead.getProfiles: Klaviyo Identifier"""
    if not shared.query("SELECT 1 FROM profiles WHERE account_id = %s", shared.account_id):
        shared.profile(EMAIL, phone_number="+15005550006", external_id='S "1" \\')
    row = shared.query(
        "SELECT ulid, email, phone_number, external_id FROM profiles WHERE account_id = %s", shared.account_id
    )[0]
    values = dict(zip(("Klaviyo Id", "email", "phone_1", "Klaviyo External Id"), row, strict=True))
    found = acted(connected(shared), "lead.getProfiles", klaviyo_identifier=identifier, **{key: values[key]})
    assert (found["outcome"], found["id"]) == ("success", row[0])
    assert acted(connected(shared), "lead.getProfiles", **{key: values[key]})["id"] == row[0]
    nobody = acted(connected(shared), "lead.getProfiles", klaviyo_identifier=identifier, **{key: "nobody@example.com"})
    assert nobody["outcome"] == "failure" and nobody["reason"]


def test_it_says_what_identifies_nobody(shared: Shop) -> None:
    for values in ({}, {"klaviyo_identifier": "phone_number", "email": EMAIL}, {"klaviyo_identifier": "name"}):
        with pytest.raises(BadInput):
            acted(connected(shared), "lead.getProfiles", **values)


def test_it_appends_consent_suppressions_lists_and_times(connection: Connection, shop: Shop) -> None:
    """lead.getProfiles"""
    profile_id = shop.profile(EMAIL, phone_number="+15005550006")
    news = stories.list_of(shop, [EMAIL])
    at = "2026-01-01T00:00:00+00:00"
    for table, columns, values in (
        ("suppressions", "reason, at", "'HARD_BOUNCE', %s"),
        ("list_suppressions", "list_id, reason, at", "l.id, 'UNSUBSCRIBE', %s"),
    ):
        shop.query(
            f"""INSERT INTO {table} (account_id, profile_id, {columns}) SELECT p.account_id, p.id, {values}
                FROM profiles p JOIN lists l ON l.account_id = p.account_id WHERE p.account_id = %s RETURNING 1""",
            at,
            shop.account_id,
        )
    lead_fields = acted(connection, "lead.getProfiles", email=EMAIL)
    assert generic(lead_fields) | {"custom.*"} == documented("getProfiles", "appended")
    assert lead_fields["id"] == profile_id
    assert lead_fields["list_name"] == "Newsletter"
    assert lead_fields["email_marketing_consent_status"] == "NEVER_SUBSCRIBED"
    assert lead_fields["email_marketing_subscription_suppression_reason"] == "HARD_BOUNCE"
    assert lead_fields["email_marketing_subscription_suppression_timestamp"] == at
    assert lead_fields["email_marketing_suppression_list_id"] == news
    assert lead_fields["email_marketing_suppression_list_reason"] == "UNSUBSCRIBE"
    assert lead_fields["email_marketing_suppression_list_timestamp"] == at
    assert lead_fields["created_time"] and lead_fields["updated_time"] and lead_fields["last_event_date"] is None


def test_it_updates_the_profile_it_finds(connection: Connection, shop: Shop) -> None:
    """lead.updateProfile"""
    profile_id = shop.profile(EMAIL, first_name="Old", properties={"kept": True})
    changes = {"first_name": "Sarah", "state": "NY", "klaviyo_custom.color": "red"}
    updated = acted(connection, "lead.updateProfile", email=EMAIL, **changes)
    assert (updated["outcome"], updated["id"], updated["custom.color"]) == ("success", profile_id, "red")
    assert generic(updated) == documented("updateProfile", "appended")
    kept = attributes(shop, profile_id)
    assert (kept["first_name"], kept["location"]["region"]) == ("Sarah", "NY")
    assert kept["properties"] == {"kept": True, "color": "red"}
    nobody = acted(connection, "lead.updateProfile", email="nobody@example.com", first_name="Sarah")
    assert (nobody["outcome"], nobody["errors_id"]) == ("failure", [])


def test_it_adds_a_profile_to_a_list(connection: Connection, shop: Shop) -> None:
    """lead.addProfileToList"""
    profile_id, news = shop.profile(EMAIL), stories.list_of(shop, [])
    added = acted(connection, "lead.addProfileToList", email=EMAIL, klaviyo_list_id=news)
    assert (added["outcome"], set(added)) == ("success", documented("addProfileToList", "appended"))
    assert [member.id for member in shop.sdk.Lists.get_profiles_for_list(news).data] == [profile_id]
    lost = acted(connection, "lead.addProfileToList", email=EMAIL, klaviyo_list_id="XXXXXX")
    assert (lost["outcome"], lost["errors_code"]) == ("failure", ["not_found"])


def test_it_says_whether_a_profile_is_in_a_segment(connection: Connection, shop: Shop) -> None:
    """lead.getSegmentProfiles"""
    profile_id = shop.profile(EMAIL, first_name="Sarah")
    shop.profile("other@example.com", first_name="Bob")
    named = {"type": "string", "operator": "equals", "value": "Sarah"}
    segment = stories.segment(shop, "S", [{"type": "profile-property", "property": "first_name", "filter": named}])
    inside = acted(connection, "lead.getSegmentProfiles", email=EMAIL, klaviyo_segment_id=segment)
    assert (inside["outcome"], inside["id"]) == ("success", profile_id)
    assert generic(inside) | {"custom.*"} == documented("getSegmentProfiles", "appended")
    outside = acted(connection, "lead.getSegmentProfiles", email="other@example.com", klaviyo_segment_id=segment)
    assert outside["outcome"] == "failure" and "not in the segment" in outside["reason"]
    unknown = acted(connection, "lead.getSegmentProfiles", email=EMAIL, klaviyo_segment_id="XXXXXX")
    assert (unknown["outcome"], unknown["errors_code"]) == ("failure", ["not_found"])


@pytest.mark.parametrize(
    ("channels", "consents"),
    [
        ("email", ("SUBSCRIBED", "NEVER_SUBSCRIBED")),
        ("sms", ("NEVER_SUBSCRIBED", "SUBSCRIBED")),
        (["email", "sms"], ("SUBSCRIBED", "SUBSCRIBED")),
    ],
)
def test_channels_and_source_end_in_the_consent_record(
    connection: Connection, shop: Shop, channels: Any, consents: tuple[str, str]
) -> None:
    """lead.subscribeProfileToList: Klaviyo Channels, Klaviyo Custom Source"""
    profile_id, news = shop.profile(EMAIL, phone_number="+15005550006"), stories.list_of(shop, [])
    shop.query("UPDATE lists SET opt_in_process = 'single_opt_in' WHERE account_id = %s RETURNING 1", shop.account_id)
    values = {"klaviyo_channels": channels, "klaviyo_custom_source": "Marketing event"}
    done = acted(connection, "lead.subscribeProfileToList", email=EMAIL, klaviyo_list_id=news, **values)
    assert (done["outcome"], set(done)) == ("success", documented("subscribeProfileToList", "appended"))

    def consent() -> tuple[str, str]:
        kept = attributes(shop, profile_id)["subscriptions"]
        return kept["email"]["marketing"]["consent"], kept["sms"]["marketing"]["consent"]

    eventually(lambda: consent() == consents)
    kept = attributes(shop, profile_id)["subscriptions"]
    if "email" in channels:
        assert kept["email"]["marketing"]["custom_method_detail"] == "Marketing event"
    lead_fields = acted(connection, "lead.getProfiles", email=EMAIL)
    assert lead_fields["email_marketing_consent_status"] == consents[0]
    assert lead_fields["sms_marketing_consent_status"] == consents[1]
    if "sms" in channels:
        assert lead_fields["sms_marketing_timestamp"] and lead_fields["sms_marketing_method"]
    nobody = acted(connection, "lead.subscribeProfileToList", email="nobody@example.com", klaviyo_list_id=news)
    assert nobody["outcome"] == "failure"
