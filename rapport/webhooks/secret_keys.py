"""Secrets of webhooks, which are kept sealed: a copy of the database alone signs nothing."""

from rapport.kit import crypto

_PURPOSE = "webhook-secret"
UNREADABLE = "The secret_key can't be read: RAPPORT_SECRET is another one than when it was set. Set it again."
_installation: list[bytes] = []


def use(secret: bytes) -> None:
    """Name the secret that these are sealed with. Called once in each process, at the composition root."""
    _installation[:] = [secret]


def seal(account_id: int, secret_key: str) -> str:
    return crypto.seal(_installation[0], _PURPOSE, secret_key.encode(), str(account_id).encode())


def unseal(account_id: int, sealed: str) -> bytes:
    """Raises crypto.BadToken when it was sealed with another installation's secret."""
    return crypto.unseal(_installation[0], _PURPOSE, sealed, str(account_id).encode())
