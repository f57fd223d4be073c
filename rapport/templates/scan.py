"""Reads HTML that holds template tags, without changing it.

A parser of HTML would rewrite the author's markup and trip over `<td {% if x %}…{% endif %}>`; this only finds where
things are. Every alternative runs to the end of the text when its closing part is missing, so reading stays linear.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_TEMPLATE = r"(?:\{%[^\n]*?%\}|\{\{[^\n]*?\}\}|\{\#[^\n]*?\#\})"
_QUOTED = rf"""(?:"(?:{_TEMPLATE}|[^"])*+"|'(?:{_TEMPLATE}|[^'])*+')"""

_TOKEN = re.compile(
    rf"""
    (?P<opaque>\{{%\s*(?P<block>comment|verbatim)\b.*?(?:\{{%\s*end(?P=block)\b[^\n]*?%\}}|\Z))
    |(?P<template>{_TEMPLATE})
    |(?P<condition><!--\[if[^\]>]*\]>(?!\s*-?-->|<!))
    |(?P<condition_end><!\[endif\]-->)
    |(?P<comment><!--.*?(?:-->|\Z)|<![^>]*(?:>|\Z))
    |(?P<raw><(?P<raw_name>style|script|title)\b[^>]*(?:>.*?(?:</(?P=raw_name)\b[^>]*(?:>|\Z)|\Z)|\Z))
    |<(?P<slash>/?)(?P<name>[a-z][\w:-]*)(?P<attributes>(?:{_TEMPLATE}|{_QUOTED}|[^>])*+)(?:>|\Z)
    """,
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
_ATTRIBUTE = re.compile(
    rf"""{_TEMPLATE}|(?P<name>[^\s=>"'/{{]+)(?:\s*=\s*(?P<value>{_QUOTED}|(?:{_TEMPLATE}|[^\s>"'])++))?""",
    re.DOTALL,
)

_TAG = re.compile(_TEMPLATE)
_HALF_TAG = re.compile(r"\{\{|\}\}|\{%|%\}")


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute's value: as it stands, without its quotes, and where in the source, quotes included."""

    value: str
    quote: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of source. `kind`: text, tag, end_tag, template, opaque, condition, condition_end, comment or raw."""

    kind: str
    source: str
    start: int
    name: str = ""
    attributes: str = ""

    @property
    def end(self) -> int:
        return self.start + len(self.source)

    def attribute(self, name: str) -> Attribute | None:
        """The first attribute of that name (lower case)."""
        offset = self.start + 1 + len(self.name)
        for match in _ATTRIBUTE.finditer(self.attributes):
            if match["name"] and match["name"].lower() == name:
                value = match["value"] or ""
                start = offset + (match.start("value") if match["value"] else match.end())
                quote = value[:1] if value[:1] in ("'", '"') else ""
                return Attribute(value[1:-1] if quote else value, quote, start, start + len(value))
        return None


def pieces(source: str) -> Iterator[Piece]:
    """The source cut into pieces; joined they are the source again."""
    position = 0
    for match in _TOKEN.finditer(source):
        if match.start() > position:
            yield Piece("text", source[position : match.start()], position)
        yield _piece(match)
        position = match.end()
    if position < len(source):
        yield Piece("text", source[position:], position)


def _piece(match: re.Match[str]) -> Piece:
    if match["name"]:
        kind = "end_tag" if match["slash"] else "tag"
        return Piece(kind, match[0], match.start(), match["name"].lower(), match["attributes"])
    return Piece(_kind(match), match[0], match.start())


_KINDS = ("opaque", "template", "condition", "condition_end", "comment", "raw")


def _kind(match: re.Match[str]) -> str:
    return next(kind for kind in _KINDS if match[kind] is not None)


def without_tags(text: str, instead: str = "") -> str:
    """A text that is no HTML, with `instead` where each of its tags stands."""
    return _TAG.sub(instead, text)


def has_half_tag(text: str) -> bool:
    """Whether braces of a tag that is not closed stand in a text. They are printed as they are."""
    return bool(_HALF_TAG.search(without_tags(text)))
