"""Who is meant: identifiers to profiles, for one person or a thousand at once.

The rule (behaviour-people 1.5): the profile named by the highest identifier wins; a profile that is known only by a
lower identifier of the same data is folded into it; one that also has a higher identifier of its own stays apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from rapport.inbox import service as inbox
from rapport.inbox.person import Changes, Key, Kind, Person, email_key, normalised
from rapport.kit import db, ids
from rapport.profiles import exchange, merge
from rapport.profiles.attributes import COLUMNS, apply

__all__ = ["Identified", "Kind", "Person", "email_key", "identify", "normalised"]

_COLUMN = {
    Kind.EXTERNAL_ID: "external_id",
    Kind.EMAIL: "email",
    Kind.PHONE_NUMBER: "phone_number",
    Kind.ANONYMOUS_ID: "anonymous_id",
}


@dataclass
class Identified:
    """What became of a batch: a profile for each person (None = its id is unknown and it has no other identifier)."""

    profiles: list[int | None]
    created: set[int] = field(default_factory=set)
    changed: set[int] = field(default_factory=set)


@dataclass
class _Row:
    """A profile as it will be stored."""

    id: int
    values: dict[str, Any]
    new: bool = False
    dirty: bool = False


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
    UPDATE profiles SET {", ".join(f"{column} = %({column})s" for column in COLUMNS)}, updated = %(updated)s
    WHERE account_id = %(account_id)s AND id = %(id)s"""
_JSON_COLUMNS = ("location", "properties")
# Consent to texts belongs to the number, not to the person (behaviour-people 1.5, 2.10).
_DROP_TEXT_CONSENT = """
    DELETE FROM consents WHERE account_id = %s AND profile_id = ANY(%s)
        AND (channel IN ('sms', 'sms_transactional') OR channel LIKE 'whatsapp%%')
    RETURNING profile_id"""


async def identify(conn: db.Connection, account_id: int, people: Sequence[Person], now: datetime) -> Identified:
    """Find or create the profile of each person and apply what is said of them, in the order given.

    Raises psycopg.errors.UniqueViolation or SerializationFailure when another writer created or folded one of them
    meanwhile: run the transaction again.
    """
    batch = _Batch(conn, account_id, now)
    await batch.load(people)
    resolved = [await batch.resolve(person) for person in people]
    await batch.store()
    profiles = [None if profile is None else batch.survivor(profile) for profile in resolved]
    return Identified(profiles, batch.created, batch.changed)


