"""Rows of a file of people: what becomes of the profile, and what the row says of consent."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from rapport.imports import cells
from rapport.imports.mapping import CONSENTS, LOCATION, PROFILES, Mapped
from rapport.imports.table import BadRow, Row

# bytes; what the API takes of one profile (behaviour-people 1.3)
_MAX_PROFILE = 100_000
_COORDINATES = (f"{LOCATION}latitude", f"{LOCATION}longitude")
_EMAIL, _SMS, _SMS_TRANSACTIONAL = CONSENTS
# Where the API keeps each consent, and the identifier it needs.
CHANNELS: Mapping[str, tuple[str, str, str]] = {
    _EMAIL: ("email", "marketing", "email"),
    _SMS: ("sms", "marketing", "phone_number"),
    _SMS_TRANSACTIONAL: ("sms", "transactional", "phone_number"),
}


@dataclass(frozen=True)
class Said:
    """What a row says of one channel: SUBSCRIBED or UNSUBSCRIBED, and since when (ISO 8601) where it tells."""

    consent: str
    at: str | None


@dataclass(frozen=True)
class Person:
    """A checked row: the profile's id and attributes as the API takes them, and consent by channel."""

    row: Row
    id: str | None
    attributes: Mapping[str, Any]
    consents: Mapping[str, Said]

    def body(self) -> bytes:
        data: dict[str, Any] = {"type": "profile", "attributes": self.attributes}
        return msgspec.json.encode(data if self.id is None else {**data, "id": self.id})


@dataclass(frozen=True)
class Reader:
    """Reads rows of one file. `country`: where local telephone numbers are from, unless the row says."""

    mapped: Mapped
    country: str | None = None

    def read(self, row: Row) -> tuple[Person, bytes]:
        """A person, and the profile's JSON. Raises BadRow."""
        if row.problem:
            raise BadRow(row.problem)
        cell_by_target = {target: cell for column, target in self.mapped.targets.items() if (cell := row.cell(column))}
        if not any(target in cell_by_target for target in PROFILES.identifiers):
            raise BadRow("nobody is named: every identifier is empty")
        if "phone_number" in cell_by_target:
            country = cell_by_target.get(f"{LOCATION}country") if self.country is None else self.country
            cell_by_target["phone_number"] = cells.phone(cell_by_target["phone_number"], country)
        person = Person(
            row, cell_by_target.pop("id", None), self._attributes(row, cell_by_target), _consents(cell_by_target)
        )
        body = person.body()
        if len(body) > _MAX_PROFILE:
            raise BadRow(f"the row is longer than {_MAX_PROFILE:,} bytes")
        return person, body

    def _attributes(self, row: Row, cell_by_target: Mapping[str, str]) -> dict[str, Any]:
        """An empty cell says nothing: it clears nothing either."""
        plain = {
            target: cell
            for target, cell in cell_by_target.items()
            if not _is_consent(target) and LOCATION not in target
        }
        location = {
            target.removeprefix(LOCATION): self._place(row, target, cell)
            for target, cell in cell_by_target.items()
            if target.startswith(LOCATION)
        }
        more = {"location": location, "properties": cells.properties(row, self.mapped.properties)}
        return {**plain, **{name: value for name, value in more.items() if value}}

    def _place(self, row: Row, target: str, cell: str) -> str | float:
        """A part of a location; a coordinate is a number unless it is marked as text."""
        marked = row.marked_text(self.mapped.column(target) or "") is not None
        return cell if marked or target not in _COORDINATES else cells.coordinate(cell)


def _is_consent(target: str) -> bool:
    return target.removesuffix("_at") in CONSENTS


def _consents(cell_by_target: Mapping[str, str]) -> dict[str, Said]:
    """Raises BadRow for a consent whose address or number is missing."""
    consents: dict[str, Said] = {}
    for name in CONSENTS:
        consent = cells.consent(cell_by_target.get(name, ""))
        if consent is None:
            continue
        needed = CHANNELS[name][2]
        if needed not in cell_by_target:
            raise BadRow(f"{name} needs {needed}, which is empty")
        at = cell_by_target.get(f"{name}_at")
        consents[name] = Said(consent, cells.moment(at) if at else None)
    return consents
