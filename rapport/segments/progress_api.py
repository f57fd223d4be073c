"""How far the build of a segment is: an extension."""

from datetime import datetime
from typing import Any

import msgspec

from rapport.kit.jsonapi import AnyCall, Record, Resource, not_found, operation
from rapport.kit.ratelimit import L
from rapport.segments import service
from rapport.segments.membership import progress

_WAITING = "waiting for its turn"


class ProgressAttributes(msgspec.Struct):
    """`progress` from 0 to 1; `step`: what it is at, in plain words, null when nothing is under way.

    `started`, `finished`: of the latest build; null when there was none, or it is not through.
    """

    is_processing: bool
    progress: float
    step: str | None
    started: datetime | None
    finished: datetime | None


PROGRESS = Resource("segment-progress", "/api/segments", ProgressAttributes, self_link=False)


@operation(
    "get_segment_progress", "GET", "/api/segments/{id}/progress", scopes="segments:read", rate=L, answers=PROGRESS
)
async def get_segment_progress(call: AnyCall) -> Record:
    """The latest build of a segment; one that is inactive is not built."""
    account_id = call.principal.account_id
    async with call.transaction() as conn:
        segment = await service.by_public_id(conn, account_id, call.path["id"])
        if segment is None:
            raise not_found("segment", call.path["id"])
        build = await progress.read(conn, account_id, segment["id"])
    attributes = ProgressAttributes(segment["is_active"] and segment["built"] is None, 0.0, None, None, None)
    if not attributes.is_processing:
        attributes.progress = 0.0 if segment["built"] is None else 1.0
    if build is not None:
        attributes.started, attributes.finished = build["started"], build["finished"]
    if attributes.is_processing:
        _under_way(attributes, build)
    return Record(segment["public_id"], attributes, resource=PROGRESS)


def _under_way(attributes: ProgressAttributes, build: dict[str, Any] | None) -> None:
    """What is finished was the build before the one that is waited for."""
    if build is None or build["finished"] is not None:
        attributes.step, attributes.started, attributes.finished = _WAITING, None, None
    else:
        attributes.progress, attributes.step = build["progress"], build["step"]
