"""Conditions about people: parsed once into frozen values, answered as sets of profile ids.

`parse` reads a definition, `matching` asks it; there is no second evaluator anywhere.
"""

from rapport.segments.conditions.definition import Definition, matching, parse
from rapport.segments.conditions.errors import DefinitionError

__all__ = ["Definition", "DefinitionError", "matching", "parse"]
