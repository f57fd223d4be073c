"""What is written is what an ECMAScript engine writes of what it read, asked of Node."""

import json
import math
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rapport.kit import ecmascript_json
from tests.lengths import length

_NODE = Path(__file__).parents[2] / "tools" / "node.py"
# Each line is the hex of a body; the answer is the hex of what Node makes of it.
_ECHO = """
require("readline").createInterface({ input: process.stdin }).on("line", (line) => {
  const text = Buffer.from(line, "hex").toString("utf8");
  console.log(Buffer.from(JSON.stringify(JSON.parse(text))).toString("hex"));
});"""
Echo = Callable[[list[bytes]], list[bytes]]


@pytest.fixture(scope="module")
def echo() -> Iterator[Echo]:
    command = [sys.executable, str(_NODE), "node", "-e", _ECHO]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as node:
        assert node.stdin and node.stdout

        def ask(bodies: list[bytes]) -> list[bytes]:
            assert node.stdin and node.stdout
            node.stdin.write("".join(f"{body.hex()}\n" for body in bodies))
            node.stdin.flush()
            return [bytes.fromhex(node.stdout.readline()) for _ in bodies]

        yield ask
        node.stdin.close()


def _double(bits: int) -> float:
    return float(struct.unpack("<d", struct.pack("<Q", bits))[0])


# every surrogate too, alone and in pairs
_TEXTS = st.text(st.one_of(st.characters(), st.sampled_from('\ud83d\ude00\udc00\ud800\u2028\u2029\x7f\x00\x1f\\"/')))
_KEYS = st.one_of(_TEXTS, st.integers(-2, 2**33).map(str), st.sampled_from(["__proto__", "toJSON", "01", "4294967295"]))
_NUMBERS = st.one_of(
    st.floats(),
    st.integers(0, 2**64 - 1).map(_double),
    st.integers(-(10**30), 10**30),
    st.integers(-400, 400).map(lambda power: 10**power if power > 0 else float(f"1e{power}")),
)
_VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), _NUMBERS, _TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(_KEYS, inner, max_size=6)),
    max_leaves=20,
)


@settings(max_examples=length(6, 500), deadline=None)
@given(bodies=st.lists(_VALUES, min_size=10, max_size=40))
def test_what_node_makes_of_a_body_is_the_same_bytes(echo: Echo, bodies: list[Any]) -> None:
    written = [ecmascript_json.encode(body) for body in bodies]
    assert echo(written) == written


@settings(max_examples=length(6, 500), deadline=None)
@given(
    numbers=st.lists(
        _NUMBERS.filter(lambda number: isinstance(number, int) or math.isfinite(number)), min_size=20, max_size=40
    )
)
def test_numbers_are_what_node_writes_of_them_and_stay_the_same_double(echo: Echo, numbers: list[float]) -> None:
    written = [ecmascript_json.encode(number) for number in numbers]
    assert echo([json.dumps(number).encode() for number in numbers]) == written
    assert [float(json.loads(text)) for text in written if text != b"null"] == [
        float(number) for number, text in zip(numbers, written, strict=True) if text != b"null"
    ]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (-0.0, "0"),
        (100.0, "100"),
        (1e21, "1e+21"),
        (123456789012345680000.0, "123456789012345680000"),
        (1e-6, "0.000001"),
        (1.5e-7, "1.5e-7"),
        (2**53 + 1, "9007199254740992"),
        (10**400, "null"),
        (float("nan"), "null"),
        ({"b": 1, "10": 2, "9": 3, "4294967295": 4, "01": 5}, '{"9":3,"10":2,"b":1,"4294967295":4,"01":5}'),
        ({"\ud83d\ude00": 1, "x": 2, "😀": 3}, '{"😀":3,"x":2}'),
        ("\ud800 /\u2028\x7f\x01\b", '"\\ud800 /\u2028\x7f\\u0001\\b"'),
        ({"a": [True, None, {}]}, '{"a":[true,null,{}]}'),
    ],
)
def test_how_some_are_written(value: Any, text: str) -> None:
    assert ecmascript_json.encode(value).decode() == text


def test_what_json_has_no_form_for_is_refused() -> None:
    with pytest.raises(TypeError, match="bytes"):
        ecmascript_json.encode({"a": b"x"})
