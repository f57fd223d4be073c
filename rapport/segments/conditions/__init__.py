"""Conditions about people: parsed once into frozen values, answered as sets of profile ids.

`parse` reads a definition, `matching` asks it. A batch of the pipeline asks all segments at once (`together`): the same
conditions and the same algebra, over columns.
"""

from rapport.segments.conditions.definition import Definition, parse
from rapport.segments.conditions.errors import DefinitionError
from rapport.segments.conditions.evaluate import matching

__all__ = ["Definition", "DefinitionError", "matching", "parse"]
