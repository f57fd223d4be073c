"""The importer: works bulk import jobs off, a chunk a transaction.

A chunk's profiles, its errors, its progress and the disappearance of its rows are one commit, so a crash repeats
nothing and loses nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg

from rapport.accounts import service as accounts
from rapport.accounts.types import Account
from rapport.bulk.rows import Failed, Waiting, failed, read
from rapport.inbox.service import append
from rapport.kit import db, log
from rapport.kit.jsonapi import ApiError, conflict, invalid
from rapport.kit.jsonapi.errors import missing
from rapport.kit.loops import Apart
from rapport.lists import service as lists
from rapport.profiles.identity import Person, identify

CHUNK = 1000
_RETRIES = 5
# The jobs of an account one after the other, so that what was sent last stands in the end.
# tenant-scope: a worker looks for work of every account
_OPEN = """
    SELECT DISTINCT ON (account_id) account_id, id FROM import_jobs WHERE status IN ('queued', 'processing')
    ORDER BY account_id, id"""
# The row of the job is the claim: one worker at a time works on it.
_CLAIM = """
    SELECT id, lists, total, completed + failed AS behind FROM import_jobs
    WHERE account_id = %s AND id = %s AND status IN ('queued', 'processing') FOR UPDATE SKIP LOCKED"""
# Rows are numbered without a gap and go in their order, so a range of the key is the next chunk; a LIMIT would need a
# join, which the planner, without statistics of a job that is seconds old, made in half a second.
_TAKE = """
    DELETE FROM import_rows WHERE account_id = %s AND job_id = %s AND number >= %s AND number < %s
    RETURNING number, body::text"""
_LISTS = "SELECT id FROM lists WHERE account_id = %s AND public_id = ANY(%s) ORDER BY id"
_KNOWN_ULIDS = """
    SELECT ulid FROM profiles WHERE account_id = %(account)s AND ulid = ANY(%(ulids)s)
    UNION ALL
    SELECT source_ulid FROM merged_profiles WHERE account_id = %(account)s AND source_ulid = ANY(%(ulids)s)"""
_OWNERS = """
    SELECT kind, value, profile_id FROM profile_identifiers
    WHERE account_id = %s AND (kind, value) IN (SELECT * FROM unnest(%s::smallint[], %s::text[]))"""
# Against a deletion at the same moment: who is gone by now is found out here, and the chunk is done again.
_HOLD = "SELECT id FROM profiles WHERE account_id = %s AND id = ANY(%s::bigint[]) ORDER BY id FOR KEY SHARE"
_INSERT_PROFILES = """
    INSERT INTO import_profiles (account_id, job_id, profile_id)
    SELECT %s, %s, profile_id FROM unnest(%s::bigint[]) AS profile_id ON CONFLICT DO NOTHING"""
_INSERT_ERRORS = """
    INSERT INTO import_errors (account_id, uuid, job_id, code, title, detail, pointer, payload)
    SELECT %s, gen_random_uuid()::text, %s, e.*
    FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[]::jsonb[]) AS e"""
_PROGRESS = """
    UPDATE import_jobs SET completed = completed + %(completed)s, failed = failed + %(failed)s,
        started = coalesce(started, %(began)s), status = CASE WHEN %(done)s THEN 'complete' ELSE 'processing' END,
        finished = CASE WHEN %(done)s THEN %(now)s::timestamptz END
    WHERE account_id = %(account)s AND id = %(job)s RETURNING completed"""
# After so many the planner's statistics are out of date (docs/adr 0010).
_MANY = 1000
_ANALYZE = ("ANALYZE profiles", "ANALYZE profile_identifiers")
RACES = (
    psycopg.errors.UniqueViolation,
    psycopg.errors.SerializationFailure,
    psycopg.errors.DeadlockDetected,
)

_logger = log.logger("bulk")


@dataclass
class Outcome:
    """What became of a chunk: the rows that went in and the profile of each, which profiles are new, and the rows that
    did not go in."""

    rows: list[Waiting] = field(default_factory=list)
    profiles: list[int] = field(default_factory=list)
    created: set[int] = field(default_factory=set)
    failed: list[Failed] = field(default_factory=list)


class Importer:
    """Worker loop: one chunk for each account that has a job left."""

    # told of each new job; to look by itself is for those of a worker that died
    idle_seconds = 5.0

    def __init__(self, pool: db.Pool) -> None:
        self._pool = pool
        self._apart = Apart("imports")

    async def run_once(self) -> int:
        """Returns the profiles worked off; 0 = nothing to do."""
        async with self._pool.connection() as conn:
            jobs = await db.rows(conn, _OPEN)
        return await self._apart.each(jobs, self.run_chunk)

    async def run_chunk(self, account_id: int, job_id: int, limit: int = CHUNK) -> int:
        """The next chunk of one job; 0 when another worker has it, or nothing is left."""
        for attempt in range(_RETRIES):
            try:
                async with self._pool.connection() as conn:
                    return await _chunk(conn, account_id, job_id, limit)
            except RACES:
                # Another writer made, folded or deleted one of these people: now it can be seen.
                if attempt == _RETRIES - 1:
                    raise
        raise AssertionError("unreachable")


async def _chunk(conn: db.Connection, account_id: int, job_id: int, limit: int) -> int:
    claimed = await db.one(conn, _CLAIM, (account_id, job_id))
    if claimed is None:
        return 0
    account = await accounts.load(conn, account_id)
    began = account.now()
    behind, upto = claimed["behind"], claimed["behind"] + limit
    taken_rows = await db.rows(conn, _TAKE, (account_id, job_id, behind, upto))
    rows = [Waiting(*row) for row in sorted(taken_rows)]
    outcome = await bring_in(conn, account, rows)
    await _join(conn, account, claimed["lists"], outcome.profiles)
    await _note(conn, account_id, job_id, outcome)
    done = upto >= claimed["total"]
    parameters = {
        "account": account_id,
        "job": job_id,
        "began": began,
        "now": account.now(),
        "done": done,
        "completed": len(outcome.profiles),
        "failed": len(outcome.failed),
    }
    progress = await db.row(conn, _PROGRESS, parameters)
    if done and progress and progress[0] >= _MANY:
        for statement in _ANALYZE:
            await db.execute(conn, statement)
    return len(rows)


async def bring_in(conn: db.Connection, account: Account, rows: Sequence[Waiting]) -> Outcome:
    """Check every row, then import the valid ones, in the open transaction.

    Raises one of RACES when another writer made, folded or deleted one of these people: run it again.
    """
    people, failures = await check(conn, account.account_id, rows)
    outcome = Outcome(failed=failures)
    await _bring_in(conn, account, people, outcome)
    outcome.failed.sort(key=lambda failure: failure.row.number)
    return outcome


async def check(
    conn: db.Connection, account_id: int, rows: Sequence[Waiting]
) -> tuple[list[tuple[Waiting, Person]], list[Failed]]:
    """The rows that can go in, as far as that shows before it is tried, and those that can't."""
    people: list[tuple[Waiting, Person]] = []
    failures: list[Failed] = []
    for row in rows:
        try:
            people.append((row, read(row)))
        except ApiError as problem:
            failures.append(failed(row, problem))
    known = await _known(conn, account_id, [person.id for _, person in people if person.id])
    strangers = [(row, person) for row, person in people if person.id and person.id not in known]
    failures += [failed(row, _unknown(row, person)) for row, person in strangers]
    return ([pair for pair in people if pair not in strangers] if strangers else people), failures


