"""Deleting a person (behaviour-people 1.9): what is theirs goes from every table, what was counted stays.

What counts as theirs: everything that was accepted before the deletion was asked for. The deletion waits until that is
recorded, so that nothing of it turns up afterwards and begins a new profile half-way. Whatever is accepted later is
somebody new.
"""

import secrets
import uuid
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from itertools import chain
from typing import Any

from rapport.accounts import service as accounts
from rapport.accounts.notices import Notice, tell
from rapport.accounts.types import Account
from rapport.kit import db, log, mailboxes
from rapport.kit.jobs import CHANNEL
from rapport.kit.loops import Apart
from rapport.kit.rooms import Point
from rapport.profiles import exchange
from rapport.profiles.identity import Kind, Person, normalised
from rapport.profiles.merge import RECORDING_LOCK

# What a value that was the person's is replaced by where its place has to stay.
REDACTED = "redacted"
# Words shorter than this are in too many other words to be looked for.
_SHORTEST_WORD = 3


@dataclass(frozen=True)
class Erased:
    """Who is being deleted, as statements need it; `parameters` are what they can name."""

    account: Account
    # bigint ids, those of profiles once folded into them included; and ULIDs
    profiles: Sequence[int]
    ulids: Sequence[str]
    # identifiers, e-mail addresses as they are compared
    emails: Sequence[str]
    phone_numbers: Sequence[str]
    external_ids: Sequence[str]
    anonymous_ids: Sequence[str]
    # every text that was known of them, in lower case
    words: Sequence[str]
    # when the deletion was requested
    requested_at: datetime
    address: str = field(default_factory=lambda: f"{REDACTED}.{uuid.uuid4()}@example.com")
    salt: str = field(default_factory=lambda: secrets.token_hex(16))

    @cached_property
    def parameters(self) -> dict[str, Any]:
        """account, now; profiles (as `numbers` in text), ulids, emails, phone_numbers, external_ids, anonymous_ids;
        emails in every spelling, in lower case.

        named, words: LIKE patterns of their addresses and numbers, and of every word of theirs. address: what takes
        the place of an e-mail address. salt: a secret that is thrown away, to make something else of ids that must
        stay equal.
        """
        emails = sorted({form for address in self.emails for form in mailboxes.spellings(address)})
        lowered = {*emails, *(number.lower() for number in self.phone_numbers)}
        return {
            "account": self.account.account_id,
            "now": self.account.now(),
            "profiles": list(self.profiles),
            "numbers": [str(profile) for profile in self.profiles],
            "ulids": list(self.ulids),
            "emails": emails,
            "phone_numbers": list(self.phone_numbers),
            "external_ids": list(self.external_ids),
            "anonymous_ids": list(self.anonymous_ids),
            "named": [_pattern(text) for text in sorted(lowered)],
            "words": [_pattern(text) for text in sorted(lowered | {*self.words})],
            "address": self.address,
            "salt": self.salt,
        }


