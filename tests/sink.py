"""A real SMTP server on loopback that keeps every message."""

import email
import email.policy
import socket
from dataclasses import dataclass, field
from email.message import EmailMessage
from threading import Lock
from typing import Any

from aiosmtpd.controller import Controller


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class Received:
    """A message as the server took it."""

    mail_from: str
    rcpt_to: tuple[str, ...]
    raw: bytes

    @property
    def message(self) -> EmailMessage:
        parsed = email.message_from_bytes(self.raw, policy=email.policy.default)
        assert isinstance(parsed, EmailMessage)
        return parsed

    def part(self, kind: str) -> str:
        """The text of the `plain` or `html` part."""
        body = self.message.get_body((kind,))
        assert body is not None
        return str(body.get_content())


@dataclass
class Sink:
    """`with Sink() as sink:`; messages for one recipient with `to(address)`."""

    received: list[Received] = field(default_factory=list)
    port: int = 0
    _lock: Any = field(default_factory=Lock)

    def __enter__(self) -> "Sink":
        self.port = free_port()
        self._controller = Controller(
            self, hostname="127.0.0.1", port=self.port, decode_data=False, enable_SMTPUTF8=True
        )
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        with self._lock:
            self.received.append(Received(envelope.mail_from, tuple(envelope.rcpt_tos), envelope.content))
        return "250 kept"

    def to(self, address: str) -> list[Received]:
        with self._lock:
            return [one for one in self.received if address in one.rcpt_to]
