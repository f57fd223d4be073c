"""Universal content in HTML that somebody wrote: an element with its id stands for it (behaviour-messaging 3.3)."""

import re
from collections.abc import Iterator, Mapping

from rapport.templates.definition.blocks import Block
from rapport.templates.definition.layout import Section
from rapport.templates.definition.sources import PLACEHOLDER, placeholder_id
from rapport.templates.mjml.page import WIDTH, fragment_of
from rapport.templates.scan import Piece, pieces

_WIDTH = "data-klaviyo-region-width-pixels"
_DIGITS = re.compile(r"\d{2,4}")


def filled_in(html: str, universal: Mapping[str, Block | Section]) -> str:
    """The HTML with each placeholder's inside replaced. A placeholder of what is not there is left empty; one that has
    no end stays as it is."""
    return "".join(_filled(list(pieces(html)), universal)) if PLACEHOLDER in html else html


def _filled(cut: list[Piece], universal: Mapping[str, Block | Section]) -> Iterator[str]:
    width, at = WIDTH, 0
    while at < len(cut):
        piece = cut[at]
        width = _width(piece) or width
        end = _end(cut, at) if placeholder_id(piece) else None
        yield piece.source
        if end is not None:
            part = universal.get(placeholder_id(piece))
            yield fragment_of(part, width) if part else ""
            yield cut[end].source
            at = end
        at += 1


def _width(piece: Piece) -> int:
    """Of a region, which stands around what it is told of."""
    said = piece.attribute(_WIDTH) if piece.kind == "tag" else None
    digits = _DIGITS.match(said.value) if said else None
    return int(digits[0]) if digits else 0


def _end(cut: list[Piece], at: int) -> int | None:
    """Where the element that begins at `at` ends."""
    depth = 0
    for number in range(at, len(cut)):
        if cut[number].name == cut[at].name and cut[number].kind in ("tag", "end_tag"):
            depth += 1 if cut[number].kind == "tag" else -1
            if depth == 0:
                return number
    return None
