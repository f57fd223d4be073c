"""A second factor: codes of an authenticator (TOTP, RFC 6238), and recovery codes for when it is lost."""

import hmac
import re
import secrets
from datetime import datetime

import pyotp

from rapport.accounts.users.people import User
from rapport.kit import crypto, db

_PURPOSE = "totp"
_SECONDS = 30
# A clock may be off by a step.
_STEPS = (-1, 0, 1)
_RECOVERY_CODES = 10


def new_secret(secret: bytes, user: User) -> tuple[str, str]:
    """A secret for an authenticator, as it is typed, and as it is stored."""
    shown = pyotp.random_base32()
    return shown, crypto.seal(secret, _PURPOSE, shown.encode(), str(user.user_id).encode())


def address(shown: str, user: User, account_name: str) -> str:
    """What the picture says that an authenticator reads."""
    return pyotp.TOTP(shown).provisioning_uri(name=user.email or user.name, issuer_name=f"Rapport ({account_name})")


async def begin(conn: db.Connection, user: User, sealed: str) -> None:
    """Keep a secret that is not asked for yet."""
    query = "UPDATE users SET totp = %s, totp_confirmed = false, totp_step = 0 WHERE user_id = %s"
    await db.execute(conn, query, (sealed, user.user_id))


async def confirm(conn: db.Connection, secret: bytes, user: User, code: str, now: datetime) -> list[str] | None:
    """Have codes asked for from now on: ten recovery codes, shown once; None for a wrong code."""
    if not await _uses_code(conn, secret, user, code, now):
        return None
    codes = [f"{secrets.token_hex(4)}-{secrets.token_hex(4)}" for _ in range(_RECOVERY_CODES)]
    query = "UPDATE users SET totp_confirmed = true, recovery_codes = %s WHERE user_id = %s"
    await db.execute(conn, query, ([crypto.key_hash(one) for one in codes], user.user_id))
    return codes


async def remove(conn: db.Connection, user: User) -> None:
    query = "UPDATE users SET totp = NULL, totp_confirmed = false, recovery_codes = '{}' WHERE user_id = %s"
    await db.execute(conn, query, (user.user_id,))


async def passes(conn: db.Connection, secret: bytes, user: User, code: str, now: datetime) -> bool:
    """Whether a code of the authenticator, or a recovery code, is right; it is used up then."""
    typed = code.strip().lower()
    if re.fullmatch(r"\d{3} ?\d{3}", typed):
        return await _uses_code(conn, secret, user, typed.replace(" ", ""), now)
    query = """
        UPDATE users SET recovery_codes = array_remove(recovery_codes, %(hash)s)
        WHERE user_id = %(user)s AND %(hash)s = ANY(recovery_codes)"""
    return bool(await db.execute(conn, query, {"hash": crypto.key_hash(typed), "user": user.user_id}))


async def _uses_code(conn: db.Connection, secret: bytes, user: User, code: str, now: datetime) -> bool:
    """The step of a code moves ahead only, so that a code that was seen over a shoulder is worth nothing."""
    row = await db.row(conn, "SELECT totp, totp_step FROM users WHERE user_id = %s FOR UPDATE", (user.user_id,))
    if row is None or row[0] is None:
        return False
    shown = crypto.unseal(secret, _PURPOSE, row[0], str(user.user_id).encode()).decode()
    step_now = int(now.timestamp()) // _SECONDS
    for step in (step_now + offset for offset in _STEPS):
        right = pyotp.TOTP(shown).at(step * _SECONDS)
        if step > row[1] and hmac.compare_digest(right.encode(), code.encode()):
            await db.execute(conn, "UPDATE users SET totp_step = %s WHERE user_id = %s", (step, user.user_id))
            return True
    return False
