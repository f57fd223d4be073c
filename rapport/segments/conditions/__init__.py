"""Conditions about people: parsed once into frozen values, answered as sets of profile ids.

`parse` reads a definition, `matching` asks it; there is no second evaluator anywhere.
"""

from rapport.segments.conditions.definition import Definition, parse
from rapport.segments.conditions.errors import DefinitionError
from rapport.segments.conditions.evaluate import matching

__all__ = ["Definition", "DefinitionError", "matching", "parse"]
