"""HTTP to hosts that an account names, with one guard for every call: webhooks, and what is fetched.

A host may be public when it is named and this machine's own network a moment later, so an address is judged when it is
connected to, and it is that address the connection is made to. Private, local and reserved ones are refused, and so is
plain http, but for the exceptions that the operator names (`RAPPORT_OUTGOING_ALLOW`).
"""

import asyncio
import re
import socket
import ssl
from base64 import b64encode
from collections.abc import AsyncIterator, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

import httpcore
import httpx

DEADLINE_SECONDS = 30.0
# of an answer's body that are read
ANSWER_BYTES = 64 << 10
# that come before and around it: headers are read up to 100 KB, interim answers (RFC 9110, 15.2) without an end
_HEAD_BYTES = 192 << 10
_REDIRECTS = 5
# Names looked up at a time, in threads of their own: a name server that is silent holds up nothing else.
_LOOKUPS = 20
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[!-~](?:[ -~\t]*[!-~])?|")
_HOST = re.compile(r"[0-9a-z_](?:[0-9a-z_.-]*[0-9a-z_])?", re.IGNORECASE)
# letters of a host's name, and of each of its parts (RFC 1035, 2.3.4)
_LONGEST_HOST, _LONGEST_PART = 253, 63
# An IPv4 address in the last 32 bits: what a translator at the network's edge makes of it (RFC 6052).
_TRANSLATED = ip_network("64:ff9b::/96")
_HOW_TO_ALLOW = "RAPPORT_OUTGOING_ALLOW names exceptions."

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


class Unsendable(ValueError):
    """The call can't be made, however often it is tried. The text says what to do."""


class Unanswered(Exception):
    """No answer came; a later try may get one. The text says why."""


@dataclass(frozen=True)
class Answer:
    """`text`: the beginning of the body as it came, not unpacked. `retry_after`: the header of that name, "" = none."""

    status: int
    text: str
    retry_after: str = ""


@dataclass(frozen=True)
class Fetched:
    """What lies at an address: the last of those it led to."""

    url: str
    content: bytes


@dataclass(frozen=True)
class Allowed:
    """Exceptions: `hosts` by name, and `networks` that addresses may lie in."""

    hosts: frozenset[str] = frozenset()
    networks: tuple[Network, ...] = ()

    @classmethod
    def parse(cls, text: str) -> "Allowed":
        """From names, addresses and networks between commas or blanks. Raises ValueError."""
        hosts, networks = set[str](), list[Network]()
        for entry in text.replace(",", " ").split():
            try:
                networks.append(ip_network(entry.strip("[]"), strict=False))
            except ValueError:
                if not _HOST.fullmatch(entry):
                    raise ValueError(
                        f"RAPPORT_OUTGOING_ALLOW: '{entry}' is no host, address or network such as 10.0.0.0/8."
                    ) from None
                hosts.add(entry.lower())
        return cls(frozenset(hosts), tuple(networks))

    def includes(self, host: str, address: Address | None) -> bool:
        """Whether the host, or the address it was found at, is an exception."""
        return host in self.hosts or (address is not None and any(address in network for network in self.networks))


_allowed = [Allowed()]


def use(allowed: Allowed) -> None:
    """Name the exceptions. Called once in each process, at the composition root."""
    _allowed[:] = [allowed]


def check_url(url: str) -> None:
    """Raises Unsendable for what can't or may not be called, as far as the text tells; see `Client.post`."""
    parsed = _parsed(url)
    host = _host(parsed)
    address = _literal(host)
    exception = _allowed[0].includes(host, address)
    if parsed.scheme != "https" and not exception:
        raise Unsendable(f"The url must start with https://. {_HOW_TO_ALLOW}")
    if address is not None and not exception:
        _check_address(host, address)


def check_headers(headers: Mapping[str, str]) -> None:
    """Raises Unsendable for a name or value that HTTP can't carry (RFC 9110, 5.1 and 5.5)."""
    for name, value in headers.items():
        if not _NAME.fullmatch(name):
            raise Unsendable(f"'{name}' can't be the name of a header: use letters, digits and hyphens.")
        if not _VALUE.fullmatch(value):
            raise Unsendable(
                f"The value of the header '{name}' can't be sent: use visible ASCII characters, with blanks only"
                " between them."
            )


