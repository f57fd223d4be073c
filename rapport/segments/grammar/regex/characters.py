"""Sets of characters, as ranges of code points."""

import re
from bisect import bisect_left
from functools import cache

import duckdb

# (first, last), in order, apart from each other
Ranges = tuple[tuple[int, int], ...]

# Without zero, which no stored text can hold, and without the halves of pairs.
EVERYTHING: Ranges = ((0x1, 0xD7FF), (0xE000, 0x10FFFF))
LAST = 0x10FFFF
# No script beyond knows upper and lower case.
_END_OF_CASES = 0x1F000
NEWLINE: Ranges = ((0xA, 0xA),)
WORD: Ranges = ((0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A))
PERL: dict[str, Ranges] = {
    "d": ((0x30, 0x39),),
    "s": ((0x9, 0xA), (0xC, 0xD), (0x20, 0x20)),
    "w": WORD,
}
POSIX: dict[str, Ranges] = {
    "alnum": ((0x30, 0x39), (0x41, 0x5A), (0x61, 0x7A)),
    "alpha": ((0x41, 0x5A), (0x61, 0x7A)),
    "ascii": ((0x1, 0x7F),),
    "blank": ((0x9, 0x9), (0x20, 0x20)),
    "cntrl": ((0x1, 0x1F), (0x7F, 0x7F)),
    "digit": ((0x30, 0x39),),
    "graph": ((0x21, 0x7E),),
    "lower": ((0x61, 0x7A),),
    "print": ((0x20, 0x7E),),
    "punct": ((0x21, 0x2F), (0x3A, 0x40), (0x5B, 0x60), (0x7B, 0x7E)),
    "space": ((0x9, 0xD), (0x20, 0x20)),
    "upper": ((0x41, 0x5A),),
    "word": WORD,
    "xdigit": ((0x30, 0x39), (0x41, 0x46), (0x61, 0x66)),
}
# Which characters belong to a class is asked of RE2 itself, the one in DuckDB, so that both databases agree.
_CLASS = """
    SELECT min(point), max(point) FROM (
        SELECT point, point - row_number() OVER (ORDER BY point) AS run
        FROM (SELECT unnest(range(1, 55296) || range(57344, 1114112)) AS point)
        WHERE regexp_full_match(chr(point::INT), ?))
    GROUP BY run ORDER BY 1"""
_CLASS_NAME = re.compile(r"[A-Za-z][A-Za-z_]*")


def union(*sets: Ranges) -> Ranges:
    merged: list[tuple[int, int]] = []
    for first, last in sorted(interval for ranges in sets for interval in ranges):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], last))
        else:
            merged.append((first, last))
    return tuple(merged)


def without(ranges: Ranges, taken: Ranges) -> Ranges:
    """The ranges minus `taken`. Both are sorted, as every set of ranges is."""
    remaining = []
    for first, last in ranges:
        for gone_first, gone_last in taken:
            if gone_last < first or gone_first > last:
                continue
            if first < gone_first:
                remaining.append((first, gone_first - 1))
            first = gone_last + 1
        if first <= last:
            remaining.append((first, last))
    return tuple(remaining)


def opposite(ranges: Ranges) -> Ranges:
    return without(EVERYTHING, ranges)


def stored(ranges: Ranges) -> Ranges:
    """The part of the ranges that a stored text can contain."""
    return opposite(opposite(ranges))


def unicode_class(name: str) -> Ranges | None:
    """A general category or a script by its name; None when there is none of that name."""
    return _unicode_class(name) if _CLASS_NAME.fullmatch(name) else None


@cache
def _unicode_class(name: str) -> Ranges | None:
    """Cached: it takes half a second."""
    with duckdb.connect() as conn:
        try:
            return tuple(conn.execute(_CLASS, [rf"\p{{{name}}}"]).fetchall())
        except duckdb.InvalidInputException:
            return None


def folded(ranges: Ranges) -> Ranges:
    """The ranges with every other case of each character added."""
    cases = _cases()
    points = sorted(cases)
    more = {
        other
        for first, last in ranges
        for point in points[bisect_left(points, first) : bisect_left(points, last + 1)]
        for other in cases[point]
    }
    return union(ranges, tuple((point, point) for point in sorted(more)))


@cache
def _cases() -> dict[int, frozenset[int]]:
    """Groups of characters that differ in case only, such as k, K and the kelvin sign."""
    by_key: dict[str, set[int]] = {}
    for point in range(1, _END_OF_CASES):
        by_key.setdefault(_key(chr(point)), set()).add(point)
    return {point: frozenset(points) for points in by_key.values() if len(points) > 1 for point in points}


def _key(character: str) -> str:
    """Case folding from one character to one character."""
    whole = character.casefold()
    if len(whole) == 1:
        return whole
    lower = character.lower()
    return lower if len(lower) == 1 else character
