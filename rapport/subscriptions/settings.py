"""What an account decides about consent, and what a list does otherwise (behaviour-people 2.6, 2.8, 7.12)."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from rapport.accounts import service as accounts
from rapport.accounts import setting_versions
from rapport.accounts.types import Account
from rapport.kit import db
from rapport.subscriptions import europe

OptIn = Literal["double_opt_in", "single_opt_in"]


class ConsentSettings(msgspec.Struct, frozen=True):
    """`minimum_age` in years, None = nobody is asked; `sms_regions` as ISO 3166 codes, None = everywhere.

    `opt_in_process`: of subscriptions that name no list. `global_unsubscribe`: one unsubscribe ends all e-mail.
    `exact_opt_out`: a text ends consent only when it is the keyword alone (2.10). `subscribed_only`: marketing mail
    goes to nobody who did not subscribe; the live system also writes to those who were never asked.
    """

    opt_in_process: OptIn = "single_opt_in"
    global_unsubscribe: bool = True
    minimum_age: int | None = None
    sms_regions: tuple[str, ...] | None = None
    exact_opt_out: bool = False
    subscribed_only: bool = False


class ListRule(msgspec.Struct, frozen=True):
    """A list's own rule. `global_unsubscribe` None = as the account."""

    list_id: str
    global_unsubscribe: bool | None
    on_preference_page: bool


class ListRuleChange(msgspec.Struct, forbid_unknown_fields=True):
    list_id: str
    global_unsubscribe: bool | UnsetType | None = UNSET
    on_preference_page: bool | UnsetType = UNSET


class NoSuchList(Exception):
    """Of the rules that were to change, the one at `at` is of no list."""

    def __init__(self, at: int) -> None:
        super().__init__(f"the rule at {at} names no list")
        self.at = at


VERSIONS = setting_versions.versions_of("consent", "consent settings")
_NAMES = ("opt_in_process", "global_unsubscribe", "minimum_age", "sms_regions", "exact_opt_out", "subscribed_only")
_RULES = """
    SELECT l.public_id, c.global_unsubscribe, c.on_preference_page FROM list_consents c
    JOIN lists l ON l.account_id = c.account_id AND l.id = c.list_id WHERE c.account_id = %s ORDER BY l.public_id"""
_CHANGE = """
    INSERT INTO list_consents AS c (account_id, list_id, global_unsubscribe, on_preference_page)
    SELECT %(account)s, id, %(all)s, coalesce(%(shown)s, true) FROM lists
    WHERE account_id = %(account)s AND public_id = %(list)s
    ON CONFLICT (account_id, list_id) DO UPDATE SET
        global_unsubscribe = CASE WHEN %(keep)s THEN c.global_unsubscribe ELSE excluded.global_unsubscribe END,
        on_preference_page = coalesce(%(shown)s, c.on_preference_page)"""
_ONE_LIST = """
    SELECT l.id, l.public_id, l.name, c.global_unsubscribe FROM lists l
    LEFT JOIN list_consents c ON c.account_id = l.account_id AND c.list_id = l.id
    WHERE l.account_id = %s AND l.public_id = %s"""


def settings_of(account: Account) -> ConsentSettings:
    known = {name: account.settings[name] for name in _NAMES if account.settings.get(name) is not None}
    if known.get("subscribed_only") == accounts.BY_COUNTRY:
        known["subscribed_only"] = europe.needs_consent(account.address.get("country"))
    return msgspec.convert(known, ConsentSettings)


def is_younger(born: date, years: int, today: date) -> bool:
    had_birthday = (today.month, today.day) >= (born.month, born.day)
    return today.year - born.year - (not had_birthday) < years


async def change(
    conn: db.Connection, account: Account, changes: Mapping[str, Any], list_rules: Sequence[ListRuleChange] = ()
) -> None:
    """`changes`: fields of ConsentSettings. Null goes back to the default. Raises NoSuchList."""
    before = await rules(conn, account.account_id)
    for at, rule in enumerate(list_rules):
        if not await _change_rule(conn, account.account_id, rule):
            raise NoSuchList(at)
    same = all(account.settings.get(name) == value for name, value in changes.items())
    if same and await rules(conn, account.account_id) == before:
        return
    await accounts.change_settings(conn, account.account_id, dict(changes))
    await setting_versions.move(conn, account.account_id, VERSIONS, account.now())


async def rules(conn: db.Connection, account_id: int) -> list[ListRule]:
    return [ListRule(*row) for row in await db.rows(conn, _RULES, (account_id,))]


async def _change_rule(conn: db.Connection, account_id: int, rule: ListRuleChange) -> bool:
    """False: there is no such list."""
    global_unsubscribe = rule.global_unsubscribe
    parameters = {
        "account": account_id,
        "list": rule.list_id,
        "keep": global_unsubscribe is UNSET,
        "all": None if global_unsubscribe is UNSET else global_unsubscribe,
        "shown": None if rule.on_preference_page is UNSET else rule.on_preference_page,
    }
    return bool(await db.execute(conn, _CHANGE, parameters))


async def the_one_list(conn: db.Connection, account: Account, groups: Sequence[str]) -> dict[str, Any] | None:
    """The list a message went to, when it went to exactly one and to nothing else (2.6, 2.9)."""
    return await db.one(conn, _ONE_LIST, (account.account_id, groups[0])) if len(groups) == 1 else None


def leaves_one_list(account: Account, one_list: Mapping[str, Any] | None) -> bool:
    """Whether unsubscribing from a message to `one_list` (of `the_one_list`) ends that list only (2.6)."""
    if one_list is None:
        return False
    own = one_list["global_unsubscribe"]
    return not (settings_of(account).global_unsubscribe if own is None else own)
