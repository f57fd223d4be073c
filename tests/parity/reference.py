"""What the reference says of each of its operations, as facts: revision 2026-07-15, which names them all by machine.

`reference.tsv` has one line an operation: scopes; requests a second, a minute and a day; page size by default and at
most; what can be included, sorted by, filtered (field=operator|operator) and asked for in addition.
"""

from dataclasses import dataclass
from pathlib import Path

REVISION = "2026-07-15"


@dataclass(frozen=True)
class Reference:
    """One operation of the reference."""

    id: str
    method: str
    path: str
    scopes: frozenset[str]
    rate: tuple[int, ...]
    page: tuple[int, ...]
    includes: frozenset[str]
    sorts: frozenset[str]
    filters: dict[str, frozenset[str]]
    additional: dict[str, frozenset[str]]


def reference() -> dict[str, Reference]:
    lines = (Path(__file__).parent / "reference.tsv").read_text().splitlines()[1:]
    return {one.id: one for one in map(_read, lines)}


def _read(line: str) -> Reference:
    id, method, path, scopes, rate, page, includes, sorts, filters, additional = line.split("\t")
    return Reference(
        id,
        method,
        path,
        frozenset(scopes.split()),
        _numbers(rate),
        _numbers(page),
        _words(includes),
        _words(sorts),
        _named(filters),
        _named(additional),
    )


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(one) for one in text.split())


def _words(text: str) -> frozenset[str]:
    return frozenset(one for one in text.split(",") if one)


def _named(text: str) -> dict[str, frozenset[str]]:
    pairs = (one.partition("=") for one in text.split(";") if one)
    return {name: frozenset(values.split("|")) for name, _, values in pairs}
