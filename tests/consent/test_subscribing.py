"""Subscribe and unsubscribe jobs, with the official SDK (behaviour-people 2.2, 2.3, 2.8)."""

import re
from typing import Any

import httpx

from tests import stories
from tests.conftest import Shop, eventually
from tests.sink import Sink


def subscribe(shop: Shop, address: str, list_id: str | None = None, *, at: str | None = None, **more: Any) -> None:
    marketing = {"consent": "SUBSCRIBED", **({"consented_at": at} if at else {})}
    person = {"email": address, "subscriptions": {"email": {"marketing": marketing}}}
    data: dict[str, Any] = {
        "type": "profile-subscription-bulk-create-job",
        "attributes": {"profiles": {"data": [{"type": "profile", "attributes": person}]}, **more},
    }
    if list_id:
        data["relationships"] = {"list": {"data": {"type": "list", "id": list_id}}}
    shop.sdk.Profiles.bulk_subscribe_profiles({"data": data})


def unsubscribe(shop: Shop, address: str, list_id: str | None = None) -> None:
    person = {"email": address, "subscriptions": {"email": {"marketing": {"consent": "UNSUBSCRIBED"}}}}
    data: dict[str, Any] = {
        "type": "profile-subscription-bulk-delete-job",
        "attributes": {"profiles": {"data": [{"type": "profile", "attributes": person}]}},
    }
    if list_id:
        data["relationships"] = {"list": {"data": {"type": "list", "id": list_id}}}
    shop.sdk.Profiles.bulk_unsubscribe_profiles({"data": data})


def single_list(shop: Shop, name: str = "News") -> str:
    attributes = {"name": name, "opt_in_process": "single_opt_in"}
    return str(
        shop.http.post("/api/lists", json={"data": {"type": "list", "attributes": attributes}}).json()["data"]["id"]
    )


def marketing(shop: Shop, address: str) -> Any:
    found = shop.sdk.Profiles.get_profiles(
        filter=f'equals(email,"{address}")', additional_fields_profile=["subscriptions"]
    )
    return found.data[0].attributes.subscriptions.email.marketing if found.data else None


def events(shop: Shop) -> set[str]:
    shop.wait_until_recorded()
    rows = shop.query(
        """SELECT m.name FROM events e JOIN metrics m ON m.account_id = e.account_id AND m.id = e.metric_id
           WHERE e.account_id = %s""",
        shop.account_id,
    )
    return {row[0] for row in rows}


def members(shop: Shop, list_id: str) -> int:
    return int(
        shop.query(
            """SELECT count(*) FROM list_members m JOIN lists l ON l.account_id = m.account_id AND l.id = m.list_id
           WHERE l.account_id = %s AND l.public_id = %s""",
            shop.account_id,
            list_id,
        )[0][0]
    )


def test_it_subscribes_at_once_on_a_single_opt_in_list(shop: Shop) -> None:
    news = single_list(shop)
    subscribe(shop, "ann@example.com", news, custom_source="Fair")
    found = marketing(shop, "ann@example.com")
    assert (found.consent, found.custom_method_detail, found.method) == ("SUBSCRIBED", "Fair", "API")
    assert members(shop, news) == 1
    assert events(shop) == {"Subscribed to Email Marketing", "Subscribed to List"}


def test_it_keeps_the_first_date_of_a_historical_import(shop: Shop) -> None:
    news = stories.list_of(shop, [])
    for year in (2020, 2021):
        subscribe(shop, "ann@example.com", news, at=f"{year}-05-01T00:00:00+00:00", historical_import=True)
    found = marketing(shop, "ann@example.com")
    assert found.consent_timestamp.isoformat() == "2020-05-01T00:00:00+00:00"
    assert members(shop, news) == 1


def test_it_asks_first_on_a_double_opt_in_list(shop: Shop, sink: Sink) -> None:
    news, address = stories.list_of(shop, []), f"new@{shop.public_id.lower()}.example.com"
    subscribe(shop, address, news)
    assert marketing(shop, address) is None
    [mail] = eventually(lambda: sink.to(address))
    link = re.search(r'href="([^"]+/s/[^"]+)"', mail.part("html"))
    assert link
    assert "Confirm your subscription" in httpx.get(link[1]).text
    assert marketing(shop, address) is None
    for _ in range(2):
        assert "You are subscribed" in httpx.post(link[1], data={"action": "confirm"}).text
    found = marketing(shop, address)
    assert (found.consent, found.double_optin) == ("SUBSCRIBED", True)
    assert members(shop, news) == 1
    assert events(shop) == {"Subscribed to Email Marketing", "Subscribed to List"}