def _pattern(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


class NotYet(Exception):
    """Something of the person is under way and can't be called back: try again in a moment."""


Step = str | Callable[[db.Connection, Erased], Awaitable[None]]
# What rooms above do with their rows when a person is deleted: statements over `Erased.parameters`, or functions of the
# open connection and `Erased`, which may raise NotYet. The topmost room's run first: what a message was made of is
# still known when its events are read through. This room's come before them, the profile itself goes last.
ERASURES: Point[Sequence[Step]] = Point("what happens to rows when a person is deleted")
_STEPS: list[Step] = [
    "DELETE FROM consents WHERE account_id = %(account)s AND profile_id = ANY(%(profiles)s::bigint[])",
    "DELETE FROM suppressions WHERE account_id = %(account)s AND profile_id = ANY(%(profiles)s::bigint[])",
    "DELETE FROM list_suppressions WHERE account_id = %(account)s AND profile_id = ANY(%(profiles)s::bigint[])",
    "DELETE FROM profile_identifiers WHERE account_id = %(account)s AND profile_id = ANY(%(profiles)s::bigint[])",
    "DELETE FROM push_tokens WHERE account_id = %(account)s AND profile_id = ANY(%(profiles)s::bigint[])",
    # sign-ups that wait, or were confirmed
    """DELETE FROM optins WHERE account_id = %(account)s AND (lower(email) = ANY(%(emails)s::text[])
           OR phone_number = ANY(%(phone_numbers)s::text[]) OR profile = ANY(%(ulids)s::text[]))""",
]
# Ids of profiles that were folded into them before are theirs too.
_TOMBSTONES = """
    INSERT INTO deleted_profiles (account_id, profile_id, ulid, deleted)
    SELECT account_id, id, ulid, %(now)s FROM profiles
    WHERE account_id = %(account)s AND id = ANY(%(profiles)s::bigint[])
    UNION ALL
    SELECT account_id, source_id, source_ulid, %(now)s FROM merged_profiles
    WHERE account_id = %(account)s AND into_id = ANY(%(profiles)s::bigint[])
    ON CONFLICT DO NOTHING"""
_GONE = (
    "DELETE FROM merged_profiles WHERE account_id = %(account)s AND into_id = ANY(%(profiles)s::bigint[])",
    "DELETE FROM profiles WHERE account_id = %(account)s AND id = ANY(%(profiles)s::bigint[])",
)
_ASK = """
    INSERT INTO deletion_jobs (account_id, status, named_by, value, accepted, created)
    SELECT %(account)s, 'queued', %(by)s, %(value)s,
        coalesce((SELECT max(id) FROM inbox WHERE account_id = %(account)s), 0), %(now)s"""
# What was accepted before is recorded first.
# tenant-scope: a worker looks for work of every account
_DUE = """
    SELECT account_id, id FROM deletion_jobs d WHERE status = 'queued'
    AND NOT EXISTS (SELECT FROM inbox i WHERE i.account_id = d.account_id AND i.id <= d.accepted)
    AND id <> ALL (%s::bigint[])
    ORDER BY id LIMIT 20"""
_CLAIM = """
    SELECT named_by, value, created FROM deletion_jobs
    WHERE account_id = %s AND id = %s AND status = 'queued' FOR UPDATE SKIP LOCKED"""
_DONE = """
    UPDATE deletion_jobs SET status = 'complete', value = NULL, deleted = %s, finished = %s
    WHERE account_id = %s AND id = %s"""
_LOCK = "SELECT pg_advisory_xact_lock(%s, %s)"
_MATCHES = {
    "id": """SELECT id FROM profiles WHERE account_id = %(account)s AND ulid = %(value)s
             UNION SELECT into_id FROM merged_profiles WHERE account_id = %(account)s AND source_ulid = %(value)s""",
    "email": """SELECT profile_id FROM profile_identifiers
                WHERE account_id = %(account)s AND kind = 2 AND value = %(value)s""",
    "phone_number": """SELECT profile_id FROM profile_identifiers
                       WHERE account_id = %(account)s AND kind = 3 AND value = %(value)s""",
}
_HOLD = """
    SELECT id, ulid, email, phone_number, external_id, anonymous_id, first_name, last_name, organization, title, image,
        location, properties FROM profiles WHERE account_id = %s AND id = ANY(%s) ORDER BY id FOR UPDATE"""
_FOLDED = "SELECT source_id, source_ulid FROM merged_profiles WHERE account_id = %s AND into_id = ANY(%s)"
_IDENTIFIERS = "SELECT kind, value FROM profile_identifiers WHERE account_id = %s AND profile_id = ANY(%s)"
_KNOWN_GONE = """
    SELECT profile_id, ulid FROM deleted_profiles
    WHERE account_id = %s AND (profile_id = ANY(%s) OR ulid = ANY(%s))"""

_logger = log.logger("privacy")


async def ask(conn: db.Connection, account_id: int, by: str, value: str, now: datetime) -> None:
    """Ask for the deletion of every profile that is named `by` (id, email, phone_number) this value."""
    kept = normalised(Kind.EMAIL, value) if by == "email" else value
    await db.execute(conn, _ASK, {"account": account_id, "by": by, "value": kept, "now": now})
    await db.execute(conn, f"NOTIFY {CHANNEL}")


async def deleted_among(conn: db.Connection, account_id: int, people: Sequence[Person]) -> list[bool]:
    """For each person whom identification could not resolve: whether their profile was deleted."""
    names = [(person.pk or exchange.decode(account_id, person.kx or ""), person.id) for person in people]
    wanted = [pk for pk, _ in names if pk], [ulid for _, ulid in names if ulid]
    gone = {part for row in await db.rows(conn, _KNOWN_GONE, (account_id, *wanted)) for part in row}
    return [pk in gone or ulid in gone for pk, ulid in names]


class Eraser:
    """Worker loop: carries deletions out, each in one transaction."""

    def __init__(self, pool: db.Pool) -> None:
        self._pool = pool
        self._apart = Apart("deletions")

    async def run_once(self) -> int:
        """Returns how many were carried out; 0 = nothing to do, or nothing that can be done yet."""
        async with self._pool.connection() as conn:
            due = await db.rows(conn, _DUE, (self._apart.resting,))
        return await self._apart.each(due, self._run)

    async def _run(self, account_id: int, job_id: int) -> int:
        try:
            async with self._pool.connection() as conn:
                return await _carry_out(conn, account_id, job_id)
        except NotYet:
            return 0


async def _carry_out(conn: db.Connection, account_id: int, job_id: int) -> int:
    claimed = await db.one(conn, _CLAIM, (account_id, job_id))
    if claimed is None:
        return 0
    # Nothing is recorded of this account meanwhile, so nothing of the person can slip in between two statements.
    await db.execute(conn, _LOCK, (RECORDING_LOCK, account_id))
    account = await accounts.load(conn, account_id)
    erased = await _erased(conn, account, claimed["named_by"], claimed["value"], claimed["created"])
    for step in (*_STEPS, *chain.from_iterable(reversed(list(ERASURES)))):
        if isinstance(step, str):
            await db.execute(conn, step, erased.parameters)
        else:
            await step(conn, erased)
    await db.execute(conn, _TOMBSTONES, erased.parameters)
    for statement in _GONE:
        deleted = await db.execute(conn, statement, erased.parameters)
    await db.execute(conn, _DONE, (deleted, account.now(), account_id, job_id))
    await tell(conn, account_id, Notice("deletion-done", account.now(), str(job_id), {"profiles": deleted}))
    return 1


async def _erased(conn: db.Connection, account: Account, by: str, value: str, requested_at: datetime) -> Erased:
    """All profiles and identifiers to erase. An address is erased even if no profile has it: a sign-up that awaits
    its confirmation may hold it."""
    account_id = account.account_id
    profile_ids = [row[0] for row in await db.rows(conn, _MATCHES[by], {"account": account_id, "value": value})]
    held = await db.dicts(conn, _HOLD, (account_id, profile_ids))
    profile_ids = [row["id"] for row in held]
    folded = await db.rows(conn, _FOLDED, (account_id, profile_ids))
    known = {(kind, text) for kind, text in await db.rows(conn, _IDENTIFIERS, (account_id, profile_ids))}
    known |= {(int(kind), normalised(kind, text)) for row in held for kind, text in _named(row)}
    known |= {(int(kind), value) for name, kind in _BY.items() if name == by}
    return Erased(
        account,
        [*profile_ids, *(row[0] for row in folded)],
        [*(row["ulid"] for row in held), *(row[1] for row in folded)],
        _of(known, Kind.EMAIL),
        _of(known, Kind.PHONE_NUMBER),
        _of(known, Kind.EXTERNAL_ID),
        _of(known, Kind.ANONYMOUS_ID),
        sorted(_words(held)),
        requested_at,
    )


_BY = {"email": Kind.EMAIL, "phone_number": Kind.PHONE_NUMBER}


def _named(row: dict[str, Any]) -> list[tuple[Kind, str]]:
    pairs = (
        (Kind.EMAIL, row["email"]),
        (Kind.PHONE_NUMBER, row["phone_number"]),
        (Kind.EXTERNAL_ID, row["external_id"]),
        (Kind.ANONYMOUS_ID, row["anonymous_id"]),
    )
    return [(kind, text) for kind, text in pairs if text]


def _of(known: set[tuple[int, str]], kind: Kind) -> list[str]:
    return sorted(text for known_kind, text in known if known_kind == kind)


def _words(held: Sequence[dict[str, Any]]) -> set[str]:
    values = [value for row in held for name, value in row.items() if name != "ulid"]
    texts = (text.strip().lower() for value in values for text in _texts(value))
    return {text for text in texts if len(text) >= _SHORTEST_WORD}


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
