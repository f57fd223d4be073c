"""Consent as events: which change is told, by what name, and what the event says (behaviour-people 2.7)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from rapport.accounts.types import Account
from rapport.events.metrics import PLATFORM
from rapport.inbox.service import append_changed
from rapport.inbox.types import Accepted
from rapport.kit import db, ids
from rapport.profiles.consent import EMAIL, SMS, SMS_TRANSACTIONAL
from rapport.profiles.identity import Person

SUBSCRIBED_METRIC = {
    EMAIL: "Subscribed to Email Marketing",
    SMS: "Subscribed to SMS Marketing",
    SMS_TRANSACTIONAL: "Subscribed to SMS Transactional",
}
UNSUBSCRIBED_METRIC = {EMAIL: "Unsubscribed from Email Marketing", SMS: "Unsubscribed from SMS Marketing"}
_ADDRESSES = "SELECT id, email, phone_number FROM profiles WHERE account_id = %s AND id = ANY(%s)"
Addresses = dict[int, tuple[str | None, str | None]]


@dataclass(frozen=True, slots=True)
class How:
    """The way consent was given or taken back: API, PREFERENCE_PAGE, one_click_unsubscribe …

    `detail`: a page's address, a form's id, the last four characters of a key. `custom`: the caller's own words.
    """

    method: str
    detail: str = ""
    custom: str | None = None
    double_optin: bool | None = None


def fact(
    profile_id: int,
    metric: str,
    time: datetime,
    now: datetime,
    properties: dict[str, Any],
    *,
    message: int | None = None,
    backfill: bool = False,
) -> Accepted:
    """A platform event about a profile's consent or lists, dated `time`.

    Each has an id of its own: somebody may join two lists within one second.
    """
    return Accepted(
        person=Person(pk=profile_id),
        metric=metric,
        service=PLATFORM,
        time=int(time.timestamp()),
        received=now,
        properties=msgspec.Raw(msgspec.json.encode(properties)),
        message=message,
        backfill=backfill,
        unique_id=ids.ulid(now),
    )


async def changed(conn: db.Connection, account: Account, profiles: Collection[int]) -> None:
    """Leave word for reactions that somebody's consent is another."""
    if profiles:
        await append_changed(conn, account.account_id, profiles, "consent")


async def addresses(conn: db.Connection, account: Account, profiles: Collection[int]) -> Addresses:
    """(e-mail address, number) of each profile."""
    rows = await db.rows(conn, _ADDRESSES, (account.account_id, list(profiles)))
    return {row[0]: (row[1], row[2]) for row in rows}


def said(how: How, address: tuple[str | None, str | None] | None, channel: str) -> dict[str, Any]:
    """Properties of a consent event."""
    email, phone = address or (None, None)
    where = {"email_address": email} if channel == EMAIL else {"phone_number": phone}
    return {"method": how.method, "method_detail": how.detail} | where
