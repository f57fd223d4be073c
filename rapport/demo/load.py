"""Loading the demo store through the API, with progress."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import httpx
from rich.progress import Progress

from rapport.demo.store import Customer, customers

_CALL = 900


class DemoFailed(Exception):
    """The API did not take the demo's data; the message says what it answered."""


def load(client: httpx.Client, now: datetime, progress: Progress) -> None:
    """Send people and their events. Raises DemoFailed."""
    people = list(customers(now))
    groups = list(_groups(people))
    task = progress.add_task(
        "Demo store: 90 days of visits, carts and orders", total=sum(len(p.events) for p in people)
    )
    for call in _calls(groups):
        attributes = {"events-bulk-create": {"data": call}}
        post(client, "/api/event-bulk-create-jobs", {"type": "event-bulk-create-job", "attributes": attributes})
        progress.advance(task, sum(len(group["attributes"]["events"]["data"]) for group in call))


def post(client: httpx.Client, path: str, data: Any) -> dict[str, Any]:
    """The answer's `data`, or an empty dict when there is no body. Raises DemoFailed."""
    answer = client.post(path, json={"data": data})
    if answer.is_error:
        raise DemoFailed(f"{path} answered {answer.status_code}: {answer.text[:300]}")
    return dict(answer.json()["data"]) if answer.content else {}


def _groups(people: Sequence[Customer]) -> Iterator[dict[str, Any]]:
    """One group a person. `backfill`: history starts no flows."""
    for person in people:
        events = [{"type": "event", "attributes": event} for event in person.events]
        profile = {"data": {"type": "profile", "attributes": person.attributes}}
        attributes = {"profile": profile, "events": {"data": events}, "backfill": True}
        yield {"type": "event-bulk-create", "attributes": attributes}


def _calls(groups: Sequence[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    call: list[dict[str, Any]] = []
    size = 0
    for group in groups:
        events = len(group["attributes"]["events"]["data"])
        if call and size + events > _CALL:
            yield call
            call, size = [], 0
        call.append(group)
        size += events
    if call:
        yield call
