"""Audiences: from lists and segments to people. Union of the included minus union of the excluded (2.3)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from rapport.accounts.types import Account
from rapport.kit import db
from rapport.subscriptions.settings import settings_of

_GROUPS = """
    SELECT 'list', public_id, id, name FROM lists WHERE account_id = %(account)s AND public_id = ANY(%(ids)s)
    UNION ALL
    SELECT 'segment', public_id, id, name FROM segments WHERE account_id = %(account)s AND public_id = ANY(%(ids)s)"""

# Who is excluded, of `i.profile_id`.
OUT = """
    EXISTS (SELECT FROM list_members x WHERE x.account_id = %(account)s AND x.profile_id = i.profile_id
            AND x.list_id = ANY(%(out_lists)s))
    OR EXISTS (SELECT FROM segment_members x WHERE x.account_id = %(account)s AND x.profile_id = i.profile_id
               AND x.segment_id = ANY(%(out_segments)s))"""

# The next people of an audience by profile id. Each list or segment gives its own first ones from an index; the
# smallest of them all are the next of the union, so a chunk costs the same at the end of a million as at its start.
CHUNK_OF_MEMBERS = f"""
    SELECT profile_id, NOT ({OUT}) AS wanted FROM (
        SELECT DISTINCT profile_id FROM (
            SELECT m.profile_id FROM unnest(%(in_lists)s::bigint[]) AS l (id) CROSS JOIN LATERAL
                (SELECT profile_id FROM list_members WHERE account_id = %(account)s AND list_id = l.id
                 AND profile_id > %(after)s ORDER BY profile_id LIMIT %(limit)s) m
            UNION ALL
            SELECT m.profile_id FROM unnest(%(in_segments)s::bigint[]) AS s (id) CROSS JOIN LATERAL
                (SELECT profile_id FROM segment_members WHERE account_id = %(account)s AND segment_id = s.id
                 AND profile_id > %(after)s ORDER BY profile_id LIMIT %(limit)s) m) AS every
        ORDER BY profile_id LIMIT %(limit)s) AS i"""

# Whom an e-mail could reach now; smart sending and later changes may make it fewer (2.3).
_ESTIMATE = f"""
    SELECT count(*) FROM (
        SELECT profile_id FROM list_members WHERE account_id = %(account)s AND list_id = ANY(%(in_lists)s)
        UNION
        SELECT profile_id FROM segment_members WHERE account_id = %(account)s AND segment_id = ANY(%(in_segments)s)
    ) AS i
    JOIN profiles p ON p.account_id = %(account)s AND p.id = i.profile_id
    LEFT JOIN consents c ON c.account_id = %(account)s AND c.profile_id = i.profile_id AND c.channel = 'email'
    WHERE p.email IS NOT NULL AND NOT ({OUT})
        AND NOT EXISTS (SELECT FROM suppressions s WHERE s.account_id = %(account)s AND s.profile_id = i.profile_id)
        AND CASE WHEN %(subscribed_only)s THEN c.status = 'SUBSCRIBED'
                 ELSE c.status IS DISTINCT FROM 'UNSUBSCRIBED' END"""


@dataclass(frozen=True)
class Group:
    """A list or a segment."""

    kind: str
    public_id: str
    id: int
    name: str


async def groups(conn: db.Connection, account_id: int, public_ids: Iterable[str]) -> dict[str, Group]:
    """Lists and segments by public id; those that are not there are left out."""
    rows = await db.rows(conn, _GROUPS, {"account": account_id, "ids": sorted(set(public_ids))})
    return {row[1]: Group(*row) for row in rows}


def parameters(account_id: int, included: Sequence[Group], excluded: Sequence[Group]) -> dict[str, Any]:
    """What the statements here need: the groups by kind."""
    return {
        "account": account_id,
        "in_lists": _ids(included, "list"),
        "in_segments": _ids(included, "segment"),
        "out_lists": _ids(excluded, "list"),
        "out_segments": _ids(excluded, "segment"),
    }


async def estimate(conn: db.Connection, account: Account, included: Sequence[str], excluded: Sequence[str]) -> int:
    """How many an e-mail to this audience would reach."""
    known = await groups(conn, account.account_id, [*included, *excluded])
    values = parameters(account.account_id, known_groups(known, included), known_groups(known, excluded))
    values["subscribed_only"] = settings_of(account).subscribed_only
    row = await db.row(conn, _ESTIMATE, values)
    return int(row[0]) if row else 0


def known_groups(known: dict[str, Group], ids: Sequence[str]) -> list[Group]:
    return [known[id] for id in ids if id in known]


def _ids(known_groups: Sequence[Group], kind: str) -> list[int]:
    return [group.id for group in known_groups if group.kind == kind]
