"""Every row of the published guides (docs/guides.md) is held by a test that touches it, or says what it waits for."""

from collections import Counter
from pathlib import Path

import pytest

from tests.guides import DOCUMENTS, HEAD, WAITS, Row, exists, reached, rows, rows_of

_ROWS = rows()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.stem)
def test_the_rows_are_read_and_counted(document: Path) -> None:
    """The count in a document is that of its rows, and no table is left out for being written in another way."""
    text = document.read_text()
    listed = rows_of(text)
    held = sum(not row.is_waiting for row in listed)
    assert f"{len(listed)} rows: {held} held, {len(listed) - held} waiting." in text
    assert len(listed) == sum(line.startswith("| ") for line in text.splitlines()) - text.count(HEAD)


def test_no_row_is_listed_twice() -> None:
    assert [row for row, number in Counter((row.section, row.name) for row in _ROWS).items() if number > 1] == []


@pytest.mark.parametrize("section", sorted({row.section for row in _ROWS}))
def test_each_row_has_a_test_that_touches_it_or_says_what_it_waits_for(section: str) -> None:
    faults = {row.name: fault for row in _ROWS if row.section == section and (fault := _fault(row))}
    assert faults == {}


def _fault(row: Row) -> str:
    if row.is_waiting:
        return "" if len(row.held_by) > len(WAITS) + 10 else "it does not say what it waits for"
    if not exists(row.held_by):
        return f"there is no test {row.held_by}"
    return "" if row.name in reached(row.held_by) else f"{row.held_by} does not touch it"


def test_a_test_that_touches_nothing_of_a_row_is_told() -> None:
    here = "tests/test_guides.py::test_a_test_that_touches_nothing_of_a_row_is_told"
    guide = "tests/guide/test_guide.py::test_a_store_in_typescript_does_what_the_guide_shows"
    assert _fault(Row("", "upsertProfile", "", guide)) == ""
    assert _fault(Row("", "upsert" + "Nothing", "", guide))
    assert _fault(Row("", "upsertProfile", "", "tests/guide/test_guide.py::test_nothing"))
    assert _fault(Row("", "upsertProfile", "", WAITS))
    assert _fault(Row("", "exists", "", here)) == ""
