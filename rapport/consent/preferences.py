"""What one person gets, and changing it: what the preference page shows and saves (behaviour-people 2.9)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from rapport.accounts.types import Account
from rapport.consent import subscribing
from rapport.consent.pages import Box
from rapport.consent.subscribing import Through
from rapport.inbox.service import append
from rapport.kit import db, mailboxes
from rapport.profiles.consent import EMAIL, SMS, SUBSCRIBED, TEXTS, WHATSAPP, WHATSAPPS
from rapport.subscriptions import service as consent
from rapport.subscriptions.facts import fact
from rapport.subscriptions.service import Grant, How
from rapport.subscriptions.settings import settings_of
from rapport.texts import service as texts_service
from rapport.texts.service import Texts

UPDATED = "Updated Email Preferences"
_LIST = "list:"
_PERSON = """
    SELECT id, email, phone_number, locale, EXISTS (SELECT FROM suppressions s WHERE s.account_id = p.account_id
        AND s.profile_id = p.id) AS barred, ARRAY(SELECT s.reason FROM suppressions s WHERE s.account_id = p.account_id
        AND s.profile_id = p.id) AS reasons
    FROM profiles p WHERE account_id = %s AND id = %s"""
_CHANNELS = "SELECT channel, status FROM consents WHERE account_id = %s AND profile_id = %s"
# Lists the person is on or has left. Who merely might join is not told what other lists there are.
_LISTS = """
    SELECT l.id, l.public_id, l.name, x.list_id IS NULL AS on_it FROM lists l
    LEFT JOIN list_suppressions x ON x.account_id = l.account_id AND x.list_id = l.id AND x.profile_id = %(profile)s
    LEFT JOIN list_members m ON m.account_id = l.account_id AND m.list_id = l.id AND m.profile_id = %(profile)s
    LEFT JOIN list_consents c ON c.account_id = l.account_id AND c.list_id = l.id
    WHERE l.account_id = %(account)s AND (m.profile_id IS NOT NULL OR x.profile_id IS NOT NULL)
        AND coalesce(c.on_preference_page, true)
    ORDER BY lower(l.name), l.id"""
# What ends together on the page.
_WITH = {SMS: sorted(TEXTS), WHATSAPP: list(WHATSAPPS), EMAIL: [EMAIL]}


@dataclass(frozen=True)
class Preferences:
    """A person as the preference page sees them. Boxes are named by channel, or `list:` and a list's id."""

    profile_id: int
    email: str | None
    texts: Texts
    unsubscribed: bool
    channels: tuple[Box, ...]
    lists: tuple[Box, ...]
    # rows of `lists` by the names of their boxes
    rows: Mapping[str, dict[str, Any]]

    def belongs_to(self, address: str) -> bool:
        """Whether a message to this address still is one to this person."""
        return self.email is not None and mailboxes.identity(self.email) == mailboxes.identity(address)


async def load(conn: db.Connection, account: Account, profile_id: int) -> Preferences | None:
    """None when there is no such profile any more."""
    person = await db.one(conn, _PERSON, (account.account_id, profile_id))
    if person is None:
        return None
    status_by_channel = {row[0]: row[1] for row in await db.rows(conn, _CHANNELS, (account.account_id, profile_id))}
    rows = await db.dicts(conn, _LISTS, {"account": account.account_id, "profile": profile_id})
    texts = await texts_service.load(conn, account, person["locale"])
    refused = status_by_channel.get(EMAIL) == "UNSUBSCRIBED" or "UNSUBSCRIBE" in person["reasons"]
    return Preferences(
        profile_id,
        person["email"],
        texts,
        refused,
        tuple(_channels(account, person, status_by_channel, texts)),
        tuple(Box(f"{_LIST}{row['public_id']}", row["name"], row["on_it"]) for row in rows),
        {f"{_LIST}{row['public_id']}": row for row in rows},
    )


def _channels(
    account: Account, person: Mapping[str, Any], status_by_channel: Mapping[str, str], said: Texts
) -> list[Box]:
    """E-mail is on unless it is suppressed or refused; the other channels only with consent (2.1).

    Push is left to the app: its consent lives with the device.
    """
    words = said.words.preference_page
    boxes = [
        Box(
            EMAIL,
            said.fill(words.email),
            not person["barred"] and status_by_channel.get(EMAIL) != "UNSUBSCRIBED",
            person["email"] or "",
        )
    ]
    number = _hidden(person["phone_number"] or "")
    texts = status_by_channel.get(SMS) == SUBSCRIBED
    # who would have to be asked for an age can leave here, but not join
    if number and (texts or settings_of(account).minimum_age is None):
        boxes.append(Box(SMS, said.fill(words.sms), texts, number))
    if number and status_by_channel.keys() & {*WHATSAPPS}:
        chats = any(status_by_channel.get(channel) == SUBSCRIBED for channel in WHATSAPPS)
        boxes.append(Box(WHATSAPP, said.fill(words.whatsapp), chats, number))
    return boxes


def _hidden(number: str) -> str:
    """Enough of a number to know it by; the message may have been forwarded."""
    return f"{number[:2]} ••• {number[-2:]}" if number else ""


async def save(
    conn: db.Connection,
    account: Account,
    before: Preferences,
    offered: Collection[str],
    wanted: Collection[str],
    how: How,
    through: Through,
) -> None:
    """Apply the choices to what the page offered, and record an event that the preferences were saved (2.7)."""
    shown = {box.name: box for box in (*before.channels, *before.lists) if box.name in offered}
    off = [name for name, box in shown.items() if box.on and name not in wanted]
    on = [name for name, box in shown.items() if not box.on and name in wanted]
    channels = [channel for name in off for channel in _WITH.get(name, ())]
    if channels:
        await consent.unsubscribe(
            conn, account, [before.profile_id], how, channels=channels, message=through.message, about=through.about
        )
    grants = [Grant(before.profile_id, name) for name in on if name in _WITH]
    if grants:
        await consent.subscribe(conn, account, grants, how)
    if EMAIL not in off:
        await _lists(conn, account, before, on, off, how, through)
    properties = {**through.about, "email_address": before.email, "method": how.method, "method_detail": how.detail}
    await append(conn, account.account_id, [fact(before.profile_id, UPDATED, account.now(), account.now(), properties)])


async def _lists(
    conn: db.Connection,
    account: Account,
    before: Preferences,
    on: Collection[str],
    off: Collection[str],
    how: How,
    through: Through,
) -> None:
    for name in off:
        if name in before.rows:
            await subscribing.leave(conn, account, [before.profile_id], how, before.rows[name], through=through)
    for name in on:
        if name in before.rows:
            grant = Grant(before.profile_id, EMAIL)
            await subscribing.subscribe(conn, account, [grant], how, to=before.rows[name])
