"""The API as the demo's marketer and shop call it."""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import httpx

from rapport.kit import clock

_WAIT = {"Prefer": "wait=30"}
_TOO_MANY = 429


class DemoFailed(Exception):
    """The API did not take the demo's data; the message says what it answered."""


class Client:
    """Calls of one account, and where its test clock stands. Every method raises DemoFailed."""

    def __init__(self, http: httpx.Client, offset: timedelta) -> None:
        self.http = http
        self.offset = offset

    @property
    def now(self) -> datetime:
        """The account's time."""
        return clock.Clock(self.offset).now()

    def advance(self, to: datetime, *, wait: bool = True) -> None:
        """Move the account's clock, no further than to the present. `wait`: for what becomes due, steps of flows and
        their messages."""
        self._move(min(to - self.now, -self.offset), wait=wait)

    def catch_up(self) -> None:
        """The account's clock is the world's from now on."""
        self._move(-self.offset, wait=True)

    def _move(self, ahead: timedelta, *, wait: bool) -> None:
        if ahead > timedelta():
            attributes = {"advance_seconds": ahead.total_seconds()}
            answer = self.post("/api/test-clock", {"type": "test-clock", "attributes": attributes}, wait=wait)
            self.offset = timedelta(seconds=answer["attributes"]["offset_seconds"])

    def get(self, path: str) -> Any:
        """The answer's `data`."""
        return self._call("GET", path).json()["data"]

    def source(self, message: str) -> bytes:
        """A message as it went out."""
        return self._call("GET", f"/api/messages/{message}/source").content

    def post(self, path: str, data: Any, *, wait: bool = False) -> dict[str, Any]:
        """The answer's `data`, or an empty dict when there is no body. `wait`: until all that follows is there."""
        answer = self._call("POST", path, json={"data": data}, headers=_WAIT if wait else {})
        return dict(answer.json()["data"]) if answer.content else {}

    def patch(self, path: str, data: Any) -> None:
        self._call("PATCH", path, json={"data": data})

    def every(self, path: str) -> Iterator[dict[str, Any]]:
        """The records of all pages."""
        following: str | None = path
        while following:
            page = self._call("GET", following).json()
            yield from page["data"]
            following = page["links"]["next"]

    def _call(self, method: str, path: str, **options: Any) -> httpx.Response:
        answer = self.http.request(method, path, **options)
        # where RAPPORT_RATE_LIMITS is on
        while answer.status_code == _TOO_MANY:
            time.sleep(float(answer.headers.get("Retry-After", 1)))
            answer = self.http.request(method, path, **options)
        if answer.is_error:
            raise DemoFailed(f"{method} {path} answered {answer.status_code}: {answer.text[:300]}")
        return answer
