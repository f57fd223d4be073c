"""`rapport import profiles` against a running server."""

import csv
from pathlib import Path

import pytest

from tests.command import rapport
from tests.conftest import Shop
from tests.imports.test_import_orders import counted
from tests.lists.test_lists import members, new_list, remove
from tests.people import Json, events_of, everybody, made
from tests.stories import flow, template
from tests.subscriptions.world import marketing, reasons, subscriptions, unsubscribe

ANN = "ann@example.com"
# As the reference's own export heads its columns.
EXPORT = (
    "Email,Klaviyo ID,First Name,Last Name,Organization,Title,Phone Number,Address,Address 2,City,State / Region,"
    "Country,Zip Code,Latitude,Longitude,Source,IP Address,Email Marketing Consent,Email Marketing Consent Timestamp,"
    "SMS Marketing Consent,SMS Marketing Consent Timestamp,Loyal,Points,Tags,Birthday\n"
)


def run(shop: Shop, kind: str, file: Path, *arguments: str, status: int = 0) -> str:
    access = ["--host", shop.server.url, "--key", shop.private_key]
    done = rapport("import", kind, str(file), *access, *arguments)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout


def profiles(shop: Shop, file: Path, *arguments: str, status: int = 0) -> str:
    return run(shop, "profiles", file, *arguments, status=status)


def by_email(shop: Shop) -> dict[str, Json]:
    return {one["email"]: {**one, "id": id} for id, one in everybody(shop).items()}


def rejected(file: Path) -> list[dict[str, str]]:
    with file.open(newline="") as opened:
        return [*csv.DictReader(opened)]


