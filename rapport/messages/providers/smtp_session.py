"""One SMTP connection: greeting, extensions, encryption, login, and messages with as few round trips as possible.

RFC 5321; RFC 2920 (pipelining: the end of one message and MAIL, RCPT and DATA of the next go out in one write, so that
a message costs one round trip); RFC 3207 (STARTTLS); RFC 4954 (AUTH); RFC 6152 (8BITMIME); RFC 6531 (SMTPUTF8);
RFC 1870 (SIZE).
"""

import asyncio
import re
import ssl
from base64 import b64encode
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rapport.messages.mail.address import AddressError, wire_address
from rapport.messages.providers.base import Envelope, Receipt
from rapport.messages.refusals import Stage

if TYPE_CHECKING:
    # A rendering process reads this file, and has no database.
    from rapport.messages.connections import Place

_MAX_REPLY_LINES = 128
_END_PATIENCE = 10
"""The answer to the end of a message may take this many times longer: giving up on it leaves the message in doubt."""

_BARE_BREAK = re.compile(rb"\r\n|\r|\n")

BROKEN = (OSError, EOFError, TimeoutError, ValueError, ssl.SSLError)
"""What a lost or confused connection raises."""


class SessionError(ConnectionError):
    """The server does not let us send: refused, no encryption, wrong login."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where and how to connect. `tls`: none, starttls (if offered, unverified), required, or implicit (smtps)."""

    host: str
    port: int
    tls: str
    user: str
    password: str
    hostname: str
    timeout: float


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer of the server, its lines joined."""

    code: int
    text: str

    @property
    def is_positive(self) -> bool:
        return self.code < 400


Take = Callable[[], Envelope | None]
Report = Callable[[Receipt], None]


class Session:
    """An open connection. After an exception `unanswered` and `started` tell what was under way."""

    def __init__(self, server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # of those that all processes share
        self.place: Place | None = None
        self.unanswered: Envelope | None = None
        self.started: Envelope | None = None
        self._refused: tuple[str, ...] = ()
        self._addressee_refused: Reply | None = None
        self._server = server
        self._reader = reader
        self._writer = writer
        self._extensions: dict[str, str] = {}
        self._needs_reset = False
        self._held: deque[bytes] = deque()

    @staticmethod
    async def open(server: Server) -> "Session":
        """Connects, encrypts and signs in. Raises SessionError, OSError or TimeoutError."""
        context = _tls_context(server) if server.tls == "implicit" else None
        async with asyncio.timeout(server.timeout):
            reader, writer = await asyncio.open_connection(server.host, server.port, ssl=context)
        session = Session(server, reader, writer)
        try:
            await session._greet()
        except BaseException:
            writer.close()
            raise
        return session

    async def _greet(self) -> None:
        _must(await self._reply(), "greeting")
        await self._hello()
        await self._encrypt()
        if self._server.user:
            if not self._is_encrypted and self._server.tls != "none":
                raise SessionError("The login is not sent unencrypted. Write tls=none in RAPPORT_SMTP_URL to allow it.")
            await self._sign_in()

    async def _hello(self) -> None:
        reply = await self._ask(f"EHLO {self._server.hostname}")
        if not reply.is_positive:
            _must(await self._ask(f"HELO {self._server.hostname}"), "HELO")
            return
        lines = reply.text.split("\n")[1:]
        self._extensions = {word.upper(): rest for word, _, rest in (line.partition(" ") for line in lines)}

    async def _encrypt(self) -> None:
        if self._server.tls not in ("starttls", "required"):
            return
        if "STARTTLS" not in self._extensions:
            if self._server.tls == "required":
                raise SessionError("The mail server does not offer STARTTLS.")
            return
        _must(await self._ask("STARTTLS"), "STARTTLS")
        if self._has_unread:  # sent before encryption, so by anybody: never to be trusted
            raise SessionError("The mail server sent plain text after STARTTLS.")
        await self._writer.start_tls(_tls_context(self._server), server_hostname=self._server.host)
        await self._hello()

    async def _sign_in(self) -> None:
        methods = self._extensions.get("AUTH", "").upper().split()
        user, password = self._server.user.encode(), self._server.password.encode()
        if "PLAIN" in methods or "LOGIN" not in methods:
            reply = await self._ask("AUTH PLAIN " + b64encode(b"\0" + user + b"\0" + password).decode())
        else:
            _must(await self._ask("AUTH LOGIN"), "AUTH")
            _must(await self._ask(b64encode(user).decode()), "AUTH")
            reply = await self._ask(b64encode(password).decode())
        _must(reply, "AUTH")

    async def _ask(self, command: str) -> Reply:
        self._writer.write(command.encode() + b"\r\n")
        return await self._reply()

    async def _reply(self, patience: int = 1) -> Reply:
        async with asyncio.timeout(self._server.timeout * patience):
            await self._writer.drain()
            lines = [await self._line()]
            while lines[-1][3:4] == b"-":
                if len(lines) > _MAX_REPLY_LINES:
                    raise ValueError("The mail server's answer does not end.")
                lines.append(await self._line())
        text = "\n".join(line[4:].decode("utf-8", "replace").rstrip() for line in lines)
        return Reply(int(lines[-1][:3]), text)

    async def _line(self) -> bytes:
        line = await self._reader.readline()
        if not line.endswith(b"\n"):
            raise EOFError("The mail server closed the connection.")
        return line

    async def deliver(self, take: Take, report: Report) -> None:
        """Sends what `take` gives until it gives None. Each envelope that is answered is reported."""
        ending = b""
        while True:
            envelope = self.started = self._next(take, report)
            if envelope is None and not ending:
                return
            self._send([*([ending] if ending else []), *self._opening(envelope)])
            if ending:
                self._conclude(await self._answer(_END_PATIENCE), report)
            ending = await self._begin(envelope, report) if envelope else b""

    def _next(self, take: Take, report: Report) -> Envelope | None:
        """The next envelope this server can take; the others are refused here."""
        while (envelope := take()) is not None:
            problem = self._problem(envelope)
            if problem is None:
                return envelope
            report(_failed(envelope, problem, Stage.OURS))
        return None

    def _problem(self, envelope: Envelope) -> Reply | None:
        """Why this server can never take it, in the words that a server would use (RFC 3463, RFC 6531)."""
        addresses: list[str] = []
        for status, address in (
            ("5.1.7", envelope.mail_from),
            *(("5.1.3", recipient) for recipient in envelope.rcpt_to),
        ):
            try:
                addresses.append(_wire(address))
            except AddressError as error:
                return Reply(553, f"{status} {error}")
        if not envelope.rcpt_to:
            return Reply(554, "5.5.1 The message has no recipient.")
        if "SMTPUTF8" not in self._extensions and not all(address.isascii() for address in addresses):
            return Reply(553, "5.6.7 The mail server takes only addresses in ASCII.")
        if "8BITMIME" not in self._extensions and not envelope.data.isascii():
            return Reply(554, "5.6.3 The mail server takes only messages of 7 bits.")
        limit = self._extensions.get("SIZE", "")
        if limit.isdecimal() and 0 < int(limit) < len(envelope.data):
            return Reply(552, "5.3.4 The message is larger than the mail server allows.")
        return None

    def _opening(self, envelope: Envelope | None) -> list[bytes]:
        """The commands before the text of a message."""
        if envelope is None:
            return []
        sender = f"MAIL FROM:<{_wire(envelope.mail_from)}>{self._parameters(envelope)}"
        recipients = [f"RCPT TO:<{_wire(address)}>" for address in envelope.rcpt_to]
        reset = ["RSET"] if self._needs_reset else []
        return [f"{command}\r\n".encode() for command in (*reset, sender, *recipients, "DATA")]

    def _parameters(self, envelope: Envelope) -> str:
        size = f" SIZE={len(envelope.data)}" if "SIZE" in self._extensions else ""
        body = "" if envelope.data.isascii() else " BODY=8BITMIME"
        is_ascii = all(address.isascii() for address in (envelope.mail_from.split("@")[0], *envelope.rcpt_to))
        return size + body + ("" if is_ascii or "SMTPUTF8" not in self._extensions else " SMTPUTF8")

    def _send(self, commands: list[bytes]) -> None:
        """All at once; without PIPELINING each command is held until the one before it is answered."""
        if "PIPELINING" in self._extensions:
            self._writer.write(b"".join(commands))
        else:
            self._held.extend(commands)

    async def _answer(self, patience: int = 1) -> Reply:
        if self._held:
            self._writer.write(self._held.popleft())
        return await self._reply(patience)

    async def _begin(self, envelope: Envelope, report: Report) -> bytes:
        """Reads the answers to the opening. Gives what has to be written next: the message, or nothing."""
        if self._needs_reset:
            await self._answer()
        sender = await self._answer()
        recipients = [await self._answer() for _ in envelope.rcpt_to]
        data = await self._answer()
        self._needs_reset = False
        refusal = _refusal(sender, recipients, data)
        if refusal is None:
            self._refused = _refused(envelope, recipients)
            self._addressee_refused = None if recipients[0].code < 500 else recipients[0]
            self.started, self.unanswered = None, envelope
            return _ending(envelope.data)
        self._give_up(envelope, *refusal, report)
        if data.code == 354:
            await self._end_unwanted(any(reply.is_positive for reply in recipients))
        return b""

    def _give_up(self, envelope: Envelope, stage: Stage, refusal: Reply, report: Report) -> None:
        if refusal.code == 421:  # the server is going away; nothing was handed over
            raise EOFError(refusal.text)
        self.started = None
        self._needs_reset = True
        report(_failed(envelope, refusal, stage))

    async def _end_unwanted(self, has_recipients: bool) -> None:
        """The server wants the text of a message it refused: an empty one ends the matter, if nobody can get it."""
        if has_recipients:
            raise EOFError("The mail server refused the sender but wants the message.")
        self._writer.write(b".\r\n")
        await self._reply()

    def _conclude(self, reply: Reply, report: Report) -> None:
        """The answer to the end of a message."""
        envelope, self.unanswered = self.unanswered, None
        if envelope is None:
            return
        if reply.is_positive and self._addressee_refused is not None:
            # those in copy have it now; what became of it is what became of it for whom it was for
            report(_failed(envelope, self._addressee_refused, Stage.RECIPIENT))
        elif reply.is_positive:
            report(Receipt(envelope.id, True, False, reply.code, reply.text, refused=self._refused))
        else:
            report(_failed(envelope, reply, Stage.CONTENT))

    async def close(self) -> None:
        """Says goodbye if the server still listens."""
        try:
            with suppress(*BROKEN):
                await self._ask("QUIT")
        finally:
            self.abort()

    @property
    def _has_unread(self) -> bool:
        """Whether the server said more than it was asked; asyncio offers no public way to look."""
        return len(getattr(self._reader, "_buffer", ())) > 0

    @property
    def _is_encrypted(self) -> bool:
        return self._writer.get_extra_info("ssl_object") is not None

    @property
    def is_open(self) -> bool:
        """False when the server has hung up or spoken out of turn since the last message."""
        return not (self._reader.at_eof() or self._writer.is_closing() or self._has_unread)

    def abort(self) -> None:
        """Closes at once."""
        self._writer.close()


def _tls_context(server: Server) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if server.tls == "starttls":  # opportunistic: any encryption is better than the none it would be otherwise
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _must(reply: Reply, what: str) -> None:
    if not reply.is_positive:
        raise SessionError(f"The mail server refused {what}: {reply.code} {reply.text}")


def _wire(address: str) -> str:
    return wire_address(address) if address else ""


def _refusal(sender: Reply, recipients: list[Reply], data: Reply) -> tuple[Stage, Reply] | None:
    """The answer that stops the message: to the sender, to whom it is for (the first) where nobody else was taken
    either, or to DATA."""
    if not sender.is_positive:
        return Stage.SENDER, sender
    if not any(reply.is_positive for reply in recipients):
        return Stage.RECIPIENT, recipients[0]
    return None if data.code == 354 else (Stage.CONTENT, data)


def _refused(envelope: Envelope, replies: list[Reply]) -> tuple[str, ...]:
    return tuple(address for address, reply in zip(envelope.rcpt_to, replies, strict=True) if not reply.is_positive)


def _failed(envelope: Envelope, reply: Reply, stage: Stage) -> Receipt:
    return Receipt(envelope.id, False, reply.code >= 500, reply.code, reply.text, stage=stage)


def _ending(data: bytes) -> bytes:
    """The text with its dots stuffed and the final dot. Only CRLF ends a line: a bare one could hide a false end."""
    breaks = data.count(b"\r\n")
    if data.count(b"\n") != breaks or data.count(b"\r") != breaks:
        data = _BARE_BREAK.sub(b"\r\n", data)
    stuffed = data.replace(b"\r\n.", b"\r\n..")
    start = b"." if stuffed.startswith(b".") else b""
    return start + stuffed + (b".\r\n" if stuffed.endswith(b"\r\n") else b"\r\n.\r\n")
