"""Operations on exports in bulk (behaviour-rest 17.10), and two of our own: lists of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import msgspec
from sqlalchemy import Select, select

from rapport.accounts import roles
from rapport.exports import jobs
from rapport.exports.exporter import storage_of
from rapport.exports.jobs import Kind, Source, Wish
from rapport.exports.tables import export_jobs
from rapport.exports.types import EventExportCreate, ExportAttributes, ProfileExportCreate, Progress, Result
from rapport.kit.jsonapi import (
    AnyCall,
    Body,
    Operation,
    PageSize,
    Record,
    Resource,
    Row,
    Streamed,
    ToOne,
    conflict,
    getting,
    gone,
    listing,
    operation,
    unavailable,
)
from rapport.kit.ratelimit import M, S
from rapport.kit.refusals import Refused
from rapport.kit.rooms import Process
from rapport.kit.storage import StorageFailed

LONGEST = timedelta(days=90)
_PROGRESS = "progress"


@dataclass(frozen=True)
class _Exports:
    """What there is of one kind: profiles, or events."""

    kind: Kind
    scopes: str
    create: type[msgspec.Struct]
    sources: tuple[Source, ...]

    @property
    def type(self) -> str:
        return f"{self.kind}-bulk-export-job"

    @property
    def relationships(self) -> Mapping[str, ToOne]:
        return {source: ToOne(source) for source in self.sources}


_PROFILES = _Exports("profile", "lists:read profiles:read segments:read", ProfileExportCreate, ("list", "segment"))
_EVENTS = _Exports("event", "events:read metrics:read", EventExportCreate, ("metric",))
PROFILE_EXPORT, EVENT_EXPORT = (
    Resource(
        exports.type,
        f"/api/{exports.type}s",
        ExportAttributes,
        relationships=exports.relationships,
        additional=(_PROGRESS,),
    )
    for exports in (_PROFILES, _EVENTS)
)


def _record(resource: Resource, row: Row, call: AnyCall) -> Record:
    status = jobs.status_of(row, call.now)
    attributes = ExportAttributes(status, row["created"])  # type: ignore[arg-type]
    if status == "complete":
        attributes.result = Result(row["expires"])
    if status == "failed":
        attributes.error = row["error"]
    if _PROGRESS in call.additional:
        attributes.progress = Progress(row["done"], row["total"], row["size"])
    relations = {source: row["source_id"] if source == row["source"] else None for source in resource.relationships}
    return Record(row["ulid"], attributes, relations, resource, row["id"])


def _wish(exports: _Exports, call: AnyCall) -> Wish:
    """What a body asks for. Raises Refused."""
    sent = {name: id for name, id in call.body_relationships.items() if id is not None}
    if len(sent) != 1:
        *others, last = exports.sources
        needed = f"either {' or '.join([*others, last])}" if others else last
        raise Refused(f"The export needs {needed}, and no more than that.", pointer="/data/relationships")
    [(source, id)] = sent.items()
    body = call.body
    if isinstance(body, EventExportCreate):
        _check_dates(body, call)
        return Wish("event", "metric", id, body.properties, body.start_date, body.end_date)
    return Wish("profile", source, id, body.properties)  # type: ignore[arg-type]


def _check_dates(body: EventExportCreate, call: AnyCall) -> None:
    """Raises Refused."""
    pointer = "/data/attributes/end_date"
    if body.end_date <= body.start_date:
        raise Refused("end_date has to be after start_date.", pointer=pointer)
    if body.end_date > call.now:
        raise Refused("end_date must not be in the future.", pointer=pointer)
    if body.end_date - body.start_date > LONGEST:
        raise Refused(f"An export spans {LONGEST.days} days at most. Make several.", pointer=pointer)


def _operations(exports: _Exports, resource: Resource) -> tuple[Operation, ...]:
    """Create, get, and list (ours)."""
    name = exports.type.replace("-", "_")

    @operation(
        f"create_{name}",
        "POST",
        resource.path,
        scopes=exports.scopes,
        permissions=roles.EXPORT,
        rate=M,
        body=Body(exports.type, exports.create, relationships=exports.relationships),
        answers=resource,
        status=201,
    )
    async def create(call: AnyCall) -> Record:
        """Begin to make a file."""
        wish = _wish(exports, call)
        async with call.transaction() as conn:
            row = await jobs.create(conn, call.principal.account_id, wish, call.now)
        return _record(resource, row, call)

    async def load(call: AnyCall) -> Record:
        async with call.transaction() as conn:
            row = await jobs.by_ulid(conn, call.principal.account_id, exports.kind, call.path["job_id"])
        return _record(resource, row, call)

    def every(call: AnyCall) -> Select[Any]:
        mine = export_jobs.c.account_id == call.principal.account_id
        return select(export_jobs).where(mine, export_jobs.c.kind == exports.kind)

    return (
        create,
        getting(f"get_{name}", resource, f"{resource.path}/{{job_id}}", scopes=exports.scopes, rate=M, load=load),
        listing(
            f"get_{name}s",
            resource,
            scopes=exports.scopes,
            rate=M,
            select=every,
            key=export_jobs.c.id,
            record=lambda row, call: _record(resource, row, call),
            sorts={"created_at": export_jobs.c.created},
            default_sort="-created_at",
            page=PageSize(20, 100),
        ),
    )


profiles = _operations(_PROFILES, PROFILE_EXPORT)
events = _operations(_EVENTS, EVENT_EXPORT)


def downloads(process: Process) -> list[Operation]:
    """The two ways out, over the files of the installation."""
    storage = process.once(storage_of)

    def download(exports: _Exports, resource: Resource) -> Operation:
        name = exports.type.replace("-", "_")

        @operation(
            f"get_download_for_{name}",
            "GET",
            f"{resource.path}/{{id}}/download",
            scopes=exports.scopes,
            permissions=roles.EXPORT,
            rate=S,
        )
        async def get_download(call: AnyCall) -> Streamed:
            """The file: CSV, packed by gzip."""
            async with call.transaction() as conn:
                row = await jobs.by_ulid(conn, call.principal.account_id, exports.kind, call.path["id"])
            _check_there(row, call)
            try:
                pieces = await storage.stream(row["file"])
            except StorageFailed:
                raise unavailable() from None
            if pieces is None:
                raise gone("The file of this export is not there any more. Make the export again.")
            return Streamed(pieces, "application/gzip", f"{exports.kind}s-{row['ulid']}.csv.gz", row["size"])

        return get_download

    return [download(_PROFILES, PROFILE_EXPORT), download(_EVENTS, EVENT_EXPORT)]


def _check_there(row: Row, call: AnyCall) -> None:
    """Raises ApiError 409, 410."""
    status = jobs.status_of(row, call.now)
    if status == "processing":
        raise conflict("The export is being made. Its status becomes complete when the file is there.", pointer="/data")
    if status == "failed":
        raise conflict(f"The export failed, so there is no file. {row['error']}", pointer="/data")
    if status == "expired":
        raise gone("The file was kept for seven days and is not there any more. Make the export again.")
