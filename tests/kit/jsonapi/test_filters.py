"""The filter grammar: every spelling in behaviour-people 7.9, and what the official builder emits."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from klaviyo_api.filter_builder import FilterBuilder  # type: ignore[import-untyped]

from rapport.kit.jsonapi import ApiError, Condition, parse_filter


def only(text: str) -> Any:
    (condition,) = parse_filter(text)
    return condition.value


@pytest.mark.rule("7.9")
def test_it_reads_an_operator_a_field_and_a_value() -> None:
    assert parse_filter('equals(email,"a@b.com")') == [Condition("equals", "email", "a@b.com")]


def test_it_reads_nothing_from_nothing() -> None:
    assert parse_filter("") == parse_filter("  ") == []


@pytest.mark.rule("7.9")
@pytest.mark.parametrize(
    ("written", "value"),
    [
        ('"a"', "a"),
        ("'a'", "a"),
        (r'"say \"hi\""', 'say "hi"'),
        (r"'it\'s'", "it's"),
        (r'"\u00e9\n\\"', "é\n\\"),
        (r'"\ud83d\ude00"', "😀"),
        (r"'\U0001f600\xe9'", "😀é"),
        ('"a,b)(["', "a,b)(["),
        ("5", 5),
        ("-5", -5),
        ("5.25", 5.25),
        ("1e3", 1000.0),
        ("true", True),
        ("False", False),
        ("null", None),
        ("None", None),
        ("2023-01-01T00:00:00Z", datetime(2023, 1, 1, tzinfo=UTC)),
        ("2018-12-27", datetime(2018, 12, 27, tzinfo=UTC)),
        ("2018-12-27T12:30:00.710Z", datetime(2018, 12, 27, 12, 30, 0, 710000, tzinfo=UTC)),
        ("2018-12-27T12:30:00+03:00", datetime(2018, 12, 27, 12, 30, tzinfo=timezone(timedelta(hours=3)))),
        ("2018-12-27T12:30:00 03:00", datetime(2018, 12, 27, 12, 30, tzinfo=timezone(timedelta(hours=3)))),
        ('["a","b"]', ["a", "b"]),
        ("['a', 'b']", ["a", "b"]),
        ("[]", []),
        ("[True,False]", [True, False]),
        ("[1, 2.5]", [1, 2.5]),
    ],
)
def test_it_reads_every_kind_of_value(written: str, value: object) -> None:
    assert only(f"equals(f,{written})") == value


@pytest.mark.rule("7.9")
@pytest.mark.parametrize(
    ("written", "field"),
    [
        ("messages.channel", "messages.channel"),
        ("subscriptions.email.marketing.suppression.reason", "subscriptions.email.marketing.suppression.reason"),
        ("_kx", "_kx"),
        ("properties['x y']", "properties.x y"),
        ('properties["x\\"y"]', 'properties.x"y'),
        ("properties[plan]", "properties.plan"),
        ("properties.Last Order", "properties.Last Order"),
    ],
)
def test_it_reads_every_kind_of_field(written: str, field: str) -> None:
    assert parse_filter(f"equals({written},1)") == [Condition("equals", field, 1)]


@pytest.mark.rule("7.9")
@pytest.mark.parametrize(
    "text",
    [
        'equals(a,"x"),greater-than(b,1)',
        'and(equals(a,"x"),greater-than(b,1))',
        'and( equals( a , "x" ) , greater-than(b,1) )',
        'and(and(equals(a,"x")),greater-than(b,1))',
    ],
)
def test_it_joins_conditions_by_comma_or_and(text: str) -> None:
    assert parse_filter(text) == [Condition("equals", "a", "x"), Condition("greater-than", "b", 1)]


@pytest.mark.rule("7.9")
def test_it_reads_has_without_a_value() -> None:
    assert parse_filter("has(email),has(properties['a b'])") == [
        Condition("has", "email"),
        Condition("has", "properties.a b"),
    ]


@pytest.mark.rule("7.9")
@pytest.mark.parametrize(
    "text",
    [
        "equals",
        "equals(",
        "equals(a",
        "equals(a,",
        "equals(a,)",
        "equals(a,1",
        "equals(a,1))",
        "equals(a,1) equals(b,2)",
        "equals(,1)",
        "equals(a,b)",
        "equals(a,'b)",
        "equals(a,'b\\",
        "equals(a,[1,)",
        "equals(a,[1 2])",
        "or(equals(a,1),equals(b,2))",
        "not(equals(a,1))",
        "is(a,1)",
        "has(a,1)",
        "EQUALS(a,1)",
        "equals(a,nan)",
        "equals(a,1e999)",
        "equals(a,2023-13-45)",
        "equals(a," + "9" * 5000 + ")",
        'equals(a,"\\ud83d")',
        'equals(a,"\\u0000")',
        'equals(a,"\\u12")',
        "equals(a,'\\Uffffffff')",
        "and(" * 500 + "equals(a,1)" + ")" * 500,
        "and()",
        ",",
        "equals(a[,1)",
        "\ud800",
    ],
)
def test_it_refuses_what_is_no_filter_and_says_where(text: str) -> None:
    with pytest.raises(ApiError) as caught:
        parse_filter(text)
    assert caught.value.status == 400
    assert caught.value.source == {"parameter": "filter"}
    assert caught.value.detail.startswith("Invalid filter: ")


def test_it_points_into_the_body_when_the_filter_came_from_there() -> None:
    with pytest.raises(ApiError) as caught:
        parse_filter("nonsense", pointer="/data/attributes/filter")
    assert caught.value.source == {"pointer": "/data/attributes/filter"}


# The official builder removes white space even from inside values, so the values here hold none.
words = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1).filter(
    lambda text: not any(character.isspace() for character in text)
)
moments = st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC))
numbers = st.integers(-(10**18), 10**18) | st.floats(allow_nan=False, allow_infinity=False)
scalars = st.one_of(words, numbers, st.booleans(), moments)
lists = st.one_of(
    *(st.lists(kind, min_size=1, max_size=4) for kind in (words, st.integers(-99, 99), st.booleans(), moments))
)


@pytest.mark.rule("7.9")
@settings(max_examples=300, deadline=None)
@given(scalars, lists)
def test_it_reads_back_what_the_official_builder_writes(scalar: Any, several: list[Any]) -> None:
    builder = FilterBuilder()
    builder.equals("one", scalar)
    builder.any("several", several)
    builder.has("third")
    wanted = [Condition("equals", "one", scalar), Condition("any", "several", several), Condition("has", "third")]
    assert parse_filter(builder.build()) == wanted


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60) | st.text("equals(),[]'\"\\ .-andhas019:T", max_size=60))
def test_it_never_fails_in_another_way(text: str) -> None:
    try:
        parse_filter(text)
    except ApiError as error:
        assert error.status == 400
