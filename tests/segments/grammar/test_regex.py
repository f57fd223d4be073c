"""regex and nregex (behaviour-people 4.6): RE2's syntax, in PostgreSQL as RE2 itself has it."""

import random
import re
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pytest

from rapport.segments import conditions
from rapport.segments.conditions import DefinitionError
from rapport.segments.grammar.regex import RegexError, pattern
from tests.conftest import Shop, eventually
from tests.lengths import length
from tests.segments.sql.test_lake import both, sealed
from tests.segments.test_api import body, built, create, members
from tests.segments.world import World, definition, did, has, relative

VALUES = (
    "",
    "a",
    "A",
    "b",
    "ab",
    "aB",
    "AB",
    "aab",
    "abab",
    "a\n",
    "\n",
    "a\nb",
    "b\na",
    "ſ",
    "k",
    "K",
    "\u212a",
    "é",
    "É",
    "ß",
    "ẞ",
    "β",
    "Β",
    "ϐ",
    "1",
    "12",
    "٣",
    "_",
    "-",
    "]",
    "^",
    "\\",
    "a b",
    "a-b",
    " ",
    "\t",
    "\x0b",
    "\u00a0",
    "a.b",
    "x",
    "aaaa",
    "b1",
    "{",
    "{2}",
    "a{2}",
    "|",
    "日本",
    "🙂",
    "İ",
    "ı",
    "i",
    "I",
    "σ",
    "ς",
    "Σ",
    "()",
    "a|b",
    "\b",
    "\x7f",
    "ada@example.com",
    "ADA@Example.com",
    "10115",
    "94103-1234",
    "a" * 300,
)
# One of each thing the syntax has.
PATTERNS = (
    "", "a", "ab|b", "a|", "(|a)b?", "a*", "a+", "a?", "a*?", "a+?", "a??", "a{2}", "a{2,}", "a{1,2}?", "a{0}b",
    "a{,2}",
    "a{", "x{2", ".", ".*", "(?s).", "(?s).*", "a.", "a.b", "a\\.b", "^a$", "^", "$", "^*a", "(?m)a$\n^b", "(?m)^a",
    "a\nb", "\\Aa\\z", "\\ba\\b.*", ".*\\bb", "a\\Bb", "\\B", "[ab]+", "[^a]", "[^ab\\n]*", "[a-c]+", "[]a]", "[^]a]",
    "[-a]",
    "[a-]+", "[a-b-]+", "[\\]\\\\^-]", "[\\d\\s]+", "[^\\w]", "\\d+", "\\D+", "\\w+", "\\W", "\\s", "\\S+", "\\pL+",
    "\\PL",
    "\\p{Greek}", "\\P{Greek}", "\\p{^Lu}", "[\\p{Lu}\\pN]+", "[^\\PL]+", "\\pN", "[[:alpha:]]+", "[^[:alpha:]]",
    "[[:^digit:]]", "[[:space:]x]", "[[:alpha]", "\\x61", "\\x{1F642}", "\\141", "\\t", "\\v", "\\n", "\\\\", "\\-",
    "\\_", "\\.",
    "\\Qa.b\\E", "\\Q{2}\\E", "\\Qa|b", "(?i)A", "(?i)aB", "(?i)k", "(?i)é", "(?i)ß", "(?i)β", "(?i)σ", "(?i)i",
    "(?i)[^a]",
    "(?i)[a-z]", "(?i)\\W", "(?i)\\p{Lu}", "(?i)\\P{Lu}", "(?i:a)b", "(?-i)a", "(?i)a(?-i)b", "(?i-i)a", "(?U)a+",
    "(a)(b)",
    "(?:a|b)+", "(?P<first>a)b", "(?<first>a)b", "((((a))))b", "日.", "[日本]+", "🙂", "(?i)ada@example\\.com",
    ".*@example\\.com",
    "[^@]+@[^@]+", "\\d{5}(-\\d{4})?", "a{300}", "a{255,300}", "a{0,1000}", "a{256,}", "(a{10}){30}",
    "[\\x{0}-\\x{20}]",
    "(?ms)^a.*$", "(a|b)(a|b)",
)  # fmt: skip


_re2 = cache(duckdb.connect)


def _by_re2(expression: str) -> list[bool]:
    asked = "SELECT regexp_full_match(unnest(?::VARCHAR[]), ?)"
    return [row[0] for row in _re2().execute(asked, [list(VALUES), pattern(expression).re2]).fetchall()]


