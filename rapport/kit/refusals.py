"""How a room's verbs say no: the one convention for services.

A service that can't do what it is asked raises a Refused whose text says why, and what to do. Over the API that is an
answer by itself (`kit/jsonapi`), so no operation catches it; whoever else calls the service does as suits them.
"""

from collections.abc import Mapping
from typing import Any


class Refused(Exception):
    """`status`: 400 for what was sent, 403 for what this account may not do, 404 for what is not there, 409 for what
    can't be done as things stand. `pointer`: to the part of a request's body that is in the way (400, 409).
    `code` and `meta` are those of a 409."""

    def __init__(
        self,
        detail: str,
        *,
        pointer: str | None = "/data",
        status: int = 400,
        code: str | None = None,
        meta: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail)
        self.pointer = pointer
        self.status = status
        self.code = code
        self.meta = meta


class NotThere(Refused):
    """There is no such thing: its kind as the API names it, and the id that was given."""

    def __init__(self, kind: str, id: str) -> None:
        super().__init__(f"no {kind} with id {id}", status=404)
        self.kind = kind
        self.id = id
