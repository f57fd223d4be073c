"""What profiles can be found and ordered by beyond their own columns (behaviour-people 1.10, 5)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Table, Text, and_, any_, column, exists, false, func, literal, select
from sqlalchemy import table as named_table
from sqlalchemy.dialects.postgresql import ARRAY

from rapport.inbox.person import Kind, normalised
from rapport.kit.jsonapi import AnyCall, Field, column_clause
from rapport.profiles import exchange
from rapport.profiles.tables import (
    list_suppressions,
    merged_profiles,
    profile_identifiers,
    profiles,
    push_tokens,
    suppressions,
)

_SUPPRESSION = "subscriptions.email.marketing.suppression."
_LIST_SUPPRESSION = "subscriptions.email.marketing.list_suppressions."
_ORDERED = ("greater-or-equal", "greater-than", "less-or-equal", "less-than")
# Words of older guides for the same reasons (behaviour-people 8).
_REASONS = {"SPAM_REPORT": "SPAM_COMPLAINT", "USER_INITIATED": "USER_SUPPRESSED", "BOUNCE": "HARD_BOUNCE"}
# A table of a higher room, of which only the public ids are of use here.
_lists = named_table("lists", column("account_id"), column("id", BigInteger), column("public_id", Text))


def _texts(values: Any) -> Any:
    return any_(literal(values if isinstance(values, list) else [values], ARRAY(Text)))


def _by_email(op: str, value: Any, call: AnyCall) -> Any:
    """Match the profile's displayed address exactly, or one of its additional addresses in any spelling."""
    if value is None:
        return profiles.c.email.is_(None)
    account, holder = call.principal.account_id, profiles.alias("holder")
    addresses = value if isinstance(value, list) else [value]
    shown = select(holder.c.id).where(holder.c.account_id == account, holder.c.email == _texts(addresses))
    further = (
        select(profile_identifiers.c.profile_id)
        .join(holder, and_(holder.c.account_id == account, holder.c.id == profile_identifiers.c.profile_id))
        .where(
            profile_identifiers.c.account_id == account,
            profile_identifiers.c.kind == Kind.EMAIL,
            profile_identifiers.c.value == _texts([normalised(Kind.EMAIL, address) for address in addresses]),
            profile_identifiers.c.value != func.lower(holder.c.email),
        )
    )
    return profiles.c.id.in_(shown.union_all(further))


def _by_exchange_id(op: str, value: Any, call: AnyCall) -> Any:
    account = call.principal.account_id
    profile_id = exchange.decode(account, value or "")
    if profile_id is None:
        return false()
    into = select(merged_profiles.c.into_id).where(
        merged_profiles.c.account_id == account, merged_profiles.c.source_id == profile_id
    )
    return profiles.c.id == func.coalesce(into.scalar_subquery(), profile_id)


def _by_push_token(op: str, value: Any, call: AnyCall) -> Any:
    return exists().where(
        push_tokens.c.account_id == call.principal.account_id,
        push_tokens.c.profile_id == profiles.c.id,
        push_tokens.c.token == _texts(value),
    )


# How everybody finds people.
IDENTIFIERS = {
    "email": Field(profiles.c.email, ("any", "equals"), translate=_by_email),
    "phone_number": Field(profiles.c.phone_number, ("any", "equals")),
    "_kx": Field(None, ("equals",), translate=_by_exchange_id),
}
PUSH_TOKEN = Field(None, ("any", "equals"), translate=_by_push_token)


class _Records:
    """Filters over the suppressions of a profile: all that are asked for are asked of one and the same record."""

    def __init__(self, prefix: str, table: Table, columns: Mapping[str, ColumnElement[Any]]) -> None:
        self._prefix, self._table, self._columns = prefix, table, columns

    def __call__(self, op: str, value: Any, call: AnyCall) -> Any:
        conditions = [condition for condition in call.filters if condition.field.startswith(self._prefix)]
        return exists().where(
            self._table.c.account_id == call.principal.account_id,
            self._table.c.profile_id == profiles.c.id,
            *(
                self._clause(condition.field.removeprefix(self._prefix), condition.op, condition.value, call)
                for condition in conditions
            ),
        )

    def _clause(self, name: str, op: str, value: Any, call: AnyCall) -> Any:
        if name == "reason":
            value = _REASONS.get(value, value)
        if name == "list_id":
            account = call.principal.account_id
            mine = select(_lists.c.id).where(_lists.c.account_id == account, _lists.c.public_id == value)
            return self._columns[name] == mine.scalar_subquery()
        return column_clause(self._columns[name], op, value)

    def latest(self) -> ColumnElement[Any]:
        mine = and_(self._table.c.account_id == profiles.c.account_id, self._table.c.profile_id == profiles.c.id)
        # tenant-scope: correlated with the profile, whose account the listing holds
        return select(func.max(self._table.c.at)).where(mine).scalar_subquery()


_any_list = _Records(_SUPPRESSION, suppressions, {"reason": suppressions.c.reason, "timestamp": suppressions.c.at})
_one_list = _Records(
    _LIST_SUPPRESSION,
    list_suppressions,
    {
        "reason": list_suppressions.c.reason,
        "timestamp": list_suppressions.c.at,
        "list_id": list_suppressions.c.list_id,
    },
)
SUPPRESSIONS = {
    f"{_SUPPRESSION}reason": Field(None, ("equals",), translate=_any_list),
    f"{_SUPPRESSION}timestamp": Field(None, _ORDERED, datetime, translate=_any_list),
    f"{_LIST_SUPPRESSION}reason": Field(None, ("equals",), translate=_one_list),
    f"{_LIST_SUPPRESSION}timestamp": Field(None, _ORDERED, datetime, translate=_one_list),
    f"{_LIST_SUPPRESSION}list_id": Field(None, ("equals",), translate=_one_list),
}
SUPPRESSION_SORTS = {
    f"{_SUPPRESSION}timestamp": _any_list.latest(),
    f"{_LIST_SUPPRESSION}timestamp": _one_list.latest(),
}
