"""A regular expression in the syntax of PostgreSQL ("advanced", in its default mode)."""

from rapport.segments.grammar.regex.characters import EVERYTHING, LAST, WORD, Ranges, opposite
from rapport.segments.grammar.regex.parts import Character, Choice, Part, Place, Repeat, Row, Where

# The most that a repetition can count to there.
_MOST = 255


def postgres(part: Part) -> str:
    """For the operator ~; matches a value as a whole."""
    return f"^(?:{_written(part)})$"


def _written(part: Part) -> str:
    match part:
        case Character(ranges):
            return _character(ranges)
        case Place(where):
            return _PLACES[where]
        case Row(parts):
            return "".join(_atom(child) if isinstance(child, Choice) else _written(child) for child in parts) or "(?:)"
        case Choice(parts):
            return "|".join(_written(child) for child in parts)
        case Repeat():
            return _repeat(part)


def _atom(part: Part) -> str:
    return _written(part) if isinstance(part, Character) else f"(?:{_written(part)})"


def _character(ranges: Ranges) -> str:
    if ranges == EVERYTHING:
        return "."
    if len(ranges) == 1 and ranges[0][0] == ranges[0][1]:
        return _point(ranges[0][0])
    # What reaches to the end is short when it is said by what is missing; nothing at all is "not everything".
    negative = not ranges or ranges[-1][1] == LAST
    said = opposite(ranges) if negative else ranges
    inside = "".join(_point(first) + (f"-{_point(last)}" if last > first else "") for first, last in said)
    return f"[{'^' if negative else ''}{inside}]"


def _point(point: int) -> str:
    character = chr(point)
    if character.isascii() and character.isalnum():
        return character
    return f"\\u{point:04X}" if point <= 0xFFFF else f"\\U{point:08X}"


_WORD = _character(WORD)
_BEFORE, _AFTER = f"(?<={_WORD})", f"(?={_WORD})"
_NOT_BEFORE, _NOT_AFTER = f"(?<!{_WORD})", f"(?!{_WORD})"
_PLACES: dict[Where, str] = {
    "start": "^",
    "end": "$",
    "line start": r"(?<![^\u000A])",
    "line end": r"(?![^\u000A])",
    "word boundary": f"(?:{_BEFORE}{_NOT_AFTER}|{_NOT_BEFORE}{_AFTER})",
    "no word boundary": f"(?:{_BEFORE}{_AFTER}|{_NOT_BEFORE}{_NOT_AFTER})",
}


def _repeat(part: Repeat) -> str:
    atom = _atom(part.part)
    most = part.most
    if most is None:
        return _exactly(atom, part.least) + f"{atom}*" if part.least else f"{atom}*"
    return (_exactly(atom, part.least) + _up_to(atom, most - part.least)) or "(?:)"


def _exactly(atom: str, number: int) -> str:
    if number == 1:
        return atom
    whole, rest = divmod(number, _MOST)
    return f"{atom}{{{_MOST}}}" * whole + (f"{atom}{{{rest}}}" if rest else "")


def _up_to(atom: str, number: int) -> str:
    whole, rest = divmod(number, _MOST)
    return f"{atom}{{0,{_MOST}}}" * whole + (f"{atom}{{0,{rest}}}" if rest else "")
