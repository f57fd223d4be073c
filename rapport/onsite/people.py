"""What a browser or an app is told of the person it speaks of (behaviour-people 6.3, 6.4)."""

from rapport.kit import db
from rapport.profiles import exchange

_IDENTIFIED = """
    SELECT EXISTS (SELECT FROM profile_identifiers WHERE account_id = %s AND profile_id = %s AND kind <> 4)"""
_ALIVE = """
    SELECT EXISTS (SELECT FROM profiles WHERE account_id = %(account)s AND id = %(id)s)
        OR EXISTS (SELECT FROM merged_profiles WHERE account_id = %(account)s AND source_id = %(id)s)"""


async def exchange_id(conn: db.Connection, account_id: int, public_id: str, profile: int | None) -> str | None:
    """The exchange id of somebody identified by more than a device (6.3), or None."""
    if profile is None:
        return None
    row = await db.row(conn, _IDENTIFIED, (account_id, profile))
    return exchange.encode(account_id, profile, public_id, once=True) if row and row[0] else None


async def names_nobody(conn: db.Connection, account_id: int, kx: str | None) -> bool:
    """Whether the exchange id sent belongs to no profile of this account: the script should then forget it (6.4)."""
    if kx is None:
        return False
    named = exchange.decode(account_id, kx)
    if named is None:
        return True
    row = await db.row(conn, _ALIVE, {"account": account_id, "id": named})
    return not (row and row[0])
