"""Contents of the library's messages: a starter as it is, or a letter in the look of one."""

import copy
import html
from typing import Any

import msgspec

from rapport.templates import starters

# The starter whose look letters have: the shop's name, a text, the things in a cart, a button, a word, the end.
_LOOK = "abandoned-cart"


class StarterLetter(msgspec.Struct, forbid_unknown_fields=True, tag_field="kind", tag="starter"):
    """`starter`: the id of one."""

    starter: str


class Letter(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="letter"):
    """text: paragraphs, with tags of the template language. items: whether it shows the things of the event."""

    heading: str
    text: list[str]
    button: str | None
    href: str
    items: bool


def definition_of(letter: Letter | StarterLetter, base_url: str) -> dict[str, Any]:
    """A template's definition; pictures at addresses of `base_url`."""
    starter = starters.starter(letter.starter if isinstance(letter, StarterLetter) else _LOOK, base_url)
    assert starter is not None
    definition = copy.deepcopy(starter.definition)
    if isinstance(letter, Letter):
        header, body, _, end = definition["body"]["sections"]
        column = body["rows"][0]["columns"][0]
        column["blocks"] = [block for block in column["blocks"] if _stays(block, letter)]
        for block in column["blocks"]:
            _write(block, letter)
        definition["body"]["sections"] = [header, body, end]
    return definition


def _stays(block: dict[str, Any], letter: Letter) -> bool:
    return {"table": letter.items, "button": letter.button is not None}.get(block["type"], True)


def _write(block: dict[str, Any], letter: Letter) -> None:
    if block["type"] == "text":
        paragraphs = "".join(f"<p>{text}</p>" for text in letter.text)
        block["data"]["content"] = f"<h1>{html.escape(letter.heading, quote=False)}</h1>{paragraphs}"
    elif block["type"] == "button":
        block["data"]["content"] = letter.button
        block["data"]["properties"]["href"] = letter.href
