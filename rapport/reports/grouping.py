"""Groupings and filters of campaign and flow reports: from cells to the rows of an answer."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from rapport.kit.jsonapi import Condition, invalid, parse_filter
from rapport.reports.query import Cell, Names, Sent, Source
from rapport.reports.statistics import NAMES, Counts

MAX_ITEMS = 100
_CHANNELS = {"push": "push-notification"}
SEND_CHANNELS = ("email", "sms", "push-notification", "whatsapp")
_GROUP_BY = "/data/attributes/group_by"
_FILTER = "/data/attributes/filter"
_LISTED = ("tag_id", "tag_name")
_SCALAR_OPERATORS = ("equals", "contains-any")
_LISTED_OPERATORS = ("contains-any", "contains-all")

Value = str | None


@dataclass(frozen=True)
class Kind:
    """One kind of report: what it may be grouped by, and what it must be and is when nothing is said."""

    source: Source
    allowed: tuple[str, ...]
    required: tuple[str, ...]

    @property
    def default(self) -> tuple[str, ...]:
        return (*self.required, "send_channel")

    @property
    def filters(self) -> tuple[str, ...]:
        return tuple(name for name in self.allowed if name not in ("group", "group_name"))


CAMPAIGNS = Kind(
    "campaign",
    (
        "campaign_id",
        "campaign_message_id",
        "campaign_message_name",
        "group",
        "group_name",
        "send_channel",
        "tag_id",
        "tag_name",
        "text_message_format",
        "variation",
        "variation_name",
    ),
    ("campaign_id", "campaign_message_id"),
)
FLOWS = Kind(
    "flow",
    (
        "flow_id",
        "flow_message_id",
        "flow_message_name",
        "flow_name",
        "send_channel",
        "tag_id",
        "tag_name",
        "text_message_format",
        "variation",
        "variation_name",
    ),
    ("flow_id", "flow_message_id"),
)


def shown_channel(channel: str) -> str:
    """A channel as reports call it."""
    return _CHANNELS.get(channel, channel)


# What a cell answers for each grouping. Nothing carries a tag, and no text messages are sent, so those are null.
_VALUES: Mapping[str, Callable[[Cell, Sent, Names, Value], Value]] = {
    "campaign_id": lambda cell, sent, names, group: sent.sender,
    "campaign_message_id": lambda cell, sent, names, group: sent.message,
    "campaign_message_name": lambda cell, sent, names, group: sent.name,
    "flow_id": lambda cell, sent, names, group: sent.sender,
    "flow_name": lambda cell, sent, names, group: sent.sender_name,
    "flow_message_id": lambda cell, sent, names, group: sent.message,
    "flow_message_name": lambda cell, sent, names, group: sent.name,
    "send_channel": lambda cell, sent, names, group: shown_channel(cell.channel),
    "variation": lambda cell, sent, names, group: cell.variation or None,
    "variation_name": lambda cell, sent, names, group: names.variations.get(cell.variation),
    "group": lambda cell, sent, names, group: group,
    "group_name": lambda cell, sent, names, group: names.groups.get(group or ""),
    "tag_id": lambda cell, sent, names, group: None,
    "tag_name": lambda cell, sent, names, group: None,
    "text_message_format": lambda cell, sent, names, group: None,
}
Groups = tuple[Value, ...]


def checked_statistics(names: Sequence[str]) -> Sequence[str]:
    """Raises ApiError 400 for none, and for what is no statistic."""
    if not names:
        raise invalid("At least one statistic is required.", pointer="/data/attributes/statistics")
    for at, name in enumerate(names):
        if name not in NAMES:
            detail = f"'{name}' is not a statistic. Statistics: {', '.join(sorted(NAMES))}."
            raise invalid(detail, pointer=f"/data/attributes/statistics/{at}")
    return list(dict.fromkeys(names))


def checked_group_by(kind: Kind, names: Sequence[str] | None) -> Sequence[str]:
    """Raises ApiError 400 for an unknown grouping, and for a required one that is missing."""
    if names is None:
        return kind.default
    for at, name in enumerate(names):
        if name not in kind.allowed:
            detail = f"'{name}' is not a grouping. Groupings: {', '.join(kind.allowed)}."
            raise invalid(detail, pointer=f"{_GROUP_BY}/{at}")
    missing = [name for name in kind.required if name not in names]
    if missing:
        raise invalid(f"group_by must hold {' and '.join(missing)}.", pointer=_GROUP_BY)
    return list(dict.fromkeys(names))


def checked_filter(kind: Kind, text: str | None) -> list[Condition]:
    """Raises ApiError 400 for an unknown attribute or operator, an attribute twice, or a list over 100 items."""
    conditions = parse_filter(text or "", pointer=_FILTER)
    seen: set[str] = set()
    for condition in conditions:
        _check(kind, condition)
        if condition.field in seen:
            raise invalid(f"Only one filter can be used on {condition.field}.", pointer=_FILTER)
        seen.add(condition.field)
    return conditions


def _check(kind: Kind, condition: Condition) -> None:
    name = condition.field
    if name not in kind.filters:
        raise invalid(f"'{name}' cannot be filtered on. Filters: {', '.join(kind.filters)}.", pointer=_FILTER)
    operators = _LISTED_OPERATORS if name in _LISTED else _SCALAR_OPERATORS
    if condition.op not in operators:
        raise invalid(f"{name} is filtered with {' or '.join(operators)}, not {condition.op}.", pointer=_FILTER)
    values = _wanted(condition)
    if len(values) > MAX_ITEMS:
        raise invalid(f"A filter's list has at most {MAX_ITEMS} items.", pointer=_FILTER)
    wrong = [value for value in values if name == "send_channel" and value not in SEND_CHANNELS]
    if wrong:
        raise invalid(f"'{wrong[0]}' is not a channel. Channels: {', '.join(SEND_CHANNELS)}.", pointer=_FILTER)


def _wanted(condition: Condition) -> Sequence[object]:
    return condition.value if isinstance(condition.value, list) else [condition.value]


def grouped(
    cells: Iterable[Cell], names: Names, group_by: Sequence[str], conditions: Sequence[Condition], intervals: int
) -> dict[Groups, list[Counts]]:
    """Counts by the values of the groupings, one for each interval, in the order the cells came."""
    wanted = {condition.field: _wanted(condition) for condition in conditions}
    counts_by_groups: dict[Groups, list[Counts]] = {}
    for cell, sent, group in _each(cells, names, by_group=not {"group", "group_name"}.isdisjoint(group_by)):
        if any(_VALUES[name](cell, sent, names, group) not in values for name, values in wanted.items()):
            continue
        key = tuple(_VALUES[name](cell, sent, names, group) for name in group_by)
        row = counts_by_groups.setdefault(key, [Counts() for _ in range(intervals)])
        row[cell.bucket].add(cell.counts)
    return counts_by_groups


def _each(cells: Iterable[Cell], names: Names, *, by_group: bool) -> Iterator[tuple[Cell, Sent, Value]]:
    """Each cell of a known message; once for each list and segment of its audience when grouped by them (6.3)."""
    for cell in cells:
        sent = names.messages.get(cell.message)
        if sent is not None:
            for group in (sent.groups or (None,)) if by_group else (None,):
                yield cell, sent, group
