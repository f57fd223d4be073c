"""profile-property: the profile's own fields (behaviour-people 4.2)."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from pyroaring import BitMap64

from rapport.segments.conditions.condition import OfProfile
from rapport.segments.grammar import filters
from rapport.segments.grammar.dependencies import Dependencies
from rapport.segments.grammar.filters import Filter
from rapport.segments.grammar.nodes import Node
from rapport.segments.grammar.timeframes import Timeframe
from rapport.segments.sql import predicates, stored_dates, values
from rapport.segments.sql.scope import Scope
from rapport.segments.sql.statement import Statement
from rapport.segments.sql.stored_dates import Dated
from rapport.segments.sql.values import JsonValue

# Well-known names are columns; never anything a client sent.
TEXTS = (
    "email", "phone_number", "external_id", "anonymous_id", "first_name", "last_name", "organization", "locale",
    "title", "image",
)  # fmt: skip
MOMENTS = ("created", "updated", "last_event_date")
_KEYED = re.compile(r"""(properties|location)\[(?:'(.*)'|"(.*)")\]""", re.DOTALL)
_PROFILES = "FROM profiles p WHERE p.account_id = %(account)s"


@dataclass(frozen=True)
class PropertyCondition(OfProfile):
    # a column, and the key inside it where the column is an object
    column: str
    key: str | None
    filter: Filter

    @property
    def depends(self) -> Dependencies:
        return Dependencies(changes=frozenset({"profile"}), activity=self.column in ("updated", "last_event_date"))

    @property
    def timeframes(self) -> Collection[Timeframe]:
        timeframe = self.filter.timeframe
        return (timeframe,) if timeframe and timeframe.moving() else ()

    @property
    def indexed(self) -> bool:
        return False

    async def matching(self, scope: Scope) -> BitMap64:
        statement = scope.statement()
        test = self.test(statement)
        return await scope.ids(f"SELECT p.id {_PROFILES}{scope.restricted('p.id', statement)} AND ({test})", statement)

    def test(self, statement: Statement) -> str:
        """SQL that holds for a profile `p`."""
        return predicates.of_filter(self.filter, self.value(statement), statement)

    async def crossed(self, scope: Scope, after: datetime) -> BitMap64:
        statement = scope.statement()
        return await stored_dates.crossed(self.dated(statement), statement, scope, after)

    async def due(self, scope: Scope) -> datetime | None:
        statement = scope.statement()
        return await stored_dates.due(self.dated(statement), statement, scope)

    def dated(self, statement: Statement) -> list[Dated]:
        moment = f"({self.value(statement).moment})"
        return [Dated(_PROFILES, moment, timeframe) for timeframe in self.timeframes]

    def value(self, statement: Statement) -> JsonValue:
        if self.key is not None:
            return values.member(f"p.{self.column}", statement.add(self.key, "text"))
        column = f"p.{self.column}"
        return values.moment_column(column) if self.column in MOMENTS else values.column(column)


def read(node: Node) -> PropertyCondition:
    """A condition from its JSON. Raises DefinitionError."""
    node.only("type", "property", "filter")
    column, key = _property(node["property"])
    return PropertyCondition(column, key, filters.of_profile(node["filter"]))


def _property(node: Node) -> tuple[str, str | None]:
    """A bare well-known name, or properties['X'], or location['x']."""
    name = node.text()
    if name in TEXTS or name in MOMENTS:
        return name, None
    keyed = _KEYED.fullmatch(name)
    if keyed is None:
        raise node.error(f"'{name}' is not a field of a profile; write properties['{name}'] for a property of yours.")
    return keyed[1], keyed[2] if keyed[2] is not None else keyed[3]
