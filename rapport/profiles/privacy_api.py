"""Operations on the deletion of people (behaviour-people 1.9)."""

from datetime import datetime
from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType
from sqlalchemy import Select, select

from rapport.kit.jsonapi import AnyCall, Body, Call, PageSize, Record, Resource, Row, invalid, listing, operation
from rapport.kit.ratelimit import S
from rapport.profiles import privacy
from rapport.profiles.checks import check_email
from rapport.profiles.tables import deleted_profiles, deletion_jobs

_KIND = "data-privacy-deletion-job"
_POINTER = "/data/attributes/profile/data"
SHOWN = 20


class _Named(msgspec.Struct, forbid_unknown_fields=True):
    email: str | None | UnsetType = UNSET
    phone_number: str | None | UnsetType = UNSET


class _Profile(msgspec.Struct):
    type: str
    attributes: _Named = msgspec.field(default_factory=_Named)
    id: str | None | UnsetType = UNSET


class _ProfileData(msgspec.Struct):
    data: _Profile


class DeletionCreate(msgspec.Struct, forbid_unknown_fields=True):
    """Who is to be deleted: exactly one of `id`, `attributes.email`, `attributes.phone_number`."""

    profile: _ProfileData


@operation(
    "request_profile_deletion",
    "POST",
    f"/api/{_KIND}s",
    scopes="data-privacy:write",
    rate=S,
    body=Body(_KIND, DeletionCreate),
    status=202,
)
async def request_profile_deletion(call: Call[DeletionCreate]) -> None:
    """Delete every profile that is named by this. It is done in the background and can't be undone."""
    by, value = _named(call.body.profile.data)
    async with call.transaction() as conn:
        await privacy.ask(conn, call.principal.account_id, by, value, call.now)


def _named(profile: _Profile) -> tuple[str, str]:
    """Raises ApiError 400 for none, several, and what can't be an address."""
    if profile.type != "profile":
        detail = f"'{profile.type}' is not the resource type expected here, which is 'profile'."
        raise invalid(detail, pointer=f"{_POINTER}/type")
    identifiers = {
        "id": profile.id,
        "email": profile.attributes.email,
        "phone_number": profile.attributes.phone_number,
    }
    named = [(by, text.strip()) for by, text in identifiers.items() if isinstance(text, str) and text.strip()]
    if len(named) != 1:
        raise invalid("Name the profile by exactly one of id, email and phone_number.", pointer=_POINTER)
    if named[0][0] == "email":
        check_email(named[0][1], f"{_POINTER}/attributes/email")
    return named[0]


class DeletionAttributes(msgspec.Struct):
    """`named_by`: id, email or phone_number. `value`: who was named so, until it is done. `deleted`: how many profiles
    it were."""

    status: Literal["queued", "complete"]
    named_by: Literal["id", "email", "phone_number"]
    value: str | None
    deleted: int
    created: datetime
    finished: datetime | None


DELETION = Resource(_KIND, f"/api/{_KIND}s", DeletionAttributes, self_link=False)


def _jobs(call: AnyCall) -> Select[Any]:
    return select(deletion_jobs).where(deletion_jobs.c.account_id == call.principal.account_id)


def _job(row: Row, call: AnyCall) -> Record:
    attributes = DeletionAttributes(
        row["status"], row["named_by"], row["value"], row["deleted"], row["created"], row["finished"]
    )
    return Record(str(row["id"]), attributes, key=row["id"], resource=DELETION)


get_profile_deletion_jobs = listing(
    "get_profile_deletion_jobs",
    DELETION,
    scopes="data-privacy:read",
    rate=S,
    select=_jobs,
    record=_job,
    key=deletion_jobs.c.id,
    sorts={"created": deletion_jobs.c.created},
    default_sort="-created",
    page=PageSize(SHOWN, 100),
)


class DeletedAttributes(msgspec.Struct):
    """A deleted profile: only its id is left."""

    deleted: datetime


DELETED = Resource("deleted-profile", "/api/deleted-profiles", attributes=DeletedAttributes, self_link=False)


def _mine(call: AnyCall) -> Select[Any]:
    return select(deleted_profiles).where(deleted_profiles.c.account_id == call.principal.account_id)


def _record(row: Row, call: AnyCall) -> Record:
    return Record(row["ulid"], DeletedAttributes(row["deleted"]), key=row["profile_id"], resource=DELETED)


get_deleted_profiles = listing(
    "get_deleted_profiles",
    DELETED,
    scopes="data-privacy:read",
    rate=S,
    select=_mine,
    record=_record,
    key=deleted_profiles.c.profile_id,
    sorts={"deleted": deleted_profiles.c.deleted},
    default_sort="-deleted",
    page=PageSize(SHOWN, 100),
)
