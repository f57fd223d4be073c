"""The language as authors meet it; vectors of behaviour-messaging 10.5 first."""

from datetime import UTC, datetime
from time import process_time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rapport.templates.language import TemplateError, TemplateRenderError, TemplateSyntaxError, compile_template
from rapport.templates.language.filters import FILTERS

NOW = datetime(2026, 3, 4, 10, 30, tzinfo=UTC)


def show(source: str, context: dict[str, Any] | None = None, *, html: bool = True) -> str:
    return compile_template(source, html=html).render(context or {})


@pytest.mark.parametrize(
    ("source", "context", "expected"),
    [
        ("Hi {{ first_name|default:'friend' }}", {}, "Hi friend"),
        ("{{ person|lookup:'Fav Color' }}", {"person": {"Fav Color": "red"}}, "red"),
        ("{{ missing.deep.path }}", {}, ""),
        ("{% if missing %}a{% else %}b{% endif %}", {}, "b"),
        ('{{ x|find_replace:"a|b" }}', {"x": "banana"}, "bbnbnb"),
        ("{{ x }}", {"x": "<b>"}, "&lt;b&gt;"),
        ("{{ x|safe }}", {"x": "<b>"}, "<b>"),
        ("{{ d|format_date_string|date:'Y' }}", {"d": "2026-03-04T10:00:00"}, "2026"),
        ("{{ n|floatformat:2 }}", {"n": 3.14159}, "3.14"),
        ("{% for i in event.items %}{{ i.name }},{% empty %}none{% endfor %}", {"event": {"items": []}}, "none"),
        ("{{ First_Name }}", {"first_name": "A"}, ""),
        (
            "{% unsubscribe 'Leave' %}",
            {"_unsubscribe_link": "https://x.example/u"},
            '<a href="https://x.example/u">Leave</a>',
        ),
    ],
)
def test_it_renders_the_documented_vectors(source: str, context: dict[str, Any], expected: str) -> None:
    assert show(source, context) == expected


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("\n{{ x|default: 'y' }}", 2),
        ("a\nb\n{% nosuch %}", 3),
        ("{{ x|nosuch }}", 1),
        ("{% include 'a.html' %}", 1),
        ("{% extends 'a.html' %}", 1),
        ("{% load static %}", 1),
        ("{% block a %}{% endblock %}", 1),
        ("{% assign a = 1 %}", 1),
        ("{% if a %}", 1),
        ("{{ }}", 1),
        ("{{ _private }}", 1),
        ("{% unsubscribe 'a' 'b' %}", 1),
        ("{% lorem 100000 w %}", 1),
        ("{% debug %}", 1),
        ("{% widthratio 1 2 %}", 1),
        ("{% render_variable %}", 1),
    ],
)
def test_it_refuses_wrong_syntax_and_names_the_line(source: str, line: int) -> None:
    with pytest.raises(TemplateSyntaxError) as caught:
        compile_template(source)
    assert caught.value.line == line
    assert caught.value.message


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{{ 'a b'|title }}", "A B"),
        ("{{ 'ab'|capitalize }}{{ 'ab'|upcase }}{{ 'AB'|downcase }}", "AbABab"),
        ("{{ text|truncate:5 }}", "Hell…"),
        ("{{ '  a '|strip }}|{{ ' a'|lstrip }}|{{ 'a '|rstrip }}", "a|a|a"),
        ("{{ 'b'|append:'c'|prepend:'a' }}", "abc"),
        ("{{ 'abab'|remove:'a' }} {{ 'abab'|remove_first:'a' }} {{ 'abab'|remove_last:'a' }}", "bb bab abb"),
        ("{{ 'aa'|replace_first:'a|b' }} {{ 'aa'|replace_last:'a|b' }}", "ba ab"),
        ("{{ 'a,b'|split:','|join:'-' }}", "a-b"),
        ("{{ 'a1b22c'|resplit:'[0-9]+'|join:'-' }}", "a-b-c"),
        ("{{ 'a &amp; <'|escape_once }}", "a &amp; &lt;"),
        ("{{ 'a b&c'|urlencode_plus }} {{ 'a%20b'|urldecode }} {{ 'a+b'|urldecode_plus }}", "a+b%26c a b a b"),
        ("{{ 'ä'|base64_encode }} {{ 'w6Q='|base64_decode }} {{ '?'|base64_decode }}", "w6Q= ä "),
        ("{{ 'a'|md5_hash }}", "0cc175b9c0f1b6a831c399e269772661"),
        ("{{ 'a'|sha_1 }}", "86f7e437faa5a7fce15d1ddcb9eaeaea377667b8"),
        (
            "{{ 'x.example'|httpize }} {{ '//x'|httpize }} {{ 'http://x'|httpsize }}",
            "http://x.example http://x https://x",
        ),
        ("{{ 'https://x/'|trim_slash }}", "https://x"),
        ("{{ 5.2|ceil }} {{ 5.8|floor }} {{ 2.5|round }} {{ 1.005|round:1 }}", "6.0 5.0 3.0 1.0"),
        ("{{ 7|modulo:4 }} {{ 7|divide:2 }} {{ 7|divide:0 }} {{ 'x'|multiply:2 }}", "3.0 3.5 0.0 0.0"),
        ("{{ 1|plus:2.5 }} {{ 1|minus:2 }} {{ 1|add:2 }} {{ '1.5'|floatadd:1 }}", "3.5 -1.0 3 2.5"),
        ("{{ 3|at_least:5 }} {{ 9|at_most:5 }} {{ -4|abs }}", "5 5 4"),
        ("{{ 0.256|percentize:1 }} {{ nums|sum_list }}", "25.6% 6.0"),
        ("{% if 10|gt:9 %}a{% endif %}{% if '10'|lt:'9' %}b{% endif %}{% if 1|gte:1 %}c{% endif %}", "ac"),
        ("{{ nums|sort|join:' ' }} {{ nums|reverse|first }} {{ nums|count }} {{ 'abc'|size }}", "1 2 3 2 3 3"),
        ("{{ mixed|compact|uniq|list_to_string }}", "a, b"),
        ("{{ items|map:'name'|join:'/' }}", "Tea/Cup"),
        ("{{ items|list_where:'kind=drink'|map:'name'|first }}", "Tea"),
        ("{{ words|sort_natural|join:' ' }} {{ words|sort|join:' ' }}", "a B c B a c"),
        ("{{ nums|slice:'0:2'|concat:nums|length }}", "5"),
        ("{{ ''|missing_image|slice:':10' }} {{ 'x.png'|missing_product_image }}", "data:image x.png"),
        (
            "{{ '2026-03-04'|days_later:2|date:'Y-m-d' }} {{ '03-04-2026'|datetime_from_string|date:'M j' }}",
            "2026-03-06 Mar 4",
        ),
        ("{{ '2026-02-01'|weeks_since }} {{ '2026-03-03'|timesince }}", "4 1 day, 10 hours"),
        ("{{ 1|pluralize }}{{ 2|pluralize }} {{ true_value|yesno:'y,n' }}", "s y"),
        (
            "{{ 2|floatformat:2 }} {{ -0.001|floatformat:2 }} {{ 2.5|floatformat }} {{ 'x'|floatformat:2 }}",
            "2.00 0.00 2.5 ",
        ),
        ("{{ 5|stringformat:'03d' }} [{{ 'a'|ljust:3 }}]", "005 [a  ]"),
        ("{{ text|strip_html|newline_to_br }}", "Hello you"),
    ],
)
def test_it_has_the_filters_of_messages(source: str, expected: str) -> None:
    context = {
        "text": "Hello you",
        "nums": [3, 1, 2],
        "mixed": ["a", "", None, "b", "a"],
        "words": ["c", "a", "B"],
        "items": [{"name": "Tea", "kind": "drink"}, {"name": "Cup", "kind": "thing"}],
        "true_value": True,
        "_now": NOW,
    }
    assert show(source, context, html=False).replace("\xa0", " ") == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('{% today "%Y-%m-%d" as today %}{{ today }}', "2026-03-04"),
        ("{% current_day %} {% current_weekday %} {% current_month %}", "4 Wednesday 3"),
        ("{% current_month_name %} {% current_year %}", "March 2026"),
        ('{% now "H:i" %}', "10:30"),
        ("{% currency_format 1234.5 %} {% currency_format 'x' %}", "€1,234.50 "),
        ("{% render_variable preview_text %}", "Soon &amp; cheap"),
        ("{% web_view_link %} {% manage_preferences_link %}", "#web-view #preferences"),
        ("{% manage_preferences 'Choose' %}", '<a href="#preferences">Choose</a>'),
        ('{% has_category item "Sh" as y %}{{ y }}', "True"),
    ],
)
def test_it_has_the_tags_of_messages(source: str, expected: str) -> None:
    context = {"_now": NOW, "_currency": "EUR", "_preview_text": "Soon & cheap", "item": {"categories": ["Shoes"]}}
    assert show(source, context) == expected