async def _known(conn: db.Connection, account_id: int, ulids: list[str]) -> set[str]:
    if not ulids:
        return set()
    return {row[0] for row in await db.rows(conn, _KNOWN_ULIDS, {"account": account_id, "ulids": ulids})}


def _unknown(row: Waiting, person: Person) -> ApiError:
    problem = missing(f"A profile with id {person.id} does not exist.")
    problem.source = {"pointer": f"{row.pointer}/id"}
    return problem


Rows = Sequence[tuple[Waiting, Person]]


async def _bring_in(conn: db.Connection, account: Account, people: Rows, outcome: Outcome) -> None:
    """All at once; where one of them can't go in, in two halves, down to the one it is.

    So each row ends as a profile import of its own would have ended, at the price of a whole chunk where all is well.
    """
    if not people:
        return
    try:
        async with conn.transaction():
            await _together(conn, account, people, outcome)
    except _Conflict:
        if len(people) == 1:
            outcome.failed.append(failed(people[0][0], _duplicate(people[0][0])))
            return
    except (psycopg.DataError, psycopg.errors.ProgramLimitExceeded) as error:
        if len(people) == 1:
            problem = invalid(f"The profile can't be stored: {_first_line(error)}", pointer=people[0][0].pointer)
            outcome.failed.append(failed(people[0][0], problem))
            return
    else:
        return
    half = len(people) // 2
    await _bring_in(conn, account, people[:half], outcome)
    await _bring_in(conn, account, people[half:], outcome)


