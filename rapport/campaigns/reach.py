"""Whom an e-mail to an audience would reach now, and why it would pass over the others: judged as the gate does, in the
same order, so that a person is counted once (`messages/gate.py`)."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

import msgspec

from rapport.accounts.types import Account
from rapport.campaigns import audience
from rapport.campaigns.audience import OUT, known_groups
from rapport.kit import db
from rapport.messages import gate
from rapport.subscriptions.settings import settings_of

# Who left a list is passed over where no other list or segment of the same message speaks for them.
_LEFT_LIST = """
    EXISTS (SELECT FROM list_suppressions x WHERE x.account_id = %(account)s AND x.profile_id = i.profile_id
            AND x.list_id = ANY(%(in_lists)s))
    AND NOT EXISTS (SELECT FROM list_members l WHERE l.account_id = %(account)s AND l.profile_id = i.profile_id
        AND l.list_id = ANY(%(in_lists)s) AND NOT EXISTS (SELECT FROM list_suppressions x
            WHERE x.account_id = %(account)s AND x.profile_id = i.profile_id AND x.list_id = l.list_id))
    AND NOT EXISTS (SELECT FROM segment_members g WHERE g.account_id = %(account)s AND g.profile_id = i.profile_id
        AND g.segment_id = ANY(%(in_segments)s))"""
_COUNT = f"""
    SELECT CASE
            WHEN %(smart)s AND EXISTS (SELECT FROM messages e WHERE e.account_id = %(account)s
                AND e.profile_id = i.profile_id AND e.channel = 'email' AND e.sent > %(since)s
                AND NOT e.options @> '{{"transactional": true}}') THEN 'Smart Sending'
            WHEN p.email IS NULL THEN 'Missing Email'
            WHEN c.status = 'UNSUBSCRIBED' OR EXISTS (SELECT FROM suppressions s WHERE s.account_id = %(account)s
                AND s.profile_id = i.profile_id) OR ({_LEFT_LIST}) THEN 'Person Suppressed'
            WHEN %(subscribed_only)s AND c.status IS DISTINCT FROM 'SUBSCRIBED' THEN 'Missing Email Consent'
        END AS reason, count(*), count(*) FILTER (WHERE c.status IS NULL)
    FROM (
        SELECT profile_id FROM list_members WHERE account_id = %(account)s AND list_id = ANY(%(in_lists)s)
        UNION
        SELECT profile_id FROM segment_members WHERE account_id = %(account)s AND segment_id = ANY(%(in_segments)s)
    ) AS i
    JOIN profiles p ON p.account_id = %(account)s AND p.id = i.profile_id
    LEFT JOIN consents c ON c.account_id = %(account)s AND c.profile_id = i.profile_id AND c.channel = 'email'
    WHERE NOT ({OUT}) GROUP BY 1"""


class PassedOver(msgspec.Struct, frozen=True):
    """How many for one reason, as skipped messages name it."""

    reason: str
    count: int


class Reach(msgspec.Struct, frozen=True):
    """`members`: the included without the excluded; `recipients`: of them, who would get it; `never_subscribed`: of the
    recipients, those who were never asked."""

    members: int
    recipients: int
    never_subscribed: int
    passed_over: list[PassedOver]


async def of(
    conn: db.Connection, account: Account, included: Sequence[str], excluded: Sequence[str], *, smart_sending: bool
) -> Reach:
    """`included` and `excluded`: public ids of lists and segments; those that are gone count nobody."""
    known = await audience.groups(conn, account.account_id, [*included, *excluded])
    values = audience.parameters(account.account_id, known_groups(known, included), known_groups(known, excluded))
    values |= {
        "smart": smart_sending,
        "since": account.now() - timedelta(hours=gate.window_hours(account, "email")),
        "subscribed_only": settings_of(account).subscribed_only,
    }
    rows = await db.rows(conn, _COUNT, values)
    recipients, never = next(((people, never) for reason, people, never in rows if reason is None), (0, 0))
    passed_over = [PassedOver(reason, people) for reason, people, _ in rows if reason is not None]
    passed_over.sort(key=lambda over: (-over.count, over.reason))
    return Reach(recipients + sum(over.count for over in passed_over), recipients, never, passed_over)


def together(reaches: Iterable[Reach]) -> Reach:
    """Of several messages: each has an audience and exclusions of its own, so their counts are added up."""
    total = Reach(0, 0, 0, [])
    for reach in reaches:
        reasons = {over.reason: over.count for over in total.passed_over}
        for over in reach.passed_over:
            reasons[over.reason] = reasons.get(over.reason, 0) + over.count
        total = Reach(
            total.members + reach.members,
            total.recipients + reach.recipients,
            total.never_subscribed + reach.never_subscribed,
            [PassedOver(reason, people) for reason, people in reasons.items()],
        )
    return total
