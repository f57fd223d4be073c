"""Junk in both directions: whatever is sent to an action and whatever a host answers, it ends in words."""

import functools
import gc
import itertools
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from rapport.connect import registry, running
from rapport.connect.action import Action
from rapport.connect.connection import Connection, api_key
from rapport.connect.failures import Failed
from tests.conftest import run
from tests.lengths import length

KEY = api_key("pk_" + "0" * 32)
JUNK: list[Any] = [
    *(None, True, 7, -1.5, 1e400, float("nan"), 10**40, "", " ", "x", "\ud800", "é\u0000", "a" * 5000, "1" * 5000),
    *([], [[]], [None], ["x"], [{}], {}, {"data": {}}, {"data": [None]}, {"attributes": 1}, {"data": "%"}),
    *({"a": {"b": [1, {"c": "\udfff"}]}}, "[1]", "{", '{"a": 1}', "[" * 3000, '["\\ud800"]', "data:image/png;base64,x"),
    *("//x", "/api/\\", "http://[", {"next": "http://["}, {"key": 1, "value": 2}, [{"key": "a", "value": {}}]),
]
GOOD = {
    "text": "x",
    "number": 1,
    "seconds": 5,
    "boolean": True,
    "time": "2024-07-10T14:48:00Z",
    "list": ["x"],
    "object": {"a": 1},
    "properties": {"a": 1},
    "array": [{"email": "a@example.com"}],
    "pairs": {"a": "b"},
    "file": "AAAA",
    "any": {"a": 1},
}
# Of the junk, each action is given another part; all of it in the whole form.
EVERY = length(60, 1)


@pytest.fixture(autouse=True, scope="module")
def nothing_is_collected_in_the_depth() -> Iterator[None]:
    """Where a document as deep as the stack is read, a finalizer of something else would have no stack left."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def part(name: str, junk: list[Any]) -> list[Any]:
    return junk[list(registry.ACTIONS).index(name) % EVERY :: EVERY]


def sound(action: Action) -> dict[str, Any]:
    """Inputs that an action takes."""
    special = {"url": "/api/accounts", "eventsArray": [{"eventName": "A", "eventProfile": {"email": "a@example.com"}}]}
    inputs = [entry for entry in action.inputs if entry.required and entry.type != "connection"]
    values = {entry.key: special.get(entry.key, (entry.choices or [GOOD.get(entry.type)])[0]) for entry in inputs}
    values |= {"email": "a@example.com"} if action.group == "lead" else {}
    return values | ({"imageUrl": "https://example.com/a.png"} if action.name == "component.uploadImage" else {})


async def ended(action: Action, values: dict[str, Any], answers: Any) -> None:
    """A run, whose only exceptions are those that say why, and whose output is JSON."""
    transport = httpx.MockTransport(lambda _request: next(answers))
    try:
        output = await running.run(action, values, Connection("http://host", KEY, 0.0), transport=transport, seconds=5)
    except Failed as failed:
        assert str(failed)
    else:
        json.dumps(output, allow_nan=False, ensure_ascii=False).encode()


@pytest.mark.parametrize("name", registry.ACTIONS)
def test_whatever_is_sent_ends_in_words(name: str) -> None:
    action = registry.ACTIONS[name]
    answer = httpx.Response(200, json={"data": [{"type": "profile", "id": "1", "attributes": {}}]})

    async def all_of_them() -> None:
        keys = [entry.key for entry in action.inputs]
        junk = [{**sound(action), key: value} for key in keys for value in JUNK]
        for values in [*part(name, junk), {"\ud800": 1}, {"connection": {}}]:
            await ended(action, values, itertools.repeat(answer))

    run(all_of_them())


@functools.cache
def documents() -> list[bytes]:
    """Answers that are JSON and nothing that was promised."""
    resource = {"type": "profile", "id": "1", "attributes": {"properties": {"a": 1}}}
    junk = [value for value in JUNK if value == value and value != float("inf")]
    whole = [{"data": value} for value in junk]
    whole += [{"data": [{**resource, key: value}]} for key in resource for value in junk]
    for key in ("included", "links", "errors"):
        whole += [{"data": data, key: value} for data in (resource, [resource]) for value in junk]
    for path in ("subscriptions", "properties", "contact_information", "name", "email", "created"):
        whole += [
            {"data": [{**resource, "attributes": {path: value}}], "included": [{"attributes": value}]} for value in junk
        ]
    raw = [json.dumps(document).encode() for document in whole]
    return [*raw, b'{"data": NaN}', b'{"data": 1' + b"0" * 5000 + b"}", b'{"data": ' + b"[" * 700 + b"]" * 700 + b"}"]


@pytest.mark.parametrize("name", registry.ACTIONS)
def test_whatever_a_host_answers_ends_in_words(name: str) -> None:
    action = registry.ACTIONS[name]

    async def all_of_them() -> None:
        for status, document in part(name, list(itertools.product((200, 400), documents()))):
            searched = httpx.Response(200, json={"data": [{"type": "profile", "id": "1", "attributes": {}}]})
            answer = httpx.Response(status, content=document)
            for first in ([], [searched]) if action.group == "lead" else ([],):
                await ended(action, sound(action), itertools.chain(first, itertools.repeat(answer)))

    run(all_of_them())