@pytest.mark.rule("1.4", "1.1")
def test_it_takes_an_export_of_the_reference_as_it_is(shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text(
        EXPORT + f"{ANN},01GDDKASAP8TKDDA2GRZDSVP4H,Ann,Lee,Acme,Dr,(212) 555-0123,1 Main St,Floor 2,New York,NY,"
        'United States,01010,40.7,-74.0,Shop,127.0.0.1,,,,,true,12.5,"[""a"",""b""]",01/31/1990\n'
    )
    shown = profiles(shop, file)
    assert (counted(shown, "rows"), counted(shown, "imported"), counted(shown, "refused")) == (1, 1, 0)
    ann = by_email(shop)[ANN]
    names = ("first_name", "last_name", "organization", "title", "phone_number", "external_id")
    assert [ann[name] for name in names] == ["Ann", "Lee", "Acme", "Dr", "+12125550123", None]
    assert {**ann["location"], "latitude": 0, "longitude": 0} == {
        "address1": "1 Main St",
        "address2": "Floor 2",
        "city": "New York",
        "region": "NY",
        "country": "United States",
        "zip": "01010",
        "latitude": 0,
        "longitude": 0,
        "timezone": None,
        "ip": "127.0.0.1",
    }
    assert ann["properties"] == {
        "Klaviyo ID": "01GDDKASAP8TKDDA2GRZDSVP4H",
        "Source": "Shop",
        "Loyal": True,
        "Points": 12.5,
        "Tags": ["a", "b"],
        "Birthday": "1990-01-31 00:00:00",
    }
    assert events_of(shop, ann["id"]) == []


@pytest.mark.rule("1.4")
def test_old_names_of_attributes_are_known_as_columns(shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("$email,$id,$first_name,$city,$zip,$source\nann@example.com,c-1,Ann,Bern,03000,Fair\n")
    profiles(shop, file)
    ann = by_email(shop)[ANN]
    assert (ann["external_id"], ann["first_name"], ann["location"]["city"]) == ("c-1", "Ann", "Bern")
    assert (ann["location"]["zip"], ann["properties"]) == ("03000", {"$source": "Fair"})


@pytest.mark.rule("1.3")
def test_the_same_file_again_adds_nothing_and_an_empty_cell_clears_nothing(shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("email,first_name,tier\n" + "".join(f"p{n}@example.com,P{n},gold\n" for n in range(300)))
    profiles(shop, file)
    before = everybody(shop)
    file.write_text("email,first_name,tier\n" + "".join(f"p{n}@example.com,,\n" for n in range(300)))
    shown = profiles(shop, file)
    assert (counted(shown, "imported"), everybody(shop)) == (300, before)


def test_it_puts_refused_rows_aside_with_their_reasons(shop: Shop, tmp_path: Path) -> None:
    made(shop, email="bea@example.com", phone_number="+15005550006")
    file = tmp_path / "people.csv"
    file.write_text(
        "email,phone,name\nnonsense,,a\n,,b\nann@example.com,5005550007,c\ncyd@example.com,+15005550006,d\n"
        "dan@example.com,,e\n"
    )
    shown = profiles(shop, file)
    assert (counted(shown, "rows"), counted(shown, "imported"), counted(shown, "refused")) == (5, 1, 4)
    refused = {row["line"]: row["reason"] for row in rejected(tmp_path / "people.rejects.csv")}
    assert refused.keys() == {"2", "3", "4", "5"}
    assert "Invalid email address" in refused["2"] and "nobody is named" in refused["3"]
    assert "needs a country" in refused["4"] and "already exists" in refused["5"]


@pytest.mark.rule("1.1")
def test_local_numbers_are_read_by_the_country_it_is_told(shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("email,phone\na@example.com,044 668 18 00\nb@example.com,tel:+41-44-668-18-01\n")
    profiles(shop, file, "--country", "ch")
    assert {one["phone_number"] for one in everybody(shop).values()} == {"+41446681800", "+41446681801"}


@pytest.mark.rule("1.3")
def test_everybody_joins_the_lists_it_is_told(shop: Shop, tmp_path: Path) -> None:
    news, fair, file = new_list(shop), new_list(shop, "Fair"), tmp_path / "people.csv"
    file.write_text("email\nann@example.com\nbea@example.com\n")
    profiles(shop, file, "--list", news, "--list", fair)
    assert set(members(shop, news)) == set(members(shop, fair)) == {*everybody(shop)}
    assert marketing(shop, ANN)["consent"] == "NEVER_SUBSCRIBED"
    assert "NOPE01" in profiles(shop, file, "--list", "NOPE01", status=1)


@pytest.mark.rule("2.12")
def test_consent_columns_subscribe_as_history_with_their_dates(shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text(
        "Email,Phone,Email Marketing Consent,Email Marketing Consent Timestamp,SMS Marketing Consent,"
        "SMS Marketing Consent Timestamp,SMS Transactional Consent\n"
        "ann@example.com,+15005550006,SUBSCRIBED,2021-03-04 05:06:07,SUBSCRIBED,02/03/2022,\n"
        "bea@example.com,+15005550007,NEVER_SUBSCRIBED,,,,SUBSCRIBED\n"
        "cyd@example.com,,UNSUBSCRIBED,,,,\n"
    )
    shown = profiles(shop, file)
    assert (counted(shown, "newly subscribed"), counted(shown, "newly unsubscribed")) == (2, 1)
    shop.wait_until_recorded()
    ann = subscriptions(shop, ANN)
    assert (ann["email"]["marketing"]["consent"], ann["sms"]["marketing"]["consent"]) == ("SUBSCRIBED", "SUBSCRIBED")
    assert ann["email"]["marketing"]["consent_timestamp"].startswith("2021-03-04T05:06:07")
    assert ann["sms"]["marketing"]["consent_timestamp"].startswith("2022-02-03")
    assert ann["email"]["marketing"]["custom_method_detail"] == "Import of people.csv"
    bea = subscriptions(shop, "bea@example.com")
    assert (bea["email"]["marketing"]["consent"], bea["sms"]["marketing"]["consent"]) == ("NEVER_SUBSCRIBED",) * 2
    assert bea["sms"]["transactional"]["consent"] == "SUBSCRIBED"
    assert reasons(shop, "cyd@example.com") == ["UNSUBSCRIBE"]
    (subscribed,) = [one for one in events_of(shop, by_email(shop)[ANN]["id"]) if "Email" in one["metric"]]
    assert subscribed["datetime"].startswith("2021-03-04T05:06:07")


@pytest.mark.rule("2.12")
def test_nobody_is_set_back_to_having_never_subscribed(shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("Email,Email Marketing Consent\nann@example.com,SUBSCRIBED\n")
    profiles(shop, file)
    file.write_text("Email,Email Marketing Consent\nann@example.com,NEVER_SUBSCRIBED\n")
    shown = profiles(shop, file)
    assert (counted(shown, "newly subscribed"), marketing(shop, ANN)["consent"]) == (0, "SUBSCRIBED")


@pytest.mark.rule("2.12", "2.2")
def test_the_same_consent_again_changes_nothing_and_a_later_no_stays(shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text(
        "Email,Email Marketing Consent,Email Marketing Consent Timestamp\n"
        "ann@example.com,SUBSCRIBED,2021-01-01\nbea@example.com,SUBSCRIBED,2021-01-01\n"
    )
    profiles(shop, file)
    shop.wait_until_recorded()
    before = {email: marketing(shop, email) for email in (ANN, "bea@example.com")}
    count = "SELECT count(*) FROM events WHERE account_id = %s"
    events = shop.query(count, shop.account_id)
    profiles(shop, file)
    shop.wait_until_recorded()
    assert {email: marketing(shop, email) for email in before} == before
    assert shop.query(count, shop.account_id) == events
    unsubscribe(shop, ANN)
    shown = profiles(shop, file)
    assert (counted(shown, "newly subscribed"), counted(shown, "said no since")) == (0, 1)
    assert (marketing(shop, ANN)["consent"], reasons(shop, ANN)) == ("UNSUBSCRIBED", ["UNSUBSCRIBE"])


@pytest.mark.rule("2.12")
def test_consent_without_an_address_or_in_other_words_is_refused(shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text(
        "Email,Phone,Email Marketing Consent,SMS Marketing Consent\n"
        "ann@example.com,,perhaps,\nbea@example.com,,,SUBSCRIBED\n"
    )
    assert counted(profiles(shop, file), "refused") == 2
    reason = [row["reason"] for row in rejected(tmp_path / "people.rejects.csv")]
    assert "is no consent" in reason[0] and "needs phone_number" in reason[1]


def test_a_dry_run_says_what_would_happen_and_brings_nothing_in(shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("Email,Phone,Email Marketing Consent,Tier\nann@example.com,12,,a\nbea@example.com,,SUBSCRIBED,b\n")
    shown = profiles(shop, file, "--dry-run")
    assert (counted(shown, "would be imported"), counted(shown, "would be refused")) == (1, 1)
    assert counted(shown, "would be subscribed") == 1
    assert "Tier=properties.Tier" in shown and "nothing was brought in" in shown
    assert [row["line"] for row in rejected(tmp_path / "people.rejects.csv")] == ["2"]
    assert not everybody(shop)


def test_it_takes_the_columns_it_is_told_and_guesses_the_rest(shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("mail2;name;secret;city\nann@example.com;Ann;x;Bern\n")
    profiles(shop, file, "--map", "mail2=email,name=first_name,secret=skip")
    ann = by_email(shop)[ANN]
    assert (ann["first_name"], ann["location"]["city"], ann["properties"]) == ("Ann", "Bern", {})
    assert "'nme' is not a target" in profiles(shop, file, "--map", "mail2=email,name=nme", status=1)
    file.write_text("name\nAnn\n")
    assert "Say who is meant" in profiles(shop, file, status=1)


def test_it_takes_lines_of_json(shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / "people.jsonl"
    file.write_text(
        '{"email": "ann@example.com", "location": {"city": "Bern"}, "properties": {"n": 1, "tags": ["a"]}}\n'
        '{"type": "profile", "attributes": {"email": "bea@example.com", "first_name": "Bea"}, "vip": true}\n'
        "\nnonsense\n"
    )
    shown = profiles(shop, file)
    assert (counted(shown, "rows"), counted(shown, "imported"), counted(shown, "refused")) == (3, 2, 1)
    found = by_email(shop)
    assert found[ANN]["location"]["city"] == "Bern" and found[ANN]["properties"] == {"n": 1, "tags": ["a"]}
    assert found["bea@example.com"]["first_name"] == "Bea"
    assert found["bea@example.com"]["properties"] == {"type": "profile", "vip": True}


def test_of_two_rows_about_one_person_the_later_one_stands(shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    rows = [f"p{n}@example.com,first\n" for n in range(6000)] + [f"p{n}@example.com,second\n" for n in range(6000)]
    file.write_text("email,first_name\n" + "".join(rows))
    assert counted(profiles(shop, file), "imported") == 12_000
    names = shop.query("SELECT DISTINCT first_name FROM profiles WHERE account_id = %s", shop.account_id)
    assert names == [("second",)]


@pytest.mark.rule("2.12", "2.5")
def test_a_file_of_unsubscribes_and_one_of_suppressions(shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("Email\nann@example.com\nbea@example.com\n")
    assert counted(profiles(shop, file, "--unsubscribe"), "newly unsubscribed") == 2
    assert reasons(shop, ANN) == ["UNSUBSCRIBE"]
    file.write_text("Email\nann@example.com\ncyd@example.com\n")
    assert counted(profiles(shop, file, "--suppress"), "newly suppressed") == 2
    assert set(reasons(shop, ANN)) == {"UNSUBSCRIBE", "USER_SUPPRESSED"}
    assert reasons(shop, "cyd@example.com") == ["USER_SUPPRESSED"]
    assert marketing(shop, "cyd@example.com")["consent"] == "NEVER_SUBSCRIBED"
    assert counted(profiles(shop, file, "--suppress"), "newly suppressed") == 0
    assert "not both" in profiles(shop, file, "--suppress", "--unsubscribe", status=1)


@pytest.mark.rule("2.12", "5")
def test_flows_of_a_list_begin_where_that_is_said_and_once_for_who_is_added_again(shop: Shop, tmp_path: Path) -> None:
    news, file = new_list(shop), tmp_path / "people.csv"
    message = {
        "from_email": "shop@example.com",
        "from_label": "Shop",
        "subject_line": "Hi",
        "template_id": template(shop),
    }
    definition = {
        "triggers": [{"type": "list", "id": news}], "entry_action_id": "a",
        "actions": [{"temporary_id": "a", "type": "send-email", "links": {"next": None}, "data": {"message": message}}],
    }  # fmt: skip
    flow(shop, definition)
    file.write_text("email\nmember@flow-once.example\n")
    entered = lambda: shop.query("SELECT count(*) FROM enrolments WHERE account_id = %s", shop.account_id)  # noqa: E731
    for arguments, entries in (([], 0), (["--start-flows"], 1), (["--start-flows"], 1)):
        profiles(shop, file, "--list", news, *arguments)
        shop.wait_until_recorded()
        assert entered() == [(entries,)]
        remove(shop, news, *everybody(shop))
        shop.wait_until_recorded()
