"""Why an action has no result. Each text says what to do."""

from collections.abc import Sequence
from typing import Any


class Failed(Exception):
    """An action did not come to its result; `str()` is the reason."""


class BadInput(Failed):
    """An input is missing or can't be used. `key`: which one."""

    def __init__(self, key: str, detail: str) -> None:
        super().__init__(detail)
        self.key = key


class Refused(Failed):
    """The host answered no. `errors`: the error objects of its answer (id, code, title, detail …)."""

    def __init__(self, status: int, errors: Sequence[dict[str, Any]]) -> None:
        details = [str(error.get("detail") or error.get("title") or error.get("code") or "") for error in errors]
        super().__init__(" ".join(detail for detail in details if detail) or f"The host answered {status}.")
        self.status, self.errors = status, list(errors)


class AccessEnded(Refused):
    """The grant was revoked or ran out: only the person who gave it can give it again."""


class NobodyFound(Failed):
    """No profile has the identifier."""


class NoAnswer(Failed):
    """No usable answer came in time: nothing at all, an error of the server, or something that is not the API's."""


class TooManyRequests(NoAnswer):
    """The host wants fewer calls. `seconds`: until it wants one again, as far as it said."""

    def __init__(self, detail: str, seconds: float) -> None:
        super().__init__(detail)
        self.seconds = seconds
