"""What people are told that happened without them: each kind by its cause, to those whom it concerns, once."""

from typing import Any

import pytest

from rapport.accounts import roles
from rapport.notifications.kinds import KINDS
from tests import stories
from tests.accounts.team import Person, joined, owner
from tests.conftest import Shop, eventually, new_shop
from tests.imports.served import brought_in, handed_over
from tests.sink import Sink

Json = dict[str, Any]


@pytest.fixture
def boss(shop: Shop) -> Person:
    return owner(shop)


def told(person: Person) -> dict[str, Json]:
    """The attributes by kind; the newest of each."""
    rows = person.get("notifications?page[size]=100")["data"]
    return {row["attributes"]["kind"]: row["attributes"] for row in reversed(rows)}


def unread(person: Person) -> int:
    return int(person.get("unread-notifications")["data"]["attributes"]["count"])


def ids(person: Person) -> list[str]:
    return [row["id"] for row in person.get("notifications")["data"]]


def waited_for(person: Person, kind: str, seconds: float = 20) -> Json:
    eventually(lambda: kind in told(person), seconds=seconds)
    return told(person)[kind]


def test_an_import_that_ended_is_told_with_its_numbers(boss: Person) -> None:
    draft = handed_over(boss.shop, "email\nann@example.com\nnobody\n", name="spring.csv")
    brought_in(boss.shop, draft["id"])
    notice = told(boss)["import-finished"]
    assert notice["title"] == "“spring.csv” is imported" and notice["page"] == f"/imports/{draft['id']}"
    assert notice["detail"] == "Rows: 2. Refused: 1." and not notice["is_read"]


def test_an_import_whose_file_is_gone_is_told_as_failed(boss: Person) -> None:
    draft = handed_over(boss.shop, "email\nann@example.com\n")
    lost = "UPDATE file_imports SET stored_as = 'nowhere' WHERE account_id = %s RETURNING id"
    boss.shop.query(lost, boss.shop.account_id)
    brought_in(boss.shop, draft["id"])
    assert "no longer there" in told(boss)["import-failed"]["detail"]


def test_what_has_to_be_known_is_mailed_to_those_whom_it_concerns_and_who_want_it(boss: Person, sink: Sink) -> None:
    support, analyst = joined(boss, roles.SUPPORT), joined(boss, roles.ANALYST)
    deaf = joined(boss, roles.ADMIN)
    assert deaf.get("me")["data"]["attributes"]["mails"] == "important"
    assert deaf.do("PATCH", "me", "me", mails="off").json()["data"]["attributes"]["mails"] == "off"
    assert deaf.do("PATCH", "me", "me", mails="loud").status_code == 400
    drafts = [handed_over(boss.shop, "email\nann@example.com\n", name=name) for name in ("good.csv", "lost.csv")]
    brought_in(boss.shop, drafts[0]["id"])
    lost = "UPDATE file_imports SET stored_as = 'nowhere' WHERE account_id = %s AND ulid = %s RETURNING id"
    boss.shop.query(lost, boss.shop.account_id, drafts[1]["id"])
    brought_in(boss.shop, drafts[1]["id"])

    def mails(person: Person) -> list[str]:
        subjects = [str(mail.message["Subject"]) for mail in sink.to(person.email)]
        # not the invitations
        return [subject for subject in subjects if subject.startswith("Test shop:")]

    said = ["Test shop: “lost.csv” could not be imported"]
    assert eventually(lambda: mails(boss)) == said and eventually(lambda: mails(support)) == said
    assert f"/imports/{drafts[1]['id']}" in sink.to(boss.email)[0].part("plain")
    assert mails(analyst) == mails(deaf) == []
    # nobody of the store's customers, and no message of the store
    assert boss.get("messages")["data"] == []


def test_an_export_that_is_ready_is_told(boss: Person) -> None:
    listed = stories.list_of(boss.shop, stories.people(boss.shop, 2))
    relationships = {"list": {"data": {"type": "list", "id": listed}}}
    data = {"type": "profile-bulk-export-job", "attributes": {}, "relationships": relationships}
    answer = boss.ask("POST", "profile-bulk-export-jobs", {"data": data})
    assert answer.status_code == 201, answer.text
    assert waited_for(boss, "export-ready")["detail"] == "Rows: 2. Kept for seven days."


