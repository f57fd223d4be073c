"""Marketing mail always has a way out: a line at its end where the author offers none (behaviour-messaging 4.2).

The account's imprint, where it has one, stands in that line too.
"""

import re
from collections.abc import Iterator
from typing import Any

from rapport.templates.scan import pieces

_TAG = re.compile(r"\{%-?\s*(?:unsubscribe|manage_preferences)(?:_link)?\b")
# What a template does not show.
_HIDDEN = re.compile(r"\{#.*?#\}|\{%-?\s*(comment|verbatim)\b.*?\{%-?\s*end\1\b.*?%\}", re.DOTALL)
_HTML_LINE = (
    '<p style="text-align:center;font-size:12px">{% unsubscribe %}'
    "{% if organization.imprint %}<br>{{ organization.imprint }}{% endif %}</p>"
)
_TEXT_LINE = "\n\n{% unsubscribe %}\n{% if organization.imprint %}{{ organization.imprint }}\n{% endif %}"


def with_way_out(body: dict[str, Any]) -> dict[str, Any]:
    """An e-mail's content (`content.store`) whose HTML and, where it has one of its own, text offer a way out."""
    html, text = body["html"], body["text"]
    if html and not has_way_out(html):
        at = html.lower().rfind("</body>")
        html = html + _HTML_LINE if at < 0 else html[:at] + _HTML_LINE + html[at:]
    if text and not _TAG.search(_HIDDEN.sub("", text)):
        text += _TEXT_LINE
    return {**body, "html": html, "text": text}


def has_way_out(html: str) -> bool:
    """Whether the author of this source offers one."""
    return any(_TAG.search(source) for source in _shown(html))


def _shown(html: str) -> Iterator[str]:
    """Pieces of the source that every reader's program shows: no comments, nothing for one program alone."""
    is_for_one_program = False
    for piece in pieces(html):
        if piece.kind in ("condition", "condition_end"):
            is_for_one_program = piece.kind == "condition"
        elif not is_for_one_program and piece.kind in ("template", "tag"):
            yield _HIDDEN.sub("", piece.source)
