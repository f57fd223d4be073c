"""Links of a message: finding them, numbering them, and what a click on one leads to.

A link in the message holds only its number, never its target, so nobody can make the redirect lead elsewhere. The
target is found again by rendering the message for the same recipient. A link inside a `{% for %}` has one number per
round: `number + round * count of links`.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import unescape
from html.entities import html5
from itertools import islice, takewhile
from urllib.parse import quote, unquote_plus

from django.template.base import Node, NodeList

from rapport.templates.language import TemplateSyntaxError, compile_template
from rapport.templates.language.registry import Parsing, Scope, Word, block_tag, escaped, private
from rapport.templates.scan import Attribute, Piece, pieces

SCOPE_KEY = "_links"
"""Where a rendering's `LinkScope` lies in the context."""

_WEB = re.compile(r"https?://", re.IGNORECASE)
_OWN = re.compile(r"\{%\s*(?:unsubscribe_link|manage_preferences_link|web_view_link|update_property_link)\b")
_ENTITY = re.compile(r"&(?:#\d{1,7};?|#[xX][0-9a-fA-F]{1,6};?|[A-Za-z][A-Za-z0-9]{1,31};?)(=?)")
# Of templates, in texts.
_TAG = re.compile(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}")
ALT_TEXT = "\x00alt\x00"
"""Stands for the alt text of a link in parameters that are those of every link; no text that is stored holds it."""

# Characters of an alt text; of what it is looked for in, and pieces of that.
_LONGEST_ALT = 200
_LONGEST_WORDS = 2000
_MOST_PIECES = 100
_BREAKS = re.compile(r"[\x00-\x1f]")
_URL_SAFE = "%/:=&?~#+!$,;'@()*[]"


@dataclass(frozen=True, slots=True)
class Link:
    """A link of a message; `target` is the template of its address as the author wrote it.

    `alt_text`: of the first picture in it, or else its words; tags of the template are left out.
    """

    number: int
    target: str
    alt_text: str = ""


class LinkScope:
    """What `links` turn into during one rendering of one part."""

    __slots__ = ("_links", "_rounds", "click", "target", "utm", "wanted")

    def __init__(
        self,
        links: Sequence[Link],
        utm: Mapping[str, str],
        click: Callable[[int], str] | None = None,
        wanted: int | None = None,
    ) -> None:
        self._links = links
        self.click = click
        self._rounds = [0] * len(links)
        self.utm = utm
        self.wanted = wanted
        self.target: str | None = None

    def next_number(self, number: int) -> int:
        """The number of this appearance of a link."""
        appearance = number + self._rounds[number] * len(self._links)
        self._rounds[number] += 1
        return appearance

    def address(self, number: int, target: Callable[[], str]) -> str:
        """What is printed in place of a link's target; `target` renders it."""
        appearance = self.next_number(number)
        plain = target()
        if appearance == self.wanted:
            self.target = plain
        if not _WEB.match(plain):
            return plain
        return self.click(appearance) if self.click else with_parameters(plain, of_link(self.utm, self._links[number]))


class LinkNode(Node):
    """`{% tracked_link N %}target{% endtracked_link %}`, put in by `mark_links`."""

    def __init__(self, number: int, nodelist: NodeList, is_web: bool) -> None:
        self.number = number
        self.nodelist = nodelist
        self.is_web = is_web

    def render(self, context: Scope) -> str:
        scope: LinkScope | None = private(context, SCOPE_KEY)
        if scope is None:
            return str(self.nodelist.render(context))  # type: ignore[no-untyped-call]
        if self.is_web and scope.click is not None:  # by far the most: nothing of the target needs rendering
            return escaped(scope.click(scope.next_number(self.number)), context)
        return escaped(scope.address(self.number, lambda: self._target(context)), context)

    render_annotated = render

    def _target(self, context: Scope) -> str:
        text = str(self.nodelist.render(context)).strip()  # type: ignore[no-untyped-call]
        return unescape_attribute(text) if context.autoescape else text


@block_tag("tracked_link")
def _tracked_link(parser: Parsing, token: Word) -> Node:
    _, number, *kind = token.split_contents()
    nodelist = parser.parse(("endtracked_link",))
    parser.delete_first_token()
    return LinkNode(int(number), nodelist, kind == ["web"])


