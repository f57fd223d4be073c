"""A stored value in SQL, read as the type a filter asks for (behaviour-people 1.4, 4.6).

Each reading is null where the value can't be read as that type, so that it matches neither side of any comparison.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from itertools import product

TRUE = ("true", "1", "t", "yes", "y")
FALSE = ("false", "0", "f", "no", "n")

# Digits with an exponent that stays within what numeric can hold.
NUMBER = r"^[ \t\n\r]*[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]{1,3})?[ \t\n\r]*$"
# Only dates that exist: a cast of 30 February would stop the whole statement. 29 February is told by its year.
_YEAR = "(?!0000)[0-9]{4}"
_LEAP_YEAR = "(?!0000)([0-9]{2}(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)"
_MONTH_DAY = "((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8]))"
_TIME = r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,9})?)?"
_ZONE = "(Z|[-+](0[0-9]|1[0-4]):?[0-5][0-9])"
_DATE = rf"^({_YEAR}-{_MONTH_DAY}|{_LEAP_YEAR}-02-29)([T ]{_TIME} ?{_ZONE}?)?$"


class Value(ABC):
    """A stored value that SQL can read in several ways; one subclass for each way of storing it."""

    @property
    @abstractmethod
    def text(self) -> str:
        """SQL of the value as text; null for lists and objects."""

    @abstractmethod
    def passes(self, test: Callable[[str], str]) -> str:
        """SQL of a test of the text. `test` makes SQL of SQL. Null or false where there is no text."""

    @property
    @abstractmethod
    def number(self) -> str:
        """SQL of the value as a number: a number, or a text that is written as one."""

    @abstractmethod
    def says(self, wanted: bool) -> str:
        """SQL: whether the value is true (or false), or one of the words for it in 1.4, in any case."""

    @property
    @abstractmethod
    def moment(self) -> str:
        """SQL of the value as a timestamptz."""

    @property
    @abstractmethod
    def is_list(self) -> str:
        """SQL: whether it is a list. Never null."""

    @property
    @abstractmethod
    def length(self) -> str:
        """SQL of the length of a list."""

    @abstractmethod
    def has(self, wanted: str, *, everything: bool) -> str:
        """SQL: whether any or all of an array of texts (null stands for null) are among the elements of a list."""

    @abstractmethod
    def has_part(self, wanted: str) -> str:
        """SQL: whether an element of a list contains a text."""

    @property
    @abstractmethod
    def is_set(self) -> str:
        """SQL: whether it is present and not null."""

    @abstractmethod
    def note_text(self, *wanted: str | None) -> None:
        """Called before `text`, `has` or `has_part` is compared with these texts: a dialect that writes numbers
        otherwise notes where it is not exact."""

    @abstractmethod
    def note_number(self, wanted: Decimal) -> None:
        """Called before `number` is compared with `wanted`: a dialect with less exact numbers notes where they
        are not."""

    @abstractmethod
    def note_boolean(self, wanted: bool) -> None:
        """Called before `says`: a dialect that cannot tell null from absent notes where that matters."""


@dataclass(frozen=True, kw_only=True)
class JsonValue(Value):
    """PostgreSQL's. `json`: SQL of type jsonb, null when unset; `words`: the same as text."""

    json: str
    words: str

    @property
    def text(self) -> str:
        return f"CASE WHEN jsonb_typeof({self.json}) IN ('string', 'number', 'boolean') THEN {self.words} END"

    def passes(self, test: Callable[[str], str]) -> str:
        """The type is tested last, because most values fail the test, which is cheaper."""
        return f"({test(self.words)} AND jsonb_typeof({self.json}) IN ('string', 'number', 'boolean'))"

    @property
    def number(self) -> str:
        return (
            f"CASE jsonb_typeof({self.json}) WHEN 'number' THEN {self.words}::numeric "
            f"WHEN 'string' THEN CASE WHEN {self.words} ~ '{NUMBER}' "
            f"THEN {self.words}::numeric END END"
        )

    def says(self, wanted: bool) -> str:
        """A stored null reads as false. No list or object is written like one of these words. All spellings are listed,
        because lower() takes as long as the rest."""
        if wanted:
            return f"{self.words} IN ({_spelled(TRUE)})"
        return f"({self.words} IN ({_spelled(FALSE)}) OR jsonb_typeof({self.json}) = 'null')"

    @property
    def moment(self) -> str:
        return (
            f"CASE WHEN jsonb_typeof({self.json}) = 'string' THEN "
            f"CASE WHEN {self.words} ~ '{_DATE}' THEN {self.words}::timestamptz END END"
        )

    @property
    def length(self) -> str:
        return f"CASE WHEN jsonb_typeof({self.json}) = 'array' THEN jsonb_array_length({self.json}) END"

    @property
    def elements(self) -> str:
        """A list's simple elements as rows `element` of text. Nested elements are left out; other values have none."""
        kept = f"CASE WHEN jsonb_typeof({self.json}) = 'array' THEN {self.json} ELSE '[]' END"
        return (
            f"(SELECT item #>> '{{}}' AS element FROM jsonb_array_elements({kept}) AS item "
            "WHERE jsonb_typeof(item) NOT IN ('array', 'object'))"
        )

    def has(self, wanted: str, *, everything: bool) -> str:
        equal = f"SELECT FROM {self.elements} AS e WHERE e.element IS NOT DISTINCT FROM w.wanted"
        if everything:
            # all = there is none that is missing
            return f"NOT EXISTS (SELECT FROM unnest({wanted}) AS w (wanted) WHERE NOT EXISTS ({equal}))"
        return f"EXISTS (SELECT FROM unnest({wanted}) AS w (wanted) WHERE EXISTS ({equal}))"

    def has_part(self, wanted: str) -> str:
        return f"EXISTS (SELECT FROM {self.elements} AS e WHERE strpos(e.element, {wanted}) > 0)"

    @property
    def is_list(self) -> str:
        return f"coalesce(jsonb_typeof({self.json}) = 'array', false)"

    @property
    def is_set(self) -> str:
        return f"coalesce(jsonb_typeof({self.json}) <> 'null', false)"

    def note_text(self, *wanted: str | None) -> None:
        """Exact."""

    def note_number(self, wanted: Decimal) -> None:
        """Exact."""

    def note_boolean(self, wanted: bool) -> None:
        """Exact."""


@dataclass(frozen=True, kw_only=True)
class MomentColumn(JsonValue):
    """A column of type timestamptz."""

    column: str

    @property
    def moment(self) -> str:
        return self.column


def member(document: str, key: str) -> JsonValue:
    """A member of a jsonb document, both SQL."""
    return JsonValue(json=f"({document} -> {key})", words=f"({document} ->> {key})")


def column(expression: str) -> JsonValue:
    """A column of a type that is neither jsonb nor a moment."""
    return JsonValue(json=f"to_jsonb({expression})", words=f"{expression}::text")


def moment_column(expression: str) -> MomentColumn:
    return MomentColumn(json=f"to_jsonb({expression})", words=f"{expression}::text", column=expression)


def _spelled(words: tuple[str, ...]) -> str:
    """The words in every mix of small and capital letters."""
    spellings = (product(*(dict.fromkeys((letter, letter.upper())) for letter in word)) for word in words)
    return quoted(tuple("".join(letters) for spellings_of_word in spellings for letters in spellings_of_word))


def quoted(words: tuple[str, ...]) -> str:
    return ", ".join(f"'{word}'" for word in words)
