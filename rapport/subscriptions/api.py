"""Operations that suppress and unsuppress profiles (behaviour-people 2.4).

The live system takes hours for these jobs; here they are done when they are answered.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
import psycopg
from sqlalchemy import Select, select

from rapport.accounts.api import account_of
from rapport.kit import db, ids
from rapport.kit.jsonapi import (
    AnyCall,
    Body,
    Call,
    Field,
    PageSize,
    Record,
    Resource,
    Row,
    ToMany,
    ToOne,
    getting,
    invalid,
    listing,
    operation,
)
from rapport.kit.ratelimit import L
from rapport.profiles.checks import check_email
from rapport.profiles.identity import Person, identify
from rapport.profiles.tables import suppression_jobs
from rapport.subscriptions import service as consent

_ATTEMPTS = 5
MAX_EMAILS = 100
READ, WRITE = "subscriptions:read", "subscriptions:write"
_RELATIONS = {"lists": ToMany("list"), "segments": ToMany("segment")}
_TARGETS = {"list": ToOne("list"), "segment": ToOne("segment")}
SUPPRESS = "profile-suppression-bulk-create-job"
UNSUPPRESS = "profile-suppression-bulk-delete-job"

_MEMBERS = {
    "list": """SELECT l.id, array(SELECT profile_id FROM list_members m WHERE m.account_id = l.account_id
                   AND m.list_id = l.id) FROM lists l WHERE l.account_id = %s AND l.public_id = %s""",
    "segment": """SELECT s.id, array(SELECT profile_id FROM segment_members m WHERE m.account_id = s.account_id
                   AND m.segment_id = s.id) FROM segments s WHERE s.account_id = %s AND s.public_id = %s""",
}
_KNOWN = "SELECT profile_id FROM profile_identifiers WHERE account_id = %s AND kind = 2 AND value = ANY(%s)"
_INSERT = """
    INSERT INTO suppression_jobs (account_id, ulid, kind, status, list_id, segment_id, total, completed, skipped,
        created, finished)
    VALUES (%s, %s, %s, 'complete', %s, %s, %s, %s, %s, %s, %s)"""


class JobAttributes(msgspec.Struct):
    status: str
    created_at: datetime
    total_count: int
    completed_count: int
    completed_at: datetime | None
    skipped_count: int


class _Email(msgspec.Struct):
    email: str


class _EmailProfile(msgspec.Struct):
    attributes: _Email
    type: str = "profile"


class _EmailProfiles(msgspec.Struct):
    data: list[_EmailProfile]


class SuppressionCreate(msgspec.Struct, forbid_unknown_fields=True):
    """Either `profiles`, at most 100 addresses, or a list or segment relationship."""

    profiles: _EmailProfiles | None = None


SUPPRESS_JOB = Resource(SUPPRESS, f"/api/{SUPPRESS}s", attributes=JobAttributes, relationships=_RELATIONS)
UNSUPPRESS_JOB = Resource(UNSUPPRESS, f"/api/{UNSUPPRESS}s", attributes=JobAttributes, relationships=_RELATIONS)
_RESOURCES = {"suppress": SUPPRESS_JOB, "unsuppress": UNSUPPRESS_JOB}


@operation("bulk_suppress_profiles", "POST", SUPPRESS_JOB.path, scopes=f"profiles:write {WRITE}", rate=L,
           body=Body(SUPPRESS, SuppressionCreate, relationships=_TARGETS), answers=SUPPRESS_JOB,
           status=202)  # fmt: skip
async def bulk_suppress_profiles(call: Call[SuppressionCreate]) -> Record:
    """An address that belongs to nobody yet becomes a profile, so that it stays barred (2.4)."""
    return await _run(call, "suppress")


@operation("bulk_unsuppress_profiles", "POST", UNSUPPRESS_JOB.path, scopes=WRITE, rate=L,
           body=Body(UNSUPPRESS, SuppressionCreate, relationships=_TARGETS), answers=UNSUPPRESS_JOB,
           status=202)  # fmt: skip
async def bulk_unsuppress_profiles(call: Call[SuppressionCreate]) -> Record:
    return await _run(call, "unsuppress")


async def _run(call: Call[SuppressionCreate], kind: str) -> Record:
    account = account_of(call)
    async with call.transaction() as conn:
        total, profiles = await _targets(call, conn, create=kind == "suppress")
        act = consent.suppress if kind == "suppress" else consent.unsuppress
        done = await act(conn, account, profiles)
        values = (
            account.account_id, ids.ulid(call.now), kind, call.body_relationships.get("list"),
            call.body_relationships.get("segment"), total, len(done), total - len(done), call.now, call.now,
        )  # fmt: skip
        await db.execute(conn, _INSERT, values)
        found = await _find(call, conn, values[1], kind)
    assert found is not None
    return found


async def _targets(call: Call[SuppressionCreate], conn: db.Connection, *, create: bool) -> tuple[int, Sequence[int]]:
    """How many are meant, and their profiles. Raises ApiError 400 unless exactly one kind of target was sent."""
    groups = {kind: id for kind, id in call.body_relationships.items() if id}
    if (call.body.profiles is not None) + len(groups) != 1:
        raise invalid("Send either 'profiles', or one list, or one segment.", pointer="/data")
    for kind, id in groups.items():
        found = await db.row(conn, _MEMBERS[kind], (call.principal.account_id, id))
        if found is None:
            raise invalid(f"{kind.capitalize()} not found with id {id}.", pointer=f"/data/relationships/{kind}/data/id")
        return len(found[1]), found[1]
    assert call.body.profiles is not None
    emails = _checked_emails(call.body.profiles.data)
    return len(emails), await _profiles_of(call, conn, emails, create=create)


def _checked_emails(sent: Sequence[_EmailProfile]) -> list[str]:
    if len(sent) > MAX_EMAILS:
        raise invalid(f"At most {MAX_EMAILS} profiles are allowed.", pointer="/data/attributes/profiles/data")
    for place, one in enumerate(sent):
        check_email(one.attributes.email, f"/data/attributes/profiles/data/{place}/attributes/email")
    return list({one.attributes.email.strip().lower(): one.attributes.email.strip() for one in sent}.values())


async def _profiles_of(call: AnyCall, conn: db.Connection, emails: list[str], *, create: bool) -> list[int]:
    if create:
        return await identified(conn, call.principal.account_id, [Person(email=email) for email in emails], call.now)
    lowered = [email.lower() for email in emails]
    return [row[0] for row in await db.rows(conn, _KNOWN, (call.principal.account_id, lowered))]


async def identified(conn: db.Connection, account_id: int, persons: Sequence[Person], now: datetime) -> list[int]:
    """Profiles of these persons, made where they are missing; people whose id is unknown are left out.

    A race with another writer of the same person is run again.
    """
    for attempt in range(_ATTEMPTS):
        try:
            async with conn.transaction():
                found = await identify(conn, account_id, persons, now)
            return [profile for profile in found.profiles if profile is not None]
        except psycopg.errors.UniqueViolation:
            if attempt == _ATTEMPTS - 1:
                raise
    raise AssertionError("unreachable")


def _jobs(kind: str) -> Any:
    def selected(call: AnyCall) -> Select[Any]:
        mine = suppression_jobs.c.account_id == call.principal.account_id
        return select(suppression_jobs).where(mine, suppression_jobs.c.kind == kind)

    return selected


def _job_record(row: Row, call: AnyCall) -> Record:
    attributes = JobAttributes(
        row["status"], row["created"], row["total"], row["completed"], row["finished"], row["skipped"]
    )
    relations = {
        "lists": [row["list_id"]] if row["list_id"] else [],
        "segments": [row["segment_id"]] if row["segment_id"] else [],
    }
    return Record(row["ulid"], attributes, relations, _RESOURCES[row["kind"]], row["id"])


async def _find(call: AnyCall, conn: db.Connection, ulid: str, kind: str) -> Record | None:
    statement = "SELECT * FROM suppression_jobs WHERE account_id = %s AND ulid = %s AND kind = %s"
    found = await db.one(conn, statement, (call.principal.account_id, ulid, kind))
    return _job_record(found, call) if found else None


def _loader(kind: str) -> Any:
    async def load(call: AnyCall) -> Record | None:
        async with call.transaction() as conn:
            return await _find(call, conn, call.path["job_id"], kind)

    return load


_LISTED: dict[str, Any] = {
    "scopes": READ, "rate": L, "key": suppression_jobs.c.id, "record": _job_record, "page": PageSize(100, 100),
    "sorts": {"created": suppression_jobs.c.created}, "default_sort": "-created",
    "filters": {
        "status": Field(suppression_jobs.c.status, ("equals",)),
        "list_id": Field(suppression_jobs.c.list_id, ("equals",)),
        "segment_id": Field(suppression_jobs.c.segment_id, ("equals",)),
    },
}  # fmt: skip

get_bulk_suppress_profiles_jobs = listing(
    "get_bulk_suppress_profiles_jobs", SUPPRESS_JOB, select=_jobs("suppress"), **_LISTED
)
get_bulk_suppress_profiles_job = getting(
    "get_bulk_suppress_profiles_job", SUPPRESS_JOB, f"{SUPPRESS_JOB.path}/{{job_id}}", scopes=READ, rate=L,
    load=_loader("suppress"),
)  # fmt: skip
get_bulk_unsuppress_profiles_jobs = listing(
    "get_bulk_unsuppress_profiles_jobs", UNSUPPRESS_JOB, select=_jobs("unsuppress"), **_LISTED
)
get_bulk_unsuppress_profiles_job = getting(
    "get_bulk_unsuppress_profiles_job", UNSUPPRESS_JOB, f"{UNSUPPRESS_JOB.path}/{{job_id}}", scopes=READ, rate=L,
    load=_loader("unsuppress"),
)  # fmt: skip
