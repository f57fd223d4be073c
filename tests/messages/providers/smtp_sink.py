"""A mail server on loopback that follows a script: right answers, wrong answers, silence, or a closed connection."""

import asyncio
import ssl
from base64 import b64decode
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DROP = "drop"
HANG = "hang"

Script = Callable[[str, int], str | None]
"""Given a command (`.` ends a message) and how many commands came before: the answer, DROP, HANG, or None (yes)."""


@dataclass
class Sink:
    """What the server got, and how to reach it."""

    script: Script
    extensions: tuple[str, ...]
    tls: ssl.SSLContext | None = None
    login: tuple[str, str] | None = None
    port: int = 0
    connections: int = 0
    commands: list[str] = field(default_factory=list)
    messages: list[bytes] = field(default_factory=list)
    attempts: list[bytes] = field(default_factory=list)

    def url(self, options: str = "tls=none", *, user: str = "", scheme: str = "smtp") -> str:
        return f"{scheme}://{user}127.0.0.1:{self.port}?{options}"


@asynccontextmanager
async def running(
    script: Script = lambda command, count: None,
    *,
    extensions: tuple[str, ...] = ("PIPELINING", "8BITMIME"),
    tls: ssl.SSLContext | None = None,
    implicit_tls: bool = False,
    login: tuple[str, str] | None = None,
) -> AsyncIterator[Sink]:
    """The server for the time of the block."""
    sink = Sink(script, extensions, tls, login)
    tasks: set[asyncio.Task[None]] = set()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        sink.connections += 1
        try:
            await Conversation(sink, reader, writer).run()
        except (EOFError, OSError, asyncio.CancelledError):
            pass
        finally:
            tasks.discard(task)
            writer.close()

    server = await asyncio.start_server(accept, "127.0.0.1", 0, limit=2**20, ssl=tls if implicit_tls else None)
    sink.port = server.sockets[0].getsockname()[1]
    try:
        yield sink
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()


class Conversation:
    """One connection."""

    def __init__(self, sink: Sink, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.sink = sink
        self.reader = reader
        self.writer = writer
        self.recipients = 0
        self.has_sender = False

    async def run(self) -> None:
        await self.answer("CONNECT", "220 sink ready")
        while line := await self.reader.readline():
            command = line.decode().rstrip("\r\n")
            assert line.endswith(b"\r\n")
            await self.obey(command)
            if command == "QUIT":
                return

    async def obey(self, command: str) -> None:
        verb = command.partition(" ")[0].upper()
        if verb in ("EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA"):
            await getattr(self, verb.lower())(command)
        else:
            self.has_sender = False
            await self.answer(command, "250 ok")

    async def ehlo(self, command: str) -> None:
        lines = ["sink", *self.sink.extensions]
        marks = ["-"] * (len(lines) - 1) + [" "]
        await self.answer(command, "\r\n".join(f"250{mark}{line}" for mark, line in zip(marks, lines, strict=True)))

    async def starttls(self, command: str) -> None:
        await self.answer(command, "220 go on")
        assert self.sink.tls is not None
        await self.writer.start_tls(self.sink.tls)

    async def auth(self, command: str) -> None:
        _, method, *initial = command.split(" ")
        if method == "PLAIN":
            _, user, password = b64decode(initial[0]).decode().split("\0")
        else:
            user = await self.ask("334 VXNlcm5hbWU6")
            password = await self.ask("334 UGFzc3dvcmQ6")
        is_known = (user, password) == self.sink.login
        await self.answer("AUTH", "235 welcome" if is_known else "535 wrong")

    async def ask(self, question: str) -> str:
        self.writer.write(question.encode() + b"\r\n")
        return b64decode(await self.reader.readline()).decode()

    async def mail(self, command: str) -> None:
        self.recipients = 0
        default = "503 nested" if self.has_sender else "250 ok"
        self.has_sender = (await self.answer(command, default)).startswith("2") or self.has_sender

    async def rcpt(self, command: str) -> None:
        answer = await self.answer(command, "250 ok" if self.has_sender else "503 no sender")
        self.recipients += answer.startswith("2")

    async def data(self, command: str) -> None:
        answer = await self.answer(command, "354 go on" if self.recipients else "503 no recipient")
        if not answer.startswith("354"):
            return
        lines = []
        while (line := await self.reader.readline()) != b".\r\n":
            if not line:
                raise EOFError
            lines.append(line.removeprefix(b"."))
        self.sink.attempts.append(b"".join(lines))
        self.has_sender = False
        answer = await self.answer(".", "250 taken")
        if answer.startswith("2"):
            self.sink.messages.append(b"".join(lines))

    async def answer(self, command: str, default: str) -> str:
        answer = self.sink.script(command, len(self.sink.commands)) or default
        self.sink.commands.append(command)
        if answer == HANG:
            await asyncio.Event().wait()
        if answer == DROP:
            raise EOFError
        self.writer.write(answer.encode() + b"\r\n")
        await self.writer.drain()
        return answer


def certificate(folder: Path, now: datetime) -> tuple[ssl.SSLContext, Path]:
    """A server's TLS context for 127.0.0.1, and the file that a client has to trust."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sink")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    builder = builder.add_extension(
        x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
    )
    signed = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True).sign(
        key, hashes.SHA256()
    )
    file = folder / "sink.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(private + signed.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context, file


def once(*answers: tuple[str, str]) -> Script:
    """Gives each answer once, at the first command that starts with its prefix, in order."""
    waiting: Iterator[tuple[str, str]] = iter(answers)
    state = {"next": next(waiting, None)}

    def script(command: str, count: int) -> str | None:
        following = state["next"]
        if following is None or not command.startswith(following[0]):
            return None
        state["next"] = next(waiting, None)
        return following[1]

    return script
