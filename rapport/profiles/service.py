"""What can be done to a profile by an API call: create, import, change, read."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

import psycopg

from rapport.inbox import service as inbox
from rapport.inbox.types import Merge
from rapport.kit import db
from rapport.kit.refusals import NotThere, Refused
from rapport.profiles import merge
from rapport.profiles.identity import Kind, Person, email_key, identify, normalised

_ATTEMPTS = 5
_COLUMNS = """id, ulid, email, phone_number, external_id, anonymous_id, first_name, last_name, organization, locale,
    title, image, location, properties, created, updated, last_event_date, version"""
_BY_ULID = f"SELECT {_COLUMNS} FROM profiles WHERE account_id = %s AND ulid = %s"
_BY_ID = f"SELECT {_COLUMNS} FROM profiles WHERE account_id = %s AND id = ANY(%s)"
_OWNERS = """
    SELECT p.id, p.ulid FROM profile_identifiers i JOIN profiles p ON p.account_id = %s AND p.id = i.profile_id
    WHERE i.account_id = %s AND (i.kind, i.value) IN (SELECT * FROM unnest(%s::smallint[], %s::text[]))
    ORDER BY i.kind"""

# In the order of their ids, so that two writers can't wait for each other.
_LOCKED = """
    SELECT ulid, id FROM profiles WHERE account_id = %s AND ulid = ANY(%s) ORDER BY id FOR NO KEY UPDATE"""
_FOUND = "SELECT ulid, id FROM profiles WHERE account_id = %s AND ulid = ANY(%s)"
_MERGED = "SELECT 1 FROM merged_profiles WHERE account_id = %s AND source_ulid = %s AND into_id = %s"
# What has to be recorded before a merge: events of somebody named by more than an id, since an id leads to who is left;
# and merges, which go in their order.
_WAITING = """
    SELECT FROM inbox WHERE account_id = %s AND (kind = 'merge' OR (kind = 'event' AND coalesce(
        body #>> '{person,external_id}', body #>> '{person,email}', body #>> '{person,phone_number}',
        body #>> '{person,anonymous_id}') IS NOT NULL)) LIMIT 1"""
# Who is left of two profiles that may have been folded meanwhile.
_LEFT = """
    SELECT id, id FROM profiles WHERE account_id = %(account)s AND id = ANY(%(ids)s)
    UNION ALL
    SELECT source_id, into_id FROM merged_profiles WHERE account_id = %(account)s AND source_id = ANY(%(ids)s)"""
_HOLD = "SELECT id FROM profiles WHERE account_id = %s AND id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"
T = TypeVar("T")


def _duplicate(ulid: str) -> Refused:
    """An identifier belongs to another profile, whose ULID this is (behaviour-people 1.3: the recorded body)."""
    return Refused(
        "A profile already exists with one of these identifiers.",
        status=409,
        code="duplicate_profile",
        pointer="/data/attributes",
        meta={"duplicate_profile_id": ulid},
    )


def _unknown(person: Person) -> Refused:
    """Nobody has the id, or the exchange id, that is all there is of this person."""
    if person.id:
        return NotThere("profile", person.id)
    return Refused(f"No profile has the exchange id {person.kx}.", status=404)


async def by_ulid(conn: db.Connection, account_id: int, ulid: str) -> dict[str, Any] | None:
    return await db.one(conn, _BY_ULID, (account_id, ulid))


async def by_ids(conn: db.Connection, account_id: int, ids: Sequence[int]) -> list[dict[str, Any]]:
    return await db.dicts(conn, _BY_ID, (account_id, list(ids)))


async def create(conn: db.Connection, account_id: int, person: Person, now: datetime) -> dict[str, Any]:
    """A new profile. Raises Refused when any identifier is taken (1.3)."""
    async with conn.transaction():
        await _refuse_taken(conn, account_id, person, None)
        row, new = await _resolved(conn, account_id, person, now)
        if not new:
            # Somebody else created them between the look and the leap.
            raise _duplicate(row["ulid"])
        return row


async def import_(conn: db.Connection, account_id: int, person: Person, now: datetime) -> tuple[dict[str, Any], bool]:
    """Create or update by identifiers or id; True when it is new.

    Raises NotThere for an id that is not there, Refused when another profile, known by more than that, has one of
    the lower identifiers (1.3, 1.5): then nothing is changed.
    """
    async with conn.transaction():
        if person.id is not None and await by_ulid(conn, account_id, person.id) is None:
            raise NotThere("profile", person.id)
        row, new = await _resolved(conn, account_id, person, now)
        await _refuse_taken(conn, account_id, person, row["id"])
        return row, new


async def update(conn: db.Connection, account_id: int, ulid: str, person: Person, now: datetime) -> dict[str, Any]:
    """Change a profile. Raises NotThere, or Refused when a new identifier belongs to somebody else."""
    person.id = ulid
    async with conn.transaction():
        current = await by_ulid(conn, account_id, ulid)
        if current is None:
            raise NotThere("profile", ulid)
        await _refuse_taken(conn, account_id, person, current["id"])
        row, _ = await _resolved(conn, account_id, person, now)
        await _refuse_taken(conn, account_id, person, row["id"])
        return row


# Another writer made, folded or locked the same person: what they did can be seen on the next attempt.
_RACES = (
    psycopg.errors.UniqueViolation,
    psycopg.errors.SerializationFailure,
    psycopg.errors.DeadlockDetected,
)


async def _retried(conn: db.Connection, work: Callable[[], Awaitable[T]]) -> T:
    for _ in range(_ATTEMPTS - 1):
        try:
            async with conn.transaction():
                return await work()
        except _RACES:
            continue
    async with conn.transaction():
        return await work()


async def merge_into(conn: db.Connection, account_id: int, ulid: str, source: str, now: datetime) -> None:
    """Merge the profile `source` into `ulid` (1.6): at once, or once all is recorded that was accepted before.

    To say it again changes nothing. Raises NotThere for a profile that is not there.
    """
    # looked at without the lock, which a batch under way may hold for long
    if await db.rows(conn, _WAITING, (account_id,)):
        id_by_ulid = dict(await db.rows(conn, _FOUND, (account_id, [ulid, source])))
        if await _is_to_do(conn, account_id, id_by_ulid, ulid, source):
            await inbox.append(conn, account_id, [Merge(id_by_ulid[source], id_by_ulid[ulid])])
    else:
        await _retried(conn, lambda: _merge(conn, account_id, ulid, source, now))


async def _merge(conn: db.Connection, account_id: int, ulid: str, source: str, now: datetime) -> None:
    # before anything is read: two merges that meet go one after the other
    await merge.lock(conn, account_id)
    id_by_ulid = dict(await db.rows(conn, _LOCKED, (account_id, [ulid, source])))
    if await _is_to_do(conn, account_id, id_by_ulid, ulid, source):
        await merge.fold(conn, account_id, id_by_ulid[source], id_by_ulid[ulid], now)


async def _is_to_do(conn: db.Connection, account_id: int, id_by_ulid: dict[str, int], ulid: str, source: str) -> bool:
    """False when it was done before. Raises NotThere."""
    if ulid not in id_by_ulid:
        raise NotThere("profile", ulid)
    if source not in id_by_ulid and not await db.rows(conn, _MERGED, (account_id, source, id_by_ulid[ulid])):
        raise NotThere("profile", source)
    return source in id_by_ulid


async def merge_accepted(conn: db.Connection, account_id: int, source: int, into: int, now: datetime) -> None:
    """Carry out a merge of two profiles (bigint ids) that was accepted when both were there.

    Of who was folded meanwhile, the profile that is left is meant. Who was deleted is not merged.
    """
    left = dict(await db.rows(conn, _LEFT, {"account": account_id, "ids": [source, into]}))
    if source not in left or into not in left or left[source] == left[into]:
        return
    pair = left[source], left[into]
    if len(await db.rows(conn, _HOLD, (account_id, list(pair)))) == 2:
        await merge.fold(conn, account_id, *pair, now)


async def upsert(conn: db.Connection, account_id: int, person: Person, now: datetime) -> tuple[dict[str, Any], bool]:
    """Create or update as an event does: an identifier of somebody else is left with them. True when it is new.

    Raises Refused when only an id or an exchange id is given and nobody has it.
    """
    return await _resolved(conn, account_id, person, now)


async def _resolved(conn: db.Connection, account_id: int, person: Person, now: datetime) -> tuple[dict[str, Any], bool]:
    """Apply, leave word for reactions, and read back; True when the profile is new."""
    identified = await _retried(conn, lambda: identify(conn, account_id, [person], now))
    profile = identified.profiles[0]
    if profile is None:
        raise _unknown(person)
    await inbox.append(conn, account_id, identified.changes())
    return (await by_ids(conn, account_id, [profile]))[0], profile in identified.created


async def _owners(conn: db.Connection, account_id: int, person: Person) -> list[tuple[Any, ...]]:
    keys = {(int(kind), value) for kind, value, _ in person.identifiers()}
    keys |= {email_key(address) for address in (person.changes.more_emails if person.changes else ())}
    columns = ([kind for kind, _ in keys], [value for _, value in keys])
    return await db.rows(conn, _OWNERS, (account_id, account_id, *columns)) if keys else []


async def _refuse_taken(conn: db.Connection, account_id: int, person: Person, profile: int | None) -> None:
    """Raises Refused for an identifier that is another's: before, or where identification left it with them."""
    others = [owner for owner in await _owners(conn, account_id, person) if owner[0] != profile]
    if others:
        raise _duplicate(others[0][1])


async def find_by_identifier(conn: db.Connection, account_id: int, kind: Kind, value: str) -> str | None:
    """The ULID of the profile that has this identifier."""
    columns = ([int(kind)], [normalised(kind, value)])
    rows = await db.rows(conn, _OWNERS, (account_id, account_id, *columns))
    return rows[0][1] if rows else None
