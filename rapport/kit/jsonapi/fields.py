"""What a listing may be filtered by: operators, value types and the SQL each becomes."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Text, and_, any_, case, cast, func, literal, or_
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, JSONPATH
from sqlalchemy.sql import ColumnElement

from .errors import ApiError
from .filters import OPERATORS, Condition, Scalar, Value, bad_filter, read_moment

Clause = ColumnElement[bool]
Translate = Callable[[str, Any, Any], Clause]
_LIST_OPERATORS = frozenset({"any", "contains-any", "contains-all"})
_TYPE_NAMES = {str: "a string", int: "an integer", float: "a number", bool: "true or false"}


@dataclass(frozen=True)
class Field:
    """A filterable field: the column, the operators it takes, the type of its values.

    `column` may be None where only the parsed conditions are wanted, or where `translate(op, value, call)` gives the
    SQL.
    `choices` limits string values. An ARRAY column takes contains, contains-any and contains-all of its items.
    """

    column: ColumnElement[Any] | None
    operators: tuple[str, ...]
    type: type = str
    choices: tuple[str, ...] = ()
    translate: Translate | None = None

    def check(self, condition: Condition, pointer: str | None = None) -> Condition:
        """The condition with its value in the field's type. Raises ApiError 400."""
        if condition.op not in self.operators:
            raise _operator_refused(condition, self.operators, pointer)
        try:
            return replace(condition, value=self._typed(condition.op, condition.value))
        except _Unfit as reason:
            raise bad_filter(f"Invalid filter value for {condition.field}: {reason}", pointer) from None

    def _typed(self, op: str, value: Value) -> Value:
        if op == "has":
            return None
        if op in _LIST_OPERATORS:
            several = value if isinstance(value, list) else [value]
            if op == "any" and not isinstance(value, list):
                raise _Unfit("a list is expected.")
            return [self._item(item) for item in several]
        if isinstance(value, list):
            return self._list(op, value)
        return None if value is None and op == "equals" else self._item(value)

    def _list(self, op: str, value: list[Scalar]) -> Value:
        if op not in ("equals", "contains"):
            raise _Unfit("a single value is expected.")
        return [self._item(item) for item in value]

    def _item(self, value: Scalar) -> Scalar:
        typed = _as(value, self.type)
        if self.choices and typed not in self.choices:
            raise _Unfit(f"'{typed}' is not one of {', '.join(self.choices)}.")
        return typed

    def clause(self, condition: Condition, call: Any) -> Clause:
        """The SQL of a checked condition."""
        if self.translate is not None:
            return self.translate(condition.op, condition.value, call)
        if self.column is None:
            raise LookupError(f"the filter field {condition.field} has neither a column nor a translation")
        if isinstance(self.column.type, ARRAY):
            return _array_clause(self.column, condition)
        return column_clause(self.column, condition.op, condition.value)


class _Unfit(Exception):
    """A value does not fit its field."""


def _operator_refused(condition: Condition, allowed: tuple[str, ...], pointer: str | None) -> ApiError:
    text = f"'{condition.op}' is not an allowed filter operator for {condition.field}."
    return bad_filter(f"{text}  Allowed operators are {', '.join(allowed)}", pointer)


def _as(value: Scalar, kind: type) -> Scalar:
    if kind is datetime:
        return _as_moment(value)
    if kind is float and type(value) is int:
        return _as_float(value)
    if kind is int and type(value) is float and value.is_integer():
        return int(value)
    if type(value) is not kind:
        raise _Unfit(f"{_TYPE_NAMES.get(kind, kind.__name__)} is expected.")
    return value


def _as_float(value: int) -> float:
    return float(value)


def _as_moment(value: Scalar) -> datetime:
    moment = read_moment(value) if isinstance(value, str) else value
    if not isinstance(moment, datetime):
        raise _Unfit("a datetime such as 2023-01-01T00:00:00Z is expected.")
    return moment


def column_clause(column: ColumnElement[Any], op: str, value: Any) -> Clause:
    """`op(column,value)` in SQL. Strings compare case-sensitively (behaviour-people 7.9)."""
    if op == "has":
        return column.is_not(None)
    if op == "any" or (op == "equals" and isinstance(value, list)):
        return column == any_(literal(value, ARRAY(column.type)))
    if isinstance(value, datetime) and not value.microsecond and op in ("equals", "less-or-equal"):
        # answers show whole seconds: what lies within the second was shown as this one
        until = column <= literal(value.replace(microsecond=999_999), column.type)
        return until if op == "less-or-equal" else and_(until, column >= literal(value, column.type))
    if op == "equals":
        return column.is_(None) if value is None else column == literal(value, column.type)
    if op in _COMPARISONS:
        clause: Clause = _COMPARISONS[op](column, literal(value, column.type))
        return clause
    return _text_clause(column, op, value)


_COMPARISONS: Mapping[str, Callable[[Any, Any], Any]] = {
    "less-than": lambda a, b: a < b,
    "less-or-equal": lambda a, b: a <= b,
    "greater-than": lambda a, b: a > b,
    "greater-or-equal": lambda a, b: a >= b,
}