async def _by_postgresql(world: World, expression: str) -> list[bool]:
    asked = "SELECT v ~ %s::text FROM unnest(%s::text[]) WITH ORDINALITY AS t (v, n) ORDER BY n"
    return [row[0] for row in await world.rows(asked, pattern(expression).postgres, list(VALUES))]


@pytest.mark.rule("4.6")
async def test_it_matches_in_postgresql_what_re2_matches(world: World) -> None:
    for expression in PATTERNS:
        found, wanted = await _by_postgresql(world, expression), _by_re2(expression)
        assert found == wanted, (expression, [one for one, a, b in zip(VALUES, found, wanted, strict=True) if a != b])


@pytest.mark.rule("4.6")
async def test_it_matches_what_python_matches_where_both_mean_the_same(world: World) -> None:
    """A second opinion, on the part of the syntax that the two share."""
    odd = re.compile(r"\\[zpPQxv1_BsS]|\[\^?\[|\(\?[-U<is]|\(\?<|\(\?m|\{,|\^\*|[$]|\(\?i-i")
    shared = [one for one in PATTERNS if not odd.search(one)]
    assert len(shared) > 50
    for expression in shared:
        wanted = [re.fullmatch(expression, value, re.ASCII) is not None for value in VALUES]
        assert await _by_postgresql(world, expression) == wanted, expression


ATOMS = (*(one for one in PATTERNS if len(one) < 8), "(?i)", "(?s)", "(?m)", "\\8", "[b-a]", "(?=a)", "**", ")", "(")
QUANTIFIERS = ("*", "+", "?", "{2}", "{0,1}", "{1,}", "{,2}", "{0}", "*?", "{2}?")


def _made_up(chance: random.Random, depth: int) -> str:
    kind = chance.random()
    if depth == 0 or kind < 0.35:
        return chance.choice(ATOMS)
    if kind < 0.65:
        return _made_up(chance, depth - 1) + chance.choice(("", "|")) + _made_up(chance, depth - 1)
    if kind < 0.85:
        opening = chance.choice(("(", "(?:", "(?i:", "(?s:", "(?m:", f"(?P<n{chance.randrange(99)}>"))
        return f"{opening}{_made_up(chance, depth - 1)})"
    return _made_up(chance, depth - 1) + chance.choice(QUANTIFIERS)


@pytest.mark.rule("4.6")
@pytest.mark.parametrize("seed", range(4))
async def test_it_means_the_same_however_parts_are_put_together(world: World, seed: int) -> None:
    """What is accepted is an expression to RE2, and matches the same there and in PostgreSQL."""
    chance, accepted = random.Random(seed), 0
    for _ in range(length(100, 400)):
        expression = _made_up(chance, chance.randrange(1, 4))
        try:
            pattern(expression)
        except RegexError:
            continue
        accepted += 1
        assert await _by_postgresql(world, expression) == _by_re2(expression), expression
    assert accepted > length(50, 200)


REFUSED = (
    ("a" * 1001, "1000 characters"),
    ("a{1001}", "1000"),
    ("a{5,1001}", "1000"),
    ("(a{100}){11}", "1000"),
    ("a{99999999999}", "1000"),
    ("a|b|c|d|e|f", "5 alternatives"),
    ("((((((a))))))", "5 deep"),
    ("(?=a)", "Look-around"),
    ("(?!a)", "Look-around"),
    ("(?<=a)b", "Look-around"),
    ("(?<!a)b", "Look-around"),
    ("(a)\\1", "Back-references"),
    ("(?P<x>a)(?P=x)", "Back-references"),
    ("\\u0061", "\\u"),
    ("(a+)+", "Nested quantifiers"),
    ("(a*b?){2}", "Nested quantifiers"),
    ("a**", "Nested quantifiers"),
    ("a{2}{3}", "Nested quantifiers"),
    ("a++", "Nested quantifiers"),
    ("*a", "nothing to repeat"),
    ("a|*", "nothing to repeat"),
    ("(a", "')'"),
    ("a)", "'('"),
    ("[a", "']'"),
    ("[b-a]", "range"),
    ("[a-\\d]", "\\d"),
    ("\\Z", "\\Z"),
    ("[\\b]", "\\b"),
    ("a{2,1}", "second number"),
    ("\\", "backslash"),
    ("\\pX", "class"),
    ("\\p{Nope}", "class"),
    ("\\p{Bad-Name}", "class"),
    ("[[:nope:]]", "class"),
    ("(?P<x>a)(?P<x>b)", "name"),
    ("(?z)a", "group"),
    ("(?#c)", "group"),
    ("\\é", "\\é"),
    ("\\x{110000}", "\\x"),
    ("((a|b|cd){100}x){9}" * 9, "too large"),
)


