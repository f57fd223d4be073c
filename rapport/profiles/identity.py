"""Who is meant: identifiers to profiles, for one person or a thousand at once.

The rule (behaviour-people 1.5): the profile named by the highest identifier wins; a profile that is known only by a
lower identifier of the same data is folded into it; one that also has a higher identifier of its own stays apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from rapport.inbox.person import Changes, Kind, Person, email_key, normalised
from rapport.inbox.types import Change
from rapport.kit import db
from rapport.profiles.attributes import apply
from rapport.profiles.identity_rows import Rows
from rapport.profiles.identity_state import COLUMN_OF, Identifier, State

__all__ = ["Identified", "Kind", "Person", "email_key", "identify", "normalised"]


@dataclass
class Identified:
    """What became of a batch: a profile for each person (None = its id is unknown and it has no other identifier)."""

    profiles: list[int | None]
    created: set[int] = field(default_factory=set)
    changed: set[int] = field(default_factory=set)

    def changes(self) -> list[Change]:
        """What reactions are to be told of it."""
        told = ((self.changed, "profile"), (self.created, "created"))
        return [Change(sorted(profiles), [what]) for profiles, what in told if profiles]


async def identify(conn: db.Connection, account_id: int, people: Sequence[Person], now: datetime) -> Identified:
    """Find or create the profile of each person and apply what is said of them, in the order given.

    Raises psycopg.errors.UniqueViolation or SerializationFailure when another writer created or folded one of them
    meanwhile: run the transaction again.
    """
    state = State()
    rows = Rows(conn, account_id, now, state)
    await rows.load(people)
    rules = _Rules(state, rows)
    resolved = [await rules.resolve(person) for person in people]
    await rows.store()
    profiles = [None if profile is None else state.survivor(profile) for profile in resolved]
    return Identified(profiles, state.created, state.changed)


class _Rules:
    """Decides in memory. Rows are loaded when a rule needs them; what is decided is written at the end of a batch, and
    before two profiles are folded."""

    def __init__(self, state: State, rows: Rows) -> None:
        self._state = state
        self._rows = rows

    async def resolve(self, person: Person) -> int | None:
        """The profile of one person, with what is said of them applied in memory."""
        keys = self._state.identifiers[id(person)]
        profile = self._state.direct(person)
        if profile is None:
            profile = self._state.recognised(keys, self._state.exchanged(person))
        if profile is None:
            if not keys:
                return None
            profile = await self._create()
        await self._fold_exchanged(person, profile)
        if len(keys) > 1 or person.id or person.kx or profile in self._state.created:
            claimed = await self._additions(profile, keys) if person.public else keys
            for kind, value, original in claimed:
                await self._claim(profile, kind, value, original, restyle=person.id is not None)
        if person.changes is not None:
            await self._change(profile, person.changes)
        return profile

    async def _additions(self, profile: int, keys: Sequence[Identifier]) -> list[Identifier]:
        """What the public side may claim: identifiers that the profile lacks and nobody but a device has."""
        await self._rows.load_rows(
            {profile, *(self._state.owner[key[:2]] for key in keys if key[:2] in self._state.owner)}
        )
        held = {kind for kind, _ in self._state.keys.get(profile, ())}
        return [
            (kind, value, original)
            for kind, value, original in keys
            if (kind == Kind.ANONYMOUS_ID or kind not in held) and self._state.is_free((kind, value), profile)
        ]

    async def _fold_exchanged(self, person: Person, profile: int) -> None:
        """A browser or device that is nobody yet becomes the person it is used by (1.7)."""
        named = self._state.exchanged(person)
        if named is None or named == profile:
            return
        await self._rows.load_rows({named, profile})
        if self._state.is_only_a_device(named):
            await self._rows.fold(named, profile)

    async def _change(self, profile: int, changes: Changes) -> None:
        await self._rows.load_rows({profile})
        for kind, column in COLUMN_OF.items():
            if column in changes.set:
                self._state.release(profile, kind)
        for address in changes.fewer_emails:
            self._state.forget_email(profile, email_key(address))
        for address in changes.more_emails:
            self._state.append_email(profile, email_key(address), address)
        self._state.touch(profile, apply(self._state.rows[profile].values, changes))

    async def _create(self) -> int:
        profile = await self._rows.new_id()
        self._state.create(profile)
        return profile

    async def _claim(self, profile: int, kind: Kind, value: str, original: str, *, restyle: bool) -> None:
        """Give the profile this identifier, unless it belongs to somebody who is more than that.

        `restyle`: an identifier it has already is stored as it is written now.
        """
        owner = self._state.owner.get((kind, value))
        if owner == profile and not restyle:
            return
        await self._rows.load_rows({profile} if owner is None else {profile, owner})
        if owner is not None and owner != profile:
            if any(other < kind for other, _ in self._state.keys.get(owner, ())):
                return
            self._state.replace(profile, kind, value)
            await self._rows.fold(owner, profile)
        self._state.replace(profile, kind, value)
        self._state.name(profile, kind, value, original)
