"""Conditions about what this installation does not have. Flows keep them, but can't be live with one."""

from dataclasses import dataclass

from pyroaring import BitMap64

from rapport.segments.conditions.condition import OfProfile, Timeless
from rapport.segments.grammar.dependencies import Dependencies
from rapport.segments.grammar.nodes import Node
from rapport.segments.sql.scope import Scope

NO_OBJECTS = "There are no custom objects in this installation."


@dataclass(frozen=True)
class Unavailable(Timeless, OfProfile):
    """Nobody meets it."""

    reason: str

    @property
    def depends(self) -> Dependencies:
        return Dependencies()

    async def matching(self, scope: Scope) -> BitMap64:
        return BitMap64()


def custom_object(node: Node, *, flow: bool) -> Unavailable:
    """`profile-has-custom-object`. Raises DefinitionError outside flows, whatever it asks for."""
    node.only("type", "object_type_id", "object_type_relationship_id", "filter", "filters")
    if not flow:
        raise node["object_type_id"].error(NO_OBJECTS)
    return Unavailable(NO_OBJECTS)
