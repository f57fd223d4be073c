"""`rapport export`: the program itself, on a running server's data."""

import csv
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests import stories
from tests.conftest import Shop
from tests.events.test_accept import bulk, group
from tests.people import made, sent

ANN = {"email": "ann@example.com"}


def export(shop: Shop, *arguments: str, fails: bool = False) -> str:
    """What the program said."""
    done = shop.server.command("export", *arguments, "--account", shop.public_id)
    assert (done.returncode != 0) == fails, done.stdout + done.stderr
    return done.stdout + done.stderr


def rows(file: Path) -> list[dict[str, Any]]:
    with file.open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def parquet(file: Path) -> list[dict[str, Any]]:
    found = duckdb.execute("SELECT * FROM read_parquet($1)", [str(file)])
    names = [column[0] for column in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


@pytest.fixture
def people(shop: Shop) -> str:
    """A list of two; its id."""
    ids = [
        made(
            shop,
            email="ann@example.com",
            phone_number="+15005550006",
            first_name='Ann "A", of\nBern',
            location={"city": "Bern", "latitude": 46.9},
            properties={"tier": 3, "tags": ["a", {"b": 1}], "note": "-5"},
        ),
        made(shop, email="bea@example.com", last_name="=HYPERLINK(1)", properties={"note": "@sum", "größe": ""}),
    ]
    made(shop, email="stranger@example.com", properties={"unseen": 1})
    return stories.list_of(shop, ["ann@example.com", "bea@example.com"]) if ids else ""


def test_a_list_becomes_csv_with_its_members_attributes_and_properties(shop: Shop, people: str, tmp_path: Path) -> None:
    file = tmp_path / "deep" / "list.csv"
    assert "2 rows" in export(shop, "list", people, "--to", str(file))
    by_email = {one["email"]: one for one in rows(file)}
    ann, bea = by_email["ann@example.com"], by_email["bea@example.com"]
    assert ann["first_name"] == 'Ann "A", of\nBern'
    assert (ann["location.city"], ann["location.latitude"], ann["phone_number"]) == ("Bern", "46.9", "+15005550006")
    assert (ann["properties.tier"], ann["properties.tags"]) == ("3", '["a", {"b": 1}]')
    assert ann["joined_group_at"].endswith("+00:00")
    assert len(ann["id"]) == 26
    assert "properties.unseen" not in ann
    assert (bea["properties.tier"], bea["properties.größe"]) == ("", "'")
    assert [*tmp_path.joinpath("deep").iterdir()] == [file]


def test_what_a_spreadsheet_would_run_gets_an_apostrophe_unless_told_otherwise(
    shop: Shop, people: str, tmp_path: Path
) -> None:
    file = tmp_path / "list.csv"
    export(shop, "list", people, "--to", str(file))
    found = {(one["last_name"], one["properties.note"]) for one in rows(file)}
    # a text that reads like a number is marked as text too, so that an import brings it back as one
    assert found == {("", "'-5"), ("'=HYPERLINK(1)", "'@sum")}
    export(shop, "list", people, "--to", str(file), "--plain")
    assert {(one["last_name"], one["properties.note"]) for one in rows(file)} == {("", "-5"), ("=HYPERLINK(1)", "@sum")}


def test_parquet_tells_nothing_from_an_empty_text(shop: Shop, people: str, tmp_path: Path) -> None:
    file = tmp_path / "list.parquet"
    export(shop, "list", people, "--to", str(file))
    ann, bea = sorted(parquet(file), key=lambda one: one["email"])
    assert (ann["properties.größe"], bea["properties.größe"], bea["last_name"]) == (None, "", "=HYPERLINK(1)")


def test_a_segment_is_exported_as_its_members_are(shop: Shop, people: str, tmp_path: Path) -> None:
    sent(shop, "Order", person=ANN)
    segment = stories.segment(shop, "Buyers", [stories.count(shop.metric_id("Order"), "greater-than-or-equal", 1)])
    file = tmp_path / "segment.csv"
    assert "1 rows" in export(shop, "segment", segment, "--to", str(file))
    assert [one["email"] for one in rows(file)] == ["ann@example.com"]


def test_an_empty_list_is_a_file_with_a_heading(shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    assert "0 rows" in export(shop, "list", stories.list_of(shop, []), "--to", str(file))
    assert file.read_text().startswith("id,email,")


def test_events_of_all_metrics_have_their_properties_as_json(shop: Shop, tmp_path: Path) -> None:
    sent(
        shop,
        "Order",
        person=ANN,
        value=10.5,
        value_currency="EUR",
        unique_id="o-1",
        time="2025-01-02T03:04:05Z",
        properties={"Items": [{"a": 1}], "=x": "y"},
    )
    sent(shop, "Call", person=ANN, time="2025-01-03")
    file = tmp_path / "events.csv"
    assert "2 rows" in export(shop, "events", "--to", str(file))
    order, call = sorted(rows(file), key=lambda one: one["time"])
    assert len(order["profile_id"]) == 26
    listed = {one["id"] for one in shop.http.get("/api/events").json()["data"]}
    assert {order.pop("id"), call.pop("id")} == listed
    assert order.pop("profile_id") == call.pop("profile_id")
    assert order == {
        "metric": "Order",
        "time": "2025-01-02T03:04:05+00:00",
        "email": "ann@example.com",
        "phone_number": "",
        "external_id": "",
        "value": "10.5",
        "value_currency": "EUR",
        "unique_id": "o-1",
        "properties": order["properties"],
    }
    assert order["properties"].replace(" ", "") in ('{"=x":"y","Items":[{"a":1}]}', '{"Items":[{"a":1}],"=x":"y"}')
    assert (call["value"], call["properties"]) == ("", "{}")


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_events_of_one_metric_have_a_column_for_each_property(shop: Shop, tmp_path: Path, ending: str) -> None:
    wanted = [
        {"metric": "Call", "unique_id": str(n), "time": f"2025-01-{n:02}", "properties": {"n": n}} for n in range(1, 29)
    ]
    assert bulk(shop, group(ANN, *wanted, {"metric": "Other", "properties": {"m": 1}})).is_success
    shop.wait_until_recorded()
    file = tmp_path / f"events.{ending}"
    read = rows if ending == "csv" else parquet
    export(shop, "events", "--metric", "Call", "--since", "2025-01-05", "--until", "2025-01-20", "--to", str(file))
    assert sorted(int(one["properties.n"]) for one in read(file)) == [*range(5, 20)]
    export(shop, "events", "--metric", shop.metric_id("Other"), "--to", str(file))
    assert [one["properties.m"] for one in read(file)] == ["1"]


def test_it_says_what_it_can_not_do_and_writes_nothing(shop: Shop, people: str, tmp_path: Path) -> None:
    for arguments, word in (
        (("list", "NOPE01"), "NOPE01"),
        (("segment", people), people),
        (("events", "--metric", "Nothing"), "Nothing"),
        (("events", "--since", "yesterday"), "yesterday"),
    ):
        assert word in export(shop, *arguments, "--to", str(tmp_path / "x.csv"), fails=True)
    assert ".parquet" in export(shop, "list", people, "--to", str(tmp_path / "x.xlsx"), fails=True)
    assert [*tmp_path.iterdir()] == []


def test_it_exports_nothing_of_another_account(shop: Shop, server: Any, people: str, tmp_path: Path) -> None:
    from tests.conftest import new_shop

    sent(shop, "Order", person=ANN)
    with new_shop(server) as other:
        assert "There is no list" in export(other, "list", people, "--to", str(tmp_path / "x.csv"), fails=True)
        assert "0 rows" in export(other, "events", "--to", str(tmp_path / "x.csv"))
