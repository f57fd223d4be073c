"""Double opt-in: a sign-up becomes a profile when the link in its confirmation mail was used (behaviour-people 2.8)."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from rapport.accounts import service as accounts
from rapport.accounts.types import Account
from rapport.kit import db
from rapport.messages import content, outbox, subscribing
from rapport.messages.types import Mailing, Options, Recipient
from rapport.profiles.consent import EMAIL
from rapport.profiles.identity import Person
from rapport.subscriptions.api import identified
from rapport.subscriptions.service import Grant, How

VALID = timedelta(hours=72)
SOURCE = "confirmation"
# There is no profile yet; see `take`.
NOBODY = 0

_INSERT = """
    INSERT INTO optins (account_id, token, email, list_id, custom_source, expires) VALUES (%s, %s, %s, %s, %s, %s)"""
# tenant-scope: the token is random and names the tenant
_FIND = "SELECT account_id, email, list_id, custom_source, expires, confirmed FROM optins WHERE token = %s"
_CONFIRM = "UPDATE optins SET confirmed = %s WHERE account_id = %s AND token = %s AND confirmed IS NULL"
_LIST = "SELECT id, public_id, name FROM lists WHERE account_id = %s AND id = %s"

_HTML = """<!doctype html>
<html lang="en"><body style="font-family:sans-serif;font-size:16px;line-height:1.5">
<h1 style="font-size:20px">Please confirm your subscription</h1>
<p>Somebody, hopefully you, asked for e-mails from {{ organization.name }} to {{ email }}.</p>
<p><a href="{{ event.link }}" style="display:inline-block;padding:12px 24px;background:#1c5fd4;color:#ffffff;
border-radius:8px;text-decoration:none">Yes, subscribe me</a></p>
<p>If it wasn't you, do nothing: without this you get no e-mails. The link works for 72 hours.</p>
</body></html>"""


@dataclass(frozen=True)
class Optin:
    """A sign-up that waits. `account` in its own time."""

    account: Account
    token: str
    email: str
    list_id: int | None
    custom_source: str | None
    expired: bool
    confirmed: bool


async def ask(
    conn: db.Connection, account: Account, emails: Sequence[str], base_url: str, *,
    to: dict[str, Any] | None, custom_source: str | None,
) -> None:  # fmt: skip
    """Send confirmation mails to these addresses, to each at most one an hour for each list."""
    now = account.now()
    place = to["id"] if to else 0
    body = {
        "subject": "Please confirm your subscription to {{ organization.name }}",
        "from_email": account.sender_email, "from_label": account.sender_name, "html": _HTML,
        "track_opens": False, "track_clicks": False,
    }  # fmt: skip
    mailing = Mailing(
        "email", SOURCE, "confirmation", await content.store(conn, account.account_id, body),
        options=Options(name="Confirmation", transactional=True, smart_sending=False),
    )  # fmt: skip
    recipients: list[Recipient] = []
    for email in emails:
        token = secrets.token_urlsafe(18)
        values = (account.account_id, token, email, to["id"] if to else None, custom_source, now + VALID)
        await db.execute(conn, _INSERT, values)
        cause = f"confirm:{place}:{email.lower()}:{int(now.timestamp()) // 3600}"
        event = {"email": email, "link": f"{base_url}/s/{token}"}
        recipients.append(Recipient(NOBODY, cause, now, event))
    await outbox.queue(conn, account, mailing, recipients)


async def find(conn: db.Connection, token: str) -> Optin | None:
    found = await db.row(conn, _FIND, (token,))
    if found is None:
        return None
    account = await accounts.load(conn, found[0])
    return Optin(account, token, found[1], found[2], found[3], found[4] < account.now(), found[5] is not None)


async def confirm(conn: db.Connection, optin: Optin) -> None:
    """Make the profile, record its consent and put it on the list; once, however often the button is pressed."""
    account = optin.account
    if optin.expired or not await db.execute(conn, _CONFIRM, (account.now(), account.account_id, optin.token)):
        return
    profiles = await identified(conn, account.account_id, [Person(email=optin.email)], account.now())
    to = await db.one(conn, _LIST, (account.account_id, optin.list_id)) if optin.list_id is not None else None
    how = How("API", "", optin.custom_source, double_optin=True)
    await subscribing.subscribe(conn, account, [Grant(profiles[0], EMAIL)], how, to=to)


def needs_confirmation(account: Account, to: dict[str, Any] | None) -> bool:
    """The list's own process; without a list, the account's, which is single opt-in unless it was set otherwise."""
    process = to["opt_in_process"] if to else account.settings.get("opt_in_process", "single_opt_in")
    return bool(process == "double_opt_in")