def test_it_prints_no_dates_when_the_moment_is_unknown() -> None:
    assert show("{% current_year %}{% today '%Y' %}{{ '2026-01-01'|timesince }}") == ""


def test_it_prints_plain_links_in_text() -> None:
    assert (
        show("{% unsubscribe 'Leave' %}", {"_unsubscribe_link": "https://x/?a&b"}, html=False)
        == "Leave (https://x/?a&b)"
    )


def test_it_runs_the_control_tags() -> None:
    source = (
        "{% with a=1 b='x' %}{{ a }}{{ b }}{% endwith %}"
        "{% for k, v in m.items %}{{ k }}{{ v }}{{ forloop.counter }}{% endfor %}"
        "{% for x in l %}{% cycle 'o' 'e' %}{% ifchanged x %}{{ x }}{% endifchanged %}{% endfor %}"
        "{% regroup p by k as g %}{% for group in g %}{{ group.grouper }}{{ group.list|length }}{% endfor %}"
        "{% verbatim %}{{ raw }}{% endverbatim %}{% firstof none 'f' %}{% filter upper %}u{% endfilter %}"
        "{% comment %}c{% endcomment %}"
    )
    context = {"m": {"k": "v"}, "l": [1, 1, 2], "p": [{"k": "a"}, {"k": "a"}, {"k": "b"}]}
    assert show(source, context) == "1xkv1o1eo2a2b1{{ raw }}fU"


