"""JSON as ECMAScript writes it: of every text made here, `JSON.stringify(JSON.parse(text))` is the same text again.

For bodies that are signed and verified by receivers which have only what they parsed. What an ECMAScript engine can't
hold is written as it would hold it: numbers as IEEE 754 doubles, and as null where they are too large for one.
"""

import math
import re
from json.encoder import encode_basestring
from typing import Any

_SURROGATE = re.compile("[\ud800-\udfff]")
# An array index of ECMA-262: such keys come first, in ascending order, whatever order they were written in.
_INDEX = re.compile(r"0|[1-9][0-9]{0,9}")
_LARGEST_INDEX = 2**32 - 2
# Integers up to here are doubles without loss, and written in full.
_EXACT = 2**53
_CONSTANTS = {True: "true", False: "false", None: "null"}


def encode(value: Any) -> bytes:
    """`value`: None, bool, int, float, str, and lists and dicts of them. Raises TypeError for anything else."""
    return _text(value).encode()


def _text(value: Any) -> str:
    kind = type(value)
    if kind is str:
        return _string(value)
    if kind is dict:
        return _object(value)
    if kind is list or kind is tuple:
        return f"[{','.join([_text(item) for item in value])}]"
    if value is None or kind is bool:
        return _CONSTANTS[value]
    if kind is int:
        return str(value) if -_EXACT <= value <= _EXACT else _integer(value)
    if kind is float:
        return _number(value)
    raise TypeError(f"{kind.__name__} has no form in JSON")


def _string(text: str) -> str:
    """Quoted; everything but quotes, backslashes, control characters and half surrogates as it is."""
    if text.isascii() or not _SURROGATE.search(text):
        return encode_basestring(text)
    return _SURROGATE.sub(lambda half: f"\\u{ord(half[0]):04x}", encode_basestring(_joined(text)))


def _joined(text: str) -> str:
    """Halves of a surrogate that stand side by side are one character."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def _object(members: dict[str, Any]) -> str:
    """Array indexes first, in ascending order; the others as they come."""
    if not all(map(str.isascii, members)) and any(map(_SURROGATE.search, members)):
        members = {_joined(key): value for key, value in members.items()}
    indexes = [key for key in members if _INDEX.fullmatch(key) and int(key) <= _LARGEST_INDEX]
    if indexes:
        first = {key: members[key] for key in sorted(indexes, key=int)}
        members = first | {key: value for key, value in members.items() if key not in first}
    return f"{{{','.join([f'{_string(key)}:{_text(value)}' for key, value in members.items()])}}}"


def _integer(value: int) -> str:
    try:
        return _number(float(value))
    except OverflowError:
        return "null"


def _number(value: float) -> str:
    """Number::toString of ECMA-262: the shortest digits that lead back to the number, as Python's repr has them too,
    with an exponent from 1e21 and below 1e-6."""
    if not math.isfinite(value):
        return "null"
    if value.is_integer() and abs(value) <= _EXACT:
        return str(int(value))
    text = repr(value)
    if "e" not in text and not text.endswith(".0"):
        return text
    return f"-{_shown(text[1:])}" if text[0] == "-" else _shown(text)


def _shown(text: str) -> str:
    """A positive number of Python's with the exponent or zeros that ECMAScript gives it."""
    mantissa, _, exponent = text.partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).rstrip("0")
    point = len(whole) + int(exponent or 0)
    if 0 < point <= 21:
        return digits.ljust(point, "0") if len(digits) <= point else f"{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"0.{'0' * -point}{digits}"
    more = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{digits[0]}{more}e{point - 1:+d}"
