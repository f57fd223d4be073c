"""The texts of a definition that are templates, with the place of each; and the universal content it shows."""

from collections.abc import Iterator
from typing import Any

import msgspec

from rapport.templates.definition.styles import KINDS
from rapport.templates.mjml.markup import quoted
from rapport.templates.scan import Piece, pieces

# The attribute by which an element of coded HTML stands for universal content (behaviour-messaging 3.3).
PLACEHOLDER = "data-klaviyo-universal-block"

# How an expression becomes a template that can be read.
_EXPRESSIONS = {
    "check": "{%% if %s %%}{%% endif %%}",
    "visible_check": "{%% if %s %%}{%% endif %%}",
    "repeat_for": "{%% for one in %s %%}{%% endfor %%}",
}
_COUPON = "{%% coupon_code %s %%}"


def sources(part: Any, pointer: str) -> Iterator[tuple[str, str]]:
    """(pointer, template) of every text that holds tags, and of every expression, in a definition or a part of one."""
    yield from _sources(msgspec.to_builtins(part), pointer)


def _sources(value: Any, pointer: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in _EXPRESSIONS and isinstance(inner, str):
                if inner.strip():
                    yield f"{pointer}/{key}", _EXPRESSIONS[key] % inner
            elif key == "coupon" and isinstance(inner, str) and inner:
                yield f"{pointer}/{key}", _COUPON % quoted(inner)
            else:
                yield from _sources(inner, f"{pointer}/{key}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _sources(inner, f"{pointer}/{number}")
    elif isinstance(value, str) and ("{{" in value or "{%" in value or "{#" in value):
        yield pointer, value


def universal_ids(value: Any, pointer: str = "") -> Iterator[tuple[str, str]]:
    """(pointer, id) of the universal content that a definition shows, as plain data."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "universal_id" and isinstance(inner, str) and inner:
                yield f"{pointer}/{key}", inner
            else:
                yield from universal_ids(inner, f"{pointer}/{key}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from universal_ids(inner, f"{pointer}/{number}")


def ids_in(html: str) -> list[str]:
    """Ids of the universal content for which HTML has placeholders."""
    return [id for piece in pieces(html) if (id := placeholder_id(piece))] if PLACEHOLDER in html else []


def placeholder_id(piece: Piece) -> str:
    """Id of the universal content that a piece of HTML stands for; "" for any other piece."""
    mark = piece.attribute(PLACEHOLDER) if piece.kind == "tag" else None
    return mark.value.strip() if mark else ""


def wrong_styles(definition: Any) -> str | None:
    """What is wrong with the kinds of `styles`: there is one record of each (behaviour-messaging 3.2)."""
    present = [style.get("style_type") for style in msgspec.to_builtins(definition).get("styles") or ()]
    missing = [kind for kind in KINDS if kind not in present]
    double = [kind for kind in KINDS if present.count(kind) > 1]
    if missing:
        return f"'styles' must hold one record of each kind; missing: {', '.join(missing)}."
    return f"'styles' must hold one record of each kind; more than one: {', '.join(double)}." if double else None
