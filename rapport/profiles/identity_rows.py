"""Where a batch of people is read from, and written to: in sets, and in one order, so that writers can't wait for each
other."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from rapport.inbox import service as inbox
from rapport.inbox.person import Person, email_key
from rapport.kit import db, ids
from rapport.profiles import exchange, merge
from rapport.profiles.attributes import COLUMNS
from rapport.profiles.identity_state import Row, State

_MATCHES = """
    SELECT kind, value, profile_id FROM profile_identifiers
    WHERE account_id = %s AND (kind, value) IN (SELECT * FROM unnest(%s::smallint[], %s::text[]))"""
# A profile that was folded away is still meant when its old id is given: an event in the inbox must not be lost.
_BY_ULID = """
    SELECT ulid, id FROM profiles WHERE account_id = %(account)s AND ulid = ANY(%(ulids)s)
    UNION ALL
    SELECT source_ulid, into_id FROM merged_profiles WHERE account_id = %(account)s AND source_ulid = ANY(%(ulids)s)"""
_BY_PK = """
    SELECT id, id FROM profiles WHERE account_id = %(account)s AND id = ANY(%(ids)s)
    UNION ALL
    SELECT source_id, into_id FROM merged_profiles WHERE account_id = %(account)s AND source_id = ANY(%(ids)s)"""
# In the order of their ids, so that two batches that meet can't wait for each other.
_LOCKED = f"""
    SELECT id, {", ".join(COLUMNS)} FROM profiles
    WHERE account_id = %s AND id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"""
_KEYS_OF = "SELECT profile_id, kind, value FROM profile_identifiers WHERE account_id = %s AND profile_id = ANY(%s)"
_NEW_IDS = "SELECT nextval('profile_ids') FROM generate_series(1, %s)"
_INSERT_KEYS = """
    INSERT INTO profile_identifiers (account_id, kind, value, profile_id)
    SELECT %s, * FROM unnest(%s::smallint[], %s::text[], %s::bigint[])"""
_DELETE_KEYS = """
    DELETE FROM profile_identifiers
    WHERE account_id = %s AND (kind, value) IN (SELECT * FROM unnest(%s::smallint[], %s::text[]))"""
_UPDATE = f"""
    UPDATE profiles SET {", ".join(f"{column} = %({column})s" for column in COLUMNS)}, updated = %(updated)s,
        version = version + 1
    WHERE account_id = %(account_id)s AND id = %(id)s"""
_JSON_COLUMNS = ("location", "properties")
# Consent to texts belongs to the number, not to the person (behaviour-people 1.5, 2.10).
_DROP_TEXT_CONSENT = """
    DELETE FROM consents WHERE account_id = %s AND profile_id = ANY(%s)
        AND (channel IN ('sms', 'sms_transactional') OR channel LIKE 'whatsapp%%')
    RETURNING profile_id"""
# Ids are fetched so many at a time.
_IDS = 64


class Rows:
    """The rows behind a state. Raises SerializationFailure when another writer folded one of them away."""

    def __init__(self, conn: db.Connection, account_id: int, now: datetime, state: State) -> None:
        self._conn = conn
        self._account = account_id
        self._now = now
        self._state = state
        self._free: list[int] = []

    async def load(self, people: Sequence[Person]) -> None:
        state = self._state
        state.identifiers = {id(person): person.identifiers() for person in people}
        keys = {(int(kind), value) for identifiers in state.identifiers.values() for kind, value, _ in identifiers}
        keys |= {email_key(email) for person in people if person.changes for email in person.changes.more_emails}
        for kind, value, profile in await db.rows(self._conn, _MATCHES, (self._account, *_columns(keys))):
            state.owner[kind, value] = profile
            state.stored.add((kind, value))
        await self._load_named(people)
        await self.load_rows(state.needed(people))

    async def _load_named(self, people: Sequence[Person]) -> None:
        state = self._state
        ulids = [person.id for person in people if person.id]
        if ulids:
            parameters = {"account": self._account, "ulids": ulids}
            state.ulids = dict(await db.rows(self._conn, _BY_ULID, parameters))
        state.sealed = {
            person.kx: profile
            for person in people
            if person.kx and (profile := exchange.decode(self._account, person.kx)) is not None
        }
        pks = [person.pk for person in people if person.pk is not None] + [*state.sealed.values()]
        if pks:
            state.pks = dict(await db.rows(self._conn, _BY_PK, {"account": self._account, "ids": pks}))

    async def load_rows(self, needed: set[int]) -> None:
        state = self._state
        missing = sorted(profile for profile in needed if profile not in state.rows)
        if not missing:
            return
        for row in await db.dicts(self._conn, _LOCKED, (self._account, missing)):
            profile = row.pop("id")
            state.rows[profile] = Row(profile, row)
        if any(profile not in state.rows for profile in missing):
            raise psycopg.errors.SerializationFailure("a profile was folded away by another writer")
        for profile, kind, value in await db.rows(self._conn, _KEYS_OF, (self._account, missing)):
            state.keys.setdefault(profile, set()).add((kind, value))

    async def new_id(self) -> int:
        if not self._free:
            self._free = [row[0] for row in await db.rows(self._conn, _NEW_IDS, (_IDS,))]
        return self._free.pop(0)

    async def fold(self, source: int, into: int) -> None:
        """Both have to be in the database first, so what was decided so far is stored."""
        await self.store()
        await merge.fold(self._conn, self._account, source, into, self._now)
        self._state.follow_fold(source, into)
        await self.load_rows({into})

    async def store(self) -> None:
        """Write everything decided so far, set by set."""
        state = self._state
        new = [row for row in state.rows.values() if row.new]
        if new:
            await self._insert(new)
        if state.dropped:
            await db.execute(self._conn, _DELETE_KEYS, (self._account, *_columns(state.dropped)))
        if state.added:
            owners = list(state.added.values())
            await db.execute(self._conn, _INSERT_KEYS, (self._account, *_columns(state.added), db.array(owners)))
        await self._update([row for row in state.rows.values() if row.dirty and not row.new])
        await self._drop_text_consent()
        state.is_written()

    async def _drop_text_consent(self) -> None:
        state = self._state
        profiles, state.lost_number = sorted(state.lost_number), set()
        if not profiles:
            return
        rows = await db.rows(self._conn, _DROP_TEXT_CONSENT, (self._account, profiles))
        if rows:
            await inbox.append_changed(self._conn, self._account, {row[0] for row in rows}, "consent")

    async def _insert(self, new: list[Row]) -> None:
        columns = ("account_id", "id", "ulid", *COLUMNS, "created", "updated")
        records = (
            (self._account, row.id, ids.ulid(self._now), *_stored_values(row), self._now, self._now) for row in new
        )
        await db.copy_rows(self._conn, "profiles", columns, records)

    async def _update(self, rows: list[Row]) -> None:
        if not rows:
            return
        async with self._conn.cursor() as cursor:
            await cursor.executemany(
                _UPDATE,
                [
                    dict(zip(COLUMNS, _stored_values(row), strict=True))
                    | {"account_id": self._account, "id": row.id, "updated": self._now}
                    for row in rows
                ],
            )


def _stored_values(row: Row) -> list[Any]:
    values = {**row.values, "located": db.array(row.values["located"])}
    return [Jsonb(values[c]) if c in _JSON_COLUMNS else values[c] for c in COLUMNS]


def _columns(keys: Any) -> tuple[Any, Any]:
    """Keys as two arrays for unnest, in one order everywhere so that writers can't wait for each other."""
    ordered = list(keys) if isinstance(keys, dict) else sorted(keys)
    return db.array([int(kind) for kind, _ in ordered]), db.array([value for _, value in ordered])
