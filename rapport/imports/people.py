"""A chunk of a file of people: looked up, or brought in with their lists and consent."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from rapport.accounts.types import Account
from rapport.bulk import importer
from rapport.bulk.rows import Failed, Waiting
from rapport.imports import consents
from rapport.imports.profiles import Person, Reader
from rapport.imports.table import BadRow, Row
from rapport.imports.types import Counts, Options
from rapport.kit import db
from rapport.lists import service as lists
from rapport.profiles.identity import Person as Named

_KNOWN = """
    SELECT kind, value FROM profile_identifiers
    WHERE account_id = %s AND (kind, value) IN (SELECT * FROM unnest(%s::smallint[], %s::text[]))"""
Key = tuple[int, str]
Refused = list[tuple[Row, str]]


@dataclass
class Chunk:
    """Rows of a file as people, and those that are none."""

    people: list[tuple[Waiting, Person]] = field(default_factory=list)
    refused: Refused = field(default_factory=list)

    def refuse(self, failures: Iterable[Failed]) -> None:
        rows = {waiting.number: person.row for waiting, person in self.people}
        self.refused += [(rows[failure.row.number], failure.detail) for failure in failures]


def read(reader: Reader, rows: Sequence[Row]) -> Chunk:
    chunk = Chunk()
    for number, row in enumerate(rows):
        try:
            person, body = reader.read(row)
        except BadRow as problem:
            chunk.refused.append((row, str(problem)))
        else:
            chunk.people.append((Waiting(number, body.decode("utf-8", "replace")), person))
    return chunk


async def rehearse(
    conn: db.Connection, account: Account, chunk: Chunk, options: Options, counts: Counts, seen: set[Key]
) -> None:
    """Count what would become of the chunk. `seen`: identifiers of people whom earlier rows would add."""
    valid, failures = await importer.check(conn, account.account_id, [waiting for waiting, _ in chunk.people])
    chunk.refuse(failures)
    known = seen | await _known(conn, account.account_id, [person for _, person in valid])
    for _, person in valid:
        keys = {(int(kind), value) for kind, value, _ in person.identifiers()}
        if person.id is None and keys.isdisjoint(known):
            counts.added += 1
            seen |= keys
            known |= keys
        else:
            counts.updated += 1
    going_in = {waiting.number for waiting, _ in valid}
    consents.rehearse([person for waiting, person in chunk.people if waiting.number in going_in], options, counts)


async def _known(conn: db.Connection, account_id: int, people: Sequence[Named]) -> set[Key]:
    keys = [(int(kind), value) for person in people for kind, value, _ in person.identifiers()]
    columns = db.array([kind for kind, _ in keys]), db.array([value for _, value in keys])
    return {(kind, value) for kind, value in await db.rows(conn, _KNOWN, (account_id, *columns))}


async def bring_in(
    conn: db.Connection, account: Account, chunk: Chunk, options: Options, counts: Counts, source: str
) -> None:
    """Add or update the people, put them on the list, and bring their consent to what the file and the options say, in
    the open transaction. `source` is noted with consent that has none of its own. Raises one of `importer.RACES`."""
    outcome = await importer.bring_in(conn, account, [waiting for waiting, _ in chunk.people])
    chunk.refuse(outcome.failed)
    counts.added += len(outcome.created)
    counts.updated += len(outcome.profiles) - len(outcome.created)
    await _join(conn, account, options, outcome.profiles, counts)
    rows = dict(chunk_rows(chunk))
    # of two rows about one person the later one stands
    said = {profile: rows[row.number] for row, profile in zip(outcome.rows, outcome.profiles, strict=True)}
    await consents.apply(conn, account, said, options, counts, source)


def chunk_rows(chunk: Chunk) -> Iterable[tuple[int, Person]]:
    return ((waiting.number, person) for waiting, person in chunk.people)


async def _join(
    conn: db.Connection, account: Account, options: Options, profiles: Sequence[int], counts: Counts
) -> None:
    """A list that was deleted since is passed over."""
    for public_id in options.list_ids if profiles else ():
        row = await lists.by_public_id(conn, account.account_id, public_id)
        if row is not None:
            joined = await lists.add(
                conn, account.account_id, row["id"], profiles, account.now(), quiet=not options.start_flows
            )
            counts.joined += len(joined)
