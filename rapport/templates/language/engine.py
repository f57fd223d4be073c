"""Compiling and rendering: Django's template language on its own, without files, apps or settings of a site."""

import re
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.template import Engine
from django.template.base import DebugLexer, Node, NodeList, Parser, Template, Token, VariableNode
from django.template.context import Context
from django.template.exceptions import TemplateSyntaxError as DjangoSyntaxError

from rapport.templates.language.budget import MAX_OUTPUT, Budget, current, finish, start
from rapport.templates.language.errors import TemplateError, TemplateRenderError, TemplateSyntaxError
from rapport.templates.language.filters import FILTERS
from rapport.templates.language.lookup import Expression
from rapport.templates.language.registry import escaped
from rapport.templates.language.tags import TAGS

MAX_SOURCE = 1_000_000
"""Characters a template's source may have; a message of 110 KB is already cut short by mailbox providers."""

MAX_PARTS = 30_000
"""Tags of a template, and the words, filters and arguments in them. Each takes the parser some 50 microseconds, so that
the largest template is read within a second or two; a typical message has some hundreds."""

_MAX_UNCLOSED = 100
_UNCLOSED_OPENERS = ("{{", "}}"), ("{%", "%}"), ("{#", "#}")
_TAG = re.compile(r"\{%.*?%\}|\{\{.*?\}\}")
_PART = re.compile(r"[|:=,]|\s+")
_ON_LINE = re.compile(r"\s*\bon line \d+:?")

if not settings.configured:
    settings.configure(USE_I18N=False, USE_TZ=True, TIME_ZONE="UTC")  # type: ignore[no-untyped-call]

_ENGINE = Engine(debug=False, autoescape=True)  # type: ignore[no-untyped-call]


class PrintNode(VariableNode):
    """`{{ … }}`; charges for what it prints."""

    def render(self, context: Context) -> str:
        value = self.filter_expression.resolve(context)
        if value is None:
            return ""
        text = escaped(value, context)
        current().spend(8 + len(text))
        return text

    render_annotated = render


class _Parser(Parser):
    def __init__(self, tokens: list[Token]) -> None:
        super().__init__(tokens)  # type: ignore[no-untyped-call]
        self.tags = TAGS
        self.filters = FILTERS

    def compile_filter(self, token: str) -> Expression:
        return Expression(token, self)

    def extend_nodelist(self, nodelist: NodeList, node: Node, token: Token) -> None:
        if type(node) is VariableNode:
            node = PrintNode(node.filter_expression)  # type: ignore[no-untyped-call]
        super().extend_nodelist(nodelist, node, token)  # type: ignore[no-untyped-call]


class _Template(Template):
    def compile_nodelist(self) -> NodeList:
        tokens = DebugLexer(self.source).tokenize()  # type: ignore[no-untyped-call]
        return _Parser(tokens).parse()  # type: ignore[no-untyped-call, no-any-return]


class CompiledTemplate:
    """A template ready to be rendered any number of times, from any thread."""

    __slots__ = ("_literal", "_template", "html", "source")

    def __init__(self, source: str, template: _Template, html: bool) -> None:
        self.source = source
        self.html = html
        self._template = template
        self._literal = source if not any(mark in source for mark in ("{{", "{%", "{#")) else None

    def render(self, context: Mapping[str, Any]) -> str:
        """The text for this context, at most `MAX_OUTPUT` characters. Raises TemplateRenderError and nothing else.

        Names that are missing, and nulls, print nothing. Private keys, which no template reads, carry what tags need:
        `_now`, `_preview_text`, `_unsubscribe_link`, `_preferences_link`, `_web_view_link`, `_currency`, `_seed`.
        """
        if self._literal is not None:
            return self._literal
        token = start(Budget(context.get("_now"), str(context.get("_seed", ""))))
        try:
            return self._render(context)
        finally:
            finish(token)

    def _render(self, context: Mapping[str, Any]) -> str:
        scope = Context(context, autoescape=self.html, use_l10n=False, use_tz=False)  # type: ignore[no-untyped-call]
        scope.dicts.append({})  # what tags store goes here, not into the caller's mapping
        scope.template = self._template
        try:
            text: str = self._template.nodelist.render(scope)
            # {% if %} takes whatever goes wrong inside it for false, an exhausted budget too
            current().spend(0)
        except TemplateError:
            raise
        except (
            Exception
        ) as error:  # a filter met a value it cannot handle: the author's mistake, never ours to crash on
            raise TemplateRenderError(f"The template cannot be rendered: {error or type(error).__name__}") from error
        if len(text) > MAX_OUTPUT:
            raise TemplateRenderError("The template prints too much.")
        return str.__str__(text)


def compile_template(source: str, *, html: bool = True) -> CompiledTemplate:
    """Compiles a template; `html` escapes what variables print.

    Raises TemplateSyntaxError with the line: an unknown tag or filter, a space after a filter's colon … (3.5).
    """
    _check_source(source)
    return CompiledTemplate(source, _parsed(source), html)


def _parsed(source: str) -> _Template:
    try:
        return _Template(source, engine=_ENGINE)  # type: ignore[no-untyped-call]
    except DjangoSyntaxError as error:
        raise TemplateSyntaxError(_plain(error), *_place(error, source)) from error
    except RecursionError as error:
        raise TemplateSyntaxError("The template nests too deeply.") from error
    except TemplateSyntaxError as error:
        raise TemplateSyntaxError(error.message, *_place(error, source)) from error
    except Exception as error:  # Django's parser raises whatever odd arguments provoke (OverflowError, ValueError …)
        raise TemplateSyntaxError(f"The template cannot be read: {error}", *_place(error, source)) from error


def _plain(error: DjangoSyntaxError) -> str:
    message = _ON_LINE.sub("", str(error)).replace(" Did you forget to register or load this tag?", "")
    return message or "The template cannot be read."


def _place(error: Exception, source: str) -> tuple[int, int]:
    """Line and column of the tag that is at fault, as far as Django's parser says which it is."""
    token = getattr(error, "token", None)
    if token is None:
        return getattr(error, "line", 1), getattr(error, "column", 1)
    start = token.position[0]
    return int(token.lineno), start - source.rfind("\n", 0, start)


def _check_source(source: str) -> None:
    """Refuses what would keep Django's tokenizer, quadratic in unclosed openers, or its parser busy for long."""
    if len(source) > MAX_SOURCE:
        raise TemplateSyntaxError(f"The template is longer than {MAX_SOURCE} characters.")
    for number, line in enumerate(source.split("\n"), 1):
        for opener, closer in _UNCLOSED_OPENERS:
            if opener in line and line.count(opener, line.rfind(closer) + 1) > _MAX_UNCLOSED:
                raise TemplateSyntaxError(f"Too many '{opener}' without '{closer}'.", number, line.find(opener) + 1)
    if sum(1 + len(_PART.findall(tag[2:-2].strip())) for tag in _TAG.findall(source)) > MAX_PARTS:
        raise TemplateSyntaxError(f"The template has more than {MAX_PARTS} tags, filters and arguments.")
