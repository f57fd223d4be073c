"""Files as people and spreadsheets make them: headings, quotes, bytes, surplus cells, dates, and who is named why."""

from pathlib import Path

import pytest

from rapport.imports import cells
from rapport.imports.events import Reader
from rapport.imports.mapping import EVENTS, ORDERS, PROFILES, guessed, mixed
from rapport.imports.table import BadRow, Row, Table
from tests.conftest import Shop
from tests.imports.served_file import brought
from tests.imports.test_import_profiles import by_email, rejected
from tests.people import made
from tests.subscriptions.world import marketing, unsubscribe


def table(folder: Path, written: str | bytes, name: str = "people.csv") -> list[Row]:
    file = folder / name
    file.write_bytes(written if isinstance(written, bytes) else written.encode())
    with Table(file) as opened:
        return [*opened.rows()]


def taken(rows: list[Row]) -> list[dict[str, str]]:
    return [dict(row.cells) for row in rows if not row.problem]


def problems(rows: list[Row]) -> dict[int, str]:
    return {row.line: row.problem for row in rows if row.problem}


def test_a_quote_that_is_never_closed_spoils_its_own_line_only(tmp_path: Path) -> None:
    rows = table(
        tmp_path, 'email,name\na@x.example,A\nb@x.example,"B\nc@x.example,C\nd@x.example,"D\nd"\ne@x.example,E\n'
    )
    assert [row["email"] for row in taken(rows)] == ["a@x.example", "c@x.example", "d@x.example", "e@x.example"]
    assert taken(rows)[2]["name"] == "D\nd"
    assert problems(rows) == {3: "line 3 can't be read, a quote stands where a cell ends: 'b@x.example,\"B'"}


def test_nor_at_the_end_of_the_file(tmp_path: Path) -> None:
    rows = table(
        tmp_path, 'email,name\na@x.example,A\nb@x.example,"B\n' + "".join(f"{n}@x.example,n\n" for n in range(20_000))
    )
    assert len(taken(rows)) == 20_001
    assert problems(rows) == {3: "line 3 can't be read, a quote is opened and not closed: 'b@x.example,\"B'"}


def test_a_line_is_counted_as_it_stands_in_the_file(tmp_path: Path) -> None:
    rows = table(tmp_path, 'email,name\n\na@x.example,"A\nB"\nb@x.example,\n')
    assert [row.line for row in rows] == [3, 5]


@pytest.mark.parametrize(
    ("written", "columns"),
    [
        ('"Name, first, last";Email\nAnn;a@x.example\n', ["Name, first, last", "Email"]),
        ('"Name\nof person",Email\nAnn,a@x.example\n', ["Name\nof person", "Email"]),
        ("sep=;\nName;Email\nAnn;a@x.example\n", ["Name", "Email"]),
        ("\ufeffsep=|\r\nName|Email\r\nAnn|a@x.example\r\n", ["Name", "Email"]),
        ("\n\nName\tEmail\nAnn\ta@x.example\n", ["Name", "Email"]),
        (",Email\n0,a@x.example\n", ["column 1", "Email"]),
        ("Email,Phone,Phone\na@x.example,1,2\n", ["Email", "Phone", "Phone (2)"]),
        ("Email,Phone,Phone (2),Phone\na@x.example,1,2,3\n", ["Email", "Phone", "Phone (2)", "Phone (3)"]),
    ],
)
def test_the_heading_is_read_as_the_rows_are(tmp_path: Path, written: str, columns: list[str]) -> None:
    rows = table(tmp_path, written)
    assert [*rows[0].cells] == columns
    assert "a@x.example" in rows[0].cells.values()


def test_two_columns_of_one_name_are_both_kept(tmp_path: Path) -> None:
    (row,) = table(tmp_path, "Email,Phone,Phone\na@x.example,+15005550006,+15005550007\n")
    mapped = mixed(PROFILES, None, [*row.cells])
    assert (mapped.targets["Phone"], mapped.properties) == ("phone_number", {"Phone (2)": "Phone (2)"})
    assert (row.cell("Phone"), row.cell("Phone (2)")) == ("+15005550006", "+15005550007")


def test_a_column_without_a_heading_is_left_out_and_can_be_named_by_its_place(tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    file.write_text(",email,order_id,date,\n0,a@x.example,1,2024-01-01,\n")
    with Table(file) as opened:
        mapped = guessed(ORDERS, opened.columns, opened.nameless)
        assert mapped.shown().endswith("column 1=skip,column 5=skip")
        named = mixed(EVENTS, "column 1=metric", opened.columns, opened.nameless)
        assert named.column("metric") == "column 1"


def test_surplus_cells_refuse_the_row_unless_they_are_empty(tmp_path: Path) -> None:
    rows = table(tmp_path, "email,name\na@x.example,A,,\nb@x.example,B,more\nc@x.example\n")
    assert taken(rows) == [{"email": "a@x.example", "name": "A"}, {"email": "c@x.example", "name": ""}]
    assert problems(rows) == {3: "the row has 3 cells and the heading 2: nothing says what 'more' is"}
    assert rows[1].surplus == ["more"]


def test_a_byte_that_is_not_utf_8_refuses_its_row(tmp_path: Path) -> None:
    lines = [b"email,name"] + [b"%d@x.example,M\xc3\xbcller" % n for n in range(30_000)]
    lines[28_000] = b"bad@x.example,M\xfcller"
    rows = table(tmp_path, b"\n".join(lines))
    assert len(taken(rows)) == 29_999
    assert problems(rows) == {28_001: r"line 28001 can't be read, it is not UTF-8: 'bad@x.example,M\xfcller'"}
    rows = table(tmp_path, b'{"email": "a@x.example"}\n{"email": "M\xfc"}\n', "people.jsonl")
    assert (len(taken(rows)), [*problems(rows)]) == (1, [2])


def test_a_heading_that_is_not_utf_8_is_one_sentence_and_nothing_is_sent(shop: Shop, tmp_path: Path) -> None:
    from tests.imports.test_import_profiles import profiles as command

    file = tmp_path / "people.csv"
    file.write_bytes("Email,Größe\na@x.example,1\n".encode("utf-16"))
    shown = command(shop, file, status=1)
    assert "The heading of" in shown and "Save the file as CSV in UTF-8" in shown and "Traceback" not in shown


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("09/30/14 13:34", "2014-09-30T13:34:00+00:00"),
        ("9/30/14 1:34 PM", "2014-09-30T13:34:00+00:00"),
        ("9/30/14", "2014-09-30T00:00:00+00:00"),
        ("1412098448", "2014-09-30T17:34:08+00:00"),
        ("09/30/2014 13:34:08", "2014-09-30T13:34:08+00:00"),
        ("20140930", "2014-09-30T00:00:00+00:00"),
    ],
)
def test_a_date_may_be_written_as_documented(written: str, read: str) -> None:
    assert cells.moment(written) == read


