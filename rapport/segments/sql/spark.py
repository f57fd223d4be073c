"""The lake's dialect as Spark says it: for installations that set `RAPPORT_SPARK_URL`.

What has another name only is taught to the session (`events.lake.spark`); here is what is written otherwise.
"""

import json
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, ClassVar

from rapport.events.lake import relation
from rapport.events.lake.spark import Cluster, SparkEvents, view
from rapport.kit import log
from rapport.segments.sql import duckdb, lake
from rapport.segments.sql.duckdb import EventValue, LakeProperty, LakeStatement, note_words
from rapport.segments.sql.statement import Dialect, NotExpressible
from rapport.segments.sql.values import NUMBER, Value

# PostgreSQL's kinds of parameters -> Spark's. Lists and moments come as text, which every version of Spark takes.
_KINDS = {
    "text": "CAST({} AS STRING)", "bigint": "CAST({} AS BIGINT)", "numeric": "CAST({} AS DOUBLE)",
    "boolean": "CAST({} AS BOOLEAN)", "timestamptz": "CAST({} AS TIMESTAMP_NTZ)",
    "text[]": "from_json({}, 'ARRAY<STRING>')", "bigint[]": "from_json({}, 'ARRAY<BIGINT>')",
}  # fmt: skip


# What would end the path's quotes.
_UNPATHABLE = re.compile(r"""["'\\\[\]]""")
_logger = log.logger("segments")


@dataclass
class SparkStatement(LakeStatement):
    """SQL over the relation `events e` of `events.lake.spark`."""

    dialect: ClassVar[Dialect] = "spark"

    def add(self, value: Any, kind: str) -> str:
        name = f"p{len(self.parameters)}"
        self.parameters[name] = _plain(duckdb.converted(value))
        return _KINDS[kind].format(f":{name}")

    def event_property(self, name: str) -> Value:
        return EventValue(statement=self) if name == "$value" else SparkProperty.named(name, self)

    def day_of_year(self, moment: str) -> str:
        return f"date_format({moment}, 'MMddHHmmssSSSSSS')"

    def one_of(self, text: str, wanted: str) -> str:
        return f"array_contains({wanted}, {text})"


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    return json.dumps(value) if isinstance(value, list) else value


@dataclass(frozen=True, kw_only=True)
class SparkProperty(LakeProperty):
    """A property of an event. `path`: SQL of where it stands in the properties."""

    path: str

    @classmethod
    def named(cls, name: str, statement: LakeStatement) -> "SparkProperty":
        """Raises NotExpressible for a name that a path can't hold."""
        name = name or relation.NAMELESS
        if _UNPATHABLE.search(name):
            raise NotExpressible
        return cls(statement=statement, name=name, path=f"""'$["{name}"]'""")

    @property
    def json(self) -> str:
        """The property as VARIANT."""
        return f"variant_get(e.properties, {self.path})"

    @property
    def words(self) -> str:
        return f"try_variant_get(e.properties, {self.path}, 'string')"

    @property
    def text(self) -> str:
        if self.statement.quick:
            return self.words
        return f"CASE WHEN NOT {_nested(self.json)} THEN {self.words} END"

    @property
    def number(self) -> str:
        digits = f"TRY_CAST(btrim({self.words}, {duckdb.SPACES}) AS DOUBLE)"
        return f"CASE WHEN regexp_matches({self.words}, r'{NUMBER}') THEN {digits} END"

    @property
    def length(self) -> str:
        return f"CASE WHEN {self.is_list} THEN size({self._items}) END"

    @property
    def elements(self) -> str:
        simple = f"filter({self._items}, x -> NOT {_nested('x')})"
        return f"transform({simple}, x -> variant_get(x, '$', 'string'))"

    @property
    def _items(self) -> str:
        nothing = "CAST(array() AS ARRAY<VARIANT>)"
        return f"CASE WHEN {self.is_list} THEN CAST({self.json} AS ARRAY<VARIANT>) ELSE {nothing} END"

    def has(self, wanted: str, *, everything: bool) -> str:
        if everything:
            return f"size(array_except({wanted}, {self.elements})) = 0"
        return f"exists({wanted}, w -> exists({self.elements}, x -> x = w))"

    def has_part(self, wanted: str) -> str:
        return f"exists({self.elements}, x -> contains(x, {wanted}))"

    @property
    def is_list(self) -> str:
        if self.statement.quick:
            raise duckdb.NotQuick
        return f"coalesce(schema_of_variant({self.json}) LIKE 'ARRAY%', false)"

    def note_text(self, *wanted: str | None) -> None:
        note_words(self, *wanted)
        if not self.statement.quick and duckdb.numeric(wanted):
            doubles = f"exists({self._items}, x -> {_fraction('x')})"
            self.statement.uncertain.append(f"coalesce({_fraction(self.json)}, false) OR {doubles}")

    def note_boolean(self, wanted: bool) -> None:
        if not wanted:
            there = f"contains(schema_of_variant(e.properties), {self.statement.add(self.name, 'text')})"
            self.statement.uncertain.append(f"{self.words} IS NULL AND {there}")


def _nested(variant: str) -> str:
    return f"coalesce(schema_of_variant({variant}) RLIKE '^(ARRAY|OBJECT)', false)"


def _fraction(variant: str) -> str:
    return f"schema_of_variant({variant}) RLIKE '^(DOUBLE|FLOAT|DECIMAL)'"


class _Answers(SparkEvents):
    """What Spark can't do, or a cluster that is not there, is left to PostgreSQL, which is right and slower."""

    async def numpy(self, query: str, parameters: Any) -> dict[str, Any]:
        with _or_not_expressible():
            return await super().numpy(query, parameters)


@contextmanager
def _or_not_expressible() -> Iterator[None]:
    try:
        yield
    except Exception as error:
        _logger.error("Spark did not answer, PostgreSQL is asked", error=str(error).split("\n")[0])
        raise NotExpressible from error


def use(cluster: Cluster) -> None:
    """Whoever asks about everybody asks this cluster from now on."""
    lake.use(lake.Scan(partial(_view, cluster), SparkStatement))


@asynccontextmanager
async def _view(cluster: Cluster, *scope: Any, **options: Any) -> AsyncIterator[SparkEvents]:
    async with AsyncExitStack() as held:
        with _or_not_expressible():
            events = await held.enter_async_context(view(cluster, *scope, **options))
        yield _Answers(events.cluster, events.session, events.events, events.scratch)
