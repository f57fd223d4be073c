"""Signed and sealed tokens for links, sessions and references, and the hash a private key is stored as."""

import base64
import hashlib
import hmac

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV


class BadToken(ValueError):
    """The token was not made with this secret, or was changed."""


def key_hash(private_key: str) -> bytes:
    """SHA-256: a private key is 128 random bits, so it needs no slow hash, and every request pays for this one."""
    return hashlib.sha256(private_key.encode()).digest()


def base64url(data: bytes) -> str:
    """Safe in a URL, without padding (RFC 4648, 5)."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def from_base64url(text: str) -> bytes:
    """Raises ValueError."""
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def pkce_challenge(verifier: str) -> str:
    """What a verifier is announced by (RFC 7636, 4.2, S256)."""
    return base64url(hashlib.sha256(verifier.encode()).digest())


def sign(secret: bytes, purpose: str, text: str) -> str:
    """`text` with a 96-bit signature, safe in a URL. `purpose` keeps a token of one kind from passing as another."""
    body = base64url(text.encode())
    return f"{body}.{_signature(secret, purpose, text)}"


def verify(secret: bytes, purpose: str, token: str) -> str:
    """The signed text. Raises BadToken."""
    body, _, signature = token.partition(".")
    try:
        text = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)).decode()
    except ValueError as error:
        raise BadToken("not a token") from error
    if not hmac.compare_digest(signature.encode(), _signature(secret, purpose, text).encode()):
        raise BadToken("wrong signature")
    return text


def word(secret: bytes, purpose: str, text: str) -> str:
    """A signature of `text` as 16 lower-case letters and digits, 80 bits: where case is not kept, as in an address."""
    return base64.b32encode(_digest(secret, purpose, text)[:10]).decode().lower()


def seal(secret: bytes, purpose: str, plain: bytes, bound_to: bytes) -> str:
    """`plain` encrypted, safe in a URL; the same text gives the same token. It opens only with the same `bound_to`."""
    return base64url(_cipher(secret, purpose).encrypt(plain, [bound_to]))


def unseal(secret: bytes, purpose: str, token: str, bound_to: bytes) -> bytes:
    """What was sealed. Raises BadToken."""
    try:
        return _cipher(secret, purpose).decrypt(from_base64url(token), [bound_to])
    except (ValueError, InvalidTag) as error:
        raise BadToken("not sealed with this secret") from error


def _cipher(secret: bytes, purpose: str) -> AESSIV:
    return AESSIV(hmac.digest(secret, f"seal\x00{purpose}".encode(), "sha256"))


def _signature(secret: bytes, purpose: str, text: str) -> str:
    return base64.urlsafe_b64encode(_digest(secret, purpose, text)[:12]).decode()


def _digest(secret: bytes, purpose: str, text: str) -> bytes:
    return hmac.digest(secret, f"{purpose}\x00{text}".encode(), "sha256")