def _text_clause(column: ColumnElement[Any], op: str, value: Any) -> Clause:
    if op == "starts-with":
        return column.startswith(value, autoescape=True)
    if op == "ends-with":
        return column.endswith(value, autoescape=True)
    parts = [column.contains(text, autoescape=True) for text in (value if isinstance(value, list) else [value])]
    return and_(*parts) if op == "contains-all" else or_(*parts)


def _array_clause(column: ColumnElement[Any], condition: Condition) -> Clause:
    op, value = condition.op, condition.value
    if op == "has":
        return func.coalesce(func.cardinality(column), 0) > 0
    several = value if isinstance(value, list) else [value]
    items = literal(several, column.type)
    if op in ("contains-any", "any"):
        return column.op("&&", is_comparison=True)(items)
    return column.op("@>", is_comparison=True)(items)


ALL_PROPERTY_OPERATORS = tuple(sorted(OPERATORS - {"contains-all"}))


@dataclass(frozen=True)
class PropertiesField(Field):
    """Free properties in a jsonb column, filtered as `properties.Name` or `properties['some name']`."""

    operators: tuple[str, ...] = ALL_PROPERTY_OPERATORS

    def _item(self, value: Scalar) -> Scalar:
        return value

    def clause(self, condition: Condition, call: Any) -> Clause:
        if self.column is None:
            raise LookupError("a properties field needs its column")
        return property_clause(self.column, condition.field.partition(".")[2], condition.op, condition.value)


def property_clause(column: ColumnElement[Any], name: str, op: str, value: Any) -> Clause:
    """A condition on one property. A value of another type than the property's does not match, it never fails."""
    here = column.op("->", return_type=JSONB())(literal(name, Text))
    if op == "has":
        return column.op("?", is_comparison=True)(literal(name, Text))
    if op == "any" or (op == "equals" and isinstance(value, list)):
        return or_(literal(False), *(property_clause(column, name, "equals", item) for item in value))
    if value is None:
        return func.coalesce(here, _jsonb(None)) == _jsonb(None)
    if isinstance(value, datetime):
        return _moment_clause(here, op, value)
    if op == "equals":
        return column.op("@>", is_comparison=True)(_jsonb({name: value}))
    if op in _COMPARISONS:
        same_type = func.jsonb_typeof(here) == func.jsonb_typeof(_jsonb(value))
        return and_(same_type, _COMPARISONS[op](here, _jsonb(value)))
    return _property_text_clause(here, column.op("->>", return_type=Text())(literal(name, Text)), op, value)


def _property_text_clause(here: ColumnElement[Any], text: ColumnElement[Any], op: str, value: Any) -> Clause:
    """Text operators; `contains` on a list property asks for an item."""
    several = value if isinstance(value, list) else [value]
    in_list = or_(literal(False), *(here.op("@>", is_comparison=True)(_jsonb(item)) for item in several))
    in_text = _text_clause(text, op, [str(item) for item in several] if isinstance(value, list) else str(value))
    kind = func.jsonb_typeof(here)
    return case((kind == "string", in_text), (kind == "array", in_list), else_=literal(False))


def _moment_clause(here: ColumnElement[Any], op: str, value: datetime) -> Clause:
    """Text properties that hold an ISO date, compared as dates; jsonpath skips what is not one instead of failing.

    A fraction and a Z are rewritten, because jsonpath before PostgreSQL 17 does not read them.
    """
    text = func.regexp_replace(func.regexp_replace(_text_of(here), r"\.\d+", ""), "Z$", "+00:00")
    sign = {"equals": "==", "less-than": "<", "less-or-equal": "<=", "greater-than": ">"}.get(op, ">=")
    path = cast(literal(f"$ ? (@.datetime() {sign} $at.datetime())", Text), JSONPATH)
    at = _jsonb({"at": value.replace(microsecond=0).isoformat()})
    return func.coalesce(func.jsonb_path_exists_tz(func.to_jsonb(text), path, at, True), literal(False))


def _text_of(value: ColumnElement[Any]) -> ColumnElement[Any]:
    return value.op("#>>", return_type=Text())(literal([], ARRAY(Text)))


def _jsonb(value: Any) -> ColumnElement[Any]:
    return cast(literal(json.dumps(value), Text), JSONB)


def check_conditions(
    conditions: list[Condition], fields: Mapping[str, Field], pointer: str | None = None
) -> list[Condition]:
    """Every condition checked against the declared fields and typed. Raises ApiError 400."""
    return [field_of(condition, fields, pointer).check(condition, pointer) for condition in conditions]


def field_of(condition: Condition, fields: Mapping[str, Field], pointer: str | None = None) -> Field:
    field = fields.get(condition.field)
    if field is not None and not isinstance(field, PropertiesField):
        return field
    head = fields.get(condition.field.partition(".")[0])
    if isinstance(head, PropertiesField) and "." in condition.field:
        return head
    text = f"'{condition.field}' is not an allowed filter field for this resource."
    raise bad_filter(f"{text}  Allowed fields are {', '.join(fields)}", pointer)


def clauses(conditions: list[Condition], fields: Mapping[str, Field], call: Any) -> list[Clause]:
    """The SQL of checked conditions, to be joined by AND."""
    return [field_of(condition, fields).clause(condition, call) for condition in conditions]
