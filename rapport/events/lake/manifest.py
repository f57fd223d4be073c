"""The manifest: which files hold which days of an account."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

from rapport.kit import db

# Before and after everything that an event's time can be.
BEGINNING = datetime(1900, 1, 1, tzinfo=UTC)
END = datetime(9999, 1, 1, tzinfo=UTC)

_SEALED = """
    SELECT id, since, until, name, rows, bytes, digest, horizon FROM lake_files
    WHERE account_id = %s AND state = 'sealed' AND since < %s AND until > %s ORDER BY since"""


@dataclass(frozen=True)
class Span:
    """A stretch of time, `since` inclusive, `until` exclusive."""

    since: datetime
    until: datetime

    def overlaps(self, other: "Span") -> bool:
        return self.since < other.until and other.since < self.until

    def within(self, other: "Span") -> bool:
        return other.since <= self.since and self.until <= other.until


EVER = Span(BEGINNING, END)


@dataclass(frozen=True)
class File:
    """A sealed range. `bytes` is None when it holds no event: then there is no file."""

    id: int
    span: Span
    name: str
    rows: int
    bytes: int | None
    digest: str | None
    # transactions below are all in it
    horizon: int


async def sealed(conn: db.Connection, account_id: int, span: Span = EVER) -> list[File]:
    """What readers use, in order of time; ranges never overlap."""
    rows = await db.rows(conn, _SEALED, (account_id, span.until, span.since))
    return [File(id, Span(since, until), *rest) for id, since, until, *rest in rows]


def gaps(span: Span, covered: Iterable[Span]) -> Iterator[Span]:
    """What of `span` lies in none of `covered`, which are in order of time."""
    at = span.since
    for covered_span in covered:
        if at < covered_span.since:
            yield Span(at, min(covered_span.since, span.until))
        at = max(at, covered_span.until)
    if at < span.until:
        yield Span(at, span.until)


def adjacent(files: Sequence[File]) -> bool:
    """Each begins where the one before ends."""
    return all(file.span.until == other.span.since for file, other in pairwise(files))
