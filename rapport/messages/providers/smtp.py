"""E-mail over SMTP: a batch spread over a few lasting connections."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Sequence
from urllib.parse import parse_qs, unquote, urlsplit

from rapport.messages.providers.base import Envelope, Receipt
from rapport.messages.providers.smtp_session import BROKEN, Server, Session

_ATTEMPTS = 3
"""How often an envelope that was not handed over is tried on a new connection."""

_FRUITLESS = 3
"""After this many connections in a row without a single receipt a worker gives up."""

_PORTS = {"smtp": 25, "smtps": 465}
_TLS = ("none", "starttls", "required")


class SmtpProvider:
    """Sends through one server. Connections stay open between batches; `close` ends them.

    `url`: `smtp://user:pass@host:port?tls=none|starttls|required` or `smtps://…`; `connections` and `timeout`
    (seconds) may be given in it too. With a login the default is `required`, else `starttls`, which encrypts where the
    server can. Raises ValueError for an address that makes no sense.
    """

    name = "smtp"

    def __init__(self, url: str, *, connections: int = 4, timeout: float = 30.0, hostname: str = "localhost") -> None:
        options = parse_qs(urlsplit(url).query)
        self._server = _server(url, float(options.get("timeout", [timeout])[0]), hostname)
        self._connections = int(options.get("connections", [connections])[0])
        self._slots = asyncio.Semaphore(self._connections)
        self._idle: list[Session] = []

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
            session.abort()
            delivery.broken(session, error)
        except BaseException:
            session.abort()
            raise
        else:
            self._idle.append(session)

    async def _session(self, delivery: "_Delivery") -> Session | None:
        while self._idle:
            session = self._idle.pop()
            if session.is_open:
                return session
            session.abort()
        try:
            return await Session.open(self._server)
        except BROKEN as error:
            delivery.error = _described(error)
            return None

    async def close(self) -> None:
        """Says goodbye on all idle connections."""
        sessions, self._idle = self._idle, []
        await asyncio.gather(*(session.close() for session in sessions))


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
