"""A file for each type of condition: read once into a frozen value, answered as a set of profile ids."""

from rapport.segments.conditions.definition import Definition, parse
from rapport.segments.grammar.errors import DefinitionError

__all__ = ["Definition", "DefinitionError", "parse"]
