"""Reading a finished mail: its pictures, links and words, and the colors that the words stand in."""

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser

_VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
)
# What is in them is no text of the mail.
_SILENT = frozenset({"head", "style", "script", "title", "template"})
_PIXELS = re.compile(r"([\d.]+)px")
_BOLD = frozenset({"bold", "bolder", "600", "700", "800", "900"})
_BOLD_ELEMENTS = frozenset({"b", "strong", "h1", "h2", "h3", "h4", "h5", "h6", "th"})
_UNKNOWN = "?"


@dataclass(frozen=True, slots=True)
class Words:
    """A text and how it looks; `ground` and `ink` as CSS colors, `size` in pixels."""

    text: str
    ink: str
    ground: str
    size: float
    bold: bool


@dataclass(frozen=True, slots=True)
class Picture:
    src: str
    alt: str | None


@dataclass(slots=True)
class Link:
    href: str
    words: str = ""
    label: str = ""

    @property
    def says_something(self) -> bool:
        return bool(self.words.strip() or self.label.strip())


@dataclass
class Reading:
    """What was read. `elements`: how often each occurs."""

    words: list[Words] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    elements: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class _Look:
    name: str = ""
    ink: str = "#000000"
    ground: str = "#ffffff"
    size: float = 16.0
    bold: bool = False
    hidden: bool = False


def read(html: str) -> Reading:
    """Reads a whole mail. What is for one mail program alone stands in comments, and is not read."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.reading


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.reading = Reading()
        self._looks = [_Look()]
        self._link: Link | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        self.reading.elements[tag] += 1
        look = _look(self._looks[-1], tag, attributes)
        if tag == "img":
            self._picture(attributes, look)
        elif tag == "a" and "href" in attributes:
            self._link = Link(attributes["href"], label=attributes.get("aria-label") or attributes.get("title") or "")
            self.reading.links.append(self._link)
        if tag not in _VOID:
            self._looks.append(look)

    def _picture(self, attributes: dict[str, str], look: _Look) -> None:
        if look.hidden or attributes.get("width") == "1":
            return
        alt = attributes.get("alt")
        self.reading.pictures.append(Picture(attributes.get("src", ""), alt))
        if self._link is not None:
            self._link.words += alt or ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._link = None
        # An end without a beginning ends nothing.
        if any(look.name == tag for look in self._looks):
            while self._looks.pop().name != tag:
                pass

    def handle_data(self, data: str) -> None:
        look = self._looks[-1]
        if look.hidden or not data.strip():
            return
        if self._link is not None:
            self._link.words += data
        self.reading.words.append(Words(data.strip(), look.ink, look.ground, look.size, look.bold))


def _look(around: _Look, tag: str, attributes: dict[str, str]) -> _Look:
    style = declarations(attributes.get("style", ""))
    ground = _ground(style, attributes) or around.ground
    size = _PIXELS.match(style.get("font-size", ""))
    weight = style.get("font-weight")
    return replace(
        around,
        name=tag,
        ink=style.get("color") or around.ink,
        ground=ground,
        size=float(size[1]) if size else around.size,
        bold=weight in _BOLD if weight else around.bold or tag in _BOLD_ELEMENTS,
        hidden=around.hidden or tag in _SILENT or _is_hidden(style),
    )


def declarations(style: str) -> dict[str, str]:
    """The declarations of a `style` attribute, by their names."""
    pairs = (part.partition(":") for part in style.split(";"))
    return {name.strip().lower(): value.strip().lower() for name, _, value in pairs if value.strip()}


def _ground(style: dict[str, str], attributes: dict[str, str]) -> str | None:
    """The color behind; unknown where a picture is."""
    if "url(" in style.get("background", "") or "url(" in style.get("background-image", ""):
        return _UNKNOWN
    color = style.get("background-color") or style.get("background") or attributes.get("bgcolor")
    return None if color in (None, "none", "transparent", "inherit") else color


def _is_hidden(style: dict[str, str]) -> bool:
    return style.get("display") == "none" or style.get("visibility") == "hidden" or style.get("opacity") == "0"