def test_it_lets_a_confirmation_link_expire_after_72_hours(shop: Shop, sink: Sink) -> None:
    news, address = stories.list_of(shop, []), f"late@{shop.public_id.lower()}.example.com"
    subscribe(shop, address, news)
    [mail] = eventually(lambda: sink.to(address))
    link = re.search(r'href="([^"]+/s/[^"]+)"', mail.part("html"))
    assert link
    shop.advance(hours=73)
    assert "too old" in httpx.post(link[1], data={"action": "confirm"}).text
    assert marketing(shop, address) is None


def test_one_mailbox_in_two_spellings_gets_one_confirmation_mail(shop: Shop) -> None:
    news = stories.list_of(shop, [])
    subscribe(shop, "kim@bücher.example", news)
    subscribe(shop, "Kim@xn--bcher-kva.example", news)
    assert len(confirmations(shop)) == 1


def test_an_address_that_bounced_in_another_spelling_gets_no_confirmation_mail(shop: Shop) -> None:
    shop.profile("kim@bücher.example")
    shop.query(
        """INSERT INTO suppressions (account_id, profile_id, reason, at)
           SELECT account_id, id, 'HARD_BOUNCE', now() FROM profiles WHERE account_id = %s RETURNING 1""",
        shop.account_id,
    )
    subscribe(shop, "kim@xn--bcher-kva.example", stories.list_of(shop, []))
    eventually(lambda: confirmations(shop) == [("skipped", "Person Suppressed")])


def confirmations(shop: Shop) -> list[tuple[Any, ...]]:
    statement = "SELECT status, skip_reason FROM messages WHERE account_id = %s AND source = 'confirmation'"
    return shop.query(statement, shop.account_id)


def test_it_lifts_a_manual_suppression_but_not_a_hard_bounce(shop: Shop) -> None:
    news = single_list(shop)
    for address in ("ann@example.com", "bob@example.com"):
        shop.profile(address)
    shop.query(
        """INSERT INTO suppressions (account_id, profile_id, reason, at)
           SELECT account_id, id, CASE email WHEN 'ann@example.com' THEN 'USER_SUPPRESSED' ELSE 'HARD_BOUNCE' END, now()
           FROM profiles WHERE account_id = %s RETURNING 1""",
        shop.account_id,
    )
    subscribe(shop, "ann@example.com", news)
    subscribe(shop, "bob@example.com", news)
    assert marketing(shop, "ann@example.com").can_receive_email_marketing is True
    assert marketing(shop, "bob@example.com").can_receive_email_marketing is False


def test_it_leaves_one_list_and_stays_reachable(shop: Shop) -> None:
    news = single_list(shop)
    subscribe(shop, "ann@example.com", news)
    unsubscribe(shop, "ann@example.com", news)
    found = marketing(shop, "ann@example.com")
    assert (found.consent, found.can_receive_email_marketing) == ("SUBSCRIBED", True)
    assert [one.list_id for one in found.list_suppressions] == [news]
    assert members(shop, news) == 0
    assert "Unsubscribed from List" in events(shop)


def test_it_leaves_altogether_when_not_on_the_list(shop: Shop) -> None:
    news = single_list(shop)
    subscribe(shop, "ann@example.com")
    unsubscribe(shop, "ann@example.com", news)
    found = marketing(shop, "ann@example.com")
    assert (found.consent, [one.reason for one in found.suppression]) == ("UNSUBSCRIBED", ["UNSUBSCRIBE"])


def test_it_refuses_what_the_reference_refuses(shop: Shop) -> None:
    def refused(attributes: dict[str, Any], **more: Any) -> tuple[int, str, str]:
        data = {
            "type": "profile-subscription-bulk-create-job",
            "attributes": {"profiles": {"data": [{"type": "profile", "attributes": attributes}]}},
            **more,
        }
        answer = shop.http.post("/api/profile-subscription-bulk-create-jobs", json={"data": data})
        error = answer.json()["errors"][0]
        return answer.status_code, error["detail"], error["source"]["pointer"]

    place = "/data/attributes/profiles/data/0/attributes"
    email = {"email": {"marketing": {"consent": "SUBSCRIBED"}}}
    texts = {"sms": {"marketing": {"consent": "SUBSCRIBED"}}}
    detail = "'phone_number' must not be empty when the sms channel is included in 'subscriptions'."
    assert refused({"email": "a@example.com", "subscriptions": texts}) == (400, detail, f"{place}/phone_number")
    assert refused({"email": "nonsense", "subscriptions": email}) == (400, "Invalid email address", f"{place}/email")
    relations = {"list": {"data": {"type": "list", "id": "nolist"}}}
    assert refused({"email": "a@example.com", "subscriptions": email}, relationships=relations) == (
        400,
        "List not found with id nolist.",
        "/data/relationships/list/data/id",
    )
    status, detail, pointer = refused({"email": "a@example.com", "subscriptions": email, "last_name": "Lee"})
    assert (status, detail) == (400, "'last_name' is not a valid field for the resource 'profile'.")
    assert pointer == f"{place}/last_name"
