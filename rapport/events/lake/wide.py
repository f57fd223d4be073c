"""Whole numbers from 2^63 to 2^64 - 1: DuckDB reads them out of JSON, and can't write them into a VARIANT of Parquet.

They become doubles, as all beyond them do; whoever compares with one asks PostgreSQL (segments/conditions/lake).
"""

import re

import duckdb

_FUNCTION = "lake_without_wide"
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?')
_WIDE = range(2**63, 2**64)
# Most texts have no run of digits as long as these.
_LONG = "[0-9]{19}"


def without_wide(text: str) -> str:
    """A JSON text as PostgreSQL writes it, in which these numbers are written as doubles."""
    return _TOKEN.sub(_narrowed, text)


def _narrowed(token: re.Match[str]) -> str:
    number = token[0]
    return f"{number}.0" if number.isdecimal() and int(number) in _WIDE else number


def install(connection: duckdb.DuckDBPyConnection) -> None:
    """Make it known to all connections of a database."""
    connection.create_function(_FUNCTION, without_wide, ["VARCHAR"], "VARCHAR")


def narrowed(text: str) -> str:
    """SQL of a JSON text, also SQL, without them."""
    return f"CASE WHEN regexp_matches({text}, '{_LONG}') THEN {_FUNCTION}({text}) ELSE {text} END"
