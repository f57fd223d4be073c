"""The program is an ordered list of rooms: nothing is there that no room declares, and a room goes with its line."""

import asyncio
import importlib
import pkgutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from types import ModuleType

import grimp
import httpx
import pytest
from granian.constants import Interfaces
from granian.server.embed import Server

import rapport
from rapport.events import reactions
from rapport.kit import locks
from rapport.kit.jsonapi import operations_of
from rapport.kit.rooms import Room
from rapport.kit.settings import load
from rapport.server import application
from rapport.wiring import ROOMS, Program
from rapport.worker import run as work
from tests.conftest import database, run
from tests.sink import free_port

# Held by the program itself, for no room.
OF_THE_PROGRAM = {locks.MIGRATIONS, locks.WORKERS}

_IMPORT_ALL = """
import gc, importlib, pkgutil, rapport
from rapport.kit.rooms import Point
for module in pkgutil.walk_packages(rapport.__path__, "rapport."):
    if not module.name.startswith("rapport.migrations."):
        importlib.import_module(module.name)
points = [thing for thing in gc.get_objects() if isinstance(thing, Point)]
print(len(points), [point.what for point in points if point])
"""


@pytest.fixture(autouse=True)
def whole_again():
    yield
    Program()


@cache
def on_their_own() -> list[Room]:
    """Rooms that nothing but the program imports, and the schema, which is always whole."""
    graph = grimp.build_graph("rapport")
    alone = []
    for room in ROOMS:
        own = {module for module in graph.modules if _in(room, module)}
        importers = {name for module in own for name in graph.find_modules_that_directly_import(module)}
        if importers - own <= {"rapport.wiring", "rapport.migrations.tables"}:
            alone.append(room)
    return alone


def _in(room: Room, module: str) -> bool:
    return module == f"rapport.{room.name}" or module.startswith(f"rapport.{room.name}.")


def test_nothing_is_registered_by_being_imported():
    command = [sys.executable, "-c", _IMPORT_ALL]
    answer = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split(" ", 1)
    assert int(answer[0]) >= 10
    assert answer[1].strip() == "[]"


def test_rooms_that_nothing_imports_are_some():
    assert {room.name for room in on_their_own()} >= {"campaigns", "flows", "reports", "onsite"}


# Those that others would most easily lean on; all in the long form.
_EACH_TIME = ("campaigns", "flows")


@pytest.mark.parametrize(
    "room",
    [pytest.param(room, marks=() if room.name in _EACH_TIME else pytest.mark.long) for room in on_their_own()],
    ids=lambda room: room.name,
)
def test_a_room_taken_off_the_list_takes_its_feature_with_it(room, tmp_path):
    """And the rest starts: web and worker."""
    rest = [one for one in ROOMS if one is not room]
    with database() as url:
        settings = load(data=str(tmp_path))

        async def started():
            stop = asyncio.Event()
            port = free_port()
            server = Server(application(settings, url, rest), address="127.0.0.1", port=port, interface=Interfaces.ASGI)
            serving = asyncio.create_task(server.serve())
            worker = asyncio.create_task(work(settings, url, stop, rest))
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
                while not await _is_well(client):
                    assert not (worker.done() or serving.done())
                    await asyncio.sleep(0.02)
                document = (await client.get("/openapi.json")).json()
            stop.set()
            await worker
            server.stop()
            await serving
            return {one["operationId"] for path in document["paths"].values() for one in path.values()}

        there = run(started())
    assert _declared_in(room) or room.pages
    assert there.isdisjoint(_declared_in(room))
    assert len(there) > 150


def _declared_in(room: Room) -> set[str]:
    modules = [one for one in (*room.operations, *room.client_operations) if isinstance(one, ModuleType)]
    return {one.id for module in modules for one in operations_of(module)}


async def _is_well(client: httpx.AsyncClient) -> bool:
    try:
        return (await client.get("/health")).status_code == 200
    except httpx.HTTPError:
        return False


def test_every_module_that_declares_operations_is_in_a_room():
    told = set().union(*(_declared_in(room) for room in ROOMS))
    modules = (one.name for one in pkgutil.walk_packages(rapport.__path__, "rapport.") if "migrations" not in one.name)
    left_out = {
        f"{name}: {one.id}"
        for name in modules
        for one in operations_of(importlib.import_module(name))
        if one.id not in told
    }
    assert left_out == set()


def test_every_space_of_locks_is_one_rooms():
    claimed = [space for room in ROOMS for space in room.locks]
    assert len(claimed) == len(set(claimed))
    spaces = {value for name, value in vars(locks).items() if name.isupper() and isinstance(value, int)}
    assert set(claimed) | OF_THE_PROGRAM == spaces


def test_what_follows_from_events_runs_in_the_order_it_needs():
    Program()
    order = reactions.order()
    assert order.index("segments") > order.index("event-totals")
    assert order.index("attribution") > order.index("engagement")
    assert order.index("report-totals") > order.index("attribution")
    # what counts the events of imports changes nothing that others see
    order.remove("file-imports")
    assert order[-2:] == ["flows", "webhooks"]


def test_a_program_holds_what_its_own_rooms_add_and_nothing_of_the_one_before():
    Program()
    whole = len(list(reactions.REACTIONS))
    Program([room for room in ROOMS if room.name != "reports"])
    assert whole - len(list(reactions.REACTIONS)) == 1
    Program()
    assert len(list(reactions.REACTIONS)) == whole


def test_every_room_of_the_package_is_on_the_list():
    rooms = {path.parent.name for path in Path(rapport.__path__[0]).glob("*/room.py")}
    assert rooms == {room.name for room in ROOMS}