def test_it_treats_null_like_a_missing_value() -> None:
    assert show("[{{ x }}][{{ x|title }}][{{ x|default_if_none:'n' }}]", {"x": None}) == "[][][n]"


def test_it_cannot_change_or_call_what_is_in_the_context() -> None:
    context = {"shared": {"a": 1}, "l": [1], "s": "x"}
    assert (
        show("{{ shared.clear }}{{ l.clear }}{{ l.append }}{{ s.encode }}{{ s.format }}{{ shared.copy }}", context)
        == ""
    )
    assert context == {"shared": {"a": 1}, "l": [1], "s": "x"}


def test_it_leaves_the_callers_context_alone() -> None:
    context: dict[str, Any] = {"_now": NOW}
    show("{% today '%Y' as year %}{% with a=1 %}{{ a }}{% endwith %}", context)
    assert context == {"_now": NOW}


def test_it_chooses_the_same_random_element_again() -> None:
    template = compile_template("{{ l|random }}{{ l|random }}")
    context = {"l": list(range(1000)), "_seed": "message:profile"}
    assert template.render(context) == template.render(context)
    assert template.render(context) != template.render(context | {"_seed": "message:other"})


@pytest.mark.parametrize(
    "source",
    [
        "{% for a in l %}{% for b in l %}{% for c in l %}{{ c }}{% endfor %}{% endfor %}{% endfor %}",
        "{% for a in l %}{% for b in l %}" + "x" * 10_000 + "{% endfor %}{% endfor %}",
        "".join(f"{{% with x{n + 1}=x{n}|add:x{n} %}}" for n in range(40)) + "{{ x40|length }}" + "{% endwith %}" * 40,
        "{{ s|ljust:'999999999' }}",
        "{{ s|stringformat:'999999999d' }}{{ s|center:'100000000' }}",
        "{{ big|find_replace:big2 }}",
        "{{ l|join:big }}",
        "{% for a in l %}{{ big|md5_hash }}{% endfor %}",
        "{% for a in l %}{{ 1|default:big }}{% endfor %}",
        "{% for a in l %}{{ deep|length }}{% endfor %}",
        "{% for a in l %}{% if big in big2 %}x{% endif %}{% endfor %}",
        "{% for a in l %}{% with b=big.upper %}{% endwith %}{% endfor %}",
        "{% for a in l %}{% now big as b %}{% endfor %}",
        "{% today '%999999999d' %}",
        "{{ 5|divisibleby:0 }}",
        "{% for x in 5 %}{% endfor %}",
    ],
)
def test_it_gives_up_instead_of_hanging(source: str) -> None:
    context = {"l": list(range(1000)), "x0": "x" * 1000, "s": "a", "big": "a" * 100_000, "big2": "a|" + "b" * 100_000}
    context["deep"] = {"a": [{"b": "c" * 10_000}]}
    with pytest.raises(TemplateRenderError):
        show(source, context)


