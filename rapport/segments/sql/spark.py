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
from rapport.segments.sql import lake
from rapport.segments.sql.lake import LakeStatement, LakeValue, MoneyValue
from rapport.segments.sql.statement import Dialect, Unsaid
from rapport.segments.sql.values import NUMBER, Value

# PostgreSQL's kinds of parameters -> Spark's. Lists and moments come as text, which every version of Spark takes.
_KINDS = {
    "text": "CAST({} AS STRING)", "bigint": "CAST({} AS BIGINT)", "numeric": "CAST({} AS DOUBLE)",
    "boolean": "CAST({} AS BOOLEAN)", "timestamptz": "CAST({} AS TIMESTAMP_NTZ)",
    "text[]": "from_json({}, 'ARRAY<STRING>')", "bigint[]": "from_json({}, 'ARRAY<BIGINT>')",
}  # fmt: skip


# What would end the path's quotes.
_UNSAID_NAMES = re.compile(r"""["'\\\[\]]""")
_logger = log.logger("segments")


@dataclass
class SparkStatement(LakeStatement):
    """SQL over the relation `events e` of `events.lake.spark`."""

    dialect: ClassVar[Dialect] = "spark"

    def add(self, value: Any, kind: str) -> str:
        name = f"p{len(self.parameters)}"
        self.parameters[name] = _plain(lake.converted(value))
        return _KINDS[kind].format(f":{name}")

    def event_property(self, name: str) -> Value:
        return MoneyValue("e.value", "", statement=self) if name == "$value" else SparkValue.named(name, self)

    def day_of_year(self, moment: str) -> str:
        return f"date_format({moment}, 'MMddHHmmssSSSSSS')"

    def one_of(self, text: str, wanted: str) -> str:
        return f"array_contains({wanted}, {text})"


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    return json.dumps(value) if isinstance(value, list) else value


@dataclass(frozen=True)
class SparkValue(LakeValue):
    """A property of an event. `json`: SQL of the property as VARIANT, `words`: as text."""

    @classmethod
    def named(cls, name: str, statement: LakeStatement) -> "SparkValue":
        """Raises Unsaid for a name that a path can't hold."""
        name = name or relation.NAMELESS
        if _UNSAID_NAMES.search(name):
            raise Unsaid
        path = f"""'$["{name}"]'"""
        words = f"try_variant_get(e.properties, {path}, 'string')"
        return cls(f"variant_get(e.properties, {path})", words, None, "", name, statement=statement)

    @property
    def text(self) -> str:
        if self.statement.quick:
            return self.words
        return f"CASE WHEN NOT {_nested(self.json)} THEN {self.words} END"

    @property
    def number(self) -> str:
        digits = f"TRY_CAST(btrim({self.words}, {lake.SPACES}) AS DOUBLE)"
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
            raise lake.NotQuick
        return f"coalesce(schema_of_variant({self.json}) LIKE 'ARRAY%', false)"

    def mind_text(self, *wanted: str | None) -> None:
        if self.statement.quick:
            super().mind_text(*wanted)
        elif lake.numeric(wanted):
            doubles = f"exists({self._items}, x -> {_fraction('x')})"
            self.statement.doubts.append(f"coalesce({_fraction(self.json)}, false) OR {doubles}")

    def mind_boolean(self, wanted: bool) -> None:
        if not wanted:
            there = f"contains(schema_of_variant(e.properties), {self.statement.add(self.name, 'text')})"
            self.statement.doubts.append(f"{self.words} IS NULL AND {there}")


def _nested(variant: str) -> str:
    return f"coalesce(schema_of_variant({variant}) RLIKE '^(ARRAY|OBJECT)', false)"


def _fraction(variant: str) -> str:
    return f"schema_of_variant({variant}) RLIKE '^(DOUBLE|FLOAT|DECIMAL)'"


class _Answers(SparkEvents):
    """What Spark can't do, or a cluster that is not there, is left to PostgreSQL, which is right and slower."""

    async def numpy(self, query: str, parameters: Any) -> dict[str, Any]:
        with _unsaid():
            return await super().numpy(query, parameters)


@contextmanager
def _unsaid() -> Iterator[None]:
    try:
        yield
    except Exception as error:
        _logger.error("Spark did not answer, PostgreSQL is asked", error=str(error).split("\n")[0])
        raise Unsaid from error


def use(cluster: Cluster) -> None:
    """Whoever asks about everybody asks this cluster from now on."""
    lake.use(lake.Scan(partial(_view, cluster), SparkStatement))


@asynccontextmanager
async def _view(cluster: Cluster, *asked: Any, **more: Any) -> AsyncIterator[SparkEvents]:
    async with AsyncExitStack() as held:
        with _unsaid():
            events = await held.enter_async_context(view(cluster, *asked, **more))
        yield _Answers(events.cluster, events.session, events.events, events.scratch)
