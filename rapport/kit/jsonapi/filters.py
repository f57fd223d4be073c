"""The filter grammar in all its spellings (behaviour-people 7.9): text in, conditions out.

    filter     = conditions
    conditions = condition *( "," condition )
    condition  = "and(" conditions ")"  |  operator "(" field [ "," value ] ")"
    field      = name, dotted; a part may be written ['in quotes']
    value      = string | number | true | false | null | datetime | "[" value *( "," value ) "]"

Strings are in double or single quotes by JSON's and Python's escapes; keywords also as Python writes them; datetimes
are bare.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from .errors import ApiError, invalid

Scalar = str | int | float | bool | datetime | None
Value = Scalar | list[Scalar]

OPERATORS = frozenset(
    {"equals", "any", "has", "contains", "contains-any", "contains-all", "starts-with", "ends-with"}
    | {"less-than", "less-or-equal", "greater-than", "greater-or-equal"}
)
_MAX_LENGTH = 100_000
_MAX_DEPTH = 20


@dataclass(frozen=True, slots=True)
class Condition:
    """`op(field,value)`. Bracketed parts of a field are joined by dots; `has` and `null` have the value None."""

    op: str
    field: str
    value: Value = None


class _Bad(Exception):
    """The text does not follow the grammar; the message says where."""


def parse_filter(text: str, *, pointer: str | None = None, zone: tzinfo = UTC) -> list[Condition]:
    """Conditions, all of which must hold; an empty text has none. `zone` is that of datetimes without an offset.

    Raises ApiError 400 with `source.parameter` "filter", or with `pointer` when the filter came in a body.
    """
    try:
        return _Reader(text, zone).filter()
    except _Bad as problem:
        raise bad_filter(f"Invalid filter: {problem}", pointer) from None


def bad_filter(detail: str, pointer: str | None = None) -> ApiError:
    if pointer is not None:
        return invalid(detail, pointer=pointer)
    return invalid(detail, parameter="filter")


_SPACE = re.compile(r"\s*")
_OPERATOR = re.compile(r"[a-z][a-z-]*")
_NAME = re.compile(r"""[^,()\[\]'"]+""")
_BARE = re.compile(r"""[^,()\[\]'"]+""")


class _Reader:
    """Reads the text once from left to right; `at` is the next character."""

    def __init__(self, text: str, zone: tzinfo) -> None:
        self.text, self.at, self.zone = text, 0, zone

    def filter(self) -> list[Condition]:
        if len(self.text) > _MAX_LENGTH:
            raise _Bad(f"longer than {_MAX_LENGTH} characters.")
        self._space()
        if self.at == len(self.text):
            return []
        conditions = self._conditions(0)
        if self.at != len(self.text):
            raise self._unexpected("the end or a comma")
        return conditions

    def _conditions(self, depth: int) -> list[Condition]:
        conditions = self._condition(depth)
        while self._skip(","):
            conditions += self._condition(depth)
        return conditions

    def _condition(self, depth: int) -> list[Condition]:
        operator = self._operator()
        self._expect("(")
        if operator == "and":
            if depth >= _MAX_DEPTH:
                raise _Bad("and() is nested too deeply.")
            conditions = self._conditions(depth + 1)
        else:
            conditions = [Condition(operator, self._field(), self._argument(operator))]
        self._expect(")")
        return conditions

    def _operator(self) -> str:
        self._space()
        match = _OPERATOR.match(self.text, self.at)
        if match is None:
            raise self._unexpected("an operator such as equals")
        if match[0] not in OPERATORS and match[0] != "and":
            raise _Bad(f"'{match[0]}' is not a filter operator. Operators are {', '.join(sorted(OPERATORS))}.")
        self.at = match.end()
        return match[0]

    def _argument(self, operator: str) -> Value:
        if operator == "has":
            return None
        self._expect(",")
        return self._value()

    def _field(self) -> str:
        parts = [self._name()]
        while self._peek() == "[":
            self.at += 1
            parts.append(self._string() if self._peek() in "'\"" else self._name())
            self._expect("]")
            if self._peek() == ".":
                self.at += 1
                parts.append(self._name())
        return ".".join(parts)

    def _name(self) -> str:
        match = _NAME.match(self.text, self.at)
        name = match[0].strip() if match else ""
        if match is None or not name:
            raise self._unexpected("the name of a field")
        self.at = match.end()
        return name

    def _value(self) -> Value:
        if self._peek() == "[":
            return self._list()
        return self._scalar()

    def _list(self) -> list[Scalar]:
        self._expect("[")
        values: list[Scalar] = []
        while not self._skip("]"):
            if values:
                self._expect(",")
            values.append(self._scalar())
        return values

    def _scalar(self) -> Scalar:
        if self._peek() in ("'", '"'):
            return self._string()
        match = _BARE.match(self.text, self.at)
        if match is None:
            raise self._unexpected("a value")
        value = _bare(match[0].strip(), self.zone)
        self.at = match.end()
        return value

    def _string(self) -> str:
        quote = self._peek()
        if quote not in ("'", '"'):
            raise self._unexpected("a quote")
        self.at += 1
        text, self.at = _quoted(self.text, self.at, quote)
        return text

    def _space(self) -> None:
        match = _SPACE.match(self.text, self.at)
        self.at = match.end() if match else self.at

    def _peek(self) -> str:
        self._space()
        return self.text[self.at : self.at + 1]

    def _skip(self, character: str) -> bool:
        if self._peek() != character:
            return False
        self.at += 1
        return True

    def _expect(self, character: str) -> None:
        if not self._skip(character):
            raise self._unexpected(f"'{character}'")

    def _unexpected(self, wanted: str) -> _Bad:
        excerpt = self.text[self.at : self.at + 12]
        return _Bad(f"expected {wanted} at position {self.at}, found {repr(excerpt) if excerpt else 'the end'}.")


_KEYWORDS: dict[str, bool | None] = {"true": True, "True": True, "false": False, "False": False}
_KEYWORDS |= {"null": None, "None": None}
_INTEGER = re.compile(r"[+-]?\d{1,30}")
_FLOAT = re.compile(r"[+-]?(\d{1,400}\.?\d*|\.\d+)([eE][+-]?\d{1,4})?")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}.*)?")
_LOST_PLUS = re.compile(r"(?<=\d) (?=\d{2}:?\d{2}$)")


