"""The mail server that bounces return to (`RAPPORT_BOUNCE_PORT`).

It takes mail only for return addresses that we made and for the address of complaints, and reads nothing else. A report
is believed for the message that its address is signed for, whatever it says about others.
"""

import asyncio
import errno
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from rapport.bounces import reports
from rapport.kit import db, log
from rapport.kit.settings import Settings
from rapport.messages import return_path, returned

# Complaints come here from mailbox providers; they name the message by its return address.
COMPLAINTS = "complaints"
_LARGEST = 1_000_000
_SECONDS = 60
_LATER = "451 4.3.0 Not now: try again later"

_logger = log.logger("bounces")


class BounceListener:
    """A worker loop that sees to it that one worker listens: the first whom the port is free for."""

    idle_seconds = 5.0

    def __init__(self, pool: db.Pool, settings: Settings) -> None:
        self._pool = pool
        self._settings = settings
        self._server: asyncio.Server | None = None

    async def run_once(self) -> int:
        """Begin to listen where nobody does."""
        if self._settings.bounce_port is None or self._server is not None:
            return 0
        loop = asyncio.get_running_loop()
        try:
            self._server = await loop.create_server(self._session, port=self._settings.bounce_port)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                _logger.error("cannot listen for bounces", port=self._settings.bounce_port, error=str(error))
            return 0
        _logger.info("listening for bounces", port=self._settings.bounce_port)
        return 0

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    def _session(self) -> SMTP:
        return SMTP(
            _Handler(self._pool, self._settings),
            hostname=self._settings.bounce_domain,
            ident="Rapport",
            data_size_limit=_LARGEST,
            enable_SMTPUTF8=True,
            timeout=_SECONDS,
        )


class _Handler:
    """What one connection is answered."""

    def __init__(self, pool: db.Pool, settings: Settings) -> None:
        self._pool = pool
        self._settings = settings

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, rcpt_options: list[str]
    ) -> str:
        """Only what we made, so that nobody's guess is taken."""
        if return_path.read(self._settings, address) is None and not self._is_for_complaints(address):
            return "550 5.1.1 No such address"
        if len(envelope.rcpt_tos) >= 1:
            return "452 4.5.3 One recipient at a time"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Written down before it is answered, so that whoever sent it tries again when it could not be."""
        data = envelope.content if isinstance(envelope.content, bytes) else str(envelope.content).encode()
        report = await asyncio.to_thread(reports.read, data)
        address: str | None = envelope.rcpt_tos[0] if envelope.rcpt_tos else None
        if report is not None and address is not None and self._is_for_complaints(address):
            address = report.return_path
        message = return_path.read(self._settings, address) if address else None
        if report is None or message is None:
            return "250 2.6.0 Read, and nothing to do"
        try:
            done = await returned.record(self._pool, self._settings, *message, report.kind, report.code, report.text)
        except Exception as error:
            if not db.is_lost(error) and not db.is_transient(error):
                _logger.exception("a bounce could not be recorded", account_id=message[0], message=message[1])
            return _LATER
        return "250 2.6.0 Recorded" if done else _LATER

    def _is_for_complaints(self, address: str) -> bool:
        return address.lower() == f"{COMPLAINTS}@{self._settings.bounce_domain}".lower()

    async def handle_exception(self, error: Any) -> str:
        _logger.warning("a connection for bounces failed", error=type(error).__name__)
        return _LATER
