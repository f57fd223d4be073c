"""Another address to sign in with: it counts once its owner has followed a link that was mailed to it."""

from datetime import datetime, timedelta

from rapport.accounts import service as accounts
from rapport.accounts.types import Account
from rapport.accounts.users import challenges, failures, letters, people
from rapport.accounts.users.people import User
from rapport.kit import db
from rapport.kit.refusals import Refused
from rapport.kit.settings import Settings

LIFE = timedelta(days=1)
_KIND = "new-email"
_POINTER = "/data/attributes/email"


async def ask(conn: db.Connection, settings: Settings, account: Account, user: User, email: str, now: datetime) -> None:
    """Mail the link. Raises Refused for an address that somebody has, and for too many letters to one."""
    other = await people.find(conn, email)
    if other is not None:
        raise people.taken()
    name = f"letters to {email}"
    if await failures.wait(conn, now, email=name, address=""):
        raise Refused("Too many mails went to this address. Try again in a quarter of an hour.", pointer=_POINTER)
    await failures.count(conn, now, email=name, address=name)
    await people.await_email(conn, user, email)
    token = await challenges.ask(conn, _KIND, f"{account.account_id} {user.user_id} {email}", now, LIFE)
    link = f"{settings.base_url}/confirm-email?token={token}"
    await letters.write(conn, settings.secret, account, email, letters.new_email(account, link), now)


async def confirm(conn: db.Connection, settings: Settings, token: str, now: datetime) -> str | None:
    """The address that counts from now on; None for a link that is wrong, used, too old, or of a change that was taken
    back. Raises Refused (409) where somebody has the address meanwhile."""
    account_id, _, rest = (await challenges.take(conn, _KIND, token, now) or "").partition(" ")
    user_id, _, email = rest.partition(" ")
    if not email:
        return None
    user = await people.load(conn, int(user_id))
    if user.pending_email != email:
        return None
    await people.describe(conn, user, name=user.name, email=email)
    if user.email is not None:
        account = await accounts.load(conn, int(account_id))
        letter = letters.email_changed(account, email, settings.base_url)
        await letters.write(conn, settings.secret, account, user.email, letter, now)
    return email
