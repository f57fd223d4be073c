"""Every type of condition × every operator is explained: what it was decided on, and when that turns."""

import asyncio
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from rapport.kit import db
from rapport.profiles import service as profiles
from rapport.segments.explaining.explain import Explained, explain, picture
from tests.lengths import length
from tests.segments.cells import EMPTY, FULL, NOW, Cell
from tests.segments.crowd import Crowd
from tests.segments.explaining.test_explain import Oracle, check_ahead
from tests.segments.grammar.test_grammar import CELLS
from tests.segments.world import definition

# The keys of `data` by type: what other programs read.
DATA = {
    "profile-metric": {"count", "sum", "wanted", "window", "events"},
    "profile-metric-funnel": {"steps", "window"},
    "profile-property": {"value", "is_set"},
    "profile-group-membership": {"is_member", "joined"},
    "profile-marketing-consent": {
        "channel", "can_receive_marketing", "subscription", "consented_at", "updated", "method", "method_detail",
        "is_double_opt_in", "suppressions",
    },
    "profile-permissions": {
        "channel", "is_reachable", "subscription", "consented_at", "updated", "method", "method_detail",
        "is_double_opt_in",
    },
    "profile-region": {"region", "country"},
    "profile-postal-code-distance": {"country", "zip", "latitude", "longitude"},
    "profile-predictive-analytics": {"dimension", "value", "wanted"},
    "profile-sample": {"percentage"},
    "profile-in-flow": {"is_in_flow", "entered"},
    "profile-completed-flow": {"completed", "finished", "is_in_flow"},
}  # fmt: skip

# Plain Python knows no distances nor whom a sample takes; and the crowd's segment holds others than it asks for.
UNTOLD = ("distance", "sample", "membership-segment")


class Told:
    """What was said about a few of the crowd, cell by cell."""

    def __init__(self, crowd: Crowd, people: list[Any]) -> None:
        self.crowd = crowd
        self.people = people
        self.conditions: dict[str, dict[str, Explained]] = {}

    def oracle(self, cell: Cell, name: str) -> Oracle:
        return Oracle(self.people, definition(cell.filled(self.crowd.names)), self.crowd.ids[name])


def asked_about(cell: Cell) -> set[str]:
    """One who meets it and one who does not, as far as there are; and who has everything and nothing, in the long form
    of all cells."""
    people = {next(iter(cell.meets), FULL), next(iter(cell.fails), EMPTY)}
    return length(people, people | {FULL, EMPTY})


async def _tell(url: str) -> Told:
    async with db.new_pool(url, size=2) as pool:
        crowd = await Crowd.gather(pool)
        told = Told(crowd, await crowd.world.people())
        for cell in CELLS:
            told.conditions[cell.id] = {name: await _one(crowd, cell, name) for name in asked_about(cell)}
        return told


async def _one(crowd: Crowd, cell: Cell, name: str) -> Explained:
    row = {"id": 0, "public_id": "NOBODY", "definition": definition(cell.filled(crowd.names))}
    async with crowd.world.pool.connection() as conn, picture(conn):
        (person,) = await profiles.by_ids(conn, crowd.world.id, [crowd.ids[name]])
        found = await explain(conn, crowd.world.id, row, person, NOW)
    return found.groups[0].conditions[0]


@pytest.fixture(scope="module")
def told(database: str) -> Told:
    return asyncio.run(_tell(database))


def _parameters() -> Iterator[Any]:
    for cell in CELLS:
        yield pytest.param(cell, id=cell.id, marks=[pytest.mark.rule(*cell.rules)] if cell.rules else [])


@pytest.mark.parametrize("cell", list(_parameters()))
def test_it_is_explained(told: Told, cell: Cell) -> None:
    for name, found in told.conditions[cell.id].items():
        assert {*found.data} == DATA[cell.condition["type"]]
        assert msgspec.json.encode(found.data)
        assert found.holds or name not in cell.meets
        assert not found.holds or name not in cell.fails
        if not cell.id.startswith(UNTOLD):
            check_ahead(told.oracle(cell, name), found, NOW)


def test_every_type_is_explained() -> None:
    assert {cell.condition["type"] for cell in CELLS} == DATA.keys()
