"""An account's texts in a language: chosen, loaded, changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from rapport.accounts import sender
from rapport.accounts.types import Account
from rapport.kit import db
from rapport.kit.locales import language_part
from rapport.texts.placeholders import ORGANIZATION, fill
from rapport.texts.words import ENGLISH, GROUPS, LANGUAGES, Group, Language, MailLinks, Words, with_changes

_COLUMNS = "id, texts, version, updated"
_SOME = "SELECT id, texts FROM consent_texts WHERE account_id = %s AND id = ANY(%s)"
_ALL = f"SELECT {_COLUMNS} FROM consent_texts WHERE account_id = %s"
_ONE = f"SELECT {_COLUMNS} FROM consent_texts WHERE account_id = %s AND id = %s"
_CHANGE = """
    UPDATE consent_texts SET texts = jsonb_strip_nulls(texts || %s), version = version + 1, updated = %s
    WHERE account_id = %s AND id = %s"""


@dataclass(frozen=True)
class Texts:
    """An account's texts in one language, and the lines of its imprint."""

    language: Language
    words: Words
    organization: Mapping[str, str]
    imprint: tuple[str, ...] = ()

    def fill(self, text: str, *, email: str = "", list_name: str = "", choices: str = "") -> str:
        """One of `words` with its placeholders filled in: plain text, to be escaped by whoever shows it."""
        return fill(text, {**self.organization, "email": email, "list.name": list_name, "choices": choices})


def language_of(account: Account, locale: str | None = None) -> Language:
    """The language of a person's locale (de-AT, pt_BR, …) where there are texts in it, else the account's."""
    for known in (locale, account.locale):
        spoken = language_part(known)
        for language in LANGUAGES:
            if language == spoken:
                return language
    return ENGLISH


async def load(conn: db.Connection, account: Account, locale: str | None = None) -> Texts:
    """The texts for a person of this locale."""
    language = language_of(account, locale)
    ids = [id_of(language, group) for group in GROUPS]
    changes = {row[0]: row[1] for row in await db.rows(conn, _SOME, (account.account_id, ids))}
    return with_texts(account, language, {group: changes.get(id_of(language, group), {}) for group in GROUPS})


async def mail_links(conn: db.Connection, account: Account) -> dict[Language, MailLinks]:
    """The words of a message's own links in every language, with their placeholders filled in."""
    ids = {id_of(language, "mail_links"): language for language in LANGUAGES}
    rows = await db.rows(conn, _SOME, (account.account_id, list(ids)))
    changes: dict[Language, Mapping[str, str]] = {ids[row[0]]: row[1] for row in rows}
    return {
        language: _links(with_texts(account, language, {"mail_links": changes.get(language, {})}))
        for language in LANGUAGES
    }


def _links(texts: Texts) -> MailLinks:
    links = texts.words.mail_links
    return MailLinks(*(texts.fill(text) for text in (links.unsubscribe, links.preferences, links.web_view)))


def language_of_browser(accepted: str) -> Language:
    """The first language of a header Accept-Language that there are texts in. Browsers send the best one first."""
    for wanted in accepted.split(","):
        spoken = language_part(wanted.partition(";")[0])
        for language in LANGUAGES:
            if language == spoken:
                return language
    return ENGLISH


def with_texts(account: Account, language: Language, changes: Mapping[str, Mapping[str, str]]) -> Texts:
    """`changes`: texts by name, by group, whether they are stored or not."""
    organization = sender.organization_of(account)
    named = {place: str(organization[place.removeprefix("organization.")]) for place in ORGANIZATION}
    return Texts(language, with_changes(language, changes), named, tuple(sender.imprint_lines(account)))


def id_of(language: Language, group: Group) -> str:
    return f"{language}:{group}"


def place_of(id: str) -> tuple[Language, Group] | None:
    """Language and group that an id names, None where it names none."""
    for language in LANGUAGES:
        for group in GROUPS:
            if id_of(language, group) == id:
                return language, group
    return None


async def changed(conn: db.Connection, account_id: int) -> dict[str, dict[str, Any]]:
    """Rows of `consent_texts` by id: of groups that the account has changed at some time."""
    return {row["id"]: row for row in await db.dicts(conn, _ALL, (account_id,))}


async def changed_one(conn: db.Connection, account_id: int, id: str) -> dict[str, Any] | None:
    return await db.one(conn, _ONE, (account_id, id))


async def change(conn: db.Connection, account_id: int, id: str, texts: Mapping[str, str | None], now: datetime) -> None:
    """Say some texts otherwise, those of None as usual again. The row is there (`hold_version`)."""
    await db.execute(conn, _CHANGE, (Jsonb(dict(texts)), now, account_id, id))
