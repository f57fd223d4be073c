"""Calls of one run of an action: credential, deadline, tries, and what becomes of every kind of answer."""

import asyncio
import json
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any

import httpx

from rapport.connect.connection import Connection
from rapport.connect.failures import AccessEnded, NoAnswer, Refused, TooManyRequests

JSON = "application/vnd.api+json"
TRIES = 4
# of an answer; no page of the API is as long
_LONGEST = 64 << 20
_SAFE_TO_REPEAT = frozenset(("GET", "HEAD", "PUT", "PATCH", "DELETE"))
_SHOWN = 120


@dataclass(frozen=True)
class Answer:
    """An HTTP answer, read whole."""

    status: int
    headers: httpx.Headers
    content: bytes

    def document(self) -> dict[str, Any]:
        """The JSON object in it, {} where it is empty. Raises NoAnswer."""
        if not self.content.strip():
            return {}
        document = self.json()
        if not isinstance(document, dict):
            raise NoAnswer(f"The host answered {self.status} with JSON that is no object.")
        return document

    def json(self) -> Any:
        """The JSON in it. Raises NoAnswer."""
        try:
            return _whole(json.loads(self.content, parse_constant=_refuse))
        except (ValueError, RecursionError):
            kind = self.headers.get("content-type", "no content type").partition(";")[0]
            raise NoAnswer(f"The host answered {self.status} with {kind} instead of JSON: {self.shown()}") from None

    def shown(self) -> str:
        """The beginning of what came."""
        return repr(self.content[:_SHOWN].decode("utf-8", "replace"))


def _refuse(constant: str) -> Any:
    """NaN and the infinities are no JSON."""
    raise ValueError(constant)


def _whole(value: Any) -> Any:
    """The value, where half characters (lone surrogates, which nothing can write on) stood, with `?` in their place.
    Raises RecursionError where it is nested too deeply to be worked on."""
    text = json.dumps(value, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.loads(text.encode("utf-8", "replace"))
    return value


class Session:
    """`async with Session(connection, seconds=360) as session:`; everything asked in it ends within `seconds`.

    transport: how to reach the host where not over the network.
    """

    def __init__(
        self, connection: Connection, *, seconds: float, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self.connection, self.seconds = connection, seconds
        self._ends = time.monotonic() + seconds
        self._http = httpx.AsyncClient(transport=transport, timeout=None, follow_redirects=False, trust_env=True)

    async def __aenter__(self) -> "Session":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        files: Mapping[str, Any] | None = None,
        form: Mapping[str, str] | None = None,
        revision: str,
    ) -> dict[str, Any]:
        """The document that the host answers. Raises Refused, AccessEnded or NoAnswer."""
        headers = {"accept": JSON, "revision": revision}
        options: dict[str, Any] = {"params": query or None}
        if body is not None:
            options["json"] = body
            headers["content-type"] = JSON
        if files is not None:
            options |= {"files": files, "data": form or {}}
        for attempt in range(1, TRIES + 1):
            final = attempt == TRIES
            try:
                answer = await self._authorized(method, path, headers, options)
            except NoAnswer:
                wait = self._backoff(attempt)
                if final or method not in _SAFE_TO_REPEAT or self._left() <= wait:
                    raise
                await asyncio.sleep(wait)
                continue
            if attempt > 1 and method == "DELETE" and answer.status == 404:
                # the try before did it, and only its answer was lost
                return {}
            if final or not _may_repeat(method, answer.status):
                break
            await self._pause_as_told(answer, attempt)
        return _judged(answer)

    async def follow(self, link: str, *, revision: str) -> dict[str, Any]:
        """What a link of an answer leads to, on this host whatever name the link has for it."""
        try:
            target = httpx.URL(link)
        except (httpx.InvalidURL, ValueError):
            raise NoAnswer(f"The host's answer goes on at {link[:_SHOWN]!r}, which is no address.") from None
        return await self.ask("GET", target.path, query=dict(target.params), revision=revision)

    async def authorization(self) -> str:
        """The value of the header Authorization."""
        async with self._in_time():
            return await self.connection.credential.authorization(self._http)

    async def _authorized(
        self, method: str, path: str, headers: Mapping[str, str], options: Mapping[str, Any]
    ) -> Answer:
        """With the credential; once more with a fresh one where the host says that it has ended."""
        authorization = await self.authorization()
        answer = await self.send(method, path, headers={**headers, "authorization": authorization}, **options)
        if answer.status != 401:
            return answer
        async with self._in_time():
            renewed = await self.connection.credential.renewed(self._http)
        if renewed is None:
            return answer
        return await self.send(method, path, headers={**headers, "authorization": renewed}, **options)

    async def send(self, method: str, path: str, *, seconds: float | None = None, **options: Any) -> Answer:
        """One try, as it is. seconds: for this one alone. Raises NoAnswer where nothing came, or half of it."""
        url = self.connection.url(path).copy_merge_params(options.pop("params", None) or {})
        async with self._in_time(seconds):
            try:
                async with self._http.stream(method, url, **options) as response:
                    content = bytearray()
                    async for piece in response.aiter_bytes():
                        content += piece
                        if len(content) > _LONGEST:
                            raise NoAnswer(f"The host's answer is longer than {_LONGEST >> 20} MB.")
            except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError) as error:
                what = str(error) or type(error).__name__
                raise NoAnswer(f"{self.connection.host} gave no whole answer: {what}.") from None
        return Answer(response.status_code, response.headers, bytes(content))

    async def pause(self, seconds: float) -> None:
        """Wait before another try. Raises NoAnswer where that is longer than there is time."""
        if self._left() <= seconds:
            raise NoAnswer(f"Another try is due in {seconds:g} s, and {self.seconds:g} s were given for all.")
        await asyncio.sleep(seconds)

    async def _pause_as_told(self, answer: Answer, attempt: int) -> None:
        seconds = _retry_after(answer)
        if answer.status == 429 and seconds is not None and self._left() <= seconds:
            raise TooManyRequests(
                f"The host asks to wait {seconds:g} s before another call, and {self.seconds:g} s were given for all.",
                seconds,
            )
        await self.pause(self._backoff(attempt) if seconds is None else seconds)

    def _backoff(self, attempt: int) -> float:
        return self.connection.pause_seconds * float(1 << attempt - 1) * random.uniform(0.5, 1)

    def _left(self) -> float:
        return max(0.0, self._ends - time.monotonic())

    def _in_time(self, seconds: float | None = None) -> "_InTime":
        left = self._left()
        return _InTime(left if seconds is None else min(left, seconds), self.connection.host)


