"""Members of a list or segment: profiles with the time they joined it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, select

from rapport.kit.jsonapi import AnyCall, Field, PageSize, Record, Row
from rapport.profiles.api import with_subscriptions
from rapport.profiles.filters import IDENTIFIERS, PUSH_TOKEN
from rapport.profiles.records import member_record
from rapport.profiles.tables import profiles

PAGE = PageSize(20, 100)
_COMPARED = ("equals", "greater-or-equal", "greater-than", "less-or-equal", "less-than")


def members(account_id: int, memberships: Table, of: ColumnElement[bool]) -> Select[Any]:
    """Profiles of the rows of `memberships` (columns account_id, profile_id, joined) that are `of` a group."""
    mine = (memberships.c.account_id == account_id) & (memberships.c.profile_id == profiles.c.id)
    return select(profiles, memberships.c.joined).join(memberships, mine).where(profiles.c.account_id == account_id, of)


def member_filters(memberships: Table) -> dict[str, Any]:
    """The reference says profile_id, the live system's own error text id (behaviour-people 8): both are taken."""
    return {
        "profile_id": Field(profiles.c.ulid, ("any", "equals")),
        "id": Field(profiles.c.ulid, ("any", "equals")),
        **IDENTIFIERS,
        "push_token": PUSH_TOKEN,
        "joined_group_at": Field(memberships.c.joined, _COMPARED, datetime),
    }


async def member_records(rows: Sequence[Row], call: AnyCall) -> list[Record]:
    return [member_record(row, call) for row in await with_subscriptions(call, rows)]
