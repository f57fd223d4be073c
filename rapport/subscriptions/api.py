"""Operations that suppress and unsuppress profiles (behaviour-people 2.4).

The live system takes hours for these jobs. Here addresses are done when they are answered, and a list or segment is
worked off by `jobs`.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Select, select

from rapport.accounts.api import account_of
from rapport.kit import db
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
from rapport.profiles.identity import Kind, Person, normalised
from rapport.profiles.tables import suppression_jobs
from rapport.subscriptions import jobs, people
from rapport.subscriptions import service as consent

MAX_EMAILS = 100
READ, WRITE = "subscriptions:read", "subscriptions:write"
_RELATIONS = {"lists": ToMany("list"), "segments": ToMany("segment")}
_TARGETS = {"list": ToOne("list"), "segment": ToOne("segment")}
SUPPRESS = "profile-suppression-bulk-create-job"
UNSUPPRESS = "profile-suppression-bulk-delete-job"

_KNOWN = "SELECT profile_id FROM profile_identifiers WHERE account_id = %s AND kind = 2 AND value = ANY(%s)"


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


@operation(
    "bulk_suppress_profiles",
    "POST",
    SUPPRESS_JOB.path,
    scopes=f"profiles:write {WRITE}",
    rate=L,
    body=Body(SUPPRESS, SuppressionCreate, relationships=_TARGETS),
    answers=SUPPRESS_JOB,
    status=202,
)
async def bulk_suppress_profiles(call: Call[SuppressionCreate]) -> Record:
    """An address that belongs to nobody yet becomes a profile, so that it stays barred (2.4)."""
    return await _run(call, jobs.SUPPRESS)


@operation(
    "bulk_unsuppress_profiles",
    "POST",
    UNSUPPRESS_JOB.path,
    scopes=WRITE,
    rate=L,
    body=Body(UNSUPPRESS, SuppressionCreate, relationships=_TARGETS),
    answers=UNSUPPRESS_JOB,
    status=202,
)
async def bulk_unsuppress_profiles(call: Call[SuppressionCreate]) -> Record:
    return await _run(call, jobs.UNSUPPRESS)


async def _run(call: Call[SuppressionCreate], kind: str) -> Record:
    """Addresses at once, a list or segment in the background. Raises ApiError 400 unless it is exactly one of them."""
    groups = [(group, id) for group, id in call.body_relationships.items() if id]
    if (call.body.profiles is not None) + len(groups) != 1:
        raise invalid("Send either 'profiles', or one list, or one segment.", pointer="/data")
    async with call.transaction() as conn:
        if groups:
            ulid = await _queued(call, conn, kind, *groups[0])
        else:
            assert call.body.profiles is not None
            ulid = await _done(call, conn, kind, _checked_emails(call.body.profiles.data))
        job = await _find(call, conn, ulid, kind)
    assert job is not None
    return job


async def _queued(call: AnyCall, conn: db.Connection, kind: str, group: str, id: str) -> str:
    ulid = await jobs.queue(conn, account_of(call), kind, group, id)
    if ulid is None:
        detail = f"{group.capitalize()} not found with id {id}."
        raise invalid(detail, pointer=f"/data/relationships/{group}/data/id")
    return ulid


async def _done(call: AnyCall, conn: db.Connection, kind: str, emails: list[str]) -> str:
    account = account_of(call)
    profiles = await _profiles_of(call, conn, emails, create=kind == jobs.SUPPRESS)
    act = consent.suppress if kind == jobs.SUPPRESS else consent.unsuppress
    done = await act(conn, account, profiles)
    return await jobs.record(conn, account, kind, len(emails), len(done))


def _checked_emails(sent: Sequence[_EmailProfile]) -> list[str]:
    if len(sent) > MAX_EMAILS:
        raise invalid(f"At most {MAX_EMAILS} profiles are allowed.", pointer="/data/attributes/profiles/data")
    for place, profile in enumerate(sent):
        check_email(profile.attributes.email, f"/data/attributes/profiles/data/{place}/attributes/email")
    emails = [profile.attributes.email.strip() for profile in sent]
    return list({normalised(Kind.EMAIL, email): email for email in emails}.values())


async def _profiles_of(call: AnyCall, conn: db.Connection, emails: list[str], *, create: bool) -> list[int]:
    if create:
        persons = [Person(email=email) for email in emails]
        profile_ids = await people.profiles_of(conn, call.principal.account_id, persons, call.now)
        return [profile for profile in profile_ids if profile is not None]
    keys = [normalised(Kind.EMAIL, email) for email in emails]
    return [row[0] for row in await db.rows(conn, _KNOWN, (call.principal.account_id, keys))]


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
    row = await db.one(conn, statement, (call.principal.account_id, ulid, kind))
    return _job_record(row, call) if row else None


def _loader(kind: str) -> Any:
    async def load(call: AnyCall) -> Record | None:
        async with call.transaction() as conn:
            return await _find(call, conn, call.path["job_id"], kind)

    return load


_LISTED: dict[str, Any] = {
    "scopes": READ,
    "rate": L,
    "key": suppression_jobs.c.id,
    "record": _job_record,
    "page": PageSize(100, 100),
    "sorts": {"created": suppression_jobs.c.created},
    "default_sort": "-created",
    "filters": {
        "status": Field(suppression_jobs.c.status, ("equals",)),
        "list_id": Field(suppression_jobs.c.list_id, ("equals",)),
        "segment_id": Field(suppression_jobs.c.segment_id, ("equals",)),
    },
}

get_bulk_suppress_profiles_jobs = listing(
    "get_bulk_suppress_profiles_jobs", SUPPRESS_JOB, select=_jobs("suppress"), **_LISTED
)
get_bulk_suppress_profiles_job = getting(
    "get_bulk_suppress_profiles_job",
    SUPPRESS_JOB,
    f"{SUPPRESS_JOB.path}/{{job_id}}",
    scopes=READ,
    rate=L,
    load=_loader("suppress"),
)
get_bulk_unsuppress_profiles_jobs = listing(
    "get_bulk_unsuppress_profiles_jobs", UNSUPPRESS_JOB, select=_jobs("unsuppress"), **_LISTED
)
get_bulk_unsuppress_profiles_job = getting(
    "get_bulk_unsuppress_profiles_job",
    UNSUPPRESS_JOB,
    f"{UNSUPPRESS_JOB.path}/{{job_id}}",
    scopes=READ,
    rate=L,
    load=_loader("unsuppress"),
)
