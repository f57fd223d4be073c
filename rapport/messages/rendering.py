"""Rendering: from messages in flight to envelopes, here or in a process beside this one.

Rendering and encoding are more than half of the work of a campaign, and pure computation: a large batch goes to other
processes, so that a second core helps. A small one is rendered here, which costs nothing to set up.
"""

import asyncio
import gc
import os
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import lru_cache
from multiprocessing import get_context
from typing import Any

import msgspec

from rapport.kit import log
from rapport.kit.settings import Settings
from rapport.messages import compose
from rapport.messages.compose import Composed, Message
from rapport.messages.content import CACHED, Content, compiled
from rapport.messages.mail import MimeError
from rapport.messages.providers import Envelope
from rapport.templates.language import TemplateError

# From here on a batch is worth sending elsewhere; and how many messages go in one piece.
_LARGE = 200
_PIECE = 50
# In this process, rendering gives way to other work after this many messages.
_SLICE = 8
_WATCH_SECONDS = 1.0

_logger = log.logger("messages")


@dataclass(frozen=True, slots=True)
class Made:
    """A message ready for its provider, or the reason why it can't be made (behaviour-messaging 1.16)."""

    id: int
    envelope: Envelope | None
    subject: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class _Job:
    """A piece of a batch for another process. Contents and organizations, by id, travel with it: JSON, small."""

    settings: Settings
    account_id: int
    bodies: Mapping[int, bytes]
    organizations: Mapping[int, bytes]
    messages: Sequence[Message]


def make(one: Composed) -> Made:
    """Render one message."""
    try:
        rendered = one.render()
        envelope = compose.envelope(one, rendered, one.message.sent)
    except (TemplateError, MimeError) as error:
        _logger.info("message not made", message=one.message.ulid, error=str(error))
        return Made(one.message.id, None, "", _unfit(one, error))
    return Made(one.message.id, envelope, rendered.subject)


def _unfit(one: Composed, error: Exception) -> str:
    if isinstance(error, TemplateError):
        return "Email Syntax Error"
    return "Unable to Send Email" if one.content.body.get("from_email") else "Invalid From Email"


class Renderer:
    """Renders batches; starts its processes with the first large one."""

    def __init__(self, settings: Settings, *, processes: int | None = None) -> None:
        self._settings = settings
        self._processes = max(1, (os.cpu_count() or 2) - 1) if processes is None else processes
        self._pool: ProcessPoolExecutor | None = None

    async def render(self, account_id: int, batch: Sequence[Composed]) -> list[Made]:
        if len(batch) >= _LARGE and self._processes:
            try:
                return await self._elsewhere(account_id, batch)
            except BrokenProcessPool:
                _logger.warning("a rendering process died; rendering here", exc_info=True)
                self.close()
        return await _here(batch)

    def close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = None

    async def _elsewhere(self, account_id: int, batch: Sequence[Composed]) -> list[Made]:
        loop = asyncio.get_running_loop()
        if self._pool is None:
            # spawn: a fork would inherit the event loop's connections.
            self._pool = ProcessPoolExecutor(
                self._processes, mp_context=get_context("spawn"), initializer=_end_with, initargs=(os.getpid(),)
            )
        pieces = [batch[first : first + _PIECE] for first in range(0, len(batch), _PIECE)]
        jobs = [loop.run_in_executor(self._pool, _work, self._job(account_id, piece)) for piece in pieces]
        return [made for piece in await asyncio.gather(*jobs) for made in piece]

    def _job(self, account_id: int, piece: Sequence[Composed]) -> _Job:
        bodies = {one.message.content_id: one.content.body for one in piece}
        organizations = {one.message.context["organization"]: one.organization for one in piece}
        return _Job(
            self._settings, account_id, {id: msgspec.json.encode(body) for id, body in bodies.items()},
            {id: msgspec.json.encode(found) for id, found in organizations.items()},
            [one.message for one in piece],
        )  # fmt: skip


async def _here(batch: Sequence[Composed]) -> list[Made]:
    made: list[Made] = []
    for place, one in enumerate(batch):
        if place % _SLICE == 0:
            await asyncio.sleep(0)
        made.append(make(one))
    return made


def _end_with(parent: int) -> None:
    """In the other process: end when the one that started it is gone, also when it was killed."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_WATCH_SECONDS)
        os._exit(0)

    threading.Thread(target=watch, daemon=True).start()
    # What is imported stays; nothing else here lives long enough to be collected.
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)


def _work(job: _Job) -> list[Made]:
    """In the other process."""
    return [make(_composed(job, message)) for message in job.messages]


def _composed(job: _Job, message: Message) -> Composed:
    organization = _decoded(job.organizations[message.context["organization"]])
    made_of = _content(job.bodies[message.content_id])
    urls = compose.urls_of(job.settings, job.account_id, message.id, message.untracked)
    return Composed(message, made_of, organization, urls)


@lru_cache(maxsize=CACHED)
def _decoded(text: bytes) -> Any:
    return msgspec.json.decode(text)


@lru_cache(maxsize=CACHED)
def _content(text: bytes) -> Content:
    body = _decoded(text)
    return Content(body, compiled(body))
