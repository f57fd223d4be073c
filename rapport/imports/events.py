"""Rows of a file of orders or other events: checked one by one, and written as the bulk call wants them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import msgspec

from rapport.imports import cells
from rapport.imports.mapping import IDENTIFIERS, Kind, Mapped
from rapport.imports.table import BadRow, Row

# One row alone must fit into a call.
_MAX_ROW = 1_000_000


@dataclass(frozen=True)
class Event:
    """A checked row: who (identifiers and names), the metric, and the event's attributes as the API takes them."""

    row: Row
    person: Mapping[str, str]
    metric: str
    attributes: Mapping[str, Any]
    # what it is known by within the file
    unique_id: str


@dataclass(frozen=True)
class Reader:
    """Reads rows of one file. `metric` is the event that a row becomes where no column says."""

    kind: Kind
    mapped: Mapped
    metric: str
    country: str | None = None

    def read(self, row: Row) -> Event:
        """Raises BadRow."""
        if row.problem:
            raise BadRow(row.problem)
        if sum(map(len, row.cells.values())) > _MAX_ROW:
            raise BadRow(f"the row is longer than {_MAX_ROW:,} characters")
        person = self._person(row)
        cell_by_target = {target: cell for column, target in self.mapped.event.items() if (cell := row.cell(column))}
        metric = cell_by_target.pop("metric", self.metric)
        event = {target: _READ[target](cell) for target, cell in cell_by_target.items()}
        for needed in self.kind.needs:
            if needed not in event:
                raise BadRow(f"{needed} is empty")
        # Without a number of its own an event is known by all that is said of it: the same line again is the same. One
        # that an export tells of has none where it was recorded: it is known by its second there.
        unique_id = event.get("unique_id") or _digest(row, metric)
        if not self.mapped.is_export_of_events:
            event["unique_id"] = unique_id
        event["properties"] = cells.properties(row, self.mapped.properties)
        return Event(row, person, metric, event, unique_id)

    def _person(self, row: Row) -> dict[str, str]:
        person = {target: cell for column, target in self.mapped.person.items() if (cell := row.cell(column))}
        if not any(target in person for target in IDENTIFIERS):
            raise BadRow("nobody is named: every identifier is empty")
        if "phone_number" in person:
            person["phone_number"] = cells.phone(person["phone_number"], self.country)
        return person


def _digest(row: Row, metric: str) -> str:
    text = msgspec.json.encode([metric, sorted(row.cells.items())])
    return f"line:{blake2b(text, digest_size=16).hexdigest()}"


_READ: Mapping[str, Callable[[str], Any]] = {
    "unique_id": str,
    "time": cells.moment,
    "value": cells.amount,
    "value_currency": str.upper,
}


def bulk_body(event: Event) -> bytes:
    """The body of a bulk call with this event, marked as backfill: history is recorded and starts no flow."""
    metric = {"data": {"type": "metric", "attributes": {"name": event.metric}}}
    attributes = {
        "profile": {"data": {"type": "profile", "attributes": event.person}},
        "events": {"data": [{"type": "event", "attributes": {**event.attributes, "metric": metric}}]},
        "backfill": True,
    }
    data = [{"type": "event-bulk-create", "attributes": attributes}]
    body = {"data": {"type": "event-bulk-create-job", "attributes": {"events-bulk-create": {"data": data}}}}
    return msgspec.json.encode(body)
