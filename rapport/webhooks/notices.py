"""Letters to the account about its webhooks."""

from rapport.accounts.types import Account
from rapport.kit import db


async def switched_off(conn: db.Connection, account: Account, name: str, url: str) -> None:
    """Tell the account's sender that a webhook was switched off."""
