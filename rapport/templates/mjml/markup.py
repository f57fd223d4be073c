"""Markup of mails: elements, CSS, and the places that an author's own words take in it.

MJML is XML, an author's HTML is not, and tags of the template language stand anywhere in it. So nothing an author wrote
goes through the MJML compiler: each piece is kept here, and a word that stands for it is put where it belongs.
"""

import re
from collections.abc import Mapping
from html import escape

_TEMPLATE = re.compile(r"(\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\})")
_BARE_AMPERSAND = re.compile(r"&(?!#?\w+;)")
_SLOT = re.compile(r"qzslot(\d+)zq")
_CLASSES = re.compile(r' class="([^"{]+)"')


class Slots:
    """What the author wrote, by number."""

    def __init__(self) -> None:
        self._kept: list[str] = []

    def content(self, html: str) -> str:
        """Stands for HTML."""
        self._kept.append(html)
        return f"qzslot{len(self._kept) - 1}zq"

    def value(self, text: str) -> str:
        """Stands for the value of an attribute."""
        return self.content(attribute_value(text))

    def filled(self, html: str) -> str:
        """`html` with everything in its place. What was put in is not read again: its author may write such a word."""
        return _SLOT.sub(lambda match: self._kept[int(match[1])], html)


def attribute_value(text: str) -> str:
    """A text as it stands in double quotes; tags of the template language stay as they are."""
    parts = _TEMPLATE.split(text)
    return "".join(part if number % 2 else _escaped(part) for number, part in enumerate(parts))


def _escaped(text: str) -> str:
    return escape(_BARE_AMPERSAND.sub("&amp;", text).replace("&", "\0"), quote=True).replace("\0", "&")


def element(name: str, attributes: Mapping[str, object], *children: str) -> str:
    """An element with those attributes that have a value. `*children` are markup."""
    written = "".join(
        f' {key}="{attribute_value(str(value))}"' for key, value in attributes.items() if value not in (None, "", False)
    )
    return f"<{name}{written}>{''.join(children)}</{name}>"


def css(declarations: Mapping[str, object]) -> str:
    """Declarations that have a value, for a `style` attribute. Double quotes of font names become single ones."""
    written = (f"{key}:{value}" for key, value in declarations.items() if value not in (None, ""))
    return ";".join(written).replace('"', "'")


def px(value: float | None) -> str | None:
    return None if value is None else f"{value}px"


def table(rows: str, style: str = "", *, width: str = "100%", css_class: str = "", align: str = "") -> str:
    """A table that is only there for its layout."""
    attributes = {
        "role": "presentation",
        "class": css_class,
        "align": align,
        "width": width,
        "cellpadding": "0",
        "cellspacing": "0",
        "border": "0",
        "style": style,
    }
    return element("table", attributes, rows)


def cell(content: str, style: str = "", **attributes: object) -> str:
    """`css_class` is the attribute `class`."""
    named = {key.replace("css_class", "class"): value for key, value in attributes.items()}
    return element("td", {**named, "style": style}, content)


def quoted(name: str) -> str:
    """A text as an argument of a tag or filter; what could end it is left out."""
    return "'" + "".join(sign for sign in name if sign not in "'\\{}%\n\r") + "'"


def with_sorted_classes(html: str) -> str:
    """The same HTML each time: the compiler writes the classes of an element in any order."""
    return _CLASSES.sub(lambda match: f' class="{" ".join(sorted(match[1].split()))}"', html)