def host_of(url: str) -> str:
    """The host in lower case, "" where there is none."""
    try:
        return _host(_parsed(url))
    except Unsendable:
        return ""


def _parsed(url: str) -> httpx.URL:
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, ValueError, UnicodeError) as error:
        raise Unsendable(f"This is no url: {error}.") from error
    host = _host(parsed)
    if parsed.scheme not in ("http", "https") or not (_is_name(host) or _literal(host)):
        raise Unsendable("The url must start with https:// and name a host.")
    if parsed.port is not None and not 0 < parsed.port < 1 << 16:
        raise Unsendable("A port lies between 1 and 65535.")
    return parsed


def _is_name(host: str) -> bool:
    """One that can be looked up."""
    parts_fit = all(0 < len(part) <= _LONGEST_PART for part in host.split("."))
    return bool(_HOST.fullmatch(host)) and len(host) <= _LONGEST_HOST and parts_fit


def _host(url: httpx.URL) -> str:
    """As it goes over the wire: a name in ASCII (RFC 3492), an IPv6 address without its brackets."""
    return url.raw_host.decode()


def _literal(host: str) -> Address | None:
    """The address that a host is written as; every name under localhost is this machine (RFC 6761)."""
    if host == "localhost" or host.endswith(".localhost"):
        return IPv4Address("127.0.0.1")
    try:
        return ip_address(host)
    except ValueError:
        return None


def _check_address(host: str, address: Address) -> None:
    if not _is_public(address):
        at = "" if host == str(address) else f"{host} is at {address}. "
        raise Unsendable(f"{at}{address} is not a public address. {_HOW_TO_ALLOW}")


def _is_public(address: Address) -> bool:
    """Public, and so is the IPv4 address that it carries, where it carries one."""
    if isinstance(address, IPv6Address):
        carried = address.ipv4_mapped or address.sixtofour or (address.teredo and address.teredo[1])
        if carried is None and address in _TRANSLATED:
            carried = IPv4Address(int(address) & 0xFFFFFFFF)
        if carried is not None:
            return _is_public(carried)
        if address.is_site_local:
            return False
    return address.is_global and not address.is_multicast


class _Guard(httpcore.AsyncNetworkBackend):
    """Connects to addresses that were judged, never to a name that is looked up once more."""

    def __init__(self) -> None:
        self._network = httpcore.AnyIOBackend()
        self._lookups = ThreadPoolExecutor(_LOOKUPS, thread_name_prefix="lookup")

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        fault: Exception = OSError(f"{host} has no address")
        for address in await self._addresses(host, port):
            try:
                if not _allowed[0].includes(host, address):
                    _check_address(host, address)
                return _Metered(
                    await self._network.connect_tcp(str(address), port, timeout, local_address, socket_options)
                )
            except (Unsendable, httpcore.NetworkError, httpcore.TimeoutException) as error:
                fault = error
        raise fault

    async def _addresses(self, host: str, port: int) -> list[Address]:
        literal = _literal(host)
        if literal is not None:
            return [literal]
        loop = asyncio.get_running_loop()
        addresses = await loop.run_in_executor(self._lookups, _looked_up, host, port)
        return list(dict.fromkeys(addresses))

    def close(self) -> None:
        self._lookups.shutdown(wait=False, cancel_futures=True)


# How many bytes the call that is being made may still read.
_left: ContextVar[list[int]] = ContextVar("_left")


