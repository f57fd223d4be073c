"""The text part of a message whose author wrote only HTML.

It is made once, template from template: tags of the template stay where they are, so that each recipient's text is
rendered like the HTML and nobody has to read HTML per recipient.
"""

import re
from html import unescape

from rapport.messages.mail.links import unescape_attribute
from rapport.templates.scan import Piece, pieces

_PARAGRAPHS = frozenset(
    {"p", "h1", "h2", "h3", "h4", "h5", "h6", "table", "ul", "ol", "blockquote", "section", "article"}
)
_LINES = frozenset({"div", "tr", "br", "header", "footer", "dt", "dd", "center", "form", "pre", "body"})
_INVISIBLE = re.compile("[\u00ad\u034f\u200b-\u200f\u2060\ufeff]")
_SPACE = re.compile(r"\s+")
_CONTROL_TAG = re.compile(r"\{%\s*(?:end)?(?:for|if|elif|else|with|empty)\b")
_SAFE_FILTER = re.compile(r"\|\s*safe\s*(?=\||\}\}$)")


def text_template(html: str) -> str:
    """The template of the text part, to be rendered without escaping and then given to `tidy`."""
    writer = _Writer()
    for piece in pieces(html):
        writer.read(piece)
    return "".join(writer.output)


def tidy(text: str) -> str:
    """Without the empty lines and double spaces that tags and missing values leave."""
    lines: list[str] = []
    for line in text.split("\n"):
        words = line.strip()
        if words:
            lines.append(" ".join(words.split()) if "  " in words else words)
        elif lines and lines[-1]:
            lines.append("")
    return "\n".join(lines).strip() + "\n"


class _Writer:
    """Turns pieces of HTML into pieces of text."""

    def __init__(self) -> None:
        self.output: list[str] = []
        self._is_hidden = False
        self._is_at_line_start = True
        self._anchor: tuple[str, int] | None = None

    def read(self, piece: Piece) -> None:
        if piece.kind in ("condition", "condition_end"):
            self._is_hidden = piece.kind == "condition"
        elif not self._is_hidden:
            getattr(self, f"_{piece.kind}")(piece)

    def _text(self, piece: Piece) -> None:
        plain = unescape(piece.source)
        safe = piece.source if "{{" in plain or "{%" in plain or "{#" in plain else plain
        self._write(_SPACE.sub(" ", _INVISIBLE.sub("", safe)))

    def _template(self, piece: Piece) -> None:
        self._write(_SAFE_FILTER.sub("|striptags", piece.source))

    def _opaque(self, piece: Piece) -> None:
        self._write(piece.source)

    def _comment(self, piece: Piece) -> None:
        """Comments are not read by anybody."""

    _raw = _comment

    def _tag(self, piece: Piece) -> None:
        self._break(piece.name)
        if piece.name == "a":
            href = piece.attribute("href")
            self._anchor = (href.value.strip() if href else "", len(self.output))
        elif piece.name == "li":
            self._write("\n- ")
        elif piece.name == "hr":
            self._write("\n\n---\n\n")
        elif piece.name == "img":
            self._image(piece)

    def _image(self, piece: Piece) -> None:
        alternative = piece.attribute("alt")
        self._write(unescape(alternative.value) if alternative else "")

    def _end_tag(self, piece: Piece) -> None:
        if piece.name == "a" and self._anchor is not None:
            self._close_anchor(*self._anchor)
        elif piece.name in ("td", "th"):
            self._write(" ")
        self._break(piece.name)

    def _close_anchor(self, href: str, start: int) -> None:
        self._anchor = None
        address = _readable(href)
        label = "".join(self.output[start:]).strip()
        if address and address not in label:
            self._write(f" ({address})" if label else address)

    def _break(self, name: str) -> None:
        if name in _PARAGRAPHS:
            self._write("\n\n")
        elif name == "br" or (name in _LINES and not self._is_at_line_start):
            self._write("\n")

    def _write(self, text: str) -> None:
        self.output.append(text)
        if text.strip(" ") and not _CONTROL_TAG.match(text):
            self._is_at_line_start = text.endswith("\n")


def _readable(href: str) -> str:
    """The address as a reader of text can use it; nothing for anchors inside the page and scripts."""
    if href.startswith("#") or href[:11].lower() == "javascript:":
        return ""
    if href[:7].lower() == "mailto:":
        return href[7:].partition("?")[0]
    return href[4:] if href[:4].lower() == "tel:" else unescape_attribute(href)
