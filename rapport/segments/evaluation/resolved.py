"""A definition with the internal ids of what it names, to be evaluated at several moments."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from pyroaring import BitMap64

from rapport.kit import db
from rapport.segments.conditions import definition as definitions
from rapport.segments.conditions.condition import Condition
from rapport.segments.conditions.definition import Definition
from rapport.segments.evaluation.sets import combine, everybody
from rapport.segments.sql.scope import Names, Scope


@dataclass(frozen=True)
class Resolved:
    """Of one account. The names are those that existed when it was resolved."""

    conn: db.Connection
    account_id: int
    definition: Definition
    names: Names

    @classmethod
    async def of(cls, conn: db.Connection, account_id: int, definition: Definition) -> "Resolved":
        return cls(conn, account_id, definition, await definitions.resolve(conn, account_id, definition.depends))

    def _scope(self, now: datetime, among: BitMap64 | None) -> Scope:
        scope = Scope(self.conn, self.account_id, now, self.names)
        return scope if among is None else scope.about(among)

    async def everybody(self, now: datetime, before_each: Callable[[], Awaitable[None]]) -> BitMap64:
        """All profiles of the account that meet it at `now`. `before_each` is awaited before each condition."""

        async def ask(condition: Condition, scope: Scope) -> BitMap64:
            await before_each()
            return await condition.matching(scope)

        return await everybody(self.definition, self._scope(now, None), ask)

    async def among(self, now: datetime, profiles: BitMap64) -> BitMap64:
        """Those of `profiles` that meet it at `now`. All of them must exist."""
        scope = self._scope(now, profiles)
        return await combine(self.definition, scope, lambda condition: condition.matching(scope)) & profiles

    async def due(self, now: datetime, among: BitMap64 | None = None) -> datetime | None:
        """The next time a boundary reaches a date stored with one of these profiles (None: any profile); None =
        never."""
        return await definitions.due(self.definition, self._scope(now, among))
