"""The definition of a custom metric: which events it adds up, and how (behaviour-messaging 6.6)."""

import re
from collections.abc import Iterator
from typing import Literal

import msgspec

from rapport.kit.jsonapi import invalid

_TEXT_LISTS = ("contains-substring", "not-contains-substring")


class NumberFilter(msgspec.Struct, forbid_unknown_fields=True, tag_field="type", tag="numeric"):
    operator: Literal[
        "equals", "greater-than", "greater-than-or-equal", "less-than", "less-than-or-equal", "not-equals"
    ]
    value: int | float


class TextFilter(msgspec.Struct, forbid_unknown_fields=True, tag_field="type", tag="string"):
    """`value`: a text or null, but a list of texts for `in`."""

    operator: Literal[
        "contains",
        "ends-with",
        "equals",
        "in",
        "not-contains",
        "not-ends-with",
        "not-equals",
        "not-starts-with",
        "nregex",
        "regex",
        "starts-with",
    ]
    value: str | list[str] | None


class ExistenceFilter(msgspec.Struct, forbid_unknown_fields=True, tag_field="type", tag="existence"):
    operator: Literal["is-set", "not-set"]


class BooleanFilter(msgspec.Struct, forbid_unknown_fields=True, tag_field="type", tag="boolean"):
    operator: Literal["equals"]
    value: bool


class ListFilter(msgspec.Struct, forbid_unknown_fields=True, tag_field="type", tag="list"):
    """`value`: an element, or the part of one; null only where a substring is looked for."""

    operator: Literal[
        "contains",
        "not-contains",
        "contains-ends-with",
        "contains-starts-with",
        "not-contains-ends-with",
        "not-contains-starts-with",
        "contains-substring",
        "not-contains-substring",
    ]
    value: int | str | None


class MetricFilter(msgspec.Struct, forbid_unknown_fields=True):
    property: str
    filter: NumberFilter | TextFilter | ExistenceFilter | BooleanFilter | ListFilter


class MetricGroup(msgspec.Struct, forbid_unknown_fields=True):
    """Events of one metric, as far as all filters hold. `value_property` None = `$value`, when values are summed."""

    metric_id: str
    metric_filters: list[MetricFilter] | None = None
    value_property: str | None = None


class Definition(msgspec.Struct, forbid_unknown_fields=True):
    """Groups are added up: the number of their events, or the sum of their values."""

    aggregation_method: Literal["count", "value"]
    metric_groups: list[MetricGroup]

    @property
    def metric_ids(self) -> list[str]:
        """Public ids of the metrics it is made of, each once, in order."""
        return list(dict.fromkeys(group.metric_id for group in self.metric_groups))


def check(definition: Definition, known: set[str], pointer: str) -> None:
    """Raises ApiError 400 for what the types can't check. `known`: public ids of the metrics that exist."""
    if not definition.metric_groups:
        raise invalid("A custom metric needs at least one metric group.", pointer=f"{pointer}/metric_groups")
    for at, group in enumerate(definition.metric_groups):
        here = f"{pointer}/metric_groups/{at}"
        if group.metric_id not in known:
            raise invalid(f"A metric with id {group.metric_id} does not exist.", pointer=f"{here}/metric_id")
        for where, metric_filter in _filters(group, here):
            _check_filter(metric_filter, where)


def _filters(group: MetricGroup, pointer: str) -> Iterator[tuple[str, MetricFilter]]:
    for at, metric_filter in enumerate(group.metric_filters or ()):
        yield f"{pointer}/metric_filters/{at}", metric_filter


def _check_filter(metric_filter: MetricFilter, pointer: str) -> None:
    if not metric_filter.property:
        raise invalid("The name of a property is needed.", pointer=f"{pointer}/property")
    problem = _problem(metric_filter)
    if problem:
        raise invalid(problem, pointer=f"{pointer}/filter/value")


def _problem(metric_filter: MetricFilter) -> str | None:
    if isinstance(metric_filter.filter, TextFilter):
        return _text_problem(metric_filter.filter)
    if isinstance(metric_filter.filter, ListFilter):
        return _list_problem(metric_filter.filter)
    return None


def _text_problem(text_filter: TextFilter) -> str | None:
    if isinstance(text_filter.value, list) != (text_filter.operator == "in"):
        return "A list of strings is needed for 'in', and a string for every other operator."
    if text_filter.operator in ("regex", "nregex"):
        return _pattern_problem(text_filter.value)
    return None


def _pattern_problem(value: object) -> str | None:
    try:
        re.compile(str(value or ""))
    except (re.error, RecursionError, OverflowError) as error:
        return f"This is not a regular expression: {error}."
    return None


def _list_problem(list_filter: ListFilter) -> str | None:
    if list_filter.operator in _TEXT_LISTS:
        return "A string or null is needed here." if isinstance(list_filter.value, int) else None
    return "A string or a whole number is needed here." if list_filter.value is None else None
