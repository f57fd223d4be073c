"""`rapport import events` against a running server."""

from decimal import Decimal
from pathlib import Path

from tests.conftest import Shop, eventually
from tests.imports.served import handed_over, shown
from tests.imports.test_import_orders import counted
from tests.imports.test_import_profiles import rejected, run
from tests.people import everybody

HEADING = "Email,Event,Timestamp,Value,Color\n"


def recorded(shop: Shop) -> list[tuple[object, ...]]:
    return shop.query(
        """SELECT m.name, e.time::text, e.value, e.properties FROM events e
           JOIN metrics m ON m.account_id = e.account_id AND m.id = e.metric_id
           WHERE e.account_id = %s ORDER BY e.time, m.name""",
        shop.account_id,
    )


def events(shop: Shop, file: Path, *arguments: str, status: int = 0) -> str:
    return run(shop, "events", file, *arguments, status=status)


def test_it_records_what_a_column_says_happened(shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / "events.csv"
    file.write_text(
        HEADING + "ann@example.com,Viewed Product,2024-01-01 10:00:00,,blue\n"
        "ann@example.com,Returned,01/02/2024,12.50,red\nbea@example.com,Viewed Product,2024-01-03T00:00:00Z,,\n"
    )
    shown = events(shop, file)
    assert (counted(shown, "rows"), counted(shown, "recorded"), counted(shown, "Viewed Product")) == (3, 3, 2)
    assert recorded(shop) == [
        ("Viewed Product", "2024-01-01 10:00:00+00", None, {"Color": "blue"}),
        ("Returned", "2024-01-02 00:00:00+00", Decimal("12.5"), {"Color": "red"}),
        ("Viewed Product", "2024-01-03 00:00:00+00", None, {}),
    ]
    assert len(everybody(shop)) == 2


def test_it_adds_nothing_when_the_file_is_imported_again(shop: Shop, tmp_path: Path) -> None:
    """Also of events that have no number, two of which happened in one second."""
    file = tmp_path / "events.csv"
    rows = [f"p{n % 9}@example.com,Visited,2024-01-01 10:00:00,,{n}\n" for n in range(2500)]
    file.write_text(HEADING + "".join(rows))
    assert counted(events(shop, file), "recorded") == 2500
    again = events(shop, file)
    assert (counted(again, "recorded"), counted(again, "recorded before")) == (0, 2500)
    assert len(recorded(shop)) == 2500


def test_its_counts_are_right_while_the_same_events_are_still_on_their_way(shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / "events.csv"
    file.write_text(HEADING + "".join(f"p{n % 9}@example.com,Visited,2024-01-01,,{n}\n" for n in range(3000)))
    draft = handed_over(shop, file.read_text(), "events", file.name)
    assert shop.http.post(f"/api/imports/{draft['id']}/start").status_code == 202
    eventually(lambda: shown(shop, draft["id"])["status"] == "complete")
    again = events(shop, file)
    assert (counted(again, "recorded"), counted(again, "recorded before")) == (0, 3000)
    first = shown(shop, draft["id"])
    assert (first["recorded"], first["set_aside"], first["counts"]["metrics"]) == (3000, 0, {"Visited": 3000})


def test_it_tells_what_the_pipeline_set_aside(shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / "events.csv"
    file.write_text(HEADING + "a@example.com,A\0,2024-01-01,,\na@example.com,B,2024-01-01,,\n")
    told = events(shop, file)
    assert (counted(told, "recorded"), counted(told, "recorded before"), counted(told, "refused")) == (1, 0, 1)
    assert "1 were set aside by the pipeline" in told


def test_the_same_line_twice_is_one_event_and_the_same_number_of_two_people_is_two(shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / "events.csv"
    file.write_text(
        "email,unique_id,time\nann@example.com,1,2024-01-01\nann@example.com,1,2024-01-01\nbea@example.com,1,2024-01-01\n"
    )
    shown = events(shop, file, "--metric", "Visited")
    assert (counted(shown, "recorded"), counted(shown, "recorded before")) == (2, 1)


def test_it_puts_refused_rows_aside_and_goes_on(shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / "events.csv"
    file.write_text(
        HEADING + "nonsense,A,2024-01-01,,\nann@example.com,A,soon,,\n,A,2024-01-01,,\nb@example.com,A,2024-01-01,,\n"
    )
    shown = events(shop, file)
    assert (counted(shown, "recorded"), counted(shown, "refused")) == (1, 3)
    assert {row["line"] for row in rejected(tmp_path / "events.rejects.csv")} == {"2", "3", "4"}


def test_it_says_what_it_needs(shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / "events.csv"
    file.write_text("email,time\nann@example.com,2024-01-01\n")
    assert "No column says what happened" in events(shop, file, status=1)
    assert counted(events(shop, file, "--metric", "Visited", "--dry-run"), "would be recorded") == 1
    assert not everybody(shop)
    file.write_text("email,event\nann@example.com,A\n")
    assert "when it happened" in events(shop, file, status=1)
