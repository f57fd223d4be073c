"""Orders over the bulk call: several calls at once, patient with limits, and told row by row what was refused."""

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from rapport.imports.orders import Order, bulk_body

REVISION = "2026-07-15"
_PATH = "/api/event-bulk-create-jobs"
_TRIES = 8
_FIRST_WAIT_SECONDS = 0.5
# Of a call's body: 5 MB is the limit (behaviour-people 7.1), and who goes over it is cut off in the middle.
_MAX_BYTES = 4_900_000
_POINTER = re.compile(r"/data/attributes/events-bulk-create/data/(\d+)(?:/attributes/events/data/(\d+))?")

Refuse = Callable[[Order, str], None]


class Unreachable(Exception):
    """The server does not answer, or refuses the whole import; the message says what to do."""


@dataclass(frozen=True)
class Progress:
    """What `GET /api/pipeline` answers. `oldest` and `newest`: numbers of waiting rows, None when none waits."""

    waiting: int
    refused: int
    oldest: int | None
    newest: int | None
    recorded: int


class Api:
    """The calls an import makes, with retries. Repeating a call is safe: the order's number makes an event one."""

    def __init__(self, host: str, key: str) -> None:
        headers = {"authorization": f"Klaviyo-API-Key {key}", "revision": REVISION}
        self._host = host
        self._client = httpx.AsyncClient(base_url=host, headers=headers, timeout=60)

    async def __aenter__(self) -> "Api":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def send(self, orders: Sequence[Order], metric: str, refuse: Refuse) -> int:
        """Hand over what can be and call `refuse` for the rest. Returns how many were accepted. Raises Unreachable."""
        left = list(orders)
        while left:
            body, groups = bulk_body(left, metric)
            if len(body) > _MAX_BYTES and len(left) > 1:
                half = len(left) // 2
                return await self.send(left[:half], metric, refuse) + await self.send(left[half:], metric, refuse)
            answer = await self._asked("POST", _PATH, content=body, headers={"content-type": "application/json"})
            if answer.status_code == httpx.codes.ACCEPTED:
                break
            wrong, reason = _named(answer, groups)
            for one in wrong:
                refuse(one, reason)
            left = [one for one in left if one not in wrong]
        return len(left)

    async def progress(self, metric: str) -> Progress:
        """Raises Unreachable."""
        answer = await self._asked("GET", "/api/pipeline", params={"metric": metric})
        return Progress(**answer.json()["data"]["attributes"])

    async def _asked(self, method: str, path: str, **how: Any) -> httpx.Response:
        """An answer, once there is one that is no rate limit and no failure of the server; 400 is about the rows."""
        for tried in range(_TRIES):
            try:
                answer = await self._client.request(method, path, **how)
            except httpx.TransportError as error:
                problem: str = (
                    f"{self._host} does not answer ({error or type(error).__name__}). Is `rapport serve` running?"
                )
                wait = _FIRST_WAIT_SECONDS * 2**tried
            else:
                if answer.status_code < 400 or answer.status_code == httpx.codes.BAD_REQUEST:
                    return answer
                problem = _problem(answer)
                if answer.status_code < 500 and answer.status_code != httpx.codes.TOO_MANY_REQUESTS:
                    raise Unreachable(problem)
                wait = float(answer.headers.get("retry-after", _FIRST_WAIT_SECONDS * 2**tried))
            if tried + 1 < _TRIES:
                await asyncio.sleep(wait)
        raise Unreachable(problem)


def _first_error(answer: httpx.Response) -> Mapping[str, Any]:
    try:
        return dict(answer.json()["errors"][0])
    except (ValueError, LookupError, TypeError):
        return {"detail": answer.text[:200]}


def _problem(answer: httpx.Response) -> str:
    return f"The server answered {answer.status_code}: {_first_error(answer).get('detail')}"


def _named(answer: httpx.Response, groups: Sequence[Sequence[Order]]) -> tuple[Sequence[Order], str]:
    """Which orders the error points at, and why: one event, a person's group, or the whole call."""
    error = _first_error(answer)
    match = _POINTER.match((error.get("source") or {}).get("pointer") or "")
    reason = str(error.get("detail"))
    if match is None or int(match[1]) >= len(groups):
        return [one for group in groups for one in group], reason
    group = groups[int(match[1])]
    return (group if match[2] is None else [group[int(match[2])]]), reason
