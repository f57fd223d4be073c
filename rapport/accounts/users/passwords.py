"""Passwords: what may be one, and how it is stored and compared (Argon2id)."""

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from rapport.kit.refusals import Refused

SHORTEST, LONGEST = 10, 500
# 19 MB and two passes take some 30 ms: enough to make guessing dear, little enough for many sign-ins at once.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# Compared with where there is no password, so that an unknown address takes as long as a known one.
_NOBODYS = _HASHER.hash("nobody has this one")
_COMMON = frozenset(
    "1234567890 0123456789 1234567891 password12 password123 password1234 qwertyuiop qwerty12345 1q2w3e4r5t iloveyou12 "
    "letmein1234 changeme123 welcome1234 administrator passwort123 motdepasse".split()
)


def check(password: str, *, email: str | None, name: str, pointer: str = "/data/attributes/password") -> None:
    """Raises Refused for one that is too short or guessed first."""
    lowered = password.strip().lower()
    if len(password) < SHORTEST:
        raise Refused(f"A password has at least {SHORTEST} characters.", pointer=pointer)
    if len(password) > LONGEST:
        raise Refused(f"A password has at most {LONGEST} characters.", pointer=pointer)
    local = (email or "").partition("@")[0]
    own = {text.lower() for text in (email or "", local, name) if len(text) > 3}
    if (
        lowered in _COMMON
        or len(set(lowered)) < 4
        or any(lowered.replace(text, "").strip("0123456789!._- ") == "" for text in own)
    ):
        raise Refused("This password is among the first that are guessed. Choose another.", pointer=pointer)


async def hashed(password: str) -> str:
    return await asyncio.to_thread(_HASHER.hash, password)


async def matches(stored: str | None, password: str) -> bool:
    """Takes as long where there is no password."""
    right = await asyncio.to_thread(_verify, stored or _NOBODYS, password[: LONGEST + 1])
    return right and stored is not None


def _verify(stored: str, password: str) -> bool:
    try:
        return _HASHER.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False
