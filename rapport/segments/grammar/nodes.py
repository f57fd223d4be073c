"""Reading a definition: a JSON value that knows where it stands, so that every refusal can point at it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from rapport.kit import clock
from rapport.segments.grammar.errors import DefinitionError

_ABSENT: Final = object()


@dataclass(frozen=True)
class Node:
    """A value inside a definition. Every reader raises DefinitionError pointing at the value."""

    value: Any
    pointer: str

    def error(self, detail: str) -> DefinitionError:
        return DefinitionError(self.pointer, detail)

    def __getitem__(self, key: str) -> "Node":
        """A member of an object; absent members are read as absent, and refused by whoever needs them."""
        if not isinstance(self.value, dict):
            raise self.error("An object is needed here.")
        return Node(self.value.get(key, _ABSENT), f"{self.pointer}/{key}")

    @property
    def is_set(self) -> bool:
        """Neither absent nor null."""
        return self.value is not _ABSENT and self.value is not None

    def only(self, *keys: str) -> None:
        """Refuse members that mean nothing here: a misspelt one would silently widen the audience."""
        if not isinstance(self.value, dict):
            raise self.error("An object is needed here.")
        for key in self.value:
            if key not in keys:
                raise DefinitionError(f"{self.pointer}/{key}", f"'{key}' is not a valid field here.")

    def items(self) -> "Iterator[Node]":
        if not isinstance(self.value, list):
            raise self.error("A list is needed here.")
        return (Node(item, f"{self.pointer}/{place}") for place, item in enumerate(self.value))

    def text(self) -> str:
        if not isinstance(self.value, str):
            raise self.error("A string is needed here.")
        return self.value

    def texts(self) -> tuple[str, ...]:
        texts = tuple(item.text() for item in self.items())
        if not texts:
            raise self.error("At least one value is needed here.")
        return texts

    def choice(self, choices: Sequence[str]) -> str:
        if self.value not in choices:
            raise self.error(f"One of {', '.join(choices)} is needed here.")
        return str(self.value)

    def boolean(self) -> bool:
        if not isinstance(self.value, bool):
            raise self.error("true or false is needed here.")
        return self.value

    def integer(self, least: int, most: int) -> int:
        whole = isinstance(self.value, int) or (isinstance(self.value, float) and self.value.is_integer())
        if isinstance(self.value, bool) or not whole or not least <= self.value <= most:
            raise self.error(f"A whole number from {least} to {most} is needed here.")
        return int(self.value)

    def number(self) -> Decimal:
        if isinstance(self.value, bool) or not isinstance(self.value, int | float | Decimal):
            raise self.error("A number is needed here.")
        # by way of its text, so that 0.1 stays 0.1
        return Decimal(str(self.value))

    def moment(self) -> datetime:
        """A datetime; what has no time zone is UTC."""
        if isinstance(self.value, datetime):
            moment = self.value
        else:
            try:
                moment = datetime.fromisoformat(self.text())
            except ValueError:
                raise self.error("A date such as 2026-11-08T00:00:00+00:00 is needed here.") from None
        if not clock.in_reach(moment):
            raise self.error("This date is too far away.")
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