def _bare(text: str, zone: tzinfo) -> Scalar:
    if text in _KEYWORDS:
        return _KEYWORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _DATE.fullmatch(text):
        return _moment(text, zone)
    if _FLOAT.fullmatch(text):
        return _float(text)
    raise _Bad(f"'{text[:40]}' is not a value; strings are written in quotes.")


def _float(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise _Bad(f"'{text[:40]}' is too large.")
    return value


def _moment(text: str, zone: tzinfo) -> datetime:
    moment = read_moment(text, zone)
    if moment is None:
        raise _Bad(f"'{text[:40]}' is not a date or time.")
    return moment


def read_moment(text: str, zone: tzinfo = UTC) -> datetime | None:
    """An ISO 8601 date or time; without an offset it is in `zone`, a date alone is midnight (behaviour-people 1.4).

    A `+` of an offset that a client did not percent-encode arrives as a space and is read as the plus it was.
    """
    if not _DATE.fullmatch(text):
        return None
    head, tail = text[:11], text[11:]
    try:
        moment = datetime.fromisoformat(head + _LOST_PLUS.sub("+", tail))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


_PLAIN = {'"': re.compile(r'[^"\\]*'), "'": re.compile(r"[^'\\]*")}
_HEX = {"u": re.compile(r"[0-9a-fA-F]{4}"), "x": re.compile(r"[0-9a-fA-F]{2}"), "U": re.compile(r"[0-9a-fA-F]{8}")}
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}


def _quoted(text: str, at: int, quote: str) -> tuple[str, int]:
    """The string that starts after its opening quote at `at`, and the position after its closing one."""
    parts: list[str] = []
    while True:
        plain = _PLAIN[quote].match(text, at)
        assert plain is not None
        parts.append(plain[0])
        at = plain.end()
        if at >= len(text):
            raise _Bad("a string is not closed.")
        if text[at] == quote:
            return _whole("".join(parts)), at + 1
        piece, at = _escape(text, at + 1)
        parts.append(piece)


def _escape(text: str, at: int) -> tuple[str, int]:
    """The character written after a backslash, and the position after it. An unknown escape is the character itself."""
    mark = text[at : at + 1]
    if not mark:
        raise _Bad("a string is not closed.")
    if mark not in _HEX:
        return _ESCAPES.get(mark, mark), at + 1
    digits = _HEX[mark].match(text, at + 1)
    if digits is None or int(digits[0], 16) > 0x10FFFF:
        raise _Bad(f"'\\{mark}' is not followed by a character's number.")
    return chr(int(digits[0], 16)), digits.end()


def _whole(text: str) -> str:
    """Join surrogate pairs that came as two escapes; refuse what PostgreSQL cannot hold."""
    try:
        joined = text.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError:
        raise _Bad("a string holds half of a surrogate pair.") from None
    if "\x00" in joined:
        raise _Bad("a string holds the character NUL.")
    return joined
