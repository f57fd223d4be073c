"""One SQL text while it is composed: the values it needs, and the moment it is asked at."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass
class Statement:
    """`add` takes a value and gives its placeholder; equal texts come out of equal conditions, so plans are reused."""

    now: datetime
    parameters: dict[str, Any] = field(default_factory=dict)

    def add(self, value: Any, kind: str) -> str:
        name = f"p{len(self.parameters)}"
        self.parameters[name] = value
        return f"%({name})s::{kind}"


def every(parts: Iterable[str]) -> str:
    return " AND ".join(f"({part})" for part in parts) or "true"


def either(parts: Iterable[str]) -> str:
    return " OR ".join(f"({part})" for part in parts) or "false"
