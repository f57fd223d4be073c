"""Exchange ids (`_kx`): a profile's reference that links and browsers may carry, because nobody else can read or make
one (behaviour-people 1.1). It reads like the reference's: sealed text, a dot, the account's public id."""

import secrets

from rapport.kit import crypto

_PURPOSE = "exchange-id"
_BYTES = 8
_secret: list[bytes] = []


def use(secret: bytes) -> None:
    """Name the secret exchange ids are sealed with. Called once in each process, at the composition root."""
    _secret[:] = [secret]


def encode(account_id: int, profile: int, public_id: str | None = None, *, once: bool = False) -> str:
    """The exchange id of a profile (its bigint id). It stays the same, and outlives merges: see `identity`.

    `once`: another one each time, for who must not learn by comparing that two addresses are one person's.
    """
    plain = profile.to_bytes(_BYTES, "big") + (secrets.token_bytes(_BYTES) if once else b"")
    sealed = crypto.seal(_key(), _PURPOSE, plain, _bound(account_id))
    return f"{sealed}.{public_id}" if public_id else sealed


def decode(account_id: int, text: str) -> int | None:
    """The profile (bigint id, perhaps merged or deleted since) that was sealed; None for what is no exchange id here.

    An id of another account opens as nothing.
    """
    try:
        plain = crypto.unseal(_key(), _PURPOSE, text.strip().partition(".")[0], _bound(account_id))
    except crypto.BadToken:
        return None
    return int.from_bytes(plain[:_BYTES], "big")


def _bound(account_id: int) -> bytes:
    return str(account_id).encode()


def _key() -> bytes:
    if not _secret:
        raise RuntimeError("exchange.use(secret) was not called in this process")
    return _secret[0]
