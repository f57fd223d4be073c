"""Spaces of advisory locks."""

import re
from pathlib import Path

import rapport
from rapport.kit import locks

HOME = Path(rapport.__file__).parent


def test_no_two_uses_share_a_space() -> None:
    spaces = [value for name, value in vars(locks).items() if name.isupper()]
    assert len(spaces) == len(set(spaces)) > 5


def test_every_space_stands_in_the_one_list() -> None:
    elsewhere = [
        file.relative_to(HOME)
        for file in HOME.rglob("*.py")
        if file.name != "locks.py" and re.search(r"\b7_?270_?0\d\d\b", file.read_text())
    ]
    assert elsewhere == []
