"""One SQL text while it is composed: the values it needs, and the moment it is asked at.

A condition over events is one small text in each dialect: PostgreSQL's, which is `Statement`, and DuckDB's over the
event lake, which is `duckdb.LakeStatement`. Both read from a relation `events e`, so most of the text is the same. What
differs is asked of the statement (`event_property`, `day_of_year`) and of the `Value` it gives, whose
subclass for the lake is `duckdb.LakeValue`. So to say something new in both:

- compose it from `statement.add(value, kind)`, `statement.event_property(name)` and what a Value offers, where the
  SQL is the same in both;
- where it is not, give `Value` and `LakeValue` a method each (as `has` and `has_part` are), or look at
  `statement.dialect`;
- what a dialect can't say exactly as PostgreSQL does raises `NotExpressible`: PostgreSQL is then asked instead.

The third, Spark's, is `spark.SparkStatement`: DuckDB's with what Spark writes otherwise.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Literal

from rapport.segments.sql.values import Value, column, member

Dialect = Literal["postgresql", "duckdb", "spark"]


class NotExpressible(Exception):
    """The dialect cannot say it, or not with the same meaning."""


@dataclass
class Statement:
    """`add` takes a value and gives its placeholder; equal texts come out of equal conditions, so plans are reused."""

    dialect: ClassVar[Dialect] = "postgresql"

    now: datetime
    parameters: dict[str, Any] = field(default_factory=dict)

    def add(self, value: Any, kind: str) -> str:
        name = f"p{len(self.parameters)}"
        self.parameters[name] = value
        return f"%({name})s::{kind}"

    def event_property(self, name: str) -> Value:
        """A top-level property of the event `e`; `$value` is its value."""
        return column("e.value") if name == "$value" else member("e.properties", self.add(name, "text"))

    def one_of(self, text: str, wanted: str) -> str:
        """SQL: whether a text is in a list, both SQL."""
        return f"{text} = ANY({wanted})"

    def day_of_year(self, moment: str) -> str:
        """SQL of MMDDHHMMSS and microseconds of a moment, as text."""
        return f"to_char({moment}, 'MMDDHH24MISSUS')"


def every(parts: Iterable[str]) -> str:
    return " AND ".join(f"({part})" for part in parts) or "true"


def either(parts: Iterable[str]) -> str:
    return " OR ".join(f"({part})" for part in parts) or "false"
