"""A batch of people while it is decided who they are: what was loaded, and what will be written. No I/O here."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from rapport.inbox.person import Key, Kind, Person, email_key, normalised
from rapport.profiles.attributes import COLUMNS

COLUMN_OF = {
    Kind.EXTERNAL_ID: "external_id",
    Kind.EMAIL: "email",
    Kind.PHONE_NUMBER: "phone_number",
    Kind.ANONYMOUS_ID: "anonymous_id",
}
# Kind, normalised value, value as given.
Identifier = tuple[Kind, str, str]


@dataclass
class Row:
    """A profile as it will be stored."""

    id: int
    values: dict[str, Any]
    new: bool = False
    dirty: bool = False


@dataclass
class State:
    """Profiles are bigint ids. `owner` and `keys` say who has which identifier, as decided so far."""

    # loaded: who is meant by an id, by an inner id, by an exchange id
    ulids: dict[str, int] = field(default_factory=dict)
    pks: dict[int, int] = field(default_factory=dict)
    sealed: dict[str, int] = field(default_factory=dict)
    # identifiers of each person, worked out once; the people outlive the batch, so their addresses are theirs
    identifiers: dict[int, list[Identifier]] = field(default_factory=dict)
    owner: dict[Key, int] = field(default_factory=dict)
    keys: dict[int, set[Key]] = field(default_factory=dict)
    rows: dict[int, Row] = field(default_factory=dict)
    # folded profiles, and into whom
    folded: dict[int, int] = field(default_factory=dict)
    # identifiers in the database, and how they will differ
    stored: set[Key] = field(default_factory=set)
    dropped: set[Key] = field(default_factory=set)
    added: dict[Key, int] = field(default_factory=dict)
    # whose phone number was given up
    lost_number: set[int] = field(default_factory=set)
    created: set[int] = field(default_factory=set)
    changed: set[int] = field(default_factory=set)

    # ---- who is meant

    def survivor(self, profile: int) -> int:
        """The profile itself, or the one it was folded into in this batch."""
        while profile in self.folded:
            profile = self.folded[profile]
        return profile

    def direct(self, person: Person) -> int | None:
        profile = self.ulids.get(person.id or "") if person.pk is None else self.pks.get(person.pk)
        return None if profile is None else self.survivor(profile)

    def exchanged(self, person: Person) -> int | None:
        profile = self.pks.get(self.sealed.get(person.kx or "", 0))
        return None if profile is None else self.survivor(profile)

    def needed(self, people: Sequence[Person]) -> set[int]:
        """Rows are read only where something is said beyond one known identifier: most events need none."""
        needed: set[int] = set()
        for person in people:
            keys = self.identifiers[id(person)]
            if person.changes is None and len(keys) < 2 and not ((person.id or person.kx) and keys):
                continue
            needed.update(self.owner[kind, value] for kind, value, _ in keys if (kind, value) in self.owner)
            needed.update(profile for profile in (self.direct(person), self.exchanged(person)) if profile is not None)
        return needed

    def recognised(self, keys: Sequence[Identifier], exchanged: int | None) -> int | None:
        """The owner of the highest identifier that has one; an exchange id stands between addresses and numbers.

        An owner whose own higher identifier differs from the one given here is somebody else: a number or device
        that two people share must not make one of them the other.
        """
        candidates = [(self.owner.get((kind, value)), at) for at, (kind, value, _) in enumerate(keys)]
        if exchanged is not None:
            strong = sum(kind <= Kind.EMAIL for kind, _, _ in keys)
            candidates.insert(strong, (exchanged, strong))
        for owner, at in candidates:
            if owner is not None and not self.is_other(owner, keys[:at]):
                return owner
        return None

    def is_other(self, owner: int, higher: Sequence[Identifier]) -> bool:
        own = self.keys.get(owner, set())
        return any(
            (kind, value) not in own and any(kind == own_kind for own_kind, _ in own) for kind, value, _ in higher
        )

    def is_free(self, key: Key, profile: int) -> bool:
        owner = self.owner.get(key)
        if owner is None or owner == profile:
            return True
        return self.is_only_a_device(owner)

    def is_only_a_device(self, profile: int) -> bool:
        """Nobody yet: known by anonymous ids alone."""
        return all(kind == Kind.ANONYMOUS_ID for kind, _ in self.keys.get(profile, ()))

    # ---- what changes

    def create(self, profile: int) -> None:
        values: dict[str, Any] = dict.fromkeys(COLUMNS)
        self.rows[profile] = Row(
            profile, values | {"location": {}, "located": [], "properties": {}}, new=True, dirty=True
        )
        self.keys[profile] = set()
        self.created.add(profile)
        self.changed.add(profile)

    def name(self, profile: int, kind: Kind, value: str, original: str) -> None:
        row, column = self.rows[profile], COLUMN_OF[kind]
        if row.values[column] != original:
            row.values[column] = original
            self.touch(profile, True)
        if self.owner.get((kind, value)) != profile:
            self.add(profile, (int(kind), value))
            self.touch(profile, True)

    def append_email(self, profile: int, key: Key, original: str) -> None:
        """A further address of somebody: it names them, but is not shown. One of another stays with them."""
        if self.owner.get(key) is not None:
            return
        if self.rows[profile].values["email"] is None:
            self.name(profile, Kind.EMAIL, key[1], original)
        else:
            self.add(profile, key)
            self.touch(profile, True)

    def forget_email(self, profile: int, key: Key) -> None:
        """The address that is shown is changed or cleared as an attribute, not taken away here."""
        shown = self.rows[profile].values["email"]
        if key in self.keys.get(profile, ()) and key != email_key(shown or ""):
            self.drop(profile, key)
            self.touch(profile, True)

    def replace(self, profile: int, kind: Kind, value: str) -> None:
        """A new identifier takes the place of the old one, but somebody may use many devices, and an address that is
        theirs already only changes places with the one that is shown."""
        old = self.rows[profile].values[COLUMN_OF[kind]]
        if not old or kind is Kind.ANONYMOUS_ID or normalised(kind, old) == value:
            return
        if (kind, value) not in self.keys.get(profile, ()):
            self.release(profile, kind, normalised(kind, old))

    def release(self, profile: int, kind: Kind, value: str | None = None) -> None:
        """Give up an identifier: this one, or all of the kind."""
        for key in [key for key in self.keys.get(profile, ()) if key[0] == kind and value in (None, key[1])]:
            self.drop(profile, key)
        if self.rows[profile].values[COLUMN_OF[kind]] is not None:
            self.rows[profile].values[COLUMN_OF[kind]] = None
            self.touch(profile, True)
            if kind is Kind.PHONE_NUMBER:
                self.lost_number.add(profile)

    def add(self, profile: int, key: Key) -> None:
        self.owner[key] = profile
        self.keys.setdefault(profile, set()).add(key)
        if key not in self.stored:
            self.added[key] = profile

    def drop(self, profile: int, key: Key) -> None:
        self.keys[profile].discard(key)
        self.owner.pop(key, None)
        if self.added.pop(key, None) is None:
            self.stored.discard(key)
            self.dropped.add(key)

    def touch(self, profile: int, changed: bool) -> None:
        if changed:
            self.rows[profile].dirty = True
            self.changed.add(profile)

    def follow_fold(self, source: int, into: int) -> None:
        """In memory what `merge.fold` did in the database; the row of `into` has to be loaded anew."""
        self.folded[source] = into
        self.move_keys(source, into)
        self.rows.pop(source, None)
        self.rows.pop(into, None)
        self.created.discard(source)
        self.changed.discard(source)
        self.changed.add(into)

    def move_keys(self, source: int, into: int) -> None:
        kept = self.keys.setdefault(into, set())
        held_kinds = {kind for kind, _ in kept} - {Kind.ANONYMOUS_ID}
        for key in self.keys.pop(source, set()):
            if key[0] in held_kinds:
                self.owner.pop(key, None)
                self.stored.discard(key)
            else:
                self.owner[key] = into
                kept.add(key)

    def is_written(self) -> None:
        """Everything decided so far is in the database."""
        self.stored.update(self.added)
        self.dropped, self.added = set(), {}
        for row in self.rows.values():
            row.new = row.dirty = False