class _Batch:
    """One pass over people: reads at the start, decides in memory, writes at the end."""

    def __init__(self, conn: db.Connection, account_id: int, now: datetime) -> None:
        self._conn = conn
        self._account = account_id
        self._now = now
        self._ulids: dict[str, int] = {}
        self._pks: dict[int, int] = {}
        self._sealed: dict[str, int] = {}
        # identifiers of each person, worked out once; the people outlive the batch, so their addresses are theirs
        self._said: dict[int, list[tuple[Kind, str, str]]] = {}
        self._folded: dict[int, int] = {}
        self._lost_number: set[int] = set()
        self._owner: dict[Key, int] = {}
        self._keys: dict[int, set[Key]] = {}
        self._rows: dict[int, _Row] = {}
        self._free: list[int] = []
        self._stored: set[Key] = set()
        self._dropped: set[Key] = set()
        self._added: dict[Key, int] = {}
        self.created: set[int] = set()
        self.changed: set[int] = set()

    async def load(self, people: Sequence[Person]) -> None:
        self._said = {id(person): person.identifiers() for person in people}
        keys = {(int(kind), value) for identifiers in self._said.values() for kind, value, _ in identifiers}
        keys |= {email_key(email) for person in people if person.changes for email in person.changes.more_emails}
        for kind, value, profile in await db.rows(self._conn, _MATCHES, (self._account, *_columns(keys))):
            self._owner[kind, value] = profile
            self._stored.add((kind, value))
        await self._load_named(people)
        await self._load_rows(self._needed(people))

    async def _load_named(self, people: Sequence[Person]) -> None:
        ulids = [person.id for person in people if person.id]
        if ulids:
            parameters = {"account": self._account, "ulids": ulids}
            self._ulids = dict(await db.rows(self._conn, _BY_ULID, parameters))
        self._sealed = {
            person.kx: profile
            for person in people
            if person.kx and (profile := exchange.decode(self._account, person.kx)) is not None
        }
        pks = [person.pk for person in people if person.pk is not None] + [*self._sealed.values()]
        if pks:
            self._pks = dict(await db.rows(self._conn, _BY_PK, {"account": self._account, "ids": pks}))

    def _needed(self, people: Sequence[Person]) -> set[int]:
        """Rows are read only where something is said beyond one known identifier: most events need none."""
        needed: set[int] = set()
        for person in people:
            keys = self._said[id(person)]
            if person.changes is None and len(keys) < 2 and not ((person.id or person.kx) and keys):
                continue
            needed.update(self._owner[kind, value] for kind, value, _ in keys if (kind, value) in self._owner)
            needed.update(profile for profile in (self._direct(person), self._exchanged(person)) if profile is not None)
        return needed

    async def _load_rows(self, needed: set[int]) -> None:
        missing = sorted(profile for profile in needed if profile not in self._rows)
        if not missing:
            return
        for row in await db.dicts(self._conn, _LOCKED, (self._account, missing)):
            profile = row.pop("id")
            self._rows[profile] = _Row(profile, row)
        if any(profile not in self._rows for profile in missing):
            raise psycopg.errors.SerializationFailure("a profile was folded away by another writer")
        for profile, kind, value in await db.rows(self._conn, _KEYS_OF, (self._account, missing)):
            self._keys.setdefault(profile, set()).add((kind, value))

    def _direct(self, person: Person) -> int | None:
        profile = self._ulids.get(person.id or "") if person.pk is None else self._pks.get(person.pk)
        return None if profile is None else self.survivor(profile)

    def _exchanged(self, person: Person) -> int | None:
        profile = self._pks.get(self._sealed.get(person.kx or "", 0))
        return None if profile is None else self.survivor(profile)

    def survivor(self, profile: int) -> int:
        """The profile itself, or the one it was folded into in this batch."""
        while profile in self._folded:
            profile = self._folded[profile]
        return profile

    async def resolve(self, person: Person) -> int | None:
        """The profile of one person, with what is said of them applied in memory."""
        keys = self._said[id(person)]
        profile = self._direct(person)
        if profile is None:
            profile = self._recognised(keys, self._exchanged(person))
        if profile is None:
            if not keys:
                return None
            profile = await self._create()
        await self._fold_exchanged(person, profile)
        if len(keys) > 1 or person.id or person.kx or profile in self.created:
            claimed = await self._additions(profile, keys) if person.public else keys
            for kind, value, original in claimed:
                await self._claim(profile, kind, value, original, restyle=person.id is not None)
        if person.changes is not None:
            await self._change(profile, person.changes)
        return profile

    async def _additions(self, profile: int, keys: Sequence[tuple[Kind, str, str]]) -> list[tuple[Kind, str, str]]:
        """What the public side may claim: identifiers that the profile lacks and nobody but a device has."""
        await self._load_rows({profile, *(self._owner[key[:2]] for key in keys if key[:2] in self._owner)})
        held = {kind for kind, _ in self._keys.get(profile, ())}
        return [
            (kind, value, original)
            for kind, value, original in keys
            if (kind == Kind.ANONYMOUS_ID or kind not in held) and self._is_free((kind, value), profile)
        ]

    def _is_free(self, key: Key, profile: int) -> bool:
        owner = self._owner.get(key)
        if owner is None or owner == profile:
            return True
        return all(kind == Kind.ANONYMOUS_ID for kind, _ in self._keys.get(owner, ()))

    async def _fold_exchanged(self, person: Person, profile: int) -> None:
        """A browser or device that is nobody yet becomes the person it is used by (1.7)."""
        named = self._exchanged(person)
        if named is None or named == profile:
            return
        await self._load_rows({named, profile})
        if all(kind == Kind.ANONYMOUS_ID for kind, _ in self._keys.get(named, ())):
            await self._fold(named, profile)

    def _recognised(self, keys: Sequence[tuple[Kind, str, str]], exchanged: int | None) -> int | None:
        """The owner of the highest identifier that has one; an exchange id stands between addresses and numbers.

        An owner whose own higher identifier differs from the one given here is somebody else: a number or device
        that two people share must not make one of them the other.
        """
        candidates = [(self._owner.get((kind, value)), at) for at, (kind, value, _) in enumerate(keys)]
        if exchanged is not None:
            strong = sum(kind <= Kind.EMAIL for kind, _, _ in keys)
            candidates.insert(strong, (exchanged, strong))
        for owner, at in candidates:
            if owner is not None and not self._is_other(owner, keys[:at]):
                return owner
        return None

    def _is_other(self, owner: int, higher: Sequence[tuple[Kind, str, str]]) -> bool:
        own = self._keys.get(owner, set())
        return any(
            (kind, value) not in own and any(kind == own_kind for own_kind, _ in own) for kind, value, _ in higher
        )

    async def _change(self, profile: int, changes: Changes) -> None:
        await self._load_rows({profile})
        for kind, column in _COLUMN.items():
            if column in changes.set:
                self._release(profile, kind)
        for address in changes.fewer_emails:
            self._forget_email(profile, email_key(address))
        for address in changes.more_emails:
            self._append_email(profile, email_key(address), address)
        self._touch(profile, apply(self._rows[profile].values, changes))

    async def _create(self) -> int:
        if not self._free:
            self._free = [row[0] for row in await db.rows(self._conn, _NEW_IDS, (64,))]
        profile = self._free.pop(0)
        values: dict[str, Any] = dict.fromkeys(COLUMNS)
        self._rows[profile] = _Row(
            profile, values | {"location": {}, "located": [], "properties": {}}, new=True, dirty=True
        )
        self._keys[profile] = set()
        self.created.add(profile)
        self.changed.add(profile)
        return profile

    async def _claim(self, profile: int, kind: Kind, value: str, original: str, *, restyle: bool) -> None:
        """Give the profile this identifier, unless it belongs to somebody who is more than that.

        `restyle`: an identifier it has already is stored as it is written now.
        """
        owner = self._owner.get((kind, value))
        if owner == profile and not restyle:
            return
        await self._load_rows({profile} if owner is None else {profile, owner})
        if owner is not None and owner != profile:
            if any(other < kind for other, _ in self._keys.get(owner, ())):
                return
            self._replace(profile, kind, value)
            await self._fold(owner, profile)
        self._replace(profile, kind, value)
        self._name(profile, kind, value, original)

    def _name(self, profile: int, kind: Kind, value: str, original: str) -> None:
        row, column = self._rows[profile], _COLUMN[kind]
        if row.values[column] != original:
            row.values[column] = original
            self._touch(profile, True)
        if self._owner.get((kind, value)) != profile:
            self._add(profile, (int(kind), value))
            self._touch(profile, True)

    def _append_email(self, profile: int, key: Key, original: str) -> None:
        """A further address of somebody: it names them, but is not shown. One of another stays with them."""
        if self._owner.get(key) is not None:
            return
        if self._rows[profile].values["email"] is None:
            self._name(profile, Kind.EMAIL, key[1], original)
        else:
            self._add(profile, key)
            self._touch(profile, True)

    def _forget_email(self, profile: int, key: Key) -> None:
        """The address that is shown is changed or cleared as an attribute, not taken away here."""
        shown = self._rows[profile].values["email"]
        if key in self._keys.get(profile, ()) and key != email_key(shown or ""):
            self._drop(profile, key)
            self._touch(profile, True)

    def _replace(self, profile: int, kind: Kind, value: str) -> None:
        """A new identifier takes the place of the old one, but somebody may use many devices, and an address that is
        theirs already only changes places with the one that is shown."""
        old = self._rows[profile].values[_COLUMN[kind]]
        if not old or kind is Kind.ANONYMOUS_ID or normalised(kind, old) == value:
            return
        if (kind, value) not in self._keys.get(profile, ()):
            self._release(profile, kind, normalised(kind, old))

    def _release(self, profile: int, kind: Kind, value: str | None = None) -> None:
        """Give up an identifier: this one, or all of the kind."""
        for key in [key for key in self._keys.get(profile, ()) if key[0] == kind and value in (None, key[1])]:
            self._drop(profile, key)
        if self._rows[profile].values[_COLUMN[kind]] is not None:
            self._rows[profile].values[_COLUMN[kind]] = None
            self._touch(profile, True)
            if kind is Kind.PHONE_NUMBER:
                self._lost_number.add(profile)

    def _add(self, profile: int, key: Key) -> None:
        self._owner[key] = profile
        self._keys.setdefault(profile, set()).add(key)
        if key not in self._stored:
            self._added[key] = profile

    def _drop(self, profile: int, key: Key) -> None:
        self._keys[profile].discard(key)
        self._owner.pop(key, None)
        if self._added.pop(key, None) is None:
            self._stored.discard(key)
            self._dropped.add(key)

    def _touch(self, profile: int, changed: bool) -> None:
        if changed:
            self._rows[profile].dirty = True
            self.changed.add(profile)

    async def _fold(self, source: int, into: int) -> None:
        """Both have to be in the database first, so what was decided so far is stored."""
        await self.store()
        await merge.fold(self._conn, self._account, source, into, self._now)
        self._folded[source] = into
        self._move_keys(source, into)
        self._rows.pop(source, None)
        self._rows.pop(into, None)
        self.created.discard(source)
        self.changed.discard(source)
        self.changed.add(into)
        await self._load_rows({into})

    def _move_keys(self, source: int, into: int) -> None:
        """In memory what `merge.fold` did in the database."""
        kept = self._keys.setdefault(into, set())
        held_kinds = {kind for kind, _ in kept} - {Kind.ANONYMOUS_ID}
        for key in self._keys.pop(source, set()):
            if key[0] in held_kinds:
                self._owner.pop(key, None)
                self._stored.discard(key)
            else:
                self._owner[key] = into
                kept.add(key)

    async def store(self) -> None:
        """Write everything decided so far, set by set."""
        new = [row for row in self._rows.values() if row.new]
        if new:
            await self._insert(new)
        if self._dropped:
            await db.execute(self._conn, _DELETE_KEYS, (self._account, *_columns(self._dropped)))
        if self._added:
            owners = list(self._added.values())
            await db.execute(self._conn, _INSERT_KEYS, (self._account, *_columns(self._added), db.array(owners)))
        await self._update([row for row in self._rows.values() if row.dirty and not row.new])
        await self._drop_text_consent()
        self._stored.update(self._added)
        self._dropped, self._added = set(), {}
        for row in self._rows.values():
            row.new = row.dirty = False

    async def _drop_text_consent(self) -> None:
        profiles, self._lost_number = sorted(self._lost_number), set()
        if not profiles:
            return
        rows = await db.rows(self._conn, _DROP_TEXT_CONSENT, (self._account, profiles))
        if rows:
            await inbox.append_changed(self._conn, self._account, {row[0] for row in rows}, "consent")

    async def _insert(self, new: list[_Row]) -> None:
        columns = ("account_id", "id", "ulid", *COLUMNS, "created", "updated")
        records = (
            (self._account, row.id, ids.ulid(self._now), *_stored_values(row), self._now, self._now) for row in new
        )
        await db.copy_rows(self._conn, "profiles", columns, records)

    async def _update(self, rows: list[_Row]) -> None:
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


def _stored_values(row: _Row) -> list[Any]:
    values = {**row.values, "located": db.array(row.values["located"])}
    return [Jsonb(values[c]) if c in _JSON_COLUMNS else values[c] for c in COLUMNS]


def _columns(keys: Any) -> tuple[Any, Any]:
    """Keys as two arrays for unnest, in one order everywhere so that writers can't wait for each other."""
    ordered = list(keys) if isinstance(keys, dict) else sorted(keys)
    return db.array([int(kind) for kind, _ in ordered]), db.array([value for _, value in ordered])