class _InTime:
    """`asyncio.timeout`, but what it raises is NoAnswer."""

    def __init__(self, seconds: float, host: str) -> None:
        self._seconds, self._host = seconds, host
        self._timeout = asyncio.timeout(seconds)

    async def __aenter__(self) -> None:
        await self._timeout.__aenter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            await self._timeout.__aexit__(kind, error, trace)
        except TimeoutError:
            raise NoAnswer(f"{self._host} did not answer in time ({self._seconds:.3g} s).") from None


def _may_repeat(method: str, status: int) -> bool:
    """429 was not worked on; after an error of the server, only what may be done twice is done again."""
    return status == 429 or (status >= 500 and method in _SAFE_TO_REPEAT)


def _retry_after(answer: Answer) -> float | None:
    try:
        return max(0.0, float(answer.headers.get("retry-after", "")))
    except ValueError:
        return None


def _judged(answer: Answer) -> dict[str, Any]:
    """The document of a good answer."""
    if answer.status < 300:
        return answer.document()
    if answer.status < 400:
        raise NoAnswer(f"The host leads elsewhere, to {answer.headers.get('location', '?')[:_SHOWN]}: name that one.")
    if answer.status == 429:
        seconds = _retry_after(answer)
        detail = "The host still answers 429, too many requests. Try again later."
        raise TooManyRequests(detail, 1.0 if seconds is None else seconds)
    if answer.status >= 500:
        raise NoAnswer(f"The host answered {answer.status}, an error of its own. Try again later.")
    errors = answer.document().get("errors")
    if not isinstance(errors, list) or not all(isinstance(error, dict) for error in errors):
        raise NoAnswer(f"The host answered {answer.status} without saying why.")
    if answer.status == 401:
        raise AccessEnded(answer.status, errors)
    raise Refused(answer.status, errors)