@pytest.mark.parametrize("written", ["13/30/14", "30/09/14", "٠٩/30/2014", "14120984480000", "9/30/1"])
def test_a_date_that_is_none_is_named(written: str) -> None:
    with pytest.raises(BadRow, match="is not a date"):
        cells.moment(written)


@pytest.mark.parametrize("word", ["NOT_SUBSCRIBED", "pending", "redacted", "invalid", "Not subscribed"])
def test_words_that_are_neither_a_yes_nor_a_no_leave_consent_alone(word: str) -> None:
    assert cells.consent(word) is None


def test_digits_of_another_script_refuse_their_row_and_no_other(shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    file.write_text(
        "email,order_id,date,amount,size\na@x.example,1,2024-01-01,１２,1\na@x.example,2,2024-01-02,12,１２\n"
    )
    counts = brought(shop, file, "orders")
    assert (counts.refused, counts.recorded) == (1, 1)
    assert [row["reason"] for row in rejected(tmp_path / "orders.rejects.csv")] == [
        "'１２' is not an amount, like 12.50"
    ]
    found = shop.query("SELECT properties ->> 'size' FROM events WHERE account_id = %s", shop.account_id)
    assert found == [("１２",)]


def test_a_row_that_the_server_wont_have_refuses_no_other(shop: Shop, tmp_path: Path) -> None:
    """What only the API refuses."""
    file = tmp_path / "orders.csv"
    rows = [f"p{n}@x.example,{n},2024-01-01,{'1' * 400 if n == 7 else 5}\n" for n in range(20)]
    file.write_text("email,order_id,date,amount\n" + "".join(rows))
    counts = brought(shop, file, "orders")
    assert (counts.refused, counts.recorded) == (1, 19)
    assert [row["line"] for row in rejected(tmp_path / "orders.rejects.csv")] == ["9"]
    file = tmp_path / "people.csv"
    file.write_text("email,note\n" + "".join(f"p{n}@x.example,{'a' + chr(0) if n == 7 else 'b'}\n" for n in range(20)))
    found = brought(shop, file, "profiles")
    assert (found.imported, found.refused) == (19, 1)


def test_files_of_two_forms_have_rejects_of_their_own(shop: Shop, tmp_path: Path) -> None:
    for name, written in (("people.csv", "email\nnobody\n"), ("people.jsonl", '{"email": "nothing"}\n')):
        (tmp_path / name).write_text(written)
        brought(shop, tmp_path / name, "profiles")
    assert [row["email"] for row in rejected(tmp_path / "people.rejects.csv")] == ["nobody"]
    assert [row["email"] for row in rejected(tmp_path / "people.jsonl.rejects.csv")] == ["nothing"]


def test_who_is_unsubscribed_already_is_not_counted_anew(shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("Email,Email Marketing Consent\na@x.example,UNSUBSCRIBED\n")
    assert [brought(shop, file, "profiles").counts.unsubscribed for _ in range(2)] == [1, 0]


def test_a_later_no_stays_however_the_address_is_spelled(shop: Shop, tmp_path: Path) -> None:
    made(shop, email="kim@bücher.example")
    unsubscribe(shop, "kim@bücher.example")
    shop.wait_until_recorded()
    file = tmp_path / "people.csv"
    file.write_text("Email,Email Marketing Consent\nKIM@xn--bcher-kva.example,SUBSCRIBED\n")
    counts = brought(shop, file, "profiles").counts
    assert (counts.subscribed, counts.left) == (0, 1)
    assert marketing(shop, "kim@bücher.example")["consent"] == "UNSUBSCRIBED"


def test_json_keeps_the_types_of_properties(shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / "people.jsonl"
    file.write_text(
        '{"email": "a@x.example", "external_id": "12", "properties": {"code": "12", "n": 12, "t": " x "}}\n'
    )
    brought(shop, file, "profiles")
    found = by_email(shop)["a@x.example"]
    assert (found["properties"], found["external_id"]) == ({"code": "12", "n": 12, "t": " x "}, "12")


def test_a_row_of_events_is_read_with_the_same_types() -> None:
    reader = Reader(EVENTS, guessed(EVENTS, ["email", "time", "code", "note"]), "Call")
    read = reader.read(Row(2, {"email": "a@x.example", "time": "2024-01-01", "code": "'12", "note": "'tis"}))
    assert read.attributes["properties"] == {"code": "12", "note": "'tis"}
