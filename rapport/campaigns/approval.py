"""Approval: whoever may not send asks, and whoever may send approves, which sends it, or declines with a sentence.

An account decides whether its campaigns need it. It is kept with the draft, and told to those whom it concerns.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import msgspec

from rapport.accounts import service as accounts
from rapport.accounts import setting_versions
from rapport.accounts.notices import Notice, tell
from rapport.accounts.types import Account
from rapport.campaigns import service, store
from rapport.campaigns.service import APPROVAL, Refused
from rapport.campaigns.store import Campaign
from rapport.kit import db

VERSIONS = setting_versions.versions_of("campaigns", "campaign settings")
_SETTING = "campaigns_need_approval"


class Approval(msgspec.Struct, frozen=True):
    """`by`: who asked, approved or declined, as they are called; `words`: what they said."""

    state: Literal["asked", "approved", "declined"]
    by: str
    at: datetime
    words: str


@dataclass(frozen=True)
class Actor:
    """Who asks or decides: the user, as colleagues call them."""

    user_id: int | None
    name: str


def is_needed(account: Account) -> bool:
    return account.settings.get(_SETTING) is True


async def change(conn: db.Connection, account: Account, *, needed: bool) -> None:
    if needed != is_needed(account):
        await accounts.change_settings(conn, account.account_id, {_SETTING: needed})
        await setting_versions.move(conn, account.account_id, VERSIONS, account.now())


def of(campaign: Campaign) -> Approval | None:
    stored = campaign.options.get(APPROVAL)
    return None if stored is None else msgspec.convert(stored, Approval)


def require_person(account: Account, user_id: int | None) -> None:
    """Raises Refused where campaigns need approval and no person sends."""
    if is_needed(account) and user_id is None:
        raise Refused("This account's campaigns need approval: a person who may send has to send it in the web app.")


async def ask(conn: db.Connection, account: Account, campaign: Campaign, by: Actor, words: str) -> Approval:
    """Raises Refused for what is no draft, and where no approval is needed."""
    service.require_draft(campaign)
    if not is_needed(account):
        raise Refused("This account's campaigns need no approval. Whoever may send can send it as it is.")
    return await _keep(conn, account, campaign, "asked", by, words or "Look at it, then approve or decline it.")


async def decline(conn: db.Connection, account: Account, campaign: Campaign, by: Actor, words: str) -> Approval:
    """Raises Refused where nobody asked, and without a sentence that says why."""
    _require_asked(campaign)
    if not words.strip():
        raise Refused("Say in a sentence why, so that it can be mended.", "words")
    return await _keep(conn, account, campaign, "declined", by, words)


async def approve(conn: db.Connection, account: Account, campaign: Campaign, by: Actor, words: str) -> Approval:
    """Raises Refused where nobody asked. The caller sends it in the same transaction."""
    _require_asked(campaign)
    return await _keep(conn, account, campaign, "approved", by, words or "It goes out as planned.")


async def withdraw(conn: db.Connection, account: Account, campaign: Campaign) -> None:
    """Raises Refused where nobody asked."""
    _require_asked(campaign)
    options = {name: value for name, value in campaign.options.items() if name != APPROVAL}
    await store.change(conn, account.account_id, "campaigns", campaign.id, {"options": options})


def _require_asked(campaign: Campaign) -> None:
    service.require_draft(campaign)
    known = of(campaign)
    if known is None or known.state != "asked":
        raise Refused("Nobody waits for approval of this campaign.")


_NOTICES: Mapping[str, str] = {
    "asked": "campaign-approval-asked",
    "approved": "campaign-approved",
    "declined": "campaign-declined",
}


async def _keep(
    conn: db.Connection,
    account: Account,
    campaign: Campaign,
    state: Literal["asked", "approved", "declined"],
    by: Actor,
    words: str,
) -> Approval:
    """Not a change of what is edited, so the version stays: whoever writes on the draft may go on."""
    now = account.now()
    approval = Approval(state, by.name, now, words.strip())
    options: dict[str, Any] = {**campaign.options, APPROVAL: msgspec.to_builtins(approval)}
    await store.change(conn, account.account_id, "campaigns", campaign.id, {"options": options})
    facts: dict[str, str | int] = {"name": campaign.name, "who": by.name, "words": approval.words}
    notice = Notice(_NOTICES[state], now, campaign.ulid, facts, once=now.isoformat(), by=by.user_id)
    await tell(conn, account.account_id, notice)
    return approval
