"""The tags: Django's control tags that need no files, and those of a message (behaviour-messaging 3.5, 3.7)."""

import re
from datetime import datetime
from typing import Any

from django.template import defaulttags
from django.template.base import Node, NodeList, TextNode
from django.template.defaulttags import ForNode
from django.utils.dateformat import format as format_date

from rapport.templates.language.budget import current
from rapport.templates.language.context import WORDS
from rapport.templates.language.currency import format_currency
from rapport.templates.language.errors import (
    CatalogItemUnavailable,
    CouponUnavailable,
    TemplateRenderError,
    TemplateSyntaxError,
)
from rapport.templates.language.registry import (
    TAGS,
    Parsing,
    Scope,
    Word,
    block_tag,
    escaped,
    private,
    safe,
    simple_tag,
)

__all__ = ["TAGS"]

_CONTROL_TAGS = (
    "autoescape",
    "comment",
    "cycle",
    "filter",
    "firstof",
    "if",
    "ifchanged",
    "regroup",
    "resetcycle",
    "spaceless",
    "templatetag",
    "verbatim",
    "widthratio",
    "with",
)
TAGS.update({name: defaulttags.register.tags[name] for name in _CONTROL_TAGS})

_NODE_COST = 8


class CountedSequence:
    """What a `{% for %}` walks over; charges for all rounds at once, so that nested loops come to an end."""

    def __init__(self, expression: Any, round_cost: int) -> None:
        self.expression = expression
        self.round_cost = round_cost

    def resolve(self, context: Scope, ignore_failures: bool = False) -> Any:
        values = self.expression.resolve(context, ignore_failures)
        if values and hasattr(values, "__len__"):
            current().spend(self.round_cost * len(values))
        return values


def _cost(nodes: NodeList) -> int:
    every = nodes.get_nodes_by_type(Node)  # type: ignore[no-untyped-call]
    return sum(_NODE_COST + (len(node.s) if isinstance(node, TextNode) else 0) for node in every)


@block_tag("for")
def _for(parser: Parsing, token: Word) -> Node:
    node: ForNode = defaulttags.do_for(parser, token)
    node.sequence = CountedSequence(node.sequence, _cost(node.nodelist_loop))
    return node


def _link(context: Scope, key: str, placeholder: str) -> str:
    """A recipient's link; without a recipient (a preview) the placeholder."""
    return str(private(context, key) or placeholder)


def _anchor(url: str, text: object, context: Scope) -> str:
    if not context.autoescape:
        return f"{text} ({url})"
    return safe(f'<a href="{escaped(url, context)}">{escaped(text, context)}</a>')


# What links say where there is no recipient.
_LINKS = {"unsubscribe": "Unsubscribe", "preferences": "Manage preferences", "web_view": "View in browser"}


def _said(text: object, name: str, context: Scope) -> object:
    """The author's text of a link, else the account's in the recipient's language."""
    return (private(context, WORDS) or {}).get(name, _LINKS[name]) if text is None else text


@simple_tag("link_words")
def link_words(context: Scope, name: str) -> str:
    """What the link of that name says by itself, for an anchor that is drawn otherwise."""
    return str(escaped(_said(None, name, context), context)) if name in _LINKS else ""


@simple_tag("unsubscribe_link")
def unsubscribe_link(context: Scope) -> str:
    """The bare address of the unsubscribe page."""
    return _link(context, "_unsubscribe_link", "#unsubscribe")


@simple_tag("manage_preferences_link")
def manage_preferences_link(context: Scope) -> str:
    """The bare address of the preference page."""
    return _link(context, "_preferences_link", "#preferences")


@simple_tag("web_view_link")
def web_view_link(context: Scope) -> str:
    """The bare address of the hosted copy."""
    return _link(context, "_web_view_link", "#web-view")


@simple_tag("unsubscribe")
def unsubscribe(context: Scope, text: object = None) -> str:
    """A whole anchor, in plain text `Text (URL)`."""
    return _anchor(unsubscribe_link(context), _said(text, "unsubscribe", context), context)


@simple_tag("manage_preferences")
def manage_preferences(context: Scope, text: object = None) -> str:
    """A whole anchor to the preference page."""
    return _anchor(manage_preferences_link(context), _said(text, "preferences", context), context)


