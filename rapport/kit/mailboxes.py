"""E-mail addresses as names of a mailbox: which spellings mean the same one, and how a domain goes on the wire.

`k@Bücher.example`, `k@bücher。example` and `k@xn--bcher-kva.example` are one mailbox, and so are the composed and the
decomposed spelling of an é. What is compared, here and in the database, is `identity`; what is shown is what was given.
"""

import unicodedata
from functools import lru_cache

import idna


class NoDomain(ValueError):
    """A text that cannot be a domain."""


@lru_cache(maxsize=4096)
def ascii_domain(domain: str) -> str:
    """A domain in ASCII by UTS 46: `bücher.example` → `xn--bcher-kva.example`; ASCII is kept. Raises NoDomain."""
    if domain.isascii():
        return domain
    try:
        return idna.encode(domain, uts46=True).decode()
    except (idna.IDNAError, UnicodeError) as error:
        raise NoDomain(f"'{domain}' is not a domain.") from error


def identity(address: str) -> str:
    """The one form of all spellings of an address: lower case, NFC before the @, an ASCII domain after it.

    Any text has one, so that what cannot be an address can be looked for too.
    """
    lowered = address.strip().lower()
    if lowered.isascii():
        return lowered
    local, at, domain = _composed(lowered).rpartition("@")
    try:
        return f"{local}{at}{ascii_domain(domain).lower()}"
    except NoDomain:
        return f"{local}{at}{domain}"


def spellings(address: str) -> list[str]:
    """`identity`, and what else the address is likely to stand as in a text, in lower case: with the domain in its own
    script, composed and decomposed."""
    name = identity(address)
    if name.isascii() and "xn--" not in name:
        return [name]
    local, at, domain = name.rpartition("@")
    shown = f"{local}{at}{_in_its_script(domain)}"
    forms = [name, address.strip().lower(), shown, _decomposed(name), _decomposed(shown)]
    return list(dict.fromkeys(forms))


def _composed(text: str) -> str:
    # lower case may have come apart again, as of İ
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).lower())


def _decomposed(text: str) -> str:
    return unicodedata.normalize("NFD", text)


def _in_its_script(domain: str) -> str:
    if "xn--" not in domain:
        return domain
    try:
        return idna.decode(domain)
    except (idna.IDNAError, UnicodeError):
        return domain
