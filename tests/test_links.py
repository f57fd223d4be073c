"""Every link of an answer leads to an answer."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import REVISION, Server, new_shop
from tests.parity.surface import declared
from tests.parity.world import World

# with and without what came later: the newest, the last before campaigns changed, and one of the earliest
REVISIONS = (REVISION, "2026-07-15", "2024-02-15")


@pytest.fixture(scope="module")
def world(server: Server) -> Iterator[World]:
    with new_shop(server) as shop:
        yield World(shop)


@pytest.mark.parametrize("revision", REVISIONS)
def test_what_an_answer_links_to_is_there(world: World, revision: str) -> None:
    gone = [link for resource in _resources(world, revision) for link in _broken(world, resource, revision)]
    assert gone == []


def _resources(world: World, revision: str) -> Iterator[dict[str, Any]]:
    """One of each kind that a key can read by its id."""
    paths = {
        one.path
        for one in declared()
        if one.method == "GET"
        and one.answers is not None
        and one.path == one.answers.path + "/{id}"
        and one.serves(revision)
        and not one.personal
    }
    prefixes = {path.removesuffix("/{id}") for path in paths}
    for prefix, id in world.made_ids(prefixes).items():
        answer = world.shop.http.get(f"{prefix}/{id}", headers={"revision": revision})
        assert answer.status_code == 200, answer.text
        yield answer.json()["data"]


def _broken(world: World, resource: dict[str, Any], revision: str) -> Iterator[str]:
    for relation in resource.get("relationships", {}).values():
        for link in relation.get("links", {}).values():
            status = world.shop.http.get(link, headers={"revision": revision}).status_code
            if status >= 400:
                yield f"{status} {link}"
