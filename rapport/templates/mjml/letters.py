"""How text looks, and writing that onto the elements of an author's HTML, where every mail program obeys it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from msgspec import UNSET

from rapport.templates.mjml.markup import css, px
from rapport.templates.scan import Piece, pieces

_STRONG_COLOR = "#222222"
_HEADINGS = ("h1", "h2", "h3", "h4")
_BLOCKS = frozenset({"p", "h1", "h2", "h3", "h4", "ul", "ol"})


@dataclass(frozen=True, slots=True)
class Letters:
    """Look of a text; None = as what is around it. `size` and `spacing` in pixels."""

    color: str | None = None
    family: str | None = None
    size: float | None = None
    style: str | None = None
    weight: str | None = None
    spacing: int | None = None
    decoration: str | None = None
    line_height: float | None = None
    align: str | None = None

    def css(self) -> str:
        return css(self.declarations())

    def declarations(self) -> dict[str, object]:
        return {
            "color": self.color,
            "font-family": self.family,
            "font-size": px(self.size),
            "font-style": self.style,
            "font-weight": self.weight,
            "letter-spacing": px(self.spacing),
            "text-decoration": self.decoration,
            "line-height": self.line_height,
            "text-align": self.align,
        }

    def attributes(self) -> dict[str, object]:
        """As MJML names them."""
        named = {key: value for key, value in self.declarations().items() if key != "text-align"}
        return {**named, "font-family": (self.family or "").replace('"', "'"), "align": self.align}


def letters(styles: Any, prefix: str = "", base: Letters | None = None) -> Letters:
    """What the keys `{prefix}font_size`, `{prefix}color` … of a definition's `styles` say, over `base`."""
    said = {
        "color": _said(styles, f"{prefix}color") or _said(styles, f"{prefix}font_color"),
        "family": _said(styles, f"{prefix}font_family"),
        "size": _said(styles, f"{prefix}font_size"),
        "style": _said(styles, f"{prefix}font_style"),
        "weight": _said(styles, f"{prefix}font_weight"),
        "spacing": _said(styles, f"{prefix}letter_spacing"),
        "decoration": _said(styles, f"{prefix}text_decoration"),
        "line_height": _said(styles, f"{prefix}line_height"),
        "align": _said(styles, f"{prefix}text_align"),
    }
    return replace(base or Letters(), **{key: value for key, value in said.items() if value is not None})


def _said(styles: Any, name: str) -> Any:
    value = getattr(styles, name, UNSET)
    return None if value is UNSET or value == "" else value


@dataclass(frozen=True, slots=True)
class Looks:
    """The looks that a template gives its text, headings (`h1` …) and links."""

    text: Letters
    headings: Mapping[str, Letters]
    # space below each kind of heading, in pixels
    below: Mapping[str, int]
    link: Letters

    def of_elements(self, text: Letters) -> dict[str, str]:
        """CSS of the elements in a text that looks like `text`."""
        space = round((text.size or 16) * 0.75)
        looks = {name: self._heading(name, text) for name in _HEADINGS}
        looks["p"] = f"margin:0 0 {space}px"
        looks["ul"] = looks["ol"] = f"margin:0 0 {space}px;padding:0 0 0 24px"
        looks["li"] = "margin:0 0 4px"
        looks["a"] = self.link.css()
        return looks

    def _heading(self, name: str, text: Letters) -> str:
        look = self.headings[name]
        # Where the text has another color than usual, on a dark ground say, headings follow it.
        color = look.color if text.color == self.text.color else text.color
        aligned = replace(look, align=text.align or look.align, color=color)
        return css({"margin": f"0 0 {self.below[name]}px", **aligned.declarations()})


def plain_looks() -> Looks:
    """Of a template whose styles say nothing."""
    family = "Helvetica, Arial, sans-serif"
    text = Letters(_STRONG_COLOR, family, 16, weight="normal", line_height=1.5, align="left")
    sizes = {"h1": 36, "h2": 28, "h3": 22, "h4": 18}
    headings = {
        name: Letters(_STRONG_COLOR, family, size, weight="bold", line_height=1.2) for name, size in sizes.items()
    }
    return Looks(text, headings, dict.fromkeys(sizes, 12), Letters("#1155cc", decoration="underline"))


def styled(html: str, looks: Mapping[str, str]) -> str:
    """An author's HTML with the look of each element written onto it; what the author said of one stays. The last
    paragraph has no space below it."""
    cut = list(pieces(html))
    last = next((piece.start for piece in reversed(cut) if piece.kind == "tag" and piece.name in _BLOCKS), -1)
    return "".join(_styled(piece, looks, is_last=piece.start == last) for piece in cut)


_LINK_TAG = re.compile(r"""\{%\s*(unsubscribe|manage_preferences|web_view)(?:\s+(?:'([^'%]*)'|"([^"%]*)"))?\s*%\}""")
# of a tag without words: what the account says in the recipient's language
_LINK_WORDS = {
    name: f"{{% link_words '{said}' %}}"
    for name, said in (("unsubscribe", "unsubscribe"), ("manage_preferences", "preferences"), ("web_view", "web_view"))
}


def _link_of_tag(piece: Piece, looks: Mapping[str, str]) -> str:
    """A tag that prints a whole link as a link that has the template's look."""
    match = _LINK_TAG.fullmatch(piece.source)
    if match is None or "a" not in looks:
        return piece.source
    name, words = match[1], match[2] or match[3]
    return f'<a style="{looks["a"]}" href="{{% {name}_link %}}">{words or _LINK_WORDS[name]}</a>'


def _styled(piece: Piece, looks: Mapping[str, str], *, is_last: bool) -> str:
    if piece.kind == "template":
        return _link_of_tag(piece, looks)
    look = looks.get(piece.name) if piece.kind == "tag" else None
    if look is None:
        return piece.source
    if is_last:
        look += ";margin-bottom:0"
    own = piece.attribute("style")
    if own is None:
        at = 1 + len(piece.name)
        return f'{piece.source[:at]} style="{look}"{piece.source[at:]}'
    quote = own.quote or '"'
    start, end = own.start - piece.start, own.end - piece.start
    return f"{piece.source[:start]}{quote}{look};{own.value}{quote}{piece.source[end:]}"