def test_a_campaign_is_told_as_sent_or_with_the_reason_why_not(boss: Person) -> None:
    shop = boss.shop
    people = stories.list_of(shop, stories.people(shop, 2))
    nobody = stories.list_of(shop, [], name="Nobody")
    sent, _ = stories.campaign(shop, included=[people], name="Spring")
    stories.send(shop, sent)
    notice = told(boss)["campaign-sent"]
    assert notice["title"] == "“Spring” is sent" and notice["page"] == f"/campaigns/{sent}"
    empty, _ = stories.campaign(shop, included=[nobody], name="To nobody")
    stories.send(shop, empty, wait=False)
    cancelled = waited_for(boss, "campaign-cancelled")
    assert cancelled["title"] == "“To nobody” was cancelled" and "nobody" in cancelled["detail"] and cancelled["is_bad"]


def test_a_deletion_is_told_without_who_it_was(boss: Person) -> None:
    (address,) = stories.people(boss.shop, 1)
    data = {"type": "profile", "attributes": {"email": address}}
    body = {"data": {"type": "data-privacy-deletion-job", "attributes": {"profile": {"data": data}}}}
    assert boss.ask("POST", "data-privacy-deletion-jobs", body).status_code == 202
    notice = waited_for(boss, "deletion-done")
    assert notice["detail"] == "Profiles deleted: 1." and address not in str(notice)


def test_a_segment_that_can_not_be_built_is_told(boss: Person) -> None:
    shop = boss.shop
    filter = {"type": "string", "operator": "equals", "value": "Bern"}
    made = stories.segment(
        shop, "Bern", [{"type": "profile-property", "property": "location['city']", "filter": filter}]
    )
    broken = """UPDATE segments SET definition = '{"condition_groups": 3}', built = NULL
                WHERE account_id = %s AND public_id = %s RETURNING id"""
    shop.query(broken, shop.account_id, made)
    notice = waited_for(boss, "segment-failed")
    assert "“Bern”" in notice["title"] and notice["page"] == f"/audiences/segments/{made}"
    shop.query("DELETE FROM segments WHERE account_id = %s AND public_id = %s RETURNING id", shop.account_id, made)


def test_who_joins_is_told_to_those_who_manage_the_team(boss: Person) -> None:
    member = joined(boss, roles.ANALYST, "Ada Analyst")
    notice = told(boss)["invitation-accepted"]
    assert notice["title"] == "Ada Analyst joined the team" and notice["detail"] == "As analyst."
    assert "invitation-accepted" not in told(member) and unread(member) == 0


def test_what_one_did_oneself_is_no_news(boss: Person) -> None:
    unread_before = unread(boss)
    admin = joined(boss, roles.ADMIN, "Ann Admin")
    assert (unread(boss), unread(admin)) == (unread_before + 1, 0)
    assert "invitation-accepted" in told(boss) and "invitation-accepted" not in told(admin)


def test_each_user_reads_for_themselves_and_leaves_no_line_in_the_audit_log(boss: Person) -> None:
    admin = joined(boss, roles.ADMIN)
    joined(boss, roles.ANALYST)
    # that the admin joined is no news to the admin
    assert unread(boss) == 2 and unread(admin) == 1
    before = len(boss.get("audit-events")["data"])
    first = ids(boss)[0]
    assert boss.do("POST", "notification-reads", "notification-read", ids=[first]).status_code == 204
    assert unread(boss) == 1 and unread(admin) == 1
    assert boss.do("POST", "notification-reads", "notification-read", ids=["none", "9" * 30]).status_code == 204
    assert boss.do("POST", "notification-reads", "notification-read").status_code == 204
    assert unread(boss) == 0 and unread(admin) == 1
    assert {row["attributes"]["is_read"] for row in boss.get("notifications")["data"]} == {True}
    assert len(boss.get("audit-events")["data"]) == before


def test_nobody_reads_those_of_another_account(boss: Person, shop: Shop) -> None:
    joined(boss, roles.ANALYST)
    with new_shop(shop.server) as other:
        stranger = owner(other)
        assert ids(stranger) == []
        assert stranger.do("POST", "notification-reads", "notification-read", ids=ids(boss)).status_code == 204
    assert unread(boss) == 1


def test_they_are_found_by_kind(boss: Person) -> None:
    joined(boss, roles.ANALYST)
    assert len(boss.get('notifications?filter=equals(kind,"invitation-accepted")')["data"]) == 1
    assert boss.get('notifications?filter=equals(kind,"webhook-off")')["data"] == []


def test_a_key_has_none(shop: Shop) -> None:
    assert shop.http.get("/api/notifications").status_code == 403


def test_every_kind_concerns_somebody_by_their_role() -> None:
    for name, kind in KINDS.items():
        assert [role for role, held in roles.ROLES.items() if kind.needs in held], name
