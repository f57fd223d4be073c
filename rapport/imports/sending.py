"""The HTTP API as imports use it: patient with limits and restarts, and told row by row what was refused."""

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from rapport.imports.events import Event, bulk_body

REVISION = "2026-07-15"
_PATH = "/api/event-bulk-create-jobs"
_TRIES = 8
_FIRST_WAIT_SECONDS = 0.5
# Of a call's body: 5 MB is the limit (behaviour-people 7.1), and who goes over it is cut off in the middle.
MAX_BYTES = 4_900_000
_POINTER = re.compile(r"/data/attributes/events-bulk-create/data/(\d+)(?:/attributes/events/data/(\d+))?")

Refuse = Callable[[Event, str], None]


class Unreachable(Exception):
    """The server does not answer, or refuses the whole import; the message says what to do."""


@dataclass(frozen=True)
class Progress:
    """What `GET /api/pipeline` answers. `oldest` and `newest`: numbers of waiting rows, None when none waits.

    `recorded`: events of the metric that was asked about; 0 where none was.
    """

    waiting: int
    refused: int
    oldest: int | None
    newest: int | None
    recorded: int = 0


class Api:
    """The calls an import makes, with retries. Repeating a call is safe: a unique id makes an event one."""

    def __init__(self, host: str, key: str) -> None:
        headers = {"authorization": f"Klaviyo-API-Key {key}", "revision": REVISION}
        self._host = host
        self._client = httpx.AsyncClient(base_url=host, headers=headers, timeout=60)

    async def __aenter__(self) -> "Api":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def send(self, events: Sequence[Event], refuse: Refuse) -> int:
        """Hand over what can be and call `refuse` for the rest. Returns how many were accepted. Raises Unreachable."""
        left = list(events)
        while left:
            body, groups = bulk_body(left)
            if len(body) > MAX_BYTES and len(left) > 1:
                return await self._halves(left, refuse)
            answer = await self.request("POST", _PATH, content=body, headers={"content-type": "application/json"})
            if answer.status_code == httpx.codes.ACCEPTED:
                break
            wrong, reason = _named(answer, groups)
            if not wrong and len(left) > 1:
                return await self._halves(left, refuse)
            wrong = wrong or left
            for event in wrong:
                refuse(event, reason)
            left = [event for event in left if event not in wrong]
        return len(left)

    async def _halves(self, events: Sequence[Event], refuse: Refuse) -> int:
        """Send each half by itself, until the refused row is isolated."""
        half = len(events) // 2
        return await self.send(events[:half], refuse) + await self.send(events[half:], refuse)

    async def progress(self, metric: str | None = None) -> Progress:
        """Raises Unreachable."""
        parameters = {} if metric is None else {"metric": metric}
        answer = await self.request("GET", "/api/pipeline", params=parameters)
        progress = answer.json()["data"]["attributes"]
        return Progress(**{name: progress[name] for name in Progress.__dataclass_fields__ if name in progress})

    async def request(self, method: str, path: str, **how: Any) -> httpx.Response:
        """An answer, once there is one that is no rate limit and no failure of the server; 400 is about the rows.

        Raises Unreachable, for 401 and its like at once.
        """
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
                problem = problem_of(answer)
                if answer.status_code < 500 and answer.status_code != httpx.codes.TOO_MANY_REQUESTS:
                    raise Unreachable(problem)
                wait = float(answer.headers.get("retry-after", _FIRST_WAIT_SECONDS * 2**tried))
            if tried + 1 < _TRIES:
                await asyncio.sleep(wait)
        raise Unreachable(problem)


def first_error(answer: httpx.Response) -> Mapping[str, Any]:
    """The error object of an answer that has one; its text as `detail` otherwise."""
    try:
        return dict(answer.json()["errors"][0])
    except (ValueError, LookupError, TypeError):
        return {"detail": answer.text[:200]}


def problem_of(answer: httpx.Response) -> str:
    return f"The server answered {answer.status_code}: {first_error(answer).get('detail')}"


def _named(answer: httpx.Response, groups: Sequence[Sequence[Event]]) -> tuple[Sequence[Event], str]:
    """Which events the error points at, and why: one event, a person's group, or none of them."""
    error = first_error(answer)
    match = _POINTER.match((error.get("source") or {}).get("pointer") or "")
    reason = str(error.get("detail"))
    if match is None or int(match[1]) >= len(groups):
        return [], reason
    group = groups[int(match[1])]
    return (group if match[2] is None else [group[int(match[2])]]), reason
