"""Addresses as they go on the wire."""

import re

from rapport.kit.mailboxes import NoDomain, ascii_domain

_LOCAL = re.compile(r'[^\s"(),:;<>@\[\]\\\x00-\x1f\x7f-\x9f]{1,64}')
_DOMAIN = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*")
_MAX_DOMAIN = 253


class AddressError(ValueError):
    """An address that cannot be put into a header or an SMTP command."""


def wire_domain(domain: str) -> str:
    """A domain in ASCII: `bücher.example` → `xn--bcher-kva.example`. Raises AddressError."""
    try:
        name = ascii_domain(domain)
    except NoDomain as error:
        raise AddressError(str(error)) from error
    if len(name) > _MAX_DOMAIN or _DOMAIN.fullmatch(name) is None:
        raise AddressError(f"'{domain}' is not a domain.")
    return name


def wire_address(email: str) -> str:
    """An address whose domain is ASCII; the part before the @ is kept, also when it is not ASCII (RFC 6532).

    Refuses quoted local parts, and everything that could end a header or a command. Raises AddressError.
    """
    local, at, domain = email.rpartition("@")
    if not at or _LOCAL.fullmatch(local) is None:
        raise AddressError(f"'{email}' is not an e-mail address.")
    try:
        local.encode()
    except UnicodeEncodeError as error:
        raise AddressError("An e-mail address holds half a character.") from error
    return f"{local}@{wire_domain(domain)}"
