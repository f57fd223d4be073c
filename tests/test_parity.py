"""Every operation we declare is one of the official SDK's, and the SDK's strict models take its answer."""

import re
from collections.abc import Iterator

import pytest

from rapport.kit.jsonapi import Operation
from tests.conftest import REVISION, Server, new_shop
from tests.parity.calls import CALLS
from tests.parity.surface import EXTENSIONS, declared, newest, official
from tests.parity.world import World


@pytest.fixture(scope="module")
def world(server: Server) -> Iterator[World]:
    with new_shop(server) as shop:
        yield World(shop)


def test_it_declares_only_operations_of_the_official_sdk() -> None:
    """The same id, method and path; what is ours alone is named in EXTENSIONS."""
    assert {one.id: (one.method, one.path) for one in newest()}.items() <= official().items()


def test_extensions_are_not_in_the_sdk_under_other_paths() -> None:
    assert not EXTENSIONS & official().keys()


def test_operations_of_older_revisions_only_give_way_to_newer_ones() -> None:
    """What only older revisions had stays reachable, so each id is declared once a revision."""
    keys = [(one.id, one.since) for one in declared()]
    assert len(keys) == len(set(keys))


def test_no_call_is_written_for_an_operation_that_is_not_declared() -> None:
    assert CALLS.keys() <= official().keys()


def test_it_speaks_the_revision_of_the_sdk(world: World) -> None:
    assert world.sdk._REVISION == REVISION
    answer = world.shop.http.get("/api/accounts", headers={"revision": world.sdk._REVISION})
    assert answer.headers["x-klaviyo-api-revision"] == world.sdk._REVISION


@pytest.mark.parametrize("operation", newest(), ids=lambda one: one.id)
def test_the_sdk_calls_it_and_takes_its_answer(world: World, operation: Operation) -> None:
    assert operation.id in CALLS, f"add a call of {operation.id} to tests/parity/calls.py"
    world.requests.clear()
    answer = CALLS[operation.id](world)
    assert _was_sent(world, operation)
    assert not isinstance(answer, dict), "an answer that no model has parsed"


def _was_sent(world: World, operation: Operation) -> bool:
    path = re.compile(re.sub(r"\{\w+\}", "[^/]+", operation.path))
    return any(method == operation.method and path.fullmatch(sent) for method, sent in world.requests)