class _Conflict(Exception):
    """An identifier of one of the rows is not its profile's: it belongs to somebody else (1.3)."""


async def _together(conn: db.Connection, account: Account, people: Rows, outcome: Outcome) -> None:
    identified = await identify(conn, account.account_id, [person for _, person in people], account.now())
    placed = [(pair, profile) for pair, profile in zip(people, identified.profiles, strict=True) if profile]
    profiles = [profile for _, profile in placed]
    await _check_owners(conn, account.account_id, [(person, profile) for (_, person), profile in placed])
    await _check_alive(conn, account.account_id, profiles)
    await append(conn, account.account_id, identified.changes())
    nobody = [row for (row, _), profile in zip(people, identified.profiles, strict=True) if profile is None]
    outcome.failed += [failed(row, _nobody(row)) for row in nobody]
    outcome.rows += [row for (row, _), _ in placed]
    outcome.profiles += profiles
    outcome.created |= identified.created


async def _check_owners(conn: db.Connection, account_id: int, resolved: Sequence[tuple[Person, int]]) -> None:
    """Raises _Conflict. In a large set an identifier that changed hands twice looks like one too; halves tell."""
    claimed = [((int(kind), value), profile) for person, profile in resolved for kind, value, _ in person.identifiers()]
    columns = db.array([kind for (kind, _), _ in claimed]), db.array([value for (_, value), _ in claimed])
    owners = {(row[0], row[1]): row[2] for row in await db.rows(conn, _OWNERS, (account_id, *columns))}
    if any(owners.get(key) != profile for key, profile in claimed):
        raise _Conflict


async def _check_alive(conn: db.Connection, account_id: int, profiles: Iterable[int]) -> None:
    wanted = sorted(set(profiles))
    held = await db.rows(conn, _HOLD, (account_id, db.array(wanted)))
    if len(held) != len(wanted):
        raise psycopg.errors.SerializationFailure("a profile was deleted meanwhile")


def _duplicate(row: Waiting) -> ApiError:
    return conflict(
        "A profile already exists with one of these identifiers.",
        code="duplicate_profile",
        pointer=f"{row.pointer}/attributes",
    )


def _nobody(row: Waiting) -> ApiError:
    return invalid("The _kx names nobody, and there is no other identifier.", pointer=f"{row.pointer}/attributes/_kx")


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]


async def _join(conn: db.Connection, account: Account, public_ids: Sequence[str], profiles: Sequence[int]) -> None:
    """Onto the lists, without consent and without an event; who was there keeps the first date (1.3). A list that was
    deleted since is passed over."""
    if not public_ids or not profiles:
        return
    for row in await db.rows(conn, _LISTS, (account.account_id, list(public_ids))):
        await lists.add(conn, account.account_id, row[0], profiles, account.now())


async def _note(conn: db.Connection, account_id: int, job_id: int, outcome: Outcome) -> None:
    if outcome.profiles:
        listed = db.array(sorted(set(outcome.profiles)))
        await db.execute(conn, _INSERT_PROFILES, (account_id, job_id, listed))
    if outcome.failed:
        columns: list[list[Any]] = [
            [failure.code for failure in outcome.failed],
            [failure.title for failure in outcome.failed],
            [failure.detail for failure in outcome.failed],
            [failure.pointer for failure in outcome.failed],
            [failure.row.body for failure in outcome.failed],
        ]
        await db.execute(conn, _INSERT_ERRORS, (account_id, job_id, *columns))
