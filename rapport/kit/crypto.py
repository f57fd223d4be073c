"""Signed tokens for links and sessions, and the hash a private key is stored as."""

import base64
import hashlib
import hmac


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


def _signature(secret: bytes, purpose: str, text: str) -> str:
    digest = hmac.new(secret, f"{purpose}\x00{text}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest[:12]).decode()
