"""Reading a regular expression in RE2's syntax, within the limits of behaviour-people 4.6."""

import re
from dataclasses import dataclass, replace

from rapport.segments.grammar.regex import characters
from rapport.segments.grammar.regex.characters import EVERYTHING, NEWLINE, PERL, POSIX, Ranges
from rapport.segments.grammar.regex.errors import RegexError
from rapport.segments.grammar.regex.parts import (
    Character,
    Choice,
    Part,
    Place,
    Repeat,
    Row,
    Where,
    is_place,
    size,
    times,
    varies,
)

MAX_LENGTH = 1000
MAX_COUNT = 1000
MAX_CHOICES = 5
MAX_DEPTH = 5
# Repetitions of long groups and large sets written out; both databases still take it, within milliseconds.
MAX_SIZE = 10_000

_COUNT = re.compile(r"\{([0-9]+)(?:(,)([0-9]*))?\}")
_OPENING = re.compile(r"\(\?(?:(?P<name>P?<(?P<named>\w+)>)|(?P<flags>[imsU]*(?:-[imsU]+)?)(?P<end>[:)]))", re.ASCII)
_POSIX = re.compile(r"\[:(\^?)(.*?):\]", re.DOTALL)
_SIGNS = {"a": "\a", "f": "\f", "t": "\t", "n": "\n", "r": "\r", "v": "\v"}
_PLACES: dict[str, Where] = {
    "A": "start",
    "z": "end",
    "b": "word boundary",
    "B": "no word boundary",
}
_OCTAL = re.compile(r"0[0-7]{0,2}|[1-7][0-7]{1,2}")
_HEX = re.compile(r"x(?:([0-9A-Fa-f]{2})|\{([0-9A-Fa-f]{1,8})\})")
_UNICODE = re.compile(r"([pP])(?:\{(\^?)([^}]*)\}|(.))", re.DOTALL)
_BY_SIGN = {"*": (0, None), "+": (1, None), "?": (0, 1)}


@dataclass(frozen=True)
class _Flags:
    """i: in any case; m: ^ and $ at each line; s: `.` takes a line's end as well. U changes nothing here."""

    i: bool = False
    m: bool = False
    s: bool = False
    U: bool = False