class _Metered(httpcore.AsyncNetworkStream):
    """A connection on which a call reads no more than it may, whatever the other side goes on sending."""

    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream = stream

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        content = await self._stream.read(max_bytes, timeout)
        left = _left.get()
        left[0] -= len(content)
        if left[0] < 0:
            raise httpcore.RemoteProtocolError("The answer goes on and on.")
        return content

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
        return _Metered(await self._stream.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _looked_up(host: str, port: int) -> list[Address]:
    return [ip_address(row[4][0]) for row in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


class Client:
    """Makes guarded calls. A certificate has to be valid, proxies are not used."""

    @classmethod
    def of(cls, _process: Any) -> "Client":
        """What a process makes once."""
        return cls()

    def __init__(self) -> None:
        self._guard = _Guard()
        self._pool = httpcore.AsyncConnectionPool(
            httpx.create_ssl_context(),
            max_connections=None,
            max_keepalive_connections=20,
            keepalive_expiry=5.0,
            network_backend=self._guard,
        )

    async def post(
        self, url: str, headers: Mapping[str, str], content: bytes, *, deadline: float = DEADLINE_SECONDS
    ) -> Answer:
        """The answer, read within `deadline` seconds for all of it. Redirects are not followed. Raises Unsendable or
        Unanswered."""
        check_url(url)
        check_headers(headers)
        async with _failures(deadline):
            status, said, body = await self._exchange("POST", httpx.URL(url), headers, content, ANSWER_BYTES)
        return Answer(status, body[:ANSWER_BYTES].decode("utf-8", "replace"), said.get("retry-after", ""))

    async def get(self, url: str, *, limit: int, deadline: float = DEADLINE_SECONDS) -> Fetched:
        """The whole content, of at most `limit` bytes, within `deadline` seconds. Each address that it leads to is
        judged like the first. Raises Unsendable or Unanswered."""
        async with _failures(deadline):
            for _ in range(_REDIRECTS + 1):
                check_url(url)
                status, said, body = await self._exchange("GET", httpx.URL(url), {}, b"", limit + 1)
                if 300 <= status < 400 and said.get("location"):
                    url = _led_to(url, said["location"])
                elif not 200 <= status < 300:
                    raise Unanswered(f"The answer was {status}.")
                elif len(body) > limit:
                    raise Unsendable(f"There are more than {limit:,} bytes.")
                else:
                    return Fetched(url, body)
        raise Unsendable(f"It leads elsewhere more than {_REDIRECTS} times.")

    async def _exchange(
        self, method: str, url: httpx.URL, headers: Mapping[str, str], content: bytes, limit: int
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Status, headers by their names in lower case, and the beginning of the body, `limit` bytes or somewhat
        more."""
        _left.set([limit + _HEAD_BYTES])
        target = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        async with self._pool.stream(method, target, headers=_sent(url, headers), content=content) as answer:
            body = bytearray()
            async for chunk in answer.aiter_stream():
                body += chunk
                if len(body) >= limit:
                    break
        return answer.status, _first_of_each(answer.headers), bytes(body)

    async def close(self) -> None:
        await self._pool.aclose()
        self._guard.close()


def _sent(url: httpx.URL, headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    """The headers as they go out; what the caller says wins over what is said for it."""
    ours = {"Host": url.netloc.decode(), "Accept": "*/*", "Accept-Encoding": "identity", "User-Agent": "Rapport"}
    if url.userinfo:
        ours["Authorization"] = f"Basic {b64encode(f'{url.username}:{url.password}'.encode()).decode()}"
    theirs = {name.lower() for name in headers}
    merged = {name: value for name, value in ours.items() if name.lower() not in theirs} | dict(headers)
    return [(name.encode(), value.encode()) for name, value in merged.items()]


def _first_of_each(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Values by the header's name in lower case; of one that comes again, the first."""
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in reversed([*headers])}


def _led_to(url: str, location: str) -> str:
    try:
        return str(httpx.URL(url).join(location))
    except (httpx.InvalidURL, ValueError, UnicodeError) as error:
        raise Unsendable(f"It leads to what is no url: {error}.") from error


@asynccontextmanager
async def _failures(deadline: float) -> AsyncIterator[None]:
    """Whatever goes wrong in a call of `deadline` seconds, as Unsendable or Unanswered."""
    try:
        async with asyncio.timeout(deadline):
            yield
    except TimeoutError:
        raise Unanswered(f"There was no whole answer within {deadline:g} seconds.") from None
    except httpcore.LocalProtocolError as error:
        raise Unsendable(f"This can't be sent: {error}.") from error
    except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException, OSError) as error:
        raise Unanswered(f"{type(error).__name__}: {error}") from error
