"""The table of rule groups in docs/compatibility.md and the marks of the tests tell the same."""

import re
from functools import cache
from pathlib import Path

_ROOT = Path(__file__).parents[1]
_ROW = re.compile(r"^\| (\d[\d.]*) \| [^|]+ \| `([^`]+)`[^|]* \|", re.MULTILINE)
_MARK = re.compile(r"mark\.rule\(([^)]*)\)")


@cache
def _rows() -> dict[str, Path]:
    return {section: _ROOT / place for section, place in _ROW.findall((_ROOT / "docs/compatibility.md").read_text())}


@cache
def _marks() -> dict[str, set[Path]]:
    """Section -> the test files that are marked with it."""
    found: dict[str, set[Path]] = {}
    for file in (_ROOT / "tests").rglob("test_*.py"):
        for arguments in _MARK.findall(file.read_text()):
            for section in re.findall(r'"([^"]+)"', arguments):
                found.setdefault(section, set()).add(file)
    return found


def test_every_group_of_rules_is_held_where_the_table_says() -> None:
    unheld = [
        section
        for section, place in _rows().items()
        if not any(file.is_relative_to(place) for file in _marks().get(section, ()))
    ]
    assert len(_rows()) > 40
    assert not unheld


def test_every_mark_names_a_group_of_the_table() -> None:
    people = {section for section in _marks() if section[0] in "1234567"}
    assert people <= _rows().keys()
