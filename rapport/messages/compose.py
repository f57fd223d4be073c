"""Compose: from a stored message to what its recipient sees. The same call renders it for sending, for the web view
and for resolving a click years later, because everything it needs was stored when the message was taken.
"""

from collections.abc import Collection
from typing import Any

import msgspec

from rapport.accounts.sender import organization_of
from rapport.accounts.types import Account
from rapport.kit import crypto, db
from rapport.kit.settings import Settings
from rapport.messages import content, return_path
from rapport.messages.composed import ClickAddress, Composed, Message
from rapport.messages.content import Contents
from rapport.messages.mail import RecipientUrls
from rapport.messages.types import Options
from rapport.profiles.consent import CLICK_TRACKING, OPEN_TRACKING
from rapport.templates.language.context import WORDS
from rapport.texts import service as texts

PURPOSE = "message"

_LOAD = """
    SELECT id, ulid, channel, profile_id, source, campaign_id, flow_id, message_id, variation_id, content_id,
        context, options, to_address, sent, status, subject
    FROM messages WHERE account_id = %s AND id = %s"""


def token(settings: Settings, account_id: int, id: int) -> str:
    """What names a message in its links; nobody can make one without the secret."""
    return crypto.sign(settings.secret, PURPOSE, f"{account_id}.{id}")


def read_token(settings: Settings, text: str) -> tuple[int, int]:
    """(account_id, id of the message). Raises crypto.BadToken."""
    account_id, _, id = crypto.verify(settings.secret, PURPOSE, text).partition(".")
    return int(account_id), int(id)


def urls_of(settings: Settings, account_id: int, id: int, untracked: Collection[str] = ()) -> RecipientUrls:
    """A message's own addresses; `untracked`: kinds of tracking its recipient refused (behaviour-people 2.1)."""
    signed, base = token(settings, account_id, id), settings.base_url
    return RecipientUrls(
        click=None if CLICK_TRACKING in untracked else ClickAddress(f"{base}/c/{signed}"),
        open="" if OPEN_TRACKING in untracked else f"{base}/o/{signed}.gif",
        unsubscribe=f"{base}/u/{signed}",
        preferences=f"{base}/p/{signed}",
        web_view=f"{base}/v/{signed}",
        return_path=return_path.address(settings, account_id, id),
        header=return_path.header(settings, account_id, id),
    )


async def load(
    conn: db.Connection, contents: Contents, account_id: int, id: int, urls: RecipientUrls
) -> Composed | None:
    """A message that has been claimed for sending, ready to be rendered; None when it does not exist."""
    row = await db.one(conn, _LOAD, (account_id, id))
    if row is None or "person" not in row["context"] or row["sent"] is None:
        return None
    row["options"] = msgspec.convert(row["options"], Options)
    return await composed(conn, contents, account_id, Message(**row), urls)


async def composed(
    conn: db.Connection, contents: Contents, account_id: int, message: Message, urls: RecipientUrls
) -> Composed:
    organization = await contents.get(conn, account_id, message.context["organization"])
    made_of = await contents.get(conn, account_id, message.content_id)
    return Composed(message, made_of, organization, urls)


async def store_organization(conn: db.Connection, account: Account) -> int:
    """The account as templates show it, stored once: a message refers to what it was when it was sent."""
    return await content.store(conn, account.account_id, await shown_organization(conn, account))


async def shown_organization(conn: db.Connection, account: Account) -> dict[str, Any]:
    """The account as templates show it, with the words of a message's own links by language; those no template can
    reach by name."""
    words = {
        language: msgspec.to_builtins(links) for language, links in (await texts.mail_links(conn, account)).items()
    }
    return {**organization_of(account), WORDS: words}
