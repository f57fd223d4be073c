"""profile-sample: a steady share of people. Of the reference for splits of flows only (behaviour-people 4.2)."""

from dataclasses import dataclass
from decimal import Decimal

from pyroaring import BitMap64

from rapport.segments.conditions.condition import OfProfile, Timeless
from rapport.segments.grammar.dependencies import Dependencies
from rapport.segments.grammar.nodes import Node
from rapport.segments.sql.scope import Scope

# Ten thousandths by a hash of person and place, so that the same person falls on the same side each time, and
# two splits one after the other are independent. md5 because it is the same on every version of the database.
_SAMPLE = """
    SELECT id FROM profiles WHERE account_id = %(account)s{among}
      AND ('x' || left(md5(id::text || {place}), 8))::bit(32)::bigint %% 10000 < {share}"""


@dataclass(frozen=True)
class SampleCondition(Timeless, OfProfile):
    # per cent
    percentage: Decimal
    place: str

    @property
    def depends(self) -> Dependencies:
        return Dependencies(changes=frozenset({"profile"}))

    async def matching(self, scope: Scope) -> BitMap64:
        statement = scope.statement()
        share = statement.add(self.percentage * 100, "numeric")
        place = statement.add(f"/{self.place}", "text")
        among = scope.restricted("id", statement)
        return await scope.ids(_SAMPLE.format(among=among, place=place, share=share), statement)


def read(node: Node, place: str) -> SampleCondition:
    """A condition from its JSON. Raises DefinitionError."""
    node.only("type", "percentage")
    share = node["percentage"].number()
    if not 0 <= share <= 100:
        raise node["percentage"].error("A percentage from 0 to 100 is needed here.")
    return SampleCondition(share, place)
