"""Consent and suppression: what people allow, and who may not be written to (behaviour-people 2).

Consent (a person's own word) and suppression (a bar on e-mail, for any reason) are kept apart. Every change goes into
the inbox in the same transaction, as an event where the reference has one and as a change for segments to look at.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from rapport.accounts.types import Account
from rapport.inbox.service import append
from rapport.kit import db
from rapport.profiles.consent import BY_NUMBER, EMAIL, SMS, SMS_TRANSACTIONAL, TEXTS
from rapport.subscriptions.facts import (
    SUBSCRIBED_METRIC,
    UNSUBSCRIBED_METRIC,
    How,
    addresses,
    changed,
    fact,
    said,
)

__all__ = ["LIFTED", "OLDEST", "Fresh", "Grant", "How", "complain", "fact", "subscribe", "suppress", "unsubscribe",
           "unsuppress"]  # fmt: skip

# A new subscription lifts these; a bounce or an invalid address stays (2.5).
LIFTED = ["UNSUBSCRIBE", "SPAM_COMPLAINT", "USER_SUPPRESSED"]
OLDEST = datetime(1990, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Grant:
    """A profile's consent to one channel; `consented_at` None = now."""

    profile_id: int
    channel: str
    consented_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Fresh:
    """What a subscription changed: (profile, channel) that were not subscribed, and profiles that were barred."""

    grants: frozenset[tuple[int, str]]
    lifted: frozenset[int]


_BEFORE = """
    SELECT g.profile_id, g.channel, c.status IS NOT DISTINCT FROM 'SUBSCRIBED'
    FROM unnest(%(profiles)s::bigint[], %(channels)s::text[]) AS g (profile_id, channel)
    LEFT JOIN consents c ON c.account_id = %(account)s AND c.profile_id = g.profile_id AND c.channel = g.channel"""
# Who was subscribed keeps the first date (2.2).
_GRANT = """
    INSERT INTO consents AS c (account_id, profile_id, channel, status, consented_at, updated, created, method,
        method_detail, custom_method_detail, double_optin, phone_number)
    SELECT %(account)s, g.profile_id, g.channel, 'SUBSCRIBED', g.at, %(now)s, %(now)s, %(method)s, %(detail)s,
        %(custom)s, %(double)s, CASE WHEN g.channel = ANY(%(by_number)s) THEN p.phone_number END
    FROM unnest(%(profiles)s::bigint[], %(channels)s::text[], %(ats)s::timestamptz[]) AS g (profile_id, channel, at)
    JOIN profiles p ON p.account_id = %(account)s AND p.id = g.profile_id
    ON CONFLICT (account_id, profile_id, channel) DO UPDATE SET status = 'SUBSCRIBED', updated = excluded.updated,
        consented_at = CASE WHEN c.status = 'SUBSCRIBED' THEN c.consented_at ELSE excluded.consented_at END,
        method = excluded.method, method_detail = excluded.method_detail,
        custom_method_detail = excluded.custom_method_detail, double_optin = excluded.double_optin,
        phone_number = excluded.phone_number"""
_LIFT = (
    "DELETE FROM suppressions WHERE account_id = %s AND profile_id = ANY(%s) AND reason = ANY(%s) RETURNING profile_id"
)
_WITHDRAW = """
    INSERT INTO consents AS c (account_id, profile_id, channel, status, consented_at, updated, created, method,
        method_detail)
    SELECT %(account)s, profile_id, channel, 'UNSUBSCRIBED', %(now)s, %(now)s, %(now)s, %(method)s, %(detail)s
    FROM unnest(%(profiles)s::bigint[]) AS profile_id, unnest(%(channels)s::text[]) AS channel
    ON CONFLICT (account_id, profile_id, channel) DO UPDATE SET status = 'UNSUBSCRIBED',
        consented_at = excluded.consented_at, updated = excluded.updated, method = excluded.method,
        method_detail = excluded.method_detail, double_optin = NULL, custom_method_detail = NULL
        WHERE c.status <> 'UNSUBSCRIBED'
    RETURNING c.profile_id, c.channel"""
_SUPPRESS = """
    INSERT INTO suppressions (account_id, profile_id, reason, at)
    SELECT %s, profile_id, %s, %s FROM unnest(%s::bigint[]) AS profile_id
    ON CONFLICT (account_id, profile_id, reason) DO NOTHING RETURNING profile_id"""


async def subscribe(
    conn: db.Connection, account: Account, grants: Sequence[Grant], how: How, *, quiet: bool = False
) -> Fresh:
    """Record consent and lift the suppressions that a subscription to e-mail lifts (2.2).

    quiet: a historical import; the events are dated `consented_at` and start no flow.
    """
    now = account.now()
    grants = _with_implied(grants)
    parameters = _grant_parameters(account, grants, how, now)
    subscribed = {(row[0], row[1]) for row in await db.rows(conn, _BEFORE, parameters) if row[2]}
    await db.execute(conn, _GRANT, parameters)
    emails = sorted({grant.profile_id for grant in grants if grant.channel == EMAIL})
    lifted = frozenset(row[0] for row in await db.rows(conn, _LIFT, (account.account_id, emails, LIFTED)))
    fresh = [grant for grant in grants if _is_fresh(grant, subscribed, lifted)]
    await _record_grants(conn, account, fresh, how, now, quiet=quiet)
    await changed(conn, account, {grant.profile_id for grant in grants})
    return Fresh(frozenset((grant.profile_id, grant.channel) for grant in fresh), lifted)


