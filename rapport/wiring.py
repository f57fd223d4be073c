"""The program: its rooms in order, and what they are put together to.

What is not on the list is not there. A room stands after those it builds on.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain
from typing import Any

from procrastinate import Blueprint
from starlette.routing import BaseRoute

from rapport.accounts.room import ROOM as ACCOUNTS
from rapport.attribution.room import ROOM as ATTRIBUTION
from rapport.bulk.room import ROOM as BULK
from rapport.campaigns.room import ROOM as CAMPAIGNS
from rapport.connectors.room import ROOM as CONNECTORS
from rapport.consent.room import ROOM as CONSENT
from rapport.events.room import ROOM as EVENTS
from rapport.flows.room import ROOM as FLOWS
from rapport.images.room import ROOM as IMAGES
from rapport.kit import db, geoip, outgoing
from rapport.kit.jsonapi import Operation
from rapport.kit.rooms import Loop, Process, Room, declared, fill_points
from rapport.kit.settings import Settings
from rapport.legacy.room import ROOM as LEGACY
from rapport.lists.room import ROOM as LISTS
from rapport.messages.room import ROOM as MESSAGES
from rapport.onsite.room import ROOM as ONSITE
from rapport.profiles.room import ROOM as PROFILES
from rapport.reports.room import ROOM as REPORTS
from rapport.segments.room import ROOM as SEGMENTS
from rapport.subscriptions.room import ROOM as SUBSCRIPTIONS
from rapport.tags.room import ROOM as TAGS
from rapport.templates.room import ROOM as TEMPLATES
from rapport.webhooks.room import ROOM as WEBHOOKS

ROOMS = (
    ACCOUNTS,
    PROFILES,
    TAGS,
    EVENTS,
    LISTS,
    SUBSCRIPTIONS,
    BULK,
    SEGMENTS,
    TEMPLATES,
    IMAGES,
    MESSAGES,
    CONSENT,
    CAMPAIGNS,
    FLOWS,
    ATTRIBUTION,
    REPORTS,
    ONSITE,
    CONNECTORS,
    WEBHOOKS,
    LEGACY,
)


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
