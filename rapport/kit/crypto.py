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


def sign(secret: bytes, purpose: str, text: str) -> str:
    """`text` with a 96-bit signature, safe in a URL. `purpose` keeps a token of one kind from passing as another."""
    body = base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
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


def seal(secret: bytes, purpose: str, plain: bytes, bound_to: bytes) -> str:
    """`plain` encrypted, safe in a URL; the same text gives the same token. It opens only with the same `bound_to`."""
    return base64.urlsafe_b64encode(_cipher(secret, purpose).encrypt(plain, [bound_to])).decode().rstrip("=")


def unseal(secret: bytes, purpose: str, token: str, bound_to: bytes) -> bytes:
    """What was sealed. Raises BadToken."""
    try:
        sealed = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        return _cipher(secret, purpose).decrypt(sealed, [bound_to])
    except (ValueError, InvalidTag) as error:
        raise BadToken("not sealed with this secret") from error


def _cipher(secret: bytes, purpose: str) -> AESSIV:
    return AESSIV(hmac.digest(secret, f"seal\x00{purpose}".encode(), "sha256"))


def _signature(secret: bytes, purpose: str, text: str) -> str:
    digest = hmac.new(secret, f"{purpose}\x00{text}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest[:12]).decode()
