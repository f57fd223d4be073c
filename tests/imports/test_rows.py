"""Reading a file of orders: which column is what, and which rows are none."""

from pathlib import Path

import msgspec
import pytest

from rapport.imports.events import Event, Reader, bulk_body
from rapport.imports.mapping import ORDERS, BadMapping, guessed, read_pairs
from rapport.imports.table import BadRow, Row, Table

MAP = "customer=external_id,no=unique_id,date=time,total=value,qty=properties.Quantity"
MAPPED = read_pairs(ORDERS, MAP, ["customer", "no", "date", "total", "qty"])


def order(row: Row) -> Event:
    return Reader(ORDERS, MAPPED, "Placed Order").read(row)


def read(**cells: str) -> dict[str, object]:
    row = Row(2, {"customer": "c1", "no": "1", "date": "2024-01-31", "total": "12.50", "qty": "2", **cells})
    return dict(msgspec.json.decode(msgspec.json.encode(order(row).attributes)))


def test_it_guesses_columns_by_their_names() -> None:
    mapped = guessed(ORDERS, ["Order ID", "Customer Email", "Order Date", "Total Price", "Currency", "Colour"])
    assert mapped.person == {"Customer Email": "email"}
    assert mapped.event == {
        "Order ID": "unique_id",
        "Order Date": "time",
        "Total Price": "value",
        "Currency": "value_currency",
    }
    assert mapped.properties == {"Colour": "Colour"}


def test_it_makes_the_second_column_of_a_kind_a_property() -> None:
    mapped = guessed(ORDERS, ["order_id", "email", "date", "amount", "total"])
    assert mapped.event["amount"] == "value"
    assert mapped.properties == {"total": "total"}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("customer=external_id,no=unique_id", "'time'"),
        ("no=unique_id,date=time", "who ordered"),
        ("customer=external_id,no=unique_id,date=time,total=price", "'price' is not a target"),
        ("customer=external_id,no=unique_id,date=time,nope=value", "no column 'nope'"),
        ("customer=external_id,no=unique_id,date=time,total=time", "Two columns"),
        ("customer", "not COLUMN=TARGET"),
    ],
)
def test_it_says_what_is_wrong_with_a_mapping(text: str, names: str) -> None:
    with pytest.raises(BadMapping, match=names):
        read_pairs(ORDERS, text, ["customer", "no", "date", "total"])


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("12.00", b"12.00"),
        ("0", b"0"),
        ("-3.10", b"-3.10"),
        ("+7", b"7"),
        ("007.5", b"7.5"),
        (".5", b"0.5"),
        ("0.10", b"0.10"),
    ],
)
def test_it_sends_the_same_digits_as_a_number(written: str, sent: bytes) -> None:
    row = Row(2, {"customer": "c1", "no": "1", "date": "2024-01-31", "total": written})
    assert bytes(order(row).attributes["value"]) == sent


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("1997-01-12", "1997-01-12T00:00:00+00:00"),
        ("2024-01-02T03:04:05Z", "2024-01-02T03:04:05+00:00"),
        ("2024-01-02 03:04:05 -0500", "2024-01-02T03:04:05-05:00"),
        ("2024-01-02 03:04:05 UTC", "2024-01-02T03:04:05+00:00"),
    ],
)
def test_it_takes_a_date_as_midnight_utc_and_keeps_an_offset(written: str, sent: str) -> None:
    assert read(date=written)["time"] == sent


def test_it_keeps_a_number_a_number_and_a_code_a_text() -> None:
    assert read(qty="2")["properties"] == {"Quantity": 2}
    assert read(qty="01234")["properties"] == {"Quantity": "01234"}
    assert read(qty="12345678901234567890")["properties"] == {"Quantity": "12345678901234567890"}


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"date": "31/01/2024"}, "is not a date"),
        ({"date": ""}, "time is empty"),
        ({"total": "12,50"}, "is not an amount"),
        ({"total": "."}, "is not an amount"),
        ({"total": "NaN"}, "is not an amount"),
        ({"customer": " "}, "nobody is named"),
        ({"no": ""}, "unique_id is empty"),
    ],
)
def test_it_refuses_a_row_with_its_reason(cells: dict[str, str], reason: str) -> None:
    with pytest.raises(BadRow, match=reason):
        read(**cells)


def test_an_order_becomes_history_of_its_person() -> None:
    body = bulk_body(order(Row(2, {"customer": "a", "no": "7", "date": "2024-01-31"})))
    (one,) = msgspec.json.decode(body)["data"]["attributes"]["events-bulk-create"]["data"]
    attributes = one["attributes"]
    assert attributes["backfill"] is True
    assert attributes["profile"]["data"]["attributes"] == {"external_id": "a"}
    assert [event["attributes"]["unique_id"] for event in attributes["events"]["data"]] == ["7"]


def test_it_reads_a_file_with_a_byte_order_mark_and_short_rows(tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    file.write_bytes('\ufeffcustomer,no,date\n"a, b",1,2024-01-31\nc\n'.encode())
    with Table(file) as table:
        assert list(table.columns) == ["customer", "no", "date"]
        assert [row.cells for row in table.rows()] == [
            {"customer": "a, b", "no": "1", "date": "2024-01-31"},
            {"customer": "c", "no": "", "date": ""},
        ]
