"""What conditions about people themselves are decided on: their properties, their groups, what they allow."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from rapport.kit import db
from rapport.segments.conditions.consent import ConsentCondition
from rapport.segments.conditions.distance import DistanceCondition
from rapport.segments.conditions.membership import MembershipCondition
from rapport.segments.conditions.permissions import PermissionsCondition
from rapport.segments.conditions.properties import PropertyCondition
from rapport.segments.conditions.region import RegionCondition
from rapport.segments.conditions.sample import SampleCondition
from rapport.segments.explaining.facts import Facts, FirstFlip, Subject, Teller, stored_flips
from rapport.segments.explaining.flips import Flip, flips
from rapport.segments.grammar.timeframes import Timeframe

_JOINED = {
    "list": "SELECT joined FROM list_members WHERE account_id = %s AND list_id = %s AND profile_id = %s",
    "segment": "SELECT joined FROM segment_members WHERE account_id = %s AND segment_id = %s AND profile_id = %s",
}
_CONSENT = """
    SELECT status, consented_at, updated, method, method_detail, double_optin FROM consents
    WHERE account_id = %s AND profile_id = %s AND channel = %s"""
_SUPPRESSIONS = "SELECT reason, at FROM suppressions WHERE account_id = %s AND profile_id = %s ORDER BY at, reason"


async def _of_property(condition: PropertyCondition, subject: Subject) -> Facts:
    statement = subject.scope.statement()
    value = condition.value(statement)
    # tenant-scope: the condition is in the text
    query = f"""
        SELECT {value.json}, {value.is_set} FROM profiles p
        WHERE p.account_id = %(account)s AND p.id = {statement.add(subject.id, "bigint")}"""
    row = await db.row(subject.scope.conn, query, statement.parameters)
    shown, is_set = row or (None, False)
    created = subject.created if condition.column == "created" else None
    return Facts(
        {"value": shown, "is_set": is_set},
        await stored_flips(condition, subject),
        # An earlier value is not kept; the profile's latest change is the last moment at which there can have been one.
        unchanged_since=created or subject.profile["updated"],
        begun=created,
    )


async def _of_membership(condition: MembershipCondition, subject: Subject) -> Facts:
    group = subject.scope.names.groups.get(condition.group)
    if group is None:
        return Facts()
    row = await db.row(subject.scope.conn, _JOINED[group.kind], (subject.scope.account_id, group.id, subject.id))
    joined: datetime | None = row[0] if row else None
    data = {"is_member": joined is not None, "joined": joined}
    moments = [] if joined is None else [*flips(condition.timeframe, joined, subject.scope.now)]
    # When somebody left is not stored.
    plain = Facts(data, moments, unchanged_since=joined or subject.scope.now, begun=joined)
    if group.kind == "list":
        return plain
    return _of_inner(condition, plain, await subject.within(condition.group))


def _of_inner(condition: MembershipCondition, plain: Facts, inner: FirstFlip) -> Facts:
    """Membership of a segment also flips when that segment's own definition does."""
    at = inner.flips_at
    if at is None:
        return _bounded(plain, inner.unknown_from)
    if plain.data["is_member"]:
        then = not condition.is_member
    elif condition.timeframe == Timeframe():
        then = condition.is_member
    else:
        # Joining begins a window of its own, about which nothing can be asked before it happened.
        return _bounded(plain, at)
    return _bounded(plain, at, (*plain.flips, Flip(at, True)), (at, then))


def _bounded(
    plain: Facts,
    until: datetime | None,
    moments: Sequence[Flip] | None = None,
    then: tuple[datetime, bool] | None = None,
) -> Facts:
    return Facts(
        plain.data,
        plain.flips if moments is None else moments,
        unchanged_since=plain.unchanged_since,
        begun=plain.begun,
        complete_until=until,
        then=then,
    )


async def _of_consent(condition: ConsentCondition, subject: Subject) -> Facts:
    email = condition.channel == "email"
    row = await _consent(subject, condition.channel)
    suppressions = (
        await db.dicts(subject.scope.conn, _SUPPRESSIONS, (subject.scope.account_id, subject.id)) if email else []
    )
    reachable = not suppressions if email else row.get("status") == "SUBSCRIBED"
    data = {
        "channel": condition.channel,
        "can_receive_marketing": reachable,
        **_said(row),
        "suppressions": [dict(suppression) for suppression in suppressions],
    }
    latest = _latest([row.get("updated"), *(suppression["at"] for suppression in suppressions)]) or subject.created
    return Facts(data, await stored_flips(condition, subject), unchanged_since=latest, begun=latest)


async def _of_permissions(condition: PermissionsCondition, subject: Subject) -> Facts:
    row = await _consent(subject, condition.channel)
    data = {"channel": condition.channel, "is_reachable": row.get("status") == "SUBSCRIBED", **_said(row)}
    latest = row.get("updated") or subject.created
    return Facts(data, await stored_flips(condition, subject), unchanged_since=latest, begun=latest)


async def _consent(subject: Subject, channel: str) -> Mapping[str, Any]:
    """The row of a channel; empty where nothing was ever said."""
    return await db.one(subject.scope.conn, _CONSENT, (subject.scope.account_id, subject.id, channel)) or {}


def _said(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "subscription": row["status"].lower() if row else "never_subscribed",
        "consented_at": row.get("consented_at"),
        "updated": row.get("updated"),
        "method": row.get("method"),
        "method_detail": row.get("method_detail"),
        "is_double_opt_in": bool(row.get("double_optin")),
    }


def _latest(moments: Iterable[datetime | None]) -> datetime | None:
    return max((moment for moment in moments if moment is not None), default=None)


async def _of_sample(condition: SampleCondition, subject: Subject) -> Facts:
    """Who is in a sample is so from the beginning, and stays."""
    data = {"percentage": float(condition.percentage)}
    return Facts(data, unchanged_since=subject.created, begun=subject.created)


async def _of_region(condition: RegionCondition, subject: Subject) -> Facts:
    """When somebody moved is not stored."""
    data = {"region": condition.region, **_lives(subject, "country")}
    return Facts(data, complete_from=subject.scope.now)


async def _of_distance(condition: DistanceCondition, subject: Subject) -> Facts:
    data = _lives(subject, "country", "zip", "latitude", "longitude")
    return Facts(data, complete_from=subject.scope.now)


def _lives(subject: Subject, *parts: str) -> dict[str, Any]:
    location = subject.profile["location"] or {}
    return {part: location.get(part) for part in parts}


TELLERS: Mapping[type[Any], Teller] = {
    PropertyCondition: _of_property,
    MembershipCondition: _of_membership,
    ConsentCondition: _of_consent,
    PermissionsCondition: _of_permissions,
    SampleCondition: _of_sample,
    RegionCondition: _of_region,
    DistanceCondition: _of_distance,
}
