"""Which address a request came from and which it was sent to, when proxies stand before the server."""

from collections.abc import Iterable, Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

_Address = IPv4Address | IPv6Address
_PORTS = {"http": 80, "https": 443}


class Proxies:
    """Believes X-Forwarded-* only as far as `trusted` addresses and networks vouch for it."""

    def __init__(self, trusted: Iterable[str]) -> None:
        """Raises ValueError for what is neither an address nor a network."""
        self._trusted = [ip_network(network, strict=False) for network in trusted]

    def __call__(self, peer: str, headers: Mapping[str, str]) -> str:
        """The client's address: the nearest that is not a trusted proxy's. Empty when the peer has none."""
        client = _address(peer)
        hops = [hop for hop in headers.get("x-forwarded-for", "").split(",") if hop.strip()]
        while client is not None and hops and self._trusts(client):
            nearer = _address(hops.pop())
            if nearer is None:
                break
            client = nearer
        return "" if client is None else str(client)

    def origin(self, scope: Mapping[str, Any], headers: Mapping[str, str]) -> str:
        """Scheme and host of an ASGI request, as in `https://shop.example:8443`: as its Host header says, or a trusted
        proxy's X-Forwarded-Proto and X-Forwarded-Host, whose first value is the client's. It is the caller's word:
        good for answering that caller, and for nothing that others will read."""
        scheme, host = str(scope.get("scheme", "http")), headers.get("host") or _server(scope)
        peer = _address((scope.get("client") or ("",))[0])
        if peer is not None and self._trusts(peer):
            scheme = _first(headers.get("x-forwarded-proto", "")).lower() or scheme
            host = _first(headers.get("x-forwarded-host", "")) or host
        return f"{scheme}://{host}"

    def is_own_page(self, scope: Mapping[str, Any], headers: Mapping[str, str]) -> bool:
        """Whether a page of this very scheme and host sent the request. A browser sends the cookie along from others
        too, and names the page's origin with whatever is not a read."""
        sent = _parts(headers.get("origin", ""))
        return sent is not None and sent == _parts(self.origin(scope, headers))

    def _trusts(self, address: _Address) -> bool:
        return any(address in network for network in self._trusted)


def _parts(origin: str) -> tuple[str, str, int | None] | None:
    """Scheme, host and port, the port of the scheme where none is written."""
    try:
        parts = urlsplit(origin)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in _PORTS or not parts.hostname:
        return None
    return parts.scheme, parts.hostname, port or _PORTS[parts.scheme]


def _first(header: str) -> str:
    return header.partition(",")[0].strip()


def _server(scope: Mapping[str, Any]) -> str:
    host, port = scope.get("server") or ("localhost", None)
    return f"{host}:{port}" if port else str(host)


def _address(text: str) -> _Address | None:
    """An address as proxies write it, perhaps with a port: `192.0.2.1`, `192.0.2.1:4711`, `[2001:db8::1]:4711`."""
    plain = text.strip()
    if plain.startswith("["):
        plain = plain[1:].partition("]")[0]
    elif plain.count(":") == 1:
        plain = plain.partition(":")[0]
    try:
        address = ip_address(plain)
    except ValueError:
        return None
    return address.ipv4_mapped or address if isinstance(address, IPv6Address) else address