@simple_tag("web_view")
def web_view(context: Scope, text: object = None) -> str:
    """A whole anchor to the hosted copy."""
    return _anchor(web_view_link(context), _said(text, "web_view", context), context)


@block_tag("render_variable")
def _render_variable(parser: Parsing, token: Word) -> Node:
    """`{% render_variable preview_text %}`; other names print the variable of that name."""
    _, name = token.split_contents()
    return RenderVariableNode(name, parser)


class RenderVariableNode(Node):
    """Prints what the message, not the template, defines."""

    def __init__(self, name: str, parser: Parsing) -> None:
        self.is_preview = name == "preview_text"
        self.expression = parser.compile_filter(name)

    def render(self, context: Scope) -> str:
        value = private(context, "_preview_text") if self.is_preview else None
        return escaped(value if value is not None else self.expression.resolve(context), context)


@simple_tag("coupon_code")
def coupon_code(context: Scope, name: object) -> str:
    """A code of that coupon, the recipient's own. Without a recipient: what stands for it."""
    if private(context, "_unsubscribe_link"):
        raise CouponUnavailable(f"There is no coupon '{name}'.")
    return f"{name}-PREVIEW"


@block_tag("catalog")
def _catalog(parser: Parsing, token: Word) -> Node:
    """`{% catalog ITEM … %} … {% endcatalog %}`: shows an item of a catalogue as `catalog_item`."""
    words = token.split_contents()[1:]
    if not words:
        raise TemplateSyntaxError("'catalog' needs the id of an item.")
    nodes = parser.parse(("endcatalog",))
    parser.delete_first_token()
    values = [word.partition("=")[2] if "=" in word else word for word in words]
    return CatalogNode([parser.compile_filter(value) for value in values], nodes)


class CatalogNode(Node):
    """What is shown of an item. Without a recipient it shows what does not need the item."""

    def __init__(self, values: list[Any], nodelist: NodeList) -> None:
        self.values, self.nodelist = values, nodelist

    def render(self, context: Scope) -> str:
        item = self.values[0].resolve(context)
        if private(context, "_unsubscribe_link"):
            raise CatalogItemUnavailable(f"There is no item '{item}'.")
        with context.push(catalog_item={}):
            return str(self.nodelist.render(context))  # type: ignore[no-untyped-call]


_WIDTH = re.compile(r"%[-_^#0+]*\d")


def _now() -> datetime | None:
    return current().now


@simple_tag("today")
def today(context: Scope, pattern: str = "%Y-%m-%d") -> str:
    """The current date by strftime codes, in the account's time zone. Without a known moment: nothing."""
    moment = _now()
    if _WIDTH.search(str(pattern)):  # the C library would honour a width of a billion
        raise TemplateRenderError("A date code may not have a width.")
    return moment.strftime(str(pattern)) if moment else ""


@simple_tag("now")
def now(context: Scope, pattern: str = "N j, Y") -> str:
    """The current moment by Django's date codes."""
    moment = _now()
    return str(format_date(moment, str(pattern))) if moment else ""  # type: ignore[no-untyped-call]


def _date_tag(name: str, code: str) -> None:
    def render(context: Scope) -> str:
        return now(context, code)

    simple_tag(name)(render)


_date_tag("current_day", "j")
_date_tag("current_weekday", "l")
_date_tag("current_month", "n")
_date_tag("current_month_name", "F")
_date_tag("current_year", "Y")


@simple_tag("currency_format")
def currency_format(context: Scope, value: Any, currency: str | None = None) -> str:
    """A number as money in the account's currency; what is not a number prints nothing."""
    return format_currency(value, currency or str(private(context, "_currency") or "USD"))


@simple_tag("has_category")
def has_category(context: Scope, item: Any, text: str) -> bool:
    """Whether the name of some category of a catalogue item contains `text`."""
    categories = item.get("categories") if isinstance(item, dict) else None
    return any(str(text) in _category_name(category) for category in categories or ())


def _category_name(category: Any) -> str:
    return str(category.get("name", "")) if isinstance(category, dict) else str(category)
