"""The demo's shop as it sends its events: what happened since the last time, in calls that the API takes."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from heapq import heappop, heappush
from itertools import groupby
from typing import Any

from rapport.commands.demo.client import Client
from rapport.commands.demo.store import Customer, Event

_BULK = 900


class Shop:
    """Events to come, the earliest first."""

    def __init__(self, client: Client, people: Sequence[Customer]) -> None:
        self._client = client
        self._unknown = {person.address: person for person in people}
        self._events: list[tuple[datetime, int, Event]] = []
        self._number = 0

    def expect(self, event: Event) -> None:
        self._number += 1
        heappush(self._events, (event.time, self._number, event))

    def send(self, until: datetime) -> None:
        """What happened until then; its effects follow. Raises DemoFailed."""
        events = list(self._until(until))
        for first in range(0, len(events), _BULK):
            by_person = sorted(events[first : first + _BULK], key=lambda event: event.address)
            groups = [self._group(address, list(some)) for address, some in groupby(by_person, lambda e: e.address)]
            attributes = {"events-bulk-create": {"data": groups}}
            job = {"type": "event-bulk-create-job", "attributes": attributes}
            self._client.post("/api/event-bulk-create-jobs", job)

    def _until(self, moment: datetime) -> Iterator[Event]:
        while self._events and self._events[0][0] <= moment:
            yield heappop(self._events)[2]

    def _group(self, address: str, events: Sequence[Event]) -> dict[str, Any]:
        """What is known of a person is said once."""
        person = self._unknown.pop(address, None)
        described = person.attributes if person else {"email": address}
        profile = {"data": {"type": "profile", "attributes": described}}
        data = [{"type": "event", "attributes": event.attributes} for event in events]
        return {"type": "event-bulk-create", "attributes": {"profile": profile, "events": {"data": data}}}
