"""A profile's country in SQL, compared as `grammar.countries` says."""

from rapport.segments.grammar.countries import KNOWN, names
from rapport.segments.sql.statement import Statement


def written(value: str) -> str:
    """SQL: a country's name as names are compared here."""
    return f"replace(lower(btrim({value})), '.', '')"


def code(value: str, statement: Statement) -> str:
    """SQL: the country's code of two letters; null for every other."""
    said = {name: country for country in KNOWN for name in names(frozenset({country}))}
    known, codes = statement.add(list(said), "text[]"), statement.add(list(said.values()), "text[]")
    return f"({codes})[array_position({known}, {written(value)})]"
