"""Operations on bulk imports of profiles (behaviour-people 1.3)."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Select, select

from rapport.bulk import service
from rapport.bulk.tables import import_errors, import_jobs, import_profiles
from rapport.bulk.types import (
    MAX_PROFILES,
    ErrorSource,
    ImportErrorAttributes,
    ImportJobAttributes,
    ImportJobCreate,
)
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
    fetch,
    getting,
    invalid,
    listing,
    not_found,
    operation,
    related,
)
from rapport.kit.ratelimit import M
from rapport.lists.api import LIST, list_record
from rapport.lists.tables import lists
from rapport.profiles.api import profile_records
from rapport.profiles.records import PROFILE
from rapport.profiles.tables import profiles

JOB = Resource(
    type="profile-bulk-import-job",
    path="/api/profile-bulk-import-jobs",
    attributes=ImportJobAttributes,
    relationships={
        "lists": ToMany("list"),
        "profiles": ToMany("profile"),
        "import-errors": ToMany("import-error"),
    },
)
ERROR = Resource("import-error", "/api/import-errors", attributes=ImportErrorAttributes, self_link=False)
_PAGE = PageSize(20, 100)
READ = "lists:read profiles:read"


def _record(row: Row, call: AnyCall) -> Record:
    attributes = ImportJobAttributes(
        row["status"],
        row["created"],
        row["total"],
        row["completed"],
        row["failed"],
        row["started"],
        row["finished"],
        row["expires"],
    )
    return Record(row["ulid"], attributes, {"lists": list(row["lists"])}, JOB, row["id"])


@operation(
    "bulk_import_profiles",
    "POST",
    JOB.path,
    scopes="lists:write profiles:write",
    rate=M,
    stream=True,
    body=Body(JOB.type, ImportJobCreate, relationships={"lists": ToMany("list")}),
    answers=JOB,
    status=202,
)
async def bulk_import_profiles(call: Call[ImportJobCreate]) -> Record:
    """Take up to 10,000 profiles to be created or updated in the background."""
    sent = call.body.profiles.data
    if not 0 < len(sent) <= MAX_PROFILES:
        detail = f"A job takes 1 to {MAX_PROFILES:,} profiles; this one has {len(sent):,}."
        raise invalid(detail, pointer="/data/attributes/profiles/data")
    wanted: list[str] = list(dict.fromkeys(call.body_relationships.get("lists") or []))
    account_id = call.principal.account_id
    async with call.transaction() as conn:
        place = await service.unknown_list(conn, account_id, wanted)
        if place is not None:
            pointer = f"/data/relationships/lists/data/{place}/id"
            raise invalid(f"List not found with id {wanted[place]}.", pointer=pointer)
        row = await service.create(conn, account_id, sent, wanted, call.now)
    return _record(row, call)


def _mine(call: AnyCall) -> Select[Any]:
    account_id = call.principal.account_id
    return select(import_jobs).where(import_jobs.c.account_id == account_id, import_jobs.c.expires > call.now)


async def _lists_of(call: AnyCall, records: Sequence[Record]) -> Mapping[str, Any]:
    """The lists of each job that still exist."""
    wanted = sorted({id for record in records for id in record.relationships["lists"]})
    mine = (lists.c.account_id == call.principal.account_id) & lists.c.public_id.in_(wanted)
    async with call.transaction() as conn:
        record_by_list = {
            row["public_id"]: list_record(row, call) for row in await fetch(conn, select(lists).where(mine))
        }
    return {
        record.id: [record_by_list[id] for id in record.relationships["lists"] if id in record_by_list]
        for record in records
    }


get_bulk_import_profiles_jobs = listing(
    "get_bulk_import_profiles_jobs",
    JOB,
    scopes=READ,
    rate=M,
    select=_mine,
    record=_record,
    key=import_jobs.c.id,
    filters={"status": Field(import_jobs.c.status, ("any", "equals"))},
    sorts={"created_at": import_jobs.c.created},
    default_sort="-created_at",
    page=_PAGE,
)


async def _job_row(call: AnyCall, name: str) -> Row | None:
    async with call.transaction() as conn:
        return await service.by_ulid(conn, call.principal.account_id, call.path[name], call.now)


async def _load(call: AnyCall) -> Record | None:
    row = await _job_row(call, "job_id")
    return _record(row, call) if row else None


get_bulk_import_profiles_job = getting(
    "get_bulk_import_profiles_job",
    JOB,
    f"{JOB.path}/{{job_id}}",
    scopes=READ,
    rate=M,
    load=_load,
    includes={"lists": _lists_of},
)


async def _job(call: AnyCall) -> Row:
    """The job that the path names, or 404."""
    row = await _job_row(call, "id")
    if row is None:
        raise not_found(JOB.type, call.path["id"])
    return row


async def _joined(call: AnyCall) -> Select[Any]:
    row = await _job(call)
    return select(lists).where(lists.c.account_id == call.principal.account_id, lists.c.public_id.in_(row["lists"]))


get_lists_of_job = related(
    "get_list_for_bulk_import_profiles_job",
    "get_list_ids_for_bulk_import_profiles_job",
    JOB,
    "lists",
    LIST,
    scopes="lists:read",
    rate=M,
    select=_joined,
    record=list_record,
    key=lists.c.id,
)


async def _imported(call: AnyCall) -> Select[Any]:
    row = await _job(call)
    account_id = call.principal.account_id
    of_job = (import_profiles.c.account_id == account_id) & (import_profiles.c.profile_id == profiles.c.id)
    return (
        select(profiles)
        .join(import_profiles, of_job)
        .where(profiles.c.account_id == account_id, import_profiles.c.job_id == row["id"])
    )


get_profiles_of_job = related(
    "get_profiles_for_bulk_import_profiles_job",
    "get_profile_ids_for_bulk_import_profiles_job",
    JOB,
    "profiles",
    PROFILE,
    scopes="profiles:read",
    rate=M,
    select=_imported,
    records=profile_records,
    key=profiles.c.id,
    page=_PAGE,
)


async def _refused(call: AnyCall) -> Select[Any]:
    row = await _job(call)
    mine = import_errors.c.account_id == call.principal.account_id
    return select(import_errors).where(mine, import_errors.c.job_id == row["id"])


def _error(row: Row, call: AnyCall) -> Record:
    attributes = ImportErrorAttributes(
        row["code"], row["title"], row["detail"], ErrorSource(row["pointer"]), row["payload"]
    )
    return Record(row["uuid"], attributes, resource=ERROR, key=row["id"])


get_errors_of_job = related(
    "get_errors_for_bulk_import_profiles_job",
    None,
    JOB,
    "import-errors",
    ERROR,
    scopes="profiles:read",
    rate=M,
    select=_refused,
    record=_error,
    key=import_errors.c.id,
    page=_PAGE,
)
