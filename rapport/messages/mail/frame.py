"""What a message gets around its author's HTML: the hidden preview text and the pixel that counts opens."""

import re

from rapport.templates.language.registry import Scope, escaped, private, safe, simple_tag
from rapport.templates.scan import Piece, pieces

_HIDDEN = "display:none;max-height:0;max-width:0;overflow:hidden;opacity:0;mso-hide:all"
_FILL = "&#847;&zwnj;&nbsp;" * 40
"""Keeps the first words of the body out of the preview that a mailbox shows."""

_PREVIEW = f'<div style="{_HIDDEN}">{{% render_variable preview_text %}}{_FILL}</div>'
_PREVIEW_TAG = re.compile(r"\{%\s*render_variable\s+preview_text\s*%\}")
_PIXEL_STYLE = "display:block;width:1px;height:1px;border:0"


@simple_tag("open_pixel")
def open_pixel(context: Scope) -> str:
    """A picture of one pixel with the recipient's own address; nothing where there is none."""
    url = private(context, "_open_url")
    if not url:
        return ""
    return safe(f'<img src="{escaped(url, context)}" width="1" height="1" alt="" style="{_PIXEL_STYLE}">')


def with_preview(html: str) -> str:
    """Puts the hidden preview text first in the body, unless the author prints it."""
    if _PREVIEW_TAG.search(html):
        return html
    position = _body_start(html)
    return html[:position] + _PREVIEW + html[position:]


def _body_start(html: str) -> int:
    """After `<body …>`, else after the head; 0 for a fragment."""
    position = 0
    for piece in pieces(html):
        if piece.kind == "tag" and piece.name == "body":
            return piece.end
        if _is_before_body(piece):
            position = piece.end
    return position


def _is_before_body(piece: Piece) -> bool:
    if piece.kind == "comment":
        return piece.source[:9].lower() == "<!doctype"
    return (piece.kind, piece.name) in (("tag", "html"), ("end_tag", "head"))


def with_pixel(html: str) -> str:
    """Puts the pixel last in the body; in HTML without one, last of all."""
    ends = {piece.name: piece.start for piece in pieces(html) if piece.kind == "end_tag"}
    position = ends.get("body", ends.get("html", len(html)))
    return html[:position] + "{% open_pixel %}" + html[position:]
