"""profile-region: in the European Union or the United States, or elsewhere (behaviour-people 4.2, 4.6)."""

from dataclasses import dataclass

from pyroaring import BitMap64

from rapport.segments.conditions.condition import OfProfile, Timeless
from rapport.segments.grammar import countries
from rapport.segments.grammar.dependencies import Dependencies
from rapport.segments.grammar.nodes import Node
from rapport.segments.sql import countries as country_sql
from rapport.segments.sql.scope import Scope

# The older name of the field `region`.
_OLD = "region_id"
_MEMBERS = {"european_union": countries.EUROPEAN_UNION, "united_states": frozenset({"US"})}
_COUNTRY = "p.location ->> 'country'"
_PROFILES = "SELECT p.id FROM profiles p WHERE p.account_id = %(account)s"


@dataclass(frozen=True)
class RegionCondition(Timeless, OfProfile):
    """Who has no country is neither in a region nor outside (as unset values are to negations, 4.6)."""

    region: str
    in_region: bool

    @property
    def depends(self) -> Dependencies:
        return Dependencies(changes=frozenset({"profile"}))

    async def matching(self, scope: Scope) -> BitMap64:
        statement = scope.statement()
        country = country_sql.written(_COUNTRY)
        names = statement.add(list(countries.names(_MEMBERS[self.region])), "text[]")
        test = f"{country} = ANY({names})" if self.in_region else f"{country} <> ALL({names}) AND {country} <> ''"
        return await scope.ids(f"{_PROFILES}{scope.restricted('p.id', statement)} AND {test}", statement)


def read(node: Node) -> RegionCondition:
    """A condition from its JSON. Raises DefinitionError."""
    field = _OLD if node[_OLD].is_set and not node["region"].is_set else "region"
    node.only("type", "in_region", field)
    return RegionCondition(node[field].choice(tuple(_MEMBERS)), node["in_region"].boolean())