def _is_fresh(grant: Grant, subscribed: set[tuple[int, str]], lifted: frozenset[int]) -> bool:
    barred = grant.channel == EMAIL and grant.profile_id in lifted
    return barred or (grant.profile_id, grant.channel) not in subscribed


def _with_implied(grants: Sequence[Grant]) -> list[Grant]:
    """Consent to SMS marketing implies transactional texts (2.11). One grant for each profile and channel."""
    implied = [
        Grant(grant.profile_id, SMS_TRANSACTIONAL, grant.consented_at) for grant in grants if grant.channel == SMS
    ]
    return list({(grant.profile_id, grant.channel): grant for grant in (*implied, *grants)}.values())


def _grant_parameters(account: Account, grants: Sequence[Grant], how: How, now: datetime) -> dict[str, Any]:
    return {
        "account": account.account_id,
        "now": now,
        "by_number": sorted(BY_NUMBER),
        "method": how.method,
        "detail": how.detail,
        "custom": how.custom,
        "double": how.double_optin,
        "profiles": [grant.profile_id for grant in grants],
        "channels": [grant.channel for grant in grants],
        "ats": [max(grant.consented_at or now, OLDEST) for grant in grants],
    }


async def _record_grants(
    conn: db.Connection, account: Account, grants: Sequence[Grant], how: How, now: datetime, *, quiet: bool
) -> None:
    # Consent to transactional texts that only follows from marketing is not an event of its own.
    marketing = {grant.profile_id for grant in grants if grant.channel == SMS}
    reported = [
        grant
        for grant in grants
        if grant.channel in SUBSCRIBED_METRIC
        and not (grant.channel == SMS_TRANSACTIONAL and grant.profile_id in marketing)
    ]
    known = await addresses(conn, account, [grant.profile_id for grant in reported])
    await append(
        conn,
        account.account_id,
        [
            fact(
                grant.profile_id,
                SUBSCRIBED_METRIC[grant.channel],
                max(grant.consented_at or now, OLDEST),
                now,
                said(how, known.get(grant.profile_id), grant.channel),
                backfill=quiet,
            )
            for grant in reported
        ],
    )


async def unsubscribe(
    conn: db.Connection,
    account: Account,
    profile_ids: Collection[int],
    how: How,
    *,
    channels: Sequence[str] = (EMAIL,),
    message: int | None = None,
    about: dict[str, Any] | None = None,
    reason: str = "UNSUBSCRIBE",
) -> set[int]:
    """Take consent back, for all lists (2.3). E-mail is suppressed as well, for `reason`.

    Leaving either kind of text leaves both (2.11).

    message: the message (internal id) the request came through, whose properties are in `about`. Returns the profiles
    for whom something changed.
    """
    now = account.now()
    every = {*channels} | (TEXTS if TEXTS & {*channels} else set())
    profiles = sorted(set(profile_ids))
    parameters = {
        "account": account.account_id,
        "now": now,
        "method": how.method,
        "detail": how.detail,
        "profiles": profiles,
        "channels": sorted(every),
    }
    withdrawn = {(row[0], row[1]) for row in await db.rows(conn, _WITHDRAW, parameters)}
    barred: set[int] = set()
    if EMAIL in every:
        barred = {row[0] for row in await db.rows(conn, _SUPPRESS, (account.account_id, reason, now, profiles))}
    known = await addresses(conn, account, profiles)
    events = [
        fact(
            profile,
            UNSUBSCRIBED_METRIC[channel],
            now,
            now,
            {**(about or {}), **said(how, known.get(profile), channel)},
            message=message,
        )
        for profile, channel in sorted(withdrawn)
        if channel in UNSUBSCRIBED_METRIC
    ]
    await append(conn, account.account_id, events)
    touched = {profile for profile, _ in withdrawn} | barred
    await changed(conn, account, touched)
    return touched


async def complain(conn: db.Connection, account: Account, profile_ids: Collection[int]) -> set[int]:
    """Somebody called a message spam: barred as a complainer, and consent is over (2.5, behaviour-messaging 4.5)."""
    return await unsubscribe(conn, account, profile_ids, How("spam_complaint"), reason="SPAM_COMPLAINT")


async def suppress(
    conn: db.Connection, account: Account, profile_ids: Collection[int], reason: str = "USER_SUPPRESSED"
) -> set[int]:
    """Bar profiles from e-mail marketing; consent stays as it is (2.4). Returns those that were not barred for this."""
    now = account.now()
    rows = await db.rows(conn, _SUPPRESS, (account.account_id, reason, now, sorted(set(profile_ids))))
    barred = {row[0] for row in rows}
    if reason == "USER_SUPPRESSED":
        await _append_facts(conn, account, barred, "Manually Suppressed from Email Marketing", now)
    await changed(conn, account, barred)
    return barred


async def unsuppress(conn: db.Connection, account: Account, profile_ids: Collection[int]) -> set[int]:
    """Lift USER_SUPPRESSED only (2.4). Returns the profiles that were barred by it."""
    rows = await db.rows(conn, _LIFT, (account.account_id, sorted(set(profile_ids)), ["USER_SUPPRESSED"]))
    lifted = {row[0] for row in rows}
    await _append_facts(conn, account, lifted, "Manually Unsuppressed from Email Marketing", account.now())
    await changed(conn, account, lifted)
    return lifted


async def _append_facts(
    conn: db.Connection, account: Account, profiles: Iterable[int], metric: str, now: datetime
) -> None:
    known = await addresses(conn, account, sorted(profiles))
    events = [fact(id, metric, now, now, {"email_address": contact[0]}) for id, contact in known.items()]
    await append(conn, account.account_id, events)
