"""Definitions of any shape that the types allow."""

import types
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec
from hypothesis import strategies as st
from msgspec import UnsetType

from rapport.templates.definition.layout import TemplateDefinition

_TEXTS = st.sampled_from(
    [
        "",
        "Hat",
        "<p>One<br>two <a href='https://shop.example/?a=1&b=2'>three</a></p><ul><li>four</ul>",
        "{{ first_name|default:\"a 'b'\" }}",
        "{% if person.a < 5 %}<td>{% else %}</div></table>{% endif %}",
        "\"><script>alert('x')</script>",
        "qzslot0zq &amp; & ]]> <!-- -- --> <![endif]-->",
        "https://shop.example/a.png?x=1&y='\")",
        "Zoë 日本 \u200b\u0007 \n\t",
    ]
)
_PATTERNS = {
    "color": st.sampled_from(["", "#fff", "#12345678", "red", "transparent", "rgba(1,2,3,.5)", "hsl(10 20% 30% / 1)"]),
    "font": st.sampled_from(["", "Arial", '"Times New Roman", serif', "O'Neill"]),
    "expression": st.sampled_from(["", "person.a", "event.items|slice:':2'", 'a == "b" or c']),
    "name": st.sampled_from(["item", "A_1"]),
}


def definitions() -> st.SearchStrategy[Any]:
    """As plain data."""
    return _of(TemplateDefinition)


@cache
def _of(kind: Any) -> st.SearchStrategy[Any]:
    origin = get_origin(kind)
    if origin is Annotated:
        return _annotated(*get_args(kind))
    if origin in (Union, types.UnionType):
        return st.one_of([_of(one) for one in get_args(kind) if one is not UnsetType])
    if origin is Literal:
        return st.sampled_from(get_args(kind))
    if origin is list:
        return st.lists(st.deferred(lambda: _of(get_args(kind)[0])), min_size=1, max_size=3)
    if origin is dict:
        return st.just({"any": 1})
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return _struct(kind)
    return {str: _TEXTS, int: st.integers(0, 9), bool: st.booleans(), type(None): st.none()}[kind]


def _annotated(kind: Any, meta: msgspec.Meta) -> st.SearchStrategy[Any]:
    if kind is str:
        pattern = meta.pattern or ""
        if "rgb" in pattern:
            return _PATTERNS["color"]
        if pattern.startswith("^[A-Za-z]["):
            return _PATTERNS["name"]
        if "\\n" in pattern:
            return _PATTERNS["expression"]
        return _PATTERNS["font"] if "<>" in pattern else st.sampled_from(["", "bold"])
    least, most = int(meta.ge or 0), int(meta.le or 9)
    numbers = st.sampled_from([least, 1, 7, 600, most]).filter(lambda number: least <= number <= most)
    return numbers.map(float) if kind is float else numbers


def _struct(kind: type[msgspec.Struct]) -> st.SearchStrategy[Any]:
    required, optional = {}, {}
    for field in msgspec.structs.fields(kind):
        if field.name == "universal_id":
            continue
        lists = [one for one in get_args(field.type) if get_origin(one) is list]
        # of lists there is at least one item, or hardly any definition would hold a block
        values = st.deferred(lambda kind=lists[0] if lists else field.type: _of(kind))
        (required if field.required or lists else optional)[field.encode_name] = values
    config = kind.__struct_config__
    tag = {config.tag_field: st.just(config.tag)} if config.tag_field else {}
    return st.fixed_dictionaries({**tag, **required}, optional=optional)
