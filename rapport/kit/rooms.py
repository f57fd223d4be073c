"""What a room has for the rest of the program, as one record, and points where rooms above add to a room below.

A room's `room.py` holds one `ROOM`. The program is an ordered list of them (`rapport.wiring`): what is not on the list
is not there. Nothing is registered by being imported.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, Generic, Protocol, TypeVar

from procrastinate import Blueprint
from starlette.routing import BaseRoute

from rapport.kit import db
from rapport.kit.jsonapi import Loader, Operation, operations_of
from rapport.kit.settings import Settings

T = TypeVar("T")
# A test account's clock was moved: whatever waits for a time looks again.
CLOCK = "rapport_clock"


class Point(Generic[T]):
    """Something that rooms above add to, defined in the room that uses it. Empty until a program is put together."""

    def __init__(self, what: str) -> None:
        self.what = what
        self._added: list[T] = []

    def __iter__(self) -> Iterator[T]:
        return iter(self._added)

    def __bool__(self) -> bool:
        return bool(self._added)

    def add(self, *things: T) -> "Addition[T]":
        """What a room's record says it adds."""
        return Addition(self, things)

    def take(self, things: Iterable[T]) -> None:
        """Hold these and nothing else."""
        self._added = list(things)


@dataclass(frozen=True)
class Addition(Generic[T]):
    """Things for a point."""

    point: Point[T]
    things: tuple[T, ...]


class Loop(Protocol):
    """A worker's loop: does what is due and returns how much that was; 0 = nothing, wake me later.

    One that keeps work or connections open between runs also has `async def close(self) -> None`; one that need not
    look every half second has `idle_seconds`.
    """

    async def run_once(self) -> int: ...


@dataclass(frozen=True)
class LoopOf:
    """A loop as its room declares it: its name, how it is made, the channels of NOTIFY that wake it."""

    name: str
    make: "Callable[[Process], Loop]"
    wakes: tuple[str, ...] = ()


class Process:
    """The process that a program is put together in: its connections, its settings, what exists in it once.

    pool: connections with transactions; single: connections where each statement is one of its own.
    """

    def __init__(self, settings: Settings, pool: db.Pool, single: db.Pool | None = None) -> None:
        self.settings, self.pool = settings, pool
        self.single = single or pool
        self._once: dict[Callable[[Process], Any], Any] = {}

    def once(self, make: "Callable[[Process], T]") -> T:
        """What `make` makes of this process, made when it is first asked for."""
        if make not in self._once:
            self._once[make] = make(self)
        return self._once[make]  # type: ignore[no-any-return]


@dataclass(frozen=True)
class Include:
    """What a room adds to an operation of a room above it: `name` in its parameter `include`, and what loads it."""

    operation: Operation
    name: str
    load: Loader


# A module that declares operations at its top, or a function that makes some for a process.
Operations = ModuleType | Callable[[Process], Iterable[Operation]]


@dataclass(frozen=True, kw_only=True)
class Room:
    """A room's record.

    operations, client_operations: of /api and of /client. includes: what it adds to others' operations. pages: routes
    outside both. loops, jobs (by name): a worker's. adds: what it adds to points of rooms below. settings: what it
    takes of them, called once in each process. locks: its spaces of advisory locks (`kit.locks`).
    """

    name: str
    operations: Sequence[Operations] = ()
    client_operations: Sequence[Operations] = ()
    includes: Callable[[], Sequence[Include]] | None = None
    pages: Callable[[Process], Sequence[BaseRoute]] | None = None
    loops: Sequence[LoopOf] = ()
    jobs: Mapping[str, Callable[[db.Pool], Blueprint]] = field(default_factory=dict)
    adds: Sequence[Addition[Any]] = ()
    settings: Callable[[Settings], None] | None = None
    locks: Sequence[int] = ()


def declared(sources: Iterable[Operations], process: Process) -> list[Operation]:
    """The operations of these modules and functions, in order."""
    declared_operations: list[Operation] = []
    for source in sources:
        declared_operations += operations_of(source) if isinstance(source, ModuleType) else source(process)
    return declared_operations


_filled: list[Point[Any]] = []


def fill_points(rooms: Iterable[Room]) -> None:
    """Every point holds what these rooms add to it, in their order, and nothing of the program before."""
    additions = [addition for room in rooms for addition in room.adds]
    points = [addition.point for addition in additions]
    for point in (*_filled, *points):
        point.take(thing for addition in additions if addition.point is point for thing in addition.things)
    _filled[:] = points
