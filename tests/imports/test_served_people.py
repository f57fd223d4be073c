"""Files of people that the server brings in itself."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.conftest import Shop, eventually
from tests.imports.served import (
    brought_in,
    changed,
    changing,
    checked,
    handed_over,
    refused,
    shown,
    uploaded,
)
from tests.imports.test_import_profiles import by_email
from tests.lists.test_lists import members, new_list
from tests.people import events_of, made
from tests.stories import flow, template
from tests.subscriptions.world import marketing, reasons, subscriptions, unsubscribe

ANN, BEA = "ann@example.com", "bea@example.com"
LAST_YEAR = (datetime.now(UTC) - timedelta(days=365)).replace(microsecond=0)
FAIR = {"status": "subscribed", "consented_at": LAST_YEAR.isoformat(), "source": "Spring fair"}


def test_columns_are_recognised_shown_on_real_rows_and_can_be_corrected(shop: Shop) -> None:
    draft = handed_over(shop, "E-Mail;Vorname;Stufe\n" + "".join(f"p{n}@x.example;P{n};gold\n" for n in range(7)))
    assert draft["status"] == "draft"
    assert draft["columns"] == ["E-Mail", "Vorname", "Stufe"]
    assert draft["samples"] == [[f"p{n}@x.example", f"P{n}", "gold"] for n in range(5)]
    assert draft["mapping"] == {"E-Mail": "email", "Vorname": "properties.Vorname", "Stufe": "properties.Stufe"}
    corrected = {"E-Mail": "email", "Vorname": "first_name"}
    assert changed(shop, draft["id"], mapping=corrected)["mapping"] == {**corrected, "Stufe": "skip"}
    done = brought_in(shop, draft["id"])
    assert (done["status"], done["rows"], done["refused"], done["counts"]["added"]) == ("complete", 7, 0, 7)
    person = by_email(shop)["p3@x.example"]
    assert (person["first_name"], person["properties"]) == ("P3", {})


def test_what_no_name_tells_is_recognised_by_what_the_rows_hold(shop: Shop) -> None:
    draft = handed_over(shop, "Kundin,Erreichbar,Zweitadresse\nann@x.example,+41 79 555 01 23,\n,,bea@x.example\n")
    assert draft["mapping"] == {
        "Kundin": "email",
        "Erreichbar": "phone_number",
        "Zweitadresse": "properties.Zweitadresse",
    }


def test_a_dry_run_counts_what_would_happen_and_changes_nothing(shop: Shop) -> None:
    made(shop, email="ann@example.com")
    rows = "email,phone\nANN@example.com,\nbea@example.com,\nbea@example.com,\nnonsense,\ncyd@example.com,12\n"
    draft = handed_over(shop, rows)
    found = checked(shop, draft["id"])
    assert (found["rows"], found["refused"], found["position"]) == (5, 2, len(rows))
    assert (found["counts"]["added"], found["counts"]["updated"]) == (1, 2)
    assert [row["line"] for row in found["refused_rows"]] == [5, 6]
    assert by_email(shop).keys() == {"ann@example.com"}
    # what was found is about these answers; with others it has to be found again
    again = changed(shop, draft["id"], options={"consent": {"status": "unsubscribed"}})
    assert (again["status"], again["rows"], again["refused_rows"]) == ("draft", 0, [])
    done = brought_in(shop, draft["id"])
    assert (done["counts"]["added"], done["counts"]["updated"], done["refused"]) == (1, 2, 2)
    assert [(row["line"], row["email"]) for row in refused(shop, draft["id"])] == [
        ("5", "nonsense"),
        ("6", "cyd@example.com"),
    ]
    assert all(row["reason"] for row in refused(shop, draft["id"]))


def test_people_join_a_new_list_with_the_consent_that_was_said_and_no_flow_begins(shop: Shop) -> None:
    draft = handed_over(shop, "email,phone\nann@example.com,+15005550006\nbea@example.com,\n")
    consent = {**FAIR, "channels": ["email", "sms"]}
    changed(shop, draft["id"], options={"new_list": "Fair 2025", "consent": consent})
    done = brought_in(shop, draft["id"])
    assert (done["counts"]["joined"], done["counts"]["subscribed"]) == (2, 2)
    (list_id,) = done["options"]["list_ids"]
    assert len(members(shop, list_id)) == 2
    assert shop.http.get(f"/api/lists/{list_id}").json()["data"]["attributes"]["name"] == "Fair 2025"
    said = marketing(shop, ANN)
    assert (said["consent"], said["custom_method_detail"]) == ("SUBSCRIBED", "Spring fair")
    assert datetime.fromisoformat(said["consent_timestamp"]) == LAST_YEAR
    assert subscriptions(shop, ANN)["sms"]["marketing"]["consent"] == "SUBSCRIBED"
    assert subscriptions(shop, BEA)["sms"]["marketing"]["consent"] == "NEVER_SUBSCRIBED"


@pytest.mark.parametrize("start_flows", [False, True])
def test_live_flows_of_the_list_begin_only_when_that_was_said(shop: Shop, start_flows: bool) -> None:
    list_id = new_list(shop)
    message = {
        "from_email": "shop@example.com",
        "from_label": "Shop",
        "subject_line": "Hi",
        "template_id": template(shop),
    }
    send = {"temporary_id": "a", "type": "send-email", "links": {"next": None}, "data": {"message": message}}
    definition = {"triggers": [{"type": "list", "id": list_id}], "entry_action_id": "a", "actions": [send]}
    flow(shop, definition)
    draft = handed_over(shop, "email\nann@example.com\n")
    changed(shop, draft["id"], options={"list_ids": [list_id], "start_flows": start_flows})
    brought_in(shop, draft["id"])
    entered = shop.query("SELECT count(*) FROM enrolments WHERE account_id = %s", shop.account_id)
    assert entered == [(int(start_flows),)]


def test_who_said_no_after_the_consent_in_the_file_stays_out(shop: Shop) -> None:
    made(shop, email=ANN)
    unsubscribe(shop, ANN)
    draft = handed_over(shop, "email\nann@example.com\nbea@example.com\n")
    changed(shop, draft["id"], options={"consent": FAIR})
    done = brought_in(shop, draft["id"])
    assert (done["counts"]["subscribed"], done["counts"]["left"]) == (1, 1)
    assert marketing(shop, ANN)["consent"] == "UNSUBSCRIBED"


def test_consent_columns_count_unless_consent_is_to_be_left_alone(shop: Shop) -> None:
    text = "email,Email Marketing Consent\nann@example.com,SUBSCRIBED\n"
    left_alone = handed_over(shop, text)
    changed(shop, left_alone["id"], options={"consent": {"status": "unchanged"}})
    assert brought_in(shop, left_alone["id"])["counts"]["subscribed"] == 0
    counted = brought_in(shop, handed_over(shop, text)["id"])
    assert counted["counts"]["subscribed"] == 1
    assert marketing(shop, ANN)["consent"] == "SUBSCRIBED"


def test_suppressed_addresses_come_out_as_they_go_in(shop: Shop) -> None:
    draft = handed_over(shop, "email\nann@example.com\nbea@example.com\n")
    changed(shop, draft["id"], options={"consent": {"status": "suppressed"}})
    assert brought_in(shop, draft["id"])["counts"]["suppressed"] == 2
    assert (reasons(shop, ANN), marketing(shop, ANN)["consent"]) == (["USER_SUPPRESSED"], "NEVER_SUBSCRIBED")
    exported = shop.http.get("/api/suppressed-addresses")
    heading, *lines = exported.text.splitlines()
    assert heading == "email,reason,suppressed_at"
    assert [line.split(",")[:2] for line in lines] == [
        ["ann@example.com", "USER_SUPPRESSED"],
        ["bea@example.com", "USER_SUPPRESSED"],
    ]
    again = handed_over(shop, exported.content, name="suppressed-addresses.csv")
    assert again["mapping"] == {"email": "email", "reason": "skip", "suppressed_at": "skip"}


def test_nothing_is_brought_in_before_what_is_missing_was_said(shop: Shop) -> None:
    nobody = handed_over(shop, "first_name\nAnn\n")
    answer = shop.http.post(f"/api/imports/{nobody['id']}/start")
    assert (answer.status_code, answer.json()["errors"][0]["source"]["pointer"]) == (400, "/data/attributes/mapping")
    draft = handed_over(shop, "email\nann@example.com\n")
    for options, pointer in (
        ({"list_ids": ["NOPE01"]}, "options/list_ids/0"),
        ({"consent": {"status": "subscribed"}}, "options/consent/consented_at"),
        ({"consent": {**FAIR, "source": " "}}, "options/consent/source"),
        ({"consent": {**FAIR, "channels": ["sms"]}}, "mapping"),
        ({"new_list": " "}, "options/new_list"),
    ):
        answer = changing(shop, draft["id"], options=options)
        if answer.status_code == 200:
            answer = shop.http.post(f"/api/imports/{draft['id']}/check")
        assert answer.status_code == 400, options
        assert answer.json()["errors"][0]["source"]["pointer"] == f"/data/attributes/{pointer}"
    assert changing(shop, draft["id"], mapping={"nope": "email"}).status_code == 400
    assert changing(shop, draft["id"], mapping={"email": "nonsense"}).status_code == 400
    assert by_email(shop) == {}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "no rows"),
        (b"email,name\n", "no rows"),
        (b"PK\x03\x04rest of a spreadsheet", "save it as CSV"),
        ("email\nann@example.com\n".encode("utf-16"), "save it as CSV"),
        (b'"email,name\nann@example.com,Ann\n', "heading"),
    ],
)
def test_what_is_no_file_of_rows_is_refused_with_what_to_do(shop: Shop, content: bytes, reason: str) -> None:
    answer = uploaded(shop, content)
    assert answer.status_code == 400
    assert reason in answer.json()["errors"][0]["detail"]


def test_a_line_that_is_not_utf_8_is_refused_by_itself(shop: Shop) -> None:
    draft = handed_over(shop, b"email,name\nann@example.com,Ann\nbea@example.com,B\xe9a\ncyd@example.com,a,b,c\n")
    done = brought_in(shop, draft["id"])
    assert (done["counts"]["added"], done["refused"]) == (1, 2)
    assert [row["line"] for row in done["refused_rows"]] == [3, 4]
    assert "UTF-8" in done["refused_rows"][0]["reason"]


def test_a_key_needs_the_scopes_of_what_the_import_does(shop: Shop) -> None:
    draft = handed_over(shop, "email\nann@example.com\n")
    changed(shop, draft["id"], options={"list_ids": [new_list(shop)], "consent": FAIR})
    for scopes, lacking in (
        (("profiles:write",), "lists:write, subscriptions:write"),
        (("profiles:write", "lists:write"), "subscriptions:write"),
    ):
        key = shop.key(*scopes)
        headers = {"authorization": f"Klaviyo-API-Key {key}"}
        answer = shop.http.post(f"/api/imports/{draft['id']}/start", headers=headers)
        assert answer.status_code == 403
        assert lacking in answer.json()["errors"][0]["detail"]


def test_one_that_is_under_way_can_be_cancelled_and_what_is_over_can_not(shop: Shop) -> None:
    draft = handed_over(shop, "email\n" + "".join(f"p{n}@x.example\n" for n in range(8_000)))
    shop.http.post(f"/api/imports/{draft['id']}/start")
    assert changing(shop, draft["id"], options={}).status_code == 409
    assert shop.http.post(f"/api/imports/{draft['id']}/cancel").status_code == 200
    stopped = shown(shop, draft["id"])
    assert (stopped["status"], stopped["samples"]) == ("cancelled", [])
    assert stopped["counts"]["added"] < 8_000
    assert shop.http.post(f"/api/imports/{draft['id']}/cancel").status_code == 409
    listed = shop.http.get("/api/imports").json()["data"]
    assert [row["id"] for row in listed] == [draft["id"]]
    files = shop.server.data / "imports" / shop.public_id
    eventually(lambda: not [*files.iterdir()])


def test_what_was_refused_of_a_deleted_person_is_forgotten(shop: Shop) -> None:
    made(shop, email="ann@example.com")
    draft = handed_over(shop, "email,phone\nann@example.com,12\nbea@example.com,12\n")
    brought_in(shop, draft["id"])
    body = {"profile": {"data": {"type": "profile", "attributes": {"email": "ann@example.com"}}}}
    shop.http.post(
        "/api/data-privacy-deletion-jobs", json={"data": {"type": "data-privacy-deletion-job", "attributes": body}}
    )
    eventually(lambda: "ann@" not in str(refused(shop, draft["id"])))
    assert [row["email"] for row in refused(shop, draft["id"])] == ["", "bea@example.com"]


def test_an_event_is_history_and_is_known_by_its_number(shop: Shop) -> None:
    text = "Order ID,Email,Date,Total\n1,ann@example.com,2024-05-01,12.50\n2,ann@example.com,,3\n"
    for _ in range(2):
        draft = handed_over(shop, text, kind="orders")
        done = brought_in(shop, draft["id"])
        assert (done["counts"]["events"], done["refused"]) == (1, 1)
        assert "time" in done["refused_rows"][0]["reason"]
    (event,) = events_of(shop, by_email(shop)["ann@example.com"]["id"])
    assert event