def read(text: str) -> tuple[Part, str]:
    """The syntax tree of `text`, and the same expression for RE2. Raises RegexError."""
    if len(text) > MAX_LENGTH:
        raise RegexError(f"A regular expression can have at most {MAX_LENGTH} characters.")
    reader = _Reader(text)
    part = reader.whole()
    if size(part) > MAX_SIZE:
        raise RegexError("This regular expression is too large when its repetitions are written out.")
    return part, reader.re2()


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        # whether a quantifier can stand here
        self._repeatable = False
        self._names: set[str] = set()
        # where (?<name> stands, which older RE2 writes (?P<name>
        self._short: list[int] = []

    def re2(self) -> str:
        text = self._text
        for at in reversed(self._short):
            text = text[: at + 2] + "P" + text[at + 2 :]
        return text

    def whole(self) -> Part:
        part = self._choice(_Flags(), 0)
        if self._at < len(self._text):
            raise self._error("There is a ')' without its '('")
        return part

    def _error(self, said: str, at: int | None = None) -> RegexError:
        return RegexError(f"{said}, at character {(self._at if at is None else at) + 1}.")

    @property
    def _next(self) -> str:
        return self._text[self._at : self._at + 1]

    def _starts(self, text: str) -> bool:
        return self._text.startswith(text, self._at)

    def _choice(self, flags: _Flags, depth: int) -> Part:
        """Alternatives, up to the end or the ')' of the group. Flags that are set inside hold to its end."""
        rows: list[list[Part]] = [[]]
        self._repeatable = False
        while self._at < len(self._text) and self._next != ")":
            if self._next == "|":
                self._at += 1
                rows.append([])
                self._repeatable = False
            elif self._next in "*+?" or _COUNT.match(self._text, self._at):
                self._repeat(rows[-1])
            else:
                flags = self._part(rows[-1], flags, depth)
        if depth == 0 and len(rows) > MAX_CHOICES:
            raise RegexError(f"At most {MAX_CHOICES} alternatives are possible outside of groups.")
        alternatives = tuple(row[0] if len(row) == 1 else Row(tuple(row)) for row in rows)
        return alternatives[0] if len(alternatives) == 1 else Choice(alternatives)

    def _part(self, row: list[Part], flags: _Flags, depth: int) -> _Flags:
        """Read one part into `row`; returns the flags that hold after it."""
        sign = self._next
        self._repeatable = True
        if sign == "(":
            return self._group(row, flags, depth)
        if self._starts(r"\Q"):
            self._quoted(row, flags)
        elif sign == "\\":
            row.append(self._escape(flags))
        elif sign == "[":
            row.append(Character(self._set(flags)))
        else:
            self._at += 1
            row.append(self._plain(sign, flags))
        return flags

    def _plain(self, sign: str, flags: _Flags) -> Part:
        if sign == ".":
            return Character(EVERYTHING if flags.s else characters.opposite(NEWLINE))
        if sign == "^":
            return Place("line start" if flags.m else "start")
        if sign == "$":
            return Place("line end" if flags.m else "end")
        return _character(ord(sign), flags)

    def _group(self, row: list[Part], flags: _Flags, depth: int) -> _Flags:
        inside, opened, start = flags, True, self._at
        if self._starts("(?"):
            inside, opened = self._opening(flags)
        else:
            self._at += 1
        if not opened:
            self._repeatable = False
            return inside
        if depth == MAX_DEPTH:
            raise self._error(f"Groups can be nested at most {MAX_DEPTH} deep", start)
        row.append(self._choice(inside, depth + 1))
        if self._next != ")":
            raise self._error("This '(' has no ')'", start)
        self._at += 1
        self._repeatable = True
        return flags

    def _opening(self, flags: _Flags) -> tuple[_Flags, bool]:
        """The flags inside, and whether a group was opened: (?i) only sets them."""
        opening = _OPENING.match(self._text, self._at)
        if opening is None:
            raise self._error(self._unknown_group())
        if name := opening["named"]:
            if name in self._names:
                raise self._error(f"The name '{name}' was given before")
            self._names.add(name)
            if not opening["name"].startswith("P"):
                self._short.append(self._at)
            self._at = opening.end()
            return flags, True
        if not opening["flags"] and opening["end"] == ")":
            raise self._error("'(?)' sets nothing")
        self._at = opening.end()
        return _set_flags(flags, opening["flags"]), opening["end"] == ":"

    def _unknown_group(self) -> str:
        if any(self._starts(sign) for sign in ("(?=", "(?!", "(?<=", "(?<!")):
            return "Look-around is not possible"
        return "Back-references are not possible" if self._starts("(?P=") else "This is no group"

    def _repeat(self, row: list[Part]) -> None:
        start = self._at
        if not row or not self._repeatable:
            if row and isinstance(row[-1], Repeat):
                raise self._error("Nested quantifiers are not possible")
            raise self._error("There is nothing to repeat")
        least, most = self._times()
        # the preference for few changes nothing about whether the whole matches
        self._at += self._next == "?"
        self._repeatable = False
        part = row[-1]
        if (most is None or most > 1) and varies(part):
            raise self._error("Nested quantifiers are not possible", start)
        row[-1] = Repeat(part, min(least, 1), 1) if is_place(part) else Repeat(part, least, most)
        if times(row[-1]) > MAX_COUNT:
            raise self._error(f"A repetition can count to {MAX_COUNT} at most", start)

    def _times(self) -> tuple[int, int | None]:
        if self._next in _BY_SIGN:
            self._at += 1
            return _BY_SIGN[self._text[self._at - 1]]
        count = _COUNT.match(self._text, self._at)
        assert count is not None
        least = _count(count[1])
        most = least if count[2] is None else None if count[3] == "" else _count(count[3])
        if least > MAX_COUNT or (most or 0) > MAX_COUNT:
            raise self._error(f"A repetition can count to {MAX_COUNT} at most")
        if most is not None and most < least:
            raise self._error("The second number of a repetition must not be less than the first")
        self._at = count.end()
        return least, most

    def _quoted(self, row: list[Part], flags: _Flags) -> None:
        end = self._text.find(r"\E", self._at)
        text = self._text[self._at + 2 : len(self._text) if end < 0 else end]
        self._at = len(self._text) if end < 0 else end + 2
        row.extend(_character(ord(sign), flags) for sign in text)
        self._repeatable = bool(row)

    def _escape(self, flags: _Flags) -> Part:
        """A backslash and what follows it."""
        sign = self._text[self._at + 1 : self._at + 2]
        if sign in _PLACES and sign:
            self._at += 2
            return Place(_PLACES[sign])
        several = self._class(flags)
        return _character(self._point(), flags) if several is None else Character(several)

    def _class(self, flags: _Flags) -> Ranges | None:
        r"""\d, \S, \pL and their like; None when something else stands here."""
        sign = self._text[self._at + 1 : self._at + 2]
        if sign.lower() in PERL and sign:
            self._at += 2
            return _signed(PERL[sign.lower()], sign.isupper(), flags)
        match = _UNICODE.match(self._text, self._at + 1)
        if match is None:
            if sign in ("p", "P") and sign:
                raise self._error(r"\p needs the name of a class, such as \pL or \p{Greek}")
            return None
        name = match[3] if match[4] is None else match[4]
        ranges = characters.unicode_class(name)
        if ranges is None:
            raise self._error(f"There is no class of characters '{name}'")
        self._at = match.end()
        return _signed(ranges, (match[1] == "P") != (match[2] == "^"), flags)

    def _point(self) -> int:
        """One escaped character."""
        rest = self._text[self._at + 1 :]
        if not rest:
            raise self._error("There is nothing after the last backslash")
        for read in (_octal, _hexadecimal, _sign):
            if (escaped := read(rest)) is not None:
                self._at += 1 + escaped[1]
                return escaped[0]
        raise self._error(_unknown_escape(rest))

    def _set(self, flags: _Flags) -> Ranges:
        start = self._at
        self._at += 1
        negative = self._next == "^"
        self._at += negative
        members: list[Ranges] = []
        while self._next != "]" or not members:
            if self._at >= len(self._text):
                raise self._error("This '[' has no ']'", start)
            members.append(self._members(flags))
        self._at += 1
        return _signed(characters.union(*members), negative, replace(flags, i=False))

    def _members(self, flags: _Flags) -> Ranges:
        """One member of a set: a class, a range or a character, with its other cases when case is ignored."""
        named = _POSIX.match(self._text, self._at)
        if named is not None:
            if named[2] not in POSIX:
                raise self._error(f"There is no class of characters '[:{named[2]}:]'")
            self._at = named.end()
            return _signed(POSIX[named[2]], named[1] == "^", flags)
        several = self._class(flags) if self._next == "\\" else None
        return self._range(flags) if several is None else several

    def _range(self, flags: _Flags) -> Ranges:
        start = self._at
        first = last = self._member()
        if self._next == "-" and self._text[self._at + 1 : self._at + 2] not in ("]", ""):
            self._at += 1
            last = self._member()
        if last < first:
            raise self._error("This range begins after its end", start)
        return _signed(((first, last),), False, flags)

    def _member(self) -> int:
        if self._next == "\\":
            return self._point()
        self._at += 1
        return ord(self._text[self._at - 1])


