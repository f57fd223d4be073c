"""Regular expressions of the string operators regex and nregex (behaviour-people 4.6).

RE2's syntax, read and checked here, and written for PostgreSQL, whose expressions mean other things by the same signs:
`\\b` a backspace there, `\\w` whatever the locale takes for a letter, `.` a line's end as well.
"""

from dataclasses import dataclass

from rapport.segments.grammar.regex.errors import RegexError
from rapport.segments.grammar.regex.parsing import read
from rapport.segments.grammar.regex.writing import postgres

__all__ = ["Pattern", "RegexError", "pattern"]


@dataclass(frozen=True)
class Pattern:
    """An expression that was accepted. `postgres`: for the operator ~, anchored at both ends; `re2`: for RE2's full
    match."""

    expression: str
    postgres: str
    re2: str


def pattern(expression: str) -> Pattern:
    """An expression in both dialects. Raises RegexError for what RE2 would not accept, or the limits forbid."""
    part, re2 = read(expression)
    return Pattern(expression, postgres(part), re2)
