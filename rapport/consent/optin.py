"""Double opt-in: a sign-up becomes a profile when the link in its confirmation mail was used (behaviour-people 2.8).

Who signs up through a form may have a profile before that (`Waiting.profile`): a blank one, without consent and not on
the list.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec

from rapport.accounts import service as accounts
from rapport.accounts.sender import reply_to_of
from rapport.accounts.types import Account
from rapport.consent import confirmation_mail, subscribing
from rapport.kit import db, mailboxes
from rapport.messages import content, outbox
from rapport.messages.types import Mailing, Options, Recipient
from rapport.profiles.consent import EMAIL
from rapport.profiles.identity import Person
from rapport.subscriptions.people import locales_of, profiles_of
from rapport.subscriptions.service import Grant, How
from rapport.subscriptions.settings import settings_of
from rapport.texts import service as texts
from rapport.texts.service import Texts
from rapport.texts.words import Language

VALID = timedelta(hours=72)
HOUR = timedelta(hours=1)
# in the place of a list
STRANGERS = "strangers"
SOURCE = "confirmation"
# There is no profile yet; see `take`.
NOBODY = 0

_INSERT = """
    INSERT INTO optins (account_id, token, email, list_id, custom_source, method, method_detail, expires, profile,
        phone_number, channels)
    SELECT %(account)s, w.token, w.email, %(list)s, %(custom)s, %(method)s, %(detail)s, %(expires)s, w.profile,
        w.phone_number, ARRAY(SELECT jsonb_array_elements_text(w.channels))
    FROM jsonb_to_recordset(%(waiting)s::jsonb)
        AS w (token text, email text, profile text, phone_number text, channels jsonb)"""
# tenant-scope: the token is random and names the tenant
_FIND = """
    SELECT account_id, token, email, list_id, profile, phone_number, channels, method, method_detail, custom_source,
        expires, confirmed IS NOT NULL AS confirmed
    FROM optins WHERE token = %s"""
_LATELY = "SELECT FROM messages WHERE account_id = %s AND cause = ANY(%s) AND created > %s"
_CONFIRM = "UPDATE optins SET confirmed = %s WHERE account_id = %s AND token = %s AND confirmed IS NULL"
_LIST = "SELECT id, public_id, name FROM lists WHERE account_id = %s AND id = %s"


@dataclass(frozen=True)
class Waiting:
    """Somebody who is asked. `profile` (a ULID) and `phone_number`: what else is known of them.

    `channels`: what confirming grants, of e-mail and its tracking.
    """

    email: str
    profile: str | None = None
    phone_number: str | None = None
    channels: tuple[str, ...] = (EMAIL,)


@dataclass(frozen=True)
class Optin:
    """A sign-up that waits. `account` in its own time."""

    account: Account
    token: str
    waiting: Waiting
    how: How
    list_id: int | None
    expired: bool
    confirmed: bool

    @property
    def email(self) -> str:
        return self.waiting.email


async def ask(
    conn: db.Connection,
    account: Account,
    waiting: Sequence[Waiting | str],
    base_url: str,
    *,
    to: dict[str, Any] | None,
    how: How,
    by_stranger: bool = False,
) -> None:
    """Send confirmation mails to these addresses, to each at most one an hour for each list.

    `by_stranger`: asked by whoever writes an address into a form; then at most one an hour for all lists, so that
    nobody's mailbox is filled from here.
    """
    now = account.now()
    people = [Waiting(recipient) if isinstance(recipient, str) else recipient for recipient in waiting]
    if by_stranger:
        people = [person for person in people if not await _asked_lately(conn, account, person.email, now)]
    tokens = [secrets.token_urlsafe(18) for _ in people]
    await _store(conn, account, people, tokens, to, how)
    place = STRANGERS if by_stranger else to["id"] if to else 0
    locales = await locales_of(conn, account.account_id, [person.email for person in people])
    by_language: dict[Language, list[Recipient]] = {}
    for person, token, locale in zip(people, tokens, locales, strict=True):
        cause = _cause(place, person.email, now)
        recipient = Recipient(NOBODY, cause, now, {"email": person.email, "link": f"{base_url}/s/{token}"})
        by_language.setdefault(texts.language_of(account, locale), []).append(recipient)
    for language, recipients in by_language.items():
        mailing = await _mailing(conn, account, await texts.load(conn, account, language))
        await outbox.queue(conn, account, mailing, recipients)


async def texts_for(conn: db.Connection, account: Account, waiting: Waiting) -> Texts:
    """The texts in the language of somebody who is asked."""
    [locale] = await locales_of(conn, account.account_id, [waiting.email])
    return await texts.load(conn, account, locale)


async def _asked_lately(conn: db.Connection, account: Account, email: str, now: datetime) -> bool:
    """Whether a stranger had a mail sent there within the hour, be it before the clock struck."""
    causes = [_cause(STRANGERS, email, moment) for moment in (now, now - HOUR)]
    return bool(await db.rows(conn, _LATELY, (account.account_id, causes, now - HOUR)))


def _cause(place: int | str, email: str, now: datetime) -> str:
    """One message for each place and hour."""
    return f"confirm:{place}:{mailboxes.identity(email)}:{int(now.timestamp()) // int(HOUR.total_seconds())}"


async def _store(
    conn: db.Connection,
    account: Account,
    people: Sequence[Waiting],
    tokens: Sequence[str],
    to: dict[str, Any] | None,
    how: How,
) -> None:
    rows = [{**msgspec.to_builtins(person), "token": token} for person, token in zip(people, tokens, strict=True)]
    parameters = {
        "account": account.account_id,
        "list": to["id"] if to else None,
        "expires": account.now() + VALID,
        "method": how.method,
        "detail": how.detail,
        "custom": how.custom,
        "waiting": msgspec.json.encode(rows).decode(),
    }
    await db.execute(conn, _INSERT, parameters)


async def _mailing(conn: db.Connection, account: Account, said: Texts) -> Mailing:
    subject, html = confirmation_mail.template(said)
    body = {
        "subject": subject,
        "from_email": account.sender_email,
        "from_label": account.sender_name,
        "reply_to": reply_to_of(account),
        "html": html,
        "track_opens": False,
        "track_clicks": False,
    }
    return Mailing(
        "email",
        SOURCE,
        "confirmation",
        await content.store(conn, account.account_id, body),
        options=Options(name="Confirmation", transactional=True, smart_sending=False),
    )


async def find(conn: db.Connection, token: str) -> Optin | None:
    row = await db.one(conn, _FIND, (token,))
    if row is None:
        return None
    account = await accounts.load(conn, row["account_id"])
    waiting = Waiting(row["email"], row["profile"], row["phone_number"], tuple(row["channels"]))
    how = How(row["method"], row["method_detail"], row["custom_source"], double_optin=True)
    return Optin(account, token, waiting, how, row["list_id"], _is_over(row["expires"], account), row["confirmed"])


def _is_over(expires: datetime, account: Account) -> bool:
    return expires < account.now()


async def confirm(conn: db.Connection, optin: Optin) -> None:
    """Make the profile, record its consent and put it on the list; once, however often the button is pressed."""
    account, waiting = optin.account, optin.waiting
    if optin.expired or not await db.execute(conn, _CONFIRM, (account.now(), account.account_id, optin.token)):
        return
    person = Person(id=waiting.profile, email=waiting.email, phone_number=waiting.phone_number)
    [profile] = await profiles_of(conn, account.account_id, [person], account.now())
    assert profile is not None, "an address always has a profile"
    to = await db.one(conn, _LIST, (account.account_id, optin.list_id)) if optin.list_id is not None else None
    grants = [Grant(profile, channel) for channel in waiting.channels]
    await subscribing.subscribe(conn, account, grants, optin.how, to=to)


def needs_confirmation(account: Account, to: dict[str, Any] | None) -> bool:
    """The list's own process; without a list, the account's, which is single opt-in unless it was set otherwise."""
    process = to["opt_in_process"] if to else settings_of(account).opt_in_process
    return bool(process == "double_opt_in")
