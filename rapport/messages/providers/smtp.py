"""E-mail over SMTP: a batch spread over a few lasting connections."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Sequence
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

from rapport.messages.providers.base import Envelope, Receipt
from rapport.messages.providers.smtp_session import BROKEN, Server, Session

if TYPE_CHECKING:
    # A rendering process reads this file, and has no database.
    from rapport.messages.connections import Connections, Place

_ATTEMPTS = 3
"""How often an envelope that was not handed over is tried on a new connection."""

_FRUITLESS = 3
"""After this many connections in a row without a single receipt a worker gives up."""

_WAIT_SECONDS = 0.05
"""How often a worker asks for a place where all are taken."""

_TEND_SECONDS = 1.0

_PORTS = {"smtp": 25, "smtps": 465}
_TLS = ("none", "starttls", "required")


class SmtpProvider:
    """Sends through one server. Connections stay open between batches; `close` ends them. `places`: those that the
    connections of all processes share.

    `url`: `smtp://user:pass@host:port?tls=none|starttls|required` or `smtps://…`; `connections` and `timeout`
    (seconds) may be given in it too. With a login the default is `required`, else `starttls`, which encrypts where the
    server can. Raises ValueError for an address that makes no sense.
    """

    name = "smtp"

    def __init__(
        self,
        url: str,
        *,
        connections: int = 4,
        timeout: float = 30.0,
        hostname: str = "localhost",
        places: "Connections | None" = None,
    ) -> None:
        options = parse_qs(urlsplit(url).query)
        self._server = _server(url, float(options.get("timeout", [timeout])[0]), hostname)
        self._connections = int(options.get("connections", [connections])[0])
        self._slots = asyncio.Semaphore(self._connections)
        self._idle: list[Session] = []
        self._places = places
        self._tending: asyncio.Task[None] | None = None

    async def send(self, batch: Sequence[Envelope]) -> AsyncGenerator[Receipt, None]:
        """One receipt per envelope, as they come; never raises for what a server does."""
        delivery = _Delivery(batch)
        workers = [asyncio.create_task(self._work(delivery)) for _ in range(min(self._connections, len(batch)))]
        watcher = asyncio.create_task(delivery.watch(workers))
        try:
            while (receipt := await delivery.receipts.get()) is not None:
                yield receipt
        finally:
            for task in (*workers, watcher):
                task.cancel()
            await asyncio.gather(*workers, watcher, return_exceptions=True)

    async def _work(self, delivery: "_Delivery") -> None:
        fruitless = 0
        async with self._slots:
            while delivery.waiting and fruitless < _FRUITLESS:
                before = delivery.reported
                await self._converse(delivery)
                fruitless = 0 if delivery.reported > before else fruitless + 1

    async def _converse(self, delivery: "_Delivery") -> None:
        """Uses one connection for as long as it lasts."""
        session = await self._session(delivery)
        if session is None:
            return
        try:
            await session.deliver(delivery.take, delivery.report)
        except BROKEN as error:
            self._end(session)
            delivery.broken(session, error)
        except BaseException:
            self._end(session)
            raise
        else:
            await self._rest(session)

    async def _session(self, delivery: "_Delivery") -> Session | None:
        """An idle connection, or a new one as soon as there is a place for it; None where nothing waits any more."""
        while delivery.waiting:
            if (session := self._idle_session()) is not None:
                return session
            if self._places is None:
                return await self._opened(delivery, None)
            if (place := await self._taken(self._places)) is not None:
                return await self._opened(delivery, place)
            # what another worker leaves idle meanwhile is as good
            await asyncio.sleep(_WAIT_SECONDS)
        return None

    def _idle_session(self) -> Session | None:
        while self._idle:
            session = self._idle.pop()
            if session.is_open and self._is_kept(session):
                return session
            self._end(session)
        return None

    async def _taken(self, places: "Connections") -> "Place | None":
        if self._tending is None:
            self._tending = asyncio.create_task(self._tend())
        return await places.take()

    async def _opened(self, delivery: "_Delivery", place: "Place | None") -> Session | None:
        try:
            session = await Session.open(self._server)
        except BaseException as error:
            self._give_back(place)
            if not isinstance(error, BROKEN):
                raise
            delivery.error = _described(error)
            return None
        session.place = place
        return session

    async def _tend(self) -> None:
        """Ends idle connections whose places others wait for."""
        while True:
            await asyncio.sleep(_TEND_SECONDS)
            sessions, self._idle = self._idle, []
            for session in sessions:
                if self._is_kept(session):
                    self._idle.append(session)
                else:
                    self._end(session)

    def _is_kept(self, session: Session) -> bool:
        return self._places is None or session.place is None or self._places.is_kept(session.place)

    async def _rest(self, session: Session) -> None:
        if self._is_kept(session):
            self._idle.append(session)
        else:
            try:
                await session.close()
            finally:
                self._give_back(session.place)

    def _end(self, session: Session) -> None:
        session.abort()
        self._give_back(session.place)

    def _give_back(self, place: "Place | None") -> None:
        if self._places is not None and place is not None:
            self._places.give_back(place)

    async def close(self) -> None:
        """Says goodbye on all idle connections."""
        if self._tending is not None:
            self._tending.cancel()
            self._tending = None
        sessions, self._idle = self._idle, []
        await asyncio.gather(*(session.close() for session in sessions))
        if self._places is not None:
            await self._places.close()


class _Delivery:
    """A batch on its way: what waits, and what became of the rest."""

    def __init__(self, batch: Sequence[Envelope]) -> None:
        self.waiting = deque(batch)
        self.receipts: asyncio.Queue[Receipt | None] = asyncio.Queue()
        self.reported = 0
        self.error = "The mail server cannot be reached."
        self._attempts: dict[str, int] = {}

    def take(self) -> Envelope | None:
        return self.waiting.popleft() if self.waiting else None

    def report(self, receipt: Receipt) -> None:
        self.reported += 1
        self.receipts.put_nowait(receipt)

    def broken(self, session: Session, error: BaseException) -> None:
        """Sorts what a lost connection left: handed over = in doubt, not yet handed over = once more."""
        self.error = _described(error)
        if session.unanswered is not None:
            self.report(Receipt(session.unanswered.id, False, False, 0, self.error, in_doubt=True))
        if session.started is not None:
            self._retry(session.started)

    def _retry(self, envelope: Envelope) -> None:
        attempts = self._attempts[envelope.id] = self._attempts.get(envelope.id, 0) + 1
        if attempts < _ATTEMPTS:
            self.waiting.appendleft(envelope)
        else:
            self.report(Receipt(envelope.id, False, False, 0, self.error))

    async def watch(self, workers: list[asyncio.Task[None]]) -> None:
        """When all workers are done, reports what none of them could send, and the end."""
        await asyncio.gather(*workers, return_exceptions=True)
        while envelope := self.take():
            self.report(Receipt(envelope.id, False, False, 0, self.error))
        self.receipts.put_nowait(None)


def _described(error: BaseException) -> str:
    return str(error) or type(error).__name__


def _server(url: str, timeout: float, hostname: str) -> Server:
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname:
        raise ValueError("An SMTP address looks like smtp://user:pass@host:port?tls=none|starttls|required.")
    default = "required" if parts.username else "starttls"
    tls = parse_qs(parts.query).get("tls", [default])[0]
    if tls not in _TLS:
        raise ValueError(f"tls={tls} is not one of {', '.join(_TLS)}.")
    return Server(
        host=parts.hostname,
        port=parts.port or _PORTS[parts.scheme],
        tls="implicit" if parts.scheme == "smtps" else tls,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        hostname=hostname,
        timeout=timeout,
    )
