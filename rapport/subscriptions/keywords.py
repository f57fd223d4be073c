"""Texts that people send: what their words mean, and what follows for consent (behaviour-people 2.10).

Whoever takes texts in (a provider's door) calls `received`, and answers with `answer` what has a keyword.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

import phonenumbers

from rapport.accounts.types import Account
from rapport.kit import db
from rapport.profiles import service as profiles
from rapport.profiles.consent import SMS, TEXTS
from rapport.profiles.identity import Person
from rapport.subscriptions import service as consent
from rapport.subscriptions.people import locale_of_number, profiles_of
from rapport.subscriptions.service import Grant, How
from rapport.subscriptions.settings import ConsentSettings, is_younger, settings_of
from rapport.texts.service import load as load_texts

Kind = Literal["opt_out", "help", "opt_in"]
# As segments ask for it (4.3).
METHOD = "inbound_message"
# In capitals without accents, as they are compared. Languages beside English are our own choice, and of them only words
# that say nothing else.
_WORDS: Mapping[Kind, frozenset[str]] = {
    "opt_out": frozenset(
        {
            "STOP",
            "STOPALL",
            "QUIT",
            "END",
            "CANCEL",
            "UNSUBSCRIBE",
            "REVOKE",
            "OPT OUT",
            "OPTOUT",
            "OPT-OUT",
            "ARRET",
            "DESABONNER",
            "STOPP",
            "ABMELDEN",
            "AFMELDEN",
            "CANCELAR",
            "DISISCRIVI",
        }
    ),
    "help": frozenset({"HELP", "INFO", "AIDE", "HILFE", "AYUDA", "AJUDA", "AIUTO"}),
    "opt_in": frozenset({"START", "UNSTOP", "JOIN"}),
}
# Where the law wants STOP to be found in a sentence, whatever the account has chosen.
_ALWAYS_CONTAINED = ("US", "STOP")
_BORN = "$age_gated_date_of_birth"
_EDGES = re.compile(r"^\W+|\W+$")


@dataclass(frozen=True)
class Keyword:
    """What somebody asked for, and by which word."""

    kind: Kind
    word: str


def keyword_in(body: str, region: str | None, *, exact: bool = False) -> Keyword | None:
    """The keyword of a text from a number of `region` (ISO 3166), None where it has none.

    An opt-out is found anywhere in a text, as a word of its own, unless `exact`; the others are the whole of it.
    """
    text = _plain(body)
    trimmed = _EDGES.sub("", text)
    for kind, words in _WORDS.items():
        if trimmed in words:
            return Keyword(kind, trimmed)
    opt_outs = sorted((at.start(), word) for word in _WORDS["opt_out"] if (at := _as_word(word).search(text)))
    allowed = [word for _, word in opt_outs if not exact or (region, word) == _ALWAYS_CONTAINED]
    return Keyword("opt_out", allowed[0]) if allowed else None


def _plain(body: str) -> str:
    """Capitals, no accents, single spaces."""
    letters = unicodedata.normalize("NFKD", body)
    return " ".join("".join(letter for letter in letters if not unicodedata.combining(letter)).upper().split())


def _as_word(word: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(word)}(?!\w)")


async def received(conn: db.Connection, account: Account, sender: str, body: str) -> Keyword | None:
    """Do what a text asks for: `sender` is a number in E.164. Returns the keyword, None for a text that has none.

    Only the number says who it is (1.5): a profile is made for one that nobody has.
    """
    settings = settings_of(account)
    region = phonenumbers.region_code_for_number(phonenumbers.parse(sender))
    keyword = keyword_in(body, region, exact=settings.exact_opt_out)
    if keyword is not None and keyword.kind != "help":
        (profile,) = await profiles_of(conn, account.account_id, [Person(phone_number=sender)], account.now())
        # a number always leads to somebody
        assert profile is not None
        await _follow(conn, account, profile, keyword, settings, region)
    return keyword


async def _follow(
    conn: db.Connection, account: Account, profile: int, keyword: Keyword, settings: ConsentSettings, region: str | None
) -> None:
    refusal = None
    if keyword.kind == "opt_in":
        if settings.sms_regions is not None and region not in settings.sms_regions:
            return
        refusal = await _refusal(conn, account, profile, settings)
        if refusal is None:
            grants = [Grant(profile, SMS)]
            await consent.subscribe(conn, account, grants, How(METHOD, keyword.word, double_optin=False))
            return
    how = How(refusal) if refusal else How(METHOD, keyword.word)
    await consent.unsubscribe(conn, account, [profile], how, channels=sorted(TEXTS))


async def _refusal(conn: db.Connection, account: Account, profile: int, settings: ConsentSettings) -> str | None:
    """Why an account that asks for an age takes no consent to texts from somebody (7.12)."""
    if settings.minimum_age is None:
        return None
    (row,) = await profiles.by_ids(conn, account.account_id, [profile])
    born = _day(row["properties"].get(_BORN))
    if born is None:
        return "provided_no_age"
    return "failed_age_gate" if is_younger(born, settings.minimum_age, account.now().date()) else None


def _day(text: object) -> date | None:
    try:
        return datetime.fromisoformat(str(text)).date()
    except ValueError:
        return None


async def answer(conn: db.Connection, account: Account, sender: str, keyword: Keyword) -> str:
    """What is answered to a text that `received` found a keyword in, in the language of whoever sent it."""
    texts = await load_texts(conn, account, await locale_of_number(conn, account.account_id, sender))
    words = texts.words.text_answers
    return texts.fill({"opt_out": words.stop, "help": words.help, "opt_in": words.start}[keyword.kind])