@pytest.mark.rule("4.6")
@pytest.mark.parametrize(("expression", "said"), REFUSED, ids=[one[0][:20] for one in REFUSED])
@pytest.mark.parametrize("operator", ["regex", "nregex"])
def test_it_refuses_and_says_why(expression: str, said: str, operator: str) -> None:
    wanted = definition(has("first_name", type="string", operator=operator, value=expression))
    with pytest.raises(DefinitionError, match=re.escape(said)) as error:
        conditions.parse(wanted, pointer="")
    assert error.value.pointer == "/condition_groups/0/conditions/0/filter/value"


@pytest.mark.rule("4.6")
@pytest.mark.parametrize(
    "expression",
    [
        "a" * 1000,
        "a{1000}",
        "(a{10}){100}",
        "a|b|c|d|e",
        "(a|b|c|d|e|f|g)",
        "(((((a)))))",
        "(-\\d{4})?",
        "(\\d{3}-){2}",
    ],
)
def test_it_takes_what_lies_on_the_limits(expression: str) -> None:
    conditions.parse(definition(has("first_name", type="string", operator="regex", value=expression)))


@pytest.mark.rule("4.6")
async def test_a_value_that_is_not_set_matches_neither(world: World) -> None:
    for name, value in (("ada", "A1"), ("ben", "b"), ("cy", None), ("di", ["A1"]), ("ed", 17), ("fi", True)):
        await world.profile(name, p=value)
    await world.profile("gus")

    async def asked(operator: str, value: str) -> set[str]:
        wanted = definition(has("properties['p']", type="string", operator=operator, value=value))
        found = await world.matching(wanted)
        assert found == await world.expected(wanted)
        names = await world.rows("SELECT id, split_part(email, '@', 1) FROM profiles WHERE account_id = %s", world.id)
        return {name for id, name in names if id in found}

    assert await asked("regex", "[A-Z]\\d") == {"ada"}
    assert await asked("nregex", "[A-Z]\\d") == {"ben", "ed", "fi"}
    # the whole value, and its case
    assert await asked("regex", "\\d") == set()
    assert await asked("regex", "(?i)B") == {"ben"}


@pytest.mark.rule("4.6")
async def test_it_asks_the_lake_the_same(world: World, tmp_path: Path) -> None:
    values: Any = (
        5,
        "5",
        5.5,
        5.50,
        "5.50",
        1e300,
        True,
        None,
        [],
        ["5"],
        {"a": 5},
        "",
        "x",
        "X",
        "[5]",
        '{"a":5}',
        0.1,
    )
    await world.events([(f"p{n}", "Placed Order", -72, {"p": one}, None) for n, one in enumerate(values)])
    await world.settle()
    assert await sealed(world, tmp_path) > 0
    for operator in ("regex", "nregex"):
        for value in ("5", "5.*", "\\d+(\\.\\d+)?", ".*", "", "(?i)x", "[^a-z]+", "true|x", "\\[.*", ".*e.*"):
            wanted = {"property": "p", "filter": {"type": "string", "operator": operator, "value": value}}
            asked = did(world.metrics["Placed Order"], timeframe=relative("in-the-last", 30), filters=[wanted])
            by_lake, by_table = await both(world, definition(asked))
            assert by_lake == by_table == await world.expected(definition(asked)), wanted


@pytest.mark.rule("4.6", "4.8")
def test_it_is_followed_and_refused_through_the_api(shop: Shop) -> None:
    wanted = has("email", type="string", operator="regex", value=r"(?i)[a-z]+\+vip@example\.com")
    segment = create(shop, definition(wanted))
    built(shop, segment)
    shop.profile("Ada+VIP@example.com")
    shop.profile("ben@example.com")
    eventually(lambda: members(shop, segment) == {"Ada+VIP@example.com"}, seconds=2)
    wrong = definition({**wanted, "filter": {"type": "string", "operator": "regex", "value": "(?=a)"}})
    answer = shop.http.post("/api/segments", json=body(wrong))
    assert answer.status_code == 400
    source = answer.json()["errors"][0]["source"]
    assert source["pointer"] == "/data/attributes/definition/condition_groups/0/conditions/0/filter/value"
