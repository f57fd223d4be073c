"""Whatever a drawn mail uses stands in the table of what mail programs show."""

import re
from html.parser import HTMLParser

import msgspec
import pytest

from rapport.templates import mail_support, starters
from rapport.templates.definition.layout import TemplateDefinition
from rapport.templates.mjml.page import html_of
from tests.templates.definitions import EACH, Json, definition, section

_TABLES = (mail_support.ELEMENTS, mail_support.ATTRIBUTES, mail_support.PROPERTIES, mail_support.RULES)
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_BODY = re.compile(r"\{([^{}]*)\}")


class Used(HTMLParser):
    """Collects the names of everything in a mail; what is for Outlook alone stands in comments."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: set[str] = set()
        self.attributes: set[str] = set()
        self.properties: set[str] = set()
        self.rules: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.properties |= names(dict(attrs).get("style") or "")

    def handle_data(self, data: str) -> None:
        if self.cdata_elem == "style":
            sheet = _COMMENT.sub("", data)
            self.rules |= set(re.findall(r"@[\w-]+", sheet)) | set(re.findall(r"\(([\w-]+)\s*:", sheet))
            for body in _BODY.findall(sheet):
                self.properties |= names(body)


def names(declarations: str) -> set[str]:
    return {part.partition(":")[0].strip().lower() for part in declarations.split(";") if ":" in part}


def unknown(html: str) -> set[str]:
    used = Used(html)
    found = (used.elements, used.attributes, used.properties, used.rules)
    return {name for names, table in zip(found, _TABLES, strict=True) for name in names - table.keys()}


def drawn(data: Json) -> str:
    # tags of the template language stand where no attribute could
    return re.sub(r"\{%.*?%\}", "", html_of(msgspec.convert(data, TemplateDefinition), {}))


@pytest.mark.parametrize("id", starters.ids())
def test_a_starter_uses_nothing_unknown(id: str) -> None:
    starter = starters.starter(id, "https://shop.example")
    assert starter is not None
    assert unknown(drawn(starter.definition)) == set()


def test_a_block_uses_nothing_unknown() -> None:
    pictured = section([], background_url="https://shop.example/a.png", background_color="#336699")
    assert unknown(drawn(definition(pictured, section(EACH)))) == set()


def test_what_is_unknown_is_found() -> None:
    html = '<marquee loop="2" style="zoom:2"></marquee><style>@supports (a:b) {p{clip-path:none}}</style>'
    assert unknown(html) == {"marquee", "loop", "zoom", "clip-path", "@supports", "a"}


def test_the_tables_have_a_letter_for_each_program() -> None:
    for table in _TABLES:
        for name, letters in table.items():
            assert re.fullmatch("[ypn]{5}", letters), name


def test_what_some_programs_do_not_show_can_be_done_without() -> None:
    for table in _TABLES[1:]:
        for name, letters in table.items():
            assert "n" not in letters or name in mail_support.WITHOUT or name in ("content", "background"), name
