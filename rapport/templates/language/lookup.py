"""How a name in a template becomes a value.

Django's own lookup calls whatever is callable, so `{{ organization.clear }}` would empty a mapping that every recipient
shares. Contexts here are JSON data, so this lookup reads keys and indexes, and calls only methods that change nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.template.base import FilterExpression, Parser, Variable
from django.template.context import BaseContext, Context

from rapport.templates.language.budget import charge_input, charge_reading, check_value
from rapport.templates.language.registry import safe

MISSING: Any = object()

_SMALL = (int, float, type(None))
_CHEAP = 200
"""Characters that a filter may give without being charged: what prints them is."""

_MAPPING_METHODS = frozenset({"items", "keys", "values"})
_STRING_METHODS = frozenset({"upper", "lower", "title", "capitalize", "strip", "lstrip", "rstrip", "split"})
_DATE_FIELDS = frozenset({"year", "month", "day", "hour", "minute", "second"})
_READS_NULL = frozenset({"default_if_none", "yesno"})


def _step(value: Any, name: str) -> Any:
    """`value.name` as templates understand it, or MISSING."""
    if type(value) is dict or isinstance(value, Mapping):  # asking for the exact type first is ten times faster
        return _key(value, name)
    if name.isdecimal() and isinstance(value, (list, tuple, str)):
        index = int(name) if len(name) < 10 else len(value)
        return value[index] if index < len(value) else MISSING
    return _attribute(value, name)


def _key(mapping: Mapping[str, Any], name: str) -> Any:
    value = mapping.get(name, MISSING)
    if value is MISSING and name in _MAPPING_METHODS:
        return list(getattr(mapping, name)())
    return value


def _attribute(value: Any, name: str) -> Any:
    if isinstance(value, str) and name in _STRING_METHODS:
        charge_input(value)
        return getattr(value, name)()
    if isinstance(value, date) and name in _DATE_FIELDS:
        return getattr(value, name, MISSING)
    if isinstance(value, tuple) and name in getattr(value, "_fields", ()):  # a group made by {% regroup %}
        return getattr(value, name)
    return MISSING


class Path:
    """A dotted name, resolved against a context without ever raising."""

    __slots__ = ("first", "rest")

    def __init__(self, names: tuple[str, ...]) -> None:
        self.first, *self.rest = names

    def resolve(self, context: BaseContext) -> Any:
        first = self.first
        value = MISSING
        for scope in context.dicts[::-1]:
            if first in scope:
                value = scope[first]
                break
        for name in self.rest:
            value = _step(value, name)
        return value


def _resolver(variable: Any) -> Path | None:
    return Path(variable.lookups) if variable.lookups is not None else None


def _argument(is_variable: bool, argument: Any) -> Any:
    """A filter's argument, prepared: literals are resolved once."""
    if not is_variable:
        return argument
    return _resolver(argument) or argument.literal


def _value(argument: Any, context: Context) -> Any:
    if not isinstance(argument, Path):
        return argument
    value = argument.resolve(context)
    return "" if value is MISSING else value


@dataclass(frozen=True, slots=True)
class _Step:
    """One filter of an expression, with what is known about it before rendering."""

    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    needs_autoescape: bool
    is_safe: bool

    @staticmethod
    def of(function: Callable[..., Any], pairs: list[tuple[bool, Any]]) -> "_Step":
        arguments = tuple(_argument(is_variable, argument) for is_variable, argument in pairs)
        needs_autoescape = getattr(function, "needs_autoescape", False)
        return _Step(function, arguments, needs_autoescape, getattr(function, "is_safe", False))

    def apply(self, value: Any, context: Context) -> Any:
        arguments = [_value(argument, context) for argument in self.arguments]
        charge_input(value)
        for argument in arguments:
            charge_input(argument)
        named = {"autoescape": context.autoescape} if self.needs_autoescape else {}
        result = self.function(value, *arguments, **named)
        if not isinstance(result, _SMALL) and (not isinstance(result, str) or len(result) > _CHEAP):
            check_value(result)
        if self.is_safe and type(result) is str and hasattr(value, "__html__"):
            return safe(result)
        return result


class Expression(FilterExpression):
    """`name|filter:argument|…` with safe lookup and counted work."""

    __slots__ = ("literal", "path", "reads_null", "steps")

    def __init__(self, source: str, parser: Parser) -> None:
        super().__init__(source, parser)  # type: ignore[no-untyped-call]
        self.path = _resolver(self.var) if self.is_var else None
        self.literal = self.var.literal if isinstance(self.var, Variable) else self.var
        self.steps = [_Step.of(function, pairs) for function, pairs in self.filters]
        names = {parser.filters.get(name) for name in _READS_NULL}
        self.reads_null = bool(self.filters) and self.filters[0][0] in names

    def resolve(self, context: Context, ignore_failures: bool = False) -> Any:
        """The value; a missing name or a null is an empty text, or None where a tag asks for that."""
        value = self.literal if self.path is None else self.path.resolve(context)
        if value is MISSING or (value is None and not self.reads_null):
            value = None if ignore_failures and not self.steps else ""
        for step in self.steps:
            value = step.apply(value, context)
        charge_reading(value)
        return value