def _set_flags(flags: _Flags, said: str) -> _Flags:
    on, _, off = said.partition("-")
    return replace(flags, **(dict.fromkeys(on, True) | dict.fromkeys(off, False)))


def _count(digits: str) -> int:
    """The number; one with too many digits counts as too high."""
    return int(digits) if len(digits) <= 9 else MAX_COUNT + 1


def _character(point: int, flags: _Flags) -> Character:
    return Character(_signed(((point, point),), False, flags))


def _signed(ranges: Ranges, negative: bool, flags: _Flags) -> Ranges:
    """The ranges, or their complement. Case folding comes first: [^a] excludes A as well."""
    cased = characters.folded(ranges) if flags.i else ranges
    return characters.opposite(cased) if negative else characters.stored(cased)


def _octal(rest: str) -> tuple[int, int] | None:
    match = _OCTAL.match(rest)
    return (int(match[0], 8), match.end()) if match else None


def _hexadecimal(rest: str) -> tuple[int, int] | None:
    match = _HEX.match(rest)
    point = int(match[1] or match[2], 16) if match else characters.LAST + 1
    return (point, match.end()) if match and point <= characters.LAST else None


def _sign(rest: str) -> tuple[int, int] | None:
    """An escaped character that stands for itself, or for a control character."""
    if rest[0] in _SIGNS:
        return ord(_SIGNS[rest[0]]), 1
    return (ord(rest[0]), 1) if rest[0].isascii() and not rest[0].isalnum() else None


def _unknown_escape(rest: str) -> str:
    if rest[0].isdigit():
        return "Back-references are not possible"
    if rest[0] == "u":
        return r"\u is not possible; write \x{…}"
    return f"'\\{rest[0]}' means nothing"
