"""Notifications over the API: one's own, for people who are signed in."""

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Select, and_, exists, select

from rapport.accounts import roles
from rapport.accounts.types import Principal
from rapport.accounts.users.api import person
from rapport.kit.jsonapi import (
    EMPTY,
    AnyCall,
    Body,
    Call,
    Empty,
    Field,
    PageSize,
    Record,
    Resource,
    Row,
    listing,
    operation,
)
from rapport.kit.ratelimit import M
from rapport.notifications import service
from rapport.notifications.kinds import KINDS, concerning, words
from rapport.notifications.tables import notification_reads, notifications

_DIGITS = 18


class NotificationAttributes(msgspec.Struct):
    """`page`: of the web app, where it leads to. `is_bad`: something is to be mended. `is_read`: by you."""

    kind: str
    title: str
    detail: str
    page: str
    created_at: datetime
    is_bad: bool
    is_read: bool


class UnreadAttributes(msgspec.Struct):
    count: int


class ReadCreate(msgspec.Struct, forbid_unknown_fields=True):
    """`ids`: of notifications; null = all there are."""

    ids: list[str] | None = None


NOTIFICATION = Resource("notification", "/api/notifications", NotificationAttributes, self_link=False)
UNREAD = Resource("unread-notifications", "/api/unread-notifications", UnreadAttributes, self_link=False)


def _user_id(call: AnyCall) -> int:
    user_id = person(call).user_id
    assert user_id is not None
    return user_id


def _kinds(principal: Principal) -> list[str]:
    """Those that concern whoever is signed in."""
    assert isinstance(principal.scopes, frozenset)
    return concerning(principal.scopes)


def _listed(call: AnyCall) -> Select[Any]:
    reads = notification_reads.c
    is_read = exists().where(
        and_(
            reads.account_id == call.principal.account_id,
            reads.user_id == _user_id(call),
            reads.notification_id == notifications.c.id,
        )
    )
    return select(notifications, is_read.label("is_read")).where(
        notifications.c.account_id == call.principal.account_id,
        notifications.c.kind.in_(_kinds(person(call))),
        notifications.c.facts[service.BY].astext.is_distinct_from(str(_user_id(call))),
    )


def _record(row: Row, _call: AnyCall) -> Record:
    kind = KINDS[row["kind"]]
    title, detail, page = words(kind, row["target"], row["facts"])
    attributes = NotificationAttributes(row["kind"], title, detail, page, row["at"], kind.is_bad, row["is_read"])
    return Record(str(row["id"]), attributes, key=row["id"], resource=NOTIFICATION)


get_notifications = listing(
    "get_notifications",
    NOTIFICATION,
    scopes="",
    personal=True,
    permissions=roles.SELF,
    rate=M,
    select=_listed,
    key=notifications.c.id,
    record=_record,
    filters={"kind": Field(notifications.c.kind, ("any", "equals"))},
    sorts={"id": notifications.c.id},
    default_sort="-id",
    page=PageSize(20, 100),
)


@operation(
    "get_unread_notifications",
    "GET",
    "/api/unread-notifications",
    rate=M,
    personal=True,
    permissions=roles.SELF,
    answers=UNREAD,
)
async def get_unread_notifications(call: AnyCall) -> Record:
    """How many you have not read."""
    async with call.transaction() as conn:
        count = await service.unread(conn, call.principal.account_id, _user_id(call), _kinds(person(call)))
    return Record(call.principal.public_id, UnreadAttributes(count), resource=UNREAD)


@operation(
    "read_notifications",
    "POST",
    "/api/notification-reads",
    rate=M,
    personal=True,
    permissions=roles.SELF,
    silent=True,
    status=204,
    body=Body("notification-read", ReadCreate),
)
async def read_notifications(call: Call[ReadCreate]) -> Empty:
    """They count as read by you, and by nobody else."""
    named = call.body.ids
    ids = None if named is None else [int(id) for id in named if id.isascii() and id.isdigit() and len(id) <= _DIGITS]
    async with call.pool.connection() as conn:
        await service.read(conn, call.principal.account_id, _user_id(call), _kinds(person(call)), ids)
    return EMPTY
