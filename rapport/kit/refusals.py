"""How a room's verbs say no: the one convention for services.

A service that can't do what it is asked raises a Refused whose text says why, and what to do. Over the API that is an
answer by itself (`kit/jsonapi`), so no operation catches it; whoever else calls the service does as suits them.
"""


class Refused(Exception):
    """`pointer`: to the part of a request's body that is in the way. `status`: 400 for what was sent, 409 for what
    can't be done as things stand, with its `code`."""

    def __init__(
        self, detail: str, *, pointer: str | None = "/data", status: int = 400, code: str | None = None
    ) -> None:
        super().__init__(detail)
        self.pointer = pointer
        self.status = status
        self.code = code


class NotThere(Refused):
    """There is no such thing: its kind as the API names it, and the id that was given."""

    def __init__(self, kind: str, id: str) -> None:
        super().__init__(f"no {kind} with id {id}", status=404)
        self.kind = kind
        self.id = id