def test_a_pattern_takes_time_by_the_length_of_the_text_alone() -> None:
    began = process_time()
    assert show("{{ s|resplit:'a*a*b'|length }}" * 20, {"s": "a" * 1000}) == "1" * 20
    assert show("{{ s|resplit:'(a+)+b'|length }}", {"s": "a" * 1000}) == "1"
    assert process_time() - began < 1


@pytest.mark.parametrize("pattern", ["(?=a)", "(a)\\1", "(", "a" * 1001])
def test_a_pattern_that_can_explode_or_is_none_is_refused(pattern: str) -> None:
    with pytest.raises(TemplateRenderError):
        show("{{ 'aa'|resplit:p }}", {"p": pattern})


@pytest.mark.parametrize(
    "source",
    [
        "{{ " * 200_000,
        "{{ a }}" * 40_000,
        "{{ a" + "|lower" * 40_000 + " }}",
        "{% if a %}" * 5_000,
        "{% if " + "not " * 5_000 + "a %}{% endif %}",
        "x" * 1_000_001,
    ],
)
def test_it_refuses_absurd_sources_at_once(source: str) -> None:
    with pytest.raises(TemplateSyntaxError):
        compile_template(source)


_words = st.sampled_from(
    [
        "{{ ",
        " }}",
        "{% ",
        " %}",
        "{# ",
        " #}",
        "x",
        "l",
        "|",
        ":",
        "'a'",
        "1",
        "for a in l",
        "endfor",
        "if x",
        "endif",
        "with b=x",
        "default",
        "slice",
        "join",
        "date",
        "sort",
        "cycle",
        "today",
        "as y",
        "regroup l by a as z",
        ".",
        "_",
        "\n",
        "<b>",
        "firstof",
        "lookup",
        "floatformat",
        "widthratio",
        "templatetag",
        "now",
        "unsubscribe",
        "-9e999",
        "currency_format",
        "spaceless",
        "\ud800",
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(_words, max_size=25))
def test_it_never_raises_anything_but_its_own_errors(words: list[str]) -> None:
    try:
        show("".join(words), {"x": "v", "l": [1, "2", None, {"a": 3}], "_now": NOW})
    except TemplateError as error:
        assert error.message


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(sorted(FILTERS)),
    st.one_of(
        st.none(),
        st.text(max_size=10),
        st.integers(),
        st.floats(),
        st.booleans(),
        st.lists(st.integers(), max_size=3),
        st.just({"a": 1}),
    ),
    st.one_of(st.none(), st.text(max_size=10), st.integers(), st.floats(), st.lists(st.text(), max_size=2)),
)
def test_every_filter_bears_every_value(name: str, value: Any, argument: Any) -> None:
    for source in (f"{{{{ x|{name} }}}}", f"{{{{ x|{name}:y }}}}"):
        try:
            show(source, {"x": value, "y": argument, "_now": NOW})
        except TemplateError as error:
            assert error.message