def mark_links(html: str) -> tuple[str, tuple[Link, ...]]:
    """Wraps the target of each http(s) `href` of an `a` or `area`, leaving every other byte as it is.

    Left alone: mailto:, tel:, anchors, relative addresses, and links that are made by the tags for unsubscribing,
    preferences and the hosted copy. An address that begins with a variable is decided when it is rendered.
    """
    output: list[str] = []
    links: list[Link] = []
    position = 0
    cut = list(pieces(html))
    for at, piece in enumerate(cut):
        href = _trackable(piece)
        if href is not None:
            output += html[position : href.start], _marked(len(links), href)
            links.append(Link(len(links), href.value.strip(), _alt_text(cut, at)))
            position = href.end
    return "".join([*output, html[position:]]), tuple(links)


def _trackable(piece: Piece) -> Attribute | None:
    if piece.kind != "tag" or piece.name not in ("a", "area"):
        return None
    href = piece.attribute("href")
    return href if href is not None and _is_trackable(href) else None


def _alt_text(cut: Sequence[Piece], at: int) -> str:
    """Of the link that begins with piece `at`; of one that never ends, only its beginning is looked at."""
    following = islice(cut, at + 1, at + 1 + _MOST_PIECES)
    inside = list(takewhile(lambda piece: (piece.kind, piece.name) != ("end_tag", cut[at].name), following))
    pictures = (piece.attribute("alt") for piece in inside if piece.kind == "tag" and piece.name == "img")
    alt = next((text.value for text in (cut[at].attribute("alt"), *pictures) if text is not None and text.value), None)
    words = alt if alt is not None else "".join(piece.source for piece in inside if piece.kind == "text")
    return " ".join(unescape(_TAG.sub("", words[:_LONGEST_WORDS])).split())[:_LONGEST_ALT]


def _is_trackable(href: Attribute) -> bool:
    target = href.value.strip()
    if _OWN.search(target) or not (_WEB.match(target) or target.startswith(("{{", "{%"))):
        return False
    try:
        compile_template(_marked(0, href))
    except TemplateSyntaxError:  # half of a block whose other half stands outside the attribute
        return False
    return True


def _marked(number: int, href: Attribute) -> str:
    target, quote_mark = href.value.strip(), href.quote or '"'
    kind = " web" if _WEB.match(target) else ""
    return f"{quote_mark}{{% tracked_link {number}{kind} %}}{target}{{% endtracked_link %}}{quote_mark}"


def unescape_attribute(text: str) -> str:
    """Entities resolved as browsers do in attributes: `&copy=1` is a parameter, `&copy;` a sign."""
    return _ENTITY.sub(_entity, text) if "&" in text else text


def _entity(match: re.Match[str]) -> str:
    entity = match[0].removesuffix("=")
    is_whole = entity.endswith(";") or entity.startswith("&#")
    is_known = is_whole or (not match[1] and entity[1:] in html5)
    return unescape(entity) + match[1] if is_known else match[0]


def of_link(parameters: Mapping[str, str], link: Link) -> dict[str, str]:
    """Those of one link: what stands for its alt text becomes that."""
    return {key: value.replace(ALT_TEXT, link.alt_text) for key, value in parameters.items()}


def with_parameters(url: str, parameters: Mapping[str, str]) -> str:
    """`url` with tracking parameters; one that it already has is kept as it is (behaviour-messaging 8.9)."""
    if not parameters:
        return url
    address, hash_mark, fragment = url.partition("#")
    base, _, query = address.partition("?")
    present = {unquote_plus(part.partition("=")[0]) for part in query.split("&")}
    added = [f"{quote(key)}={quote(value)}" for key, value in parameters.items() if value and key not in present]
    joined = "&".join([*([query] if query else []), *added])
    return f"{base}?{joined}{hash_mark}{fragment}" if joined else url


def redirect_target(url: str) -> str | None:
    """`url` as it may stand in a Location header; None when it is no http(s) address."""
    if not _WEB.match(url):
        return None
    return quote(_BREAKS.sub("", url.strip()), safe=_URL_SAFE)
