"""The program: its rooms in order, and what they are put together to.

What is not on the list is not there. A room stands after those it builds on.
"""

from collections.abc import Sequence
from dataclasses import replace
from importlib import import_module
from itertools import chain
from typing import Any

from procrastinate import Blueprint
from starlette.routing import BaseRoute

from rapport.kit import db, geoip, outgoing
from rapport.kit.jsonapi import Operation
from rapport.kit.rooms import Loop, Process, Room, declared, fill_points
from rapport.kit.settings import Settings

_NAMES = (
    "accounts",
    "notifications",
    "texts",
    "profiles",
    "tags",
    "events",
    "lists",
    "subscriptions",
    "bulk",
    "segments",
    "images",
    "brands",
    "templates",
    "messages",
    "bounces",
    "previews",
    "consent",
    "campaigns",
    "flows",
    "attribution",
    "reports",
    "billing",
    "imports",
    "exports",
    "developers",
    "onsite",
    "connectors",
    "webhooks",
    "legacy",
    "search",
)
ROOMS: tuple[Room, ...] = tuple(import_module(f"rapport.{name}.room").ROOM for name in _NAMES)


class Program:
    """Rooms put together. A process has one: what is added to points stays until the next is made."""

    def __init__(self, rooms: Sequence[Room] = ROOMS, settings: Settings | None = None) -> None:
        self.rooms = rooms
        fill_points(rooms)
        if settings is not None:
            geoip.use(settings.geoip)
            outgoing.use(settings.outgoing_allow)
            for room in rooms:
                if room.settings is not None:
                    room.settings(settings)

    def operations(self, process: Process) -> list[Operation]:
        """Every operation of the API."""
        operations = declared(chain.from_iterable(room.operations for room in self.rooms), process)
        added: dict[Operation, dict[str, Any]] = {}
        for include in chain.from_iterable(room.includes() for room in self.rooms if room.includes):
            added.setdefault(include.operation, {})[include.name] = include.load
        return [
            replace(operation, includes={**operation.includes, **added[operation]}) if operation in added else operation
            for operation in operations
        ]

    def client_operations(self, process: Process) -> list[Operation]:
        """Every operation of the client API, which browsers and apps call with the public key alone."""
        return declared(chain.from_iterable(room.client_operations for room in self.rooms), process)

    def pages(self, process: Process) -> list[BaseRoute]:
        """Web pages and links that are not the API."""
        return [page for room in self.rooms if room.pages for page in room.pages(process)]

    def loops(self, process: Process) -> dict[str, Loop]:
        """A worker's loops by name."""
        return {loop.name: loop.make(process) for room in self.rooms for loop in room.loops}

    def wakes(self) -> dict[str, list[str]]:
        """The loops that each channel of NOTIFY wakes."""
        pairs = [(channel, loop.name) for room in self.rooms for loop in room.loops for channel in loop.wakes]
        return {channel: [name for other, name in pairs if other == channel] for channel, _ in pairs}

    def jobs(self, pool: db.Pool) -> dict[str, Blueprint]:
        """Scheduled and queued jobs by name."""
        return {name: make(pool) for room in self.rooms for name, make in room.jobs.items()}
