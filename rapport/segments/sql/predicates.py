"""What a filter or a window of time tests, as SQL. Texts are the same in every dialect but for what is asked of the
statement and of the value (`statement`).
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import assert_never

from rapport.segments.grammar.filters import (
    Boolean,
    Existence,
    Filter,
    ListHas,
    ListHasPart,
    ListLength,
    Matches,
    Number,
    OneOf,
    PhoneCountry,
    Text,
    Within,
)
from rapport.segments.grammar.timeframes import DAY, Window
from rapport.segments.sql import phones
from rapport.segments.sql.statement import NotExpressible, Statement, either, every
from rapport.segments.sql.values import Value

# As a filter names it -> SQL's
OPERATORS = {
    "equals": "=",
    "not-equals": "<>",
    "greater-than": ">",
    "greater-than-or-equal": ">=",
    "less-than": "<",
    "less-than-or-equal": "<=",
}
_TESTS: dict[str, Callable[[str, str], str]] = {
    "equals": lambda text, wanted: f"{text} = {wanted}",
    "contains": lambda text, wanted: f"strpos({text}, {wanted}) > 0",
    "starts-with": lambda text, wanted: f"starts_with({text}, {wanted})",
    "ends-with": lambda text, wanted: f"right({text}, length({wanted})) = {wanted}",
}
# Any digit: how a number was written decides whether an expression matches it.
_DIGIT = "0"


def of_filter(tested: Filter, value: Value, statement: Statement) -> str:
    """SQL that is true when the value passes; null or false when it does not, or cannot be read as the type of the
    filter. Raises NotExpressible."""
    match tested:
        case Text():
            return _text(tested, value, statement)
        case OneOf():
            return _one_of(tested, value, statement)
        case Matches():
            return _matches(tested, value, statement)
        case PhoneCountry():
            return _phone_country(tested, value, statement)
        case Number():
            value.note_number(tested.wanted)
            return compare(tested, f"({value.number})", statement)
        case Boolean():
            value.note_boolean(tested.wanted)
            return value.says(tested.wanted)
        case Existence():
            return value.is_set if tested.is_set else f"NOT {value.is_set}"
        case ListHas():
            return _list_has(tested, value, statement)
        case ListHasPart():
            return _list_has_part(tested, value, statement)
        case ListLength():
            return f"({value.length}) {OPERATORS[tested.operator]} {statement.add(tested.wanted, 'bigint')}"
        case Within():
            return inside(tested.timeframe.window(statement.now), f"({value.moment})", statement)
        case _:
            assert_never(tested)


def compare(tested: Number, number: str, statement: Statement) -> str:
    """SQL of the comparison of `number`, SQL of a number."""
    return f"{number} {OPERATORS[tested.operator]} {statement.add(tested.wanted, 'numeric')}"


def _text(tested: Text, value: Value, statement: Statement) -> str:
    value.note_text(tested.wanted)
    wanted = statement.add(tested.wanted, "text")
    return _passes(value, lambda text: _TESTS[tested.test](text, wanted), tested.negative)


def _one_of(tested: OneOf, value: Value, statement: Statement) -> str:
    value.note_text(*tested.wanted)
    wanted = statement.add(list(tested.wanted), "text[]")
    return _passes(value, lambda text: statement.one_of(text, wanted), tested.negative)


def _passes(value: Value, test: Callable[[str], str], negative: bool) -> str:
    """A value without a text passes neither the test nor its negation."""
    return f"NOT ({test(f'({value.text})')})" if negative else value.passes(test)


def _matches(tested: Matches, value: Value, statement: Statement) -> str:
    if statement.dialect == "spark":
        # Java's expressions, which mean other things by the same signs.
        raise NotExpressible
    value.note_text(_DIGIT)
    if statement.dialect == "duckdb":
        matches = f"regexp_full_match({value.text}, {statement.add(tested.pattern.re2, 'text')})"
    else:
        matches = f"({value.text}) ~ {statement.add(tested.pattern.postgres, 'text')}"
    return f"NOT ({matches})" if tested.negative else matches


def _phone_country(tested: PhoneCountry, value: Value, statement: Statement) -> str:
    number = f"({value.text})"
    from_one = either(phones.is_from(number, country, statement) for country in tested.wanted)
    known = f"{number} ~ {statement.add(phones.NUMBER, 'text')}"
    return f"{known} AND {'NOT ' if tested.negative else ''}({from_one})"


def _list_has(tested: ListHas, value: Value, statement: Statement) -> str:
    value.note_text(*tested.wanted)
    has = value.has(statement.add(list(tested.wanted), "text[]"), everything=tested.everything)
    return f"{value.is_list} AND {'NOT ' if tested.negative else ''}{has}"


def _list_has_part(tested: ListHasPart, value: Value, statement: Statement) -> str:
    value.note_text(tested.wanted)
    has_part = value.has_part(statement.add(tested.wanted, "text"))
    return f"{value.is_list} AND {'NOT ' if tested.negative else ''}{has_part}"


def inside(window: Window, moment: str, statement: Statement) -> str:
    """Holds when the timestamptz expression `moment` lies in the window; never for null."""
    if window.yearly:
        return _anniversary(window, moment, statement)
    return between(window.start, window.end, moment, statement)


def between(start: datetime | None, end: datetime | None, moment: str, statement: Statement) -> str:
    """Holds when `moment` is not before `start` and before `end`; None is open. Never for null."""
    parts = [f"{moment} IS NOT NULL"]
    if start is not None:
        parts = [f"{moment} >= {statement.add(start, 'timestamptz')}"]
    if end is not None:
        parts.append(f"{moment} < {statement.add(end, 'timestamptz')}")
    return every(parts)


def _anniversary(window: Window, moment: str, statement: Statement) -> str:
    start, end = window.start, window.end
    assert start is not None and end is not None
    if end <= start:
        return "false"
    if end - start >= timedelta(days=366):
        return f"{moment} IS NOT NULL"
    first, last = _day_of_year(start), _day_of_year(end)
    day = statement.day_of_year(moment)
    parts = [f"{day} >= {statement.add(first, 'text')}", f"{day} < {statement.add(last, 'text')}"]
    # A window over New Year goes round; one of a year and more holds every day that it has.
    within = every(parts) if first < last else either(parts)
    if _a_year_after(start) <= end:
        within = f"{moment} IS NOT NULL"
    # 29 February is an exact match: where the window has none, its anniversary is not (behaviour-people 4.7).
    return within if _has_leap_day(start, end) else every([within, f"left({day}, 4) <> '0229'"])


def _has_leap_day(start: datetime, end: datetime) -> bool:
    return any(start < day + DAY and day < end for day in _leap_days(start.year, end.year))


def _a_year_after(moment: datetime) -> datetime:
    leap_day = (moment.month, moment.day) == (2, 29)
    return moment.replace(year=moment.year + 1, month=3, day=1) if leap_day else moment.replace(year=moment.year + 1)


def _day_of_year(moment: datetime) -> str:
    return moment.strftime("%m%d%H%M%S%f")


def _leap_days(first: int, last: int) -> Iterator[datetime]:
    for year in range(first, last + 1):
        if year % 4 == 0 and (year % 100 or year % 400 == 0):
            yield datetime(year, 2, 29, tzinfo=UTC)
