"""Where tags and filters are declared. Other rooms may add tags of their own (a catalogue item, a coupon) from here."""

import html
import inspect
import re
from collections.abc import Callable
from typing import Any, TypeVar

from django.template.base import Node
from django.utils.safestring import SafeString

from rapport.templates.language.budget import charge_input
from rapport.templates.language.errors import TemplateSyntaxError

Filter = TypeVar("Filter", bound=Callable[..., object])
Tag = TypeVar("Tag", bound=Callable[..., object])
Compiler = Callable[[Any, Any], Node]

Parsing = Any
"""Django's Parser, which has no types."""

Word = Any
"""Django's Token."""

Scope = Any
"""Django's Context: the caller's mapping under the names that tags have set."""

FILTERS: dict[str, Callable[..., Any]] = {}
TAGS: dict[str, Callable[..., Any]] = {}

_MARKUP = re.compile("[&<>\"']")


def safe(text: str) -> SafeString:
    """Marks markup that must not be escaped again."""
    return SafeString(text)


def private(context: Scope, key: str) -> Any:
    """A private key of the caller's mapping, None where it is missing. Tags cannot set private keys."""
    return context.dicts[1].get(key)


def escaped(value: object, context: Scope) -> str:
    """`value` as this template prints it: escaped in HTML unless it is markup, as it is in plain text."""
    text = value if isinstance(value, str) else str(value)
    if not context.autoescape or hasattr(text, "__html__") or _MARKUP.search(text) is None:
        return text
    return html.escape(text)


def filter_tag(*names: str, is_safe: bool = False) -> Callable[[Filter], Filter]:
    """Declares a filter. `is_safe`: it adds no markup, so safe input stays safe."""

    def register(function: Filter) -> Filter:
        function.is_safe = is_safe  # type: ignore[attr-defined]
        for name in names:
            FILTERS[name] = function
        return function

    return register


def block_tag(name: str) -> Callable[[Compiler], Compiler]:
    """Declares a tag by its compile function `(parser, token) -> Node`."""

    def register(compiler: Compiler) -> Compiler:
        TAGS[name] = compiler
        return compiler

    return register


def simple_tag(name: str) -> Callable[[Tag], Tag]:
    """Declares a tag by a function `(context, *arguments, **named) -> value`.

    The author may end it with `as NAME`, which stores the value instead of printing it.
    """

    def register(function: Tag) -> Tag:
        def compile_tag(parser: Parsing, token: Word) -> Node:
            return SimpleNode(name, function, parser, token)

        TAGS[name] = compile_tag
        return function

    return register


class SimpleNode(Node):
    """A call of a simple tag with the arguments written in the template."""

    def __init__(self, name: str, function: Callable[..., object], parser: Parsing, token: Word) -> None:
        words, self.target = _split_target(token.split_contents()[1:])
        self.function = function
        self.arguments = [parser.compile_filter(word) for word in words if not _is_named(word)]
        self.named = {
            word.partition("=")[0]: parser.compile_filter(word.partition("=")[2]) for word in words if _is_named(word)
        }
        _check_arguments(name, function, len(self.arguments), list(self.named))

    def render(self, context: Scope) -> str:
        arguments = [argument.resolve(context) for argument in self.arguments]
        named = {key: value.resolve(context) for key, value in self.named.items()}
        for argument in (*arguments, *named.values()):
            charge_input(argument)
        value = self.function(context, *arguments, **named)
        if self.target is None:
            return escaped(value, context)
        context[self.target] = value
        return ""


def _split_target(words: list[str]) -> tuple[list[str], str | None]:
    if len(words) >= 2 and words[-2] == "as":
        return words[:-2], words[-1]
    return words, None


def _is_named(word: str) -> bool:
    name, equals, _ = word.partition("=")
    return bool(equals) and name.isidentifier()


def _check_arguments(name: str, function: Callable[..., object], count: int, named: list[str]) -> None:
    try:
        inspect.signature(function).bind(None, *[None] * count, **dict.fromkeys(named))
    except TypeError as error:
        raise TemplateSyntaxError(f"'{name}' does not take these arguments: {error}.") from error
