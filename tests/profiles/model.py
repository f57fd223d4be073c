"""What an account's profiles and events should be, computed another way: plain objects, one rule after the other."""

import copy
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
# Highest priority first (behaviour-people 1.5).
KINDS = ("external_id", "email", "phone_number")


class Refused(Exception):
    """409: an identifier is somebody else's."""


@dataclass
class Person:
    ids: dict[str, str] = field(default_factory=dict)
    plain: Json = field(default_factory=dict)
    properties: Json = field(default_factory=dict)
    events: list[tuple[str, str]] = field(default_factory=list)

    def shown(self) -> Any:
        known = {name: value for name, value in self.plain.items() if value is not None}
        return self.ids, known, self.properties, sorted(self.events)


class Model:
    """An account. Each verb is all or nothing."""

    def __init__(self) -> None:
        self.people: list[Person] = []

    def owner(self, kind: str, value: str) -> Person | None:
        return next((one for one in self.people if one.ids.get(kind) == value), None)

    def create(self, ids: Json, said: Json) -> None:
        if any(self.owner(*one) for one in ids.items()):
            raise Refused
        self._write(None, ids, said)

    def import_(self, ids: Json, said: Json) -> None:
        before = copy.deepcopy(self.people)
        person = self._write(None, ids, said)
        if any(person.ids.get(kind) != value for kind, value in ids.items()):
            self.people = before
            raise Refused

    def update(self, person: Person, ids: Json, said: Json) -> None:
        if any(self.owner(*one) not in (None, person) for one in ids.items()):
            raise Refused
        self._write(person, ids, said)

    def event(self, ids: Json, said: Json, metric: str, key: str) -> None:
        person = self._write(None, ids, said)
        if (metric, key) not in person.events:
            person.events.append((metric, key))

    def _write(self, person: Person | None, ids: Json, said: Json) -> Person:
        given = [(kind, ids[kind]) for kind in KINDS if kind in ids]
        person = person or self._meant(given)
        if person is None:
            person = Person()
            self.people.append(person)
        for kind, value in given:
            self._claim(person, kind, value)
        _say(person, said)
        return person

    def _meant(self, given: list[tuple[str, str]]) -> Person | None:
        for at, (kind, value) in enumerate(given):
            found = self.owner(kind, value)
            if found and all(found.ids.get(higher, wanted) == wanted for higher, wanted in given[:at]):
                return found
        return None

    def _claim(self, person: Person, kind: str, value: str) -> None:
        holder = self.owner(kind, value)
        if holder is person:
            return
        if holder is not None:
            if any(holder.ids.get(higher) for higher in KINDS[: KINDS.index(kind)]):
                return
            person.ids.pop(kind, None)
            self._fold(holder, person)
        person.ids[kind] = value

    def _fold(self, source: Person, into: Person) -> None:
        self.people = [one for one in self.people if one is not source]
        into.ids = {**source.ids, **into.ids}
        for name, value in source.plain.items():
            if into.plain.get(name) is None:
                into.plain[name] = value
        into.properties = {**source.properties, **into.properties}
        into.events += source.events

    def shown(self) -> list[Any]:
        return [one.shown() for one in self.people]


def _say(person: Person, said: Json) -> None:
    for name, value in said.items():
        if name in KINDS:
            person.ids.pop(name, None)
        elif name == "properties":
            for key, one in value.items():
                old = person.properties.get(key)
                both = isinstance(old, dict) and isinstance(one, dict)
                person.properties[key] = {**old, **one} if both else one
        else:
            person.plain[name] = value
