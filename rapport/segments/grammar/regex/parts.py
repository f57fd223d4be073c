"""The syntax tree of a regular expression."""

from dataclasses import dataclass
from typing import Literal

from rapport.segments.grammar.regex.characters import Ranges

Where = Literal["start", "end", "line start", "line end", "word boundary", "no word boundary"]


@dataclass(frozen=True)
class Character:
    """One character out of these."""

    ranges: Ranges


@dataclass(frozen=True)
class Place:
    """A place between two characters."""

    where: Where


@dataclass(frozen=True)
class Row:
    """Parts one after the other; none = the empty text."""

    parts: "tuple[Part, ...]"


@dataclass(frozen=True)
class Choice:
    parts: "tuple[Part, ...]"


@dataclass(frozen=True)
class Repeat:
    """`most` None: unbounded. Greedy and lazy are not told apart: a match of the whole value is the same."""

    part: "Part"
    least: int
    most: int | None


Part = Character | Place | Row | Choice | Repeat


def is_place(part: Part) -> bool:
    """Whether the part never consumes a character."""
    if isinstance(part, Row | Choice):
        return all(is_place(child) for child in part.parts)
    return isinstance(part, Place) or (isinstance(part, Repeat) and is_place(part.part))


def varies(part: Part) -> bool:
    """Whether the part contains a repetition with a variable count."""
    if isinstance(part, Row | Choice):
        return any(varies(child) for child in part.parts)
    return isinstance(part, Repeat) and (part.least != part.most or varies(part.part))


def times(part: Part) -> int:
    """The highest count with which any character of it is repeated."""
    if isinstance(part, Row | Choice):
        return max((times(child) for child in part.parts), default=1)
    if not isinstance(part, Repeat):
        return 1
    return max(1, part.least if part.most is None else part.most) * times(part.part)


def size(part: Part) -> int:
    """The size of the machine that matches it, with every repetition written out."""
    if isinstance(part, Row | Choice):
        return 1 + sum(size(child) for child in part.parts)
    if isinstance(part, Repeat):
        return max(1, part.least if part.most is None else part.most) * size(part.part)
    return 1 + len(part.ranges) // 4 if isinstance(part, Character) else 1
