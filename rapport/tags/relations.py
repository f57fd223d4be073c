"""Tags on things of higher rooms: one declaration for each kind, registered at the composition root."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, Table, and_, select
from sqlalchemy.sql import ColumnElement

from rapport.kit.jsonapi import (
    AnyCall,
    Call,
    Identifier,
    Identifiers,
    Loader,
    Operation,
    Record,
    Resource,
    Row,
    fetch,
    not_found,
    operation,
    related,
    related_many,
)
from rapport.kit.ratelimit import S
from rapport.kit.rooms import Include, Point, Process
from rapport.tags import service
from rapport.tags.api import TAG, tag_of, tag_record
from rapport.tags.tables import tag_links

MAX_AT_ONCE = 1000


@dataclass(frozen=True)
class Taggable:
    """A kind of thing that tags hang on: how the API shows it, and where its ids are found.

    `table` has the columns account_id and id; `public_id` is its column with the ids clients see.
    """

    resource: Resource
    table: Table
    public_id: ColumnElement[str]
    # Operations that can include the tags.
    shown: tuple[Operation, ...] = ()

    @property
    def kind(self) -> str:
        return self.resource.type

    @property
    def plural(self) -> str:
        return f"{self.kind}s"

    async def ids(self, call: AnyCall, named: Sequence[str]) -> list[int]:
        """The ids inside of those named. Raises 404 for the first that is not there."""
        account = call.principal.account_id
        query = select(self.table.c.id, self.public_id.label("named")).where(
            self.table.c.account_id == account, self.public_id.in_(list(named))
        )
        async with call.transaction() as conn:
            id_by_public_id = {row["named"]: row["id"] for row in await fetch(conn, query)}
        missing = next((public_id for public_id in named if public_id not in id_by_public_id), None)
        if missing is not None:
            raise not_found(self.kind, missing)
        return list(id_by_public_id.values())


TAGGABLE: Point[Taggable] = Point("kinds of things that tags hang on")


def operations(_process: Process) -> list[Operation]:
    """The operations between tags and each kind of thing, both ways."""
    return [
        declared
        for taggable in TAGGABLE
        for declared in (*_tags_of(taggable), *_things_of(taggable), _tagging(taggable), _untagging(taggable))
    ]


def includes() -> list[Include]:
    """What lets operations on things take `include=tags`. Their records are keyed by the id inside."""
    return [Include(shown, "tags", _tags_of_records(taggable)) for taggable in TAGGABLE for shown in taggable.shown]


def _tags_of_records(taggable: Taggable) -> Loader:
    async def load(call: AnyCall, records: Sequence[Record]) -> Mapping[str, Sequence[Record]]:
        async with call.transaction() as conn:
            ids = [record.key for record in records]
            tags_by_thing = await service.tags_of(conn, call.principal.account_id, taggable.kind, ids)
        return {record.id: [tag_record(row, call) for row in tags_by_thing[record.key]] for record in records}

    return load


def _tags_of(taggable: Taggable) -> tuple[Operation, ...]:
    async def load(call: AnyCall) -> list[Record]:
        (id,) = await taggable.ids(call, [call.path["id"]])
        async with call.transaction() as conn:
            tags_by_thing = await service.tags_of(conn, call.principal.account_id, taggable.kind, [id])
        return [tag_record(row, call) for row in tags_by_thing[id]]

    return related_many(
        f"get_tags_for_{taggable.kind}",
        f"get_tag_ids_for_{taggable.kind}",
        taggable.resource,
        "tags",
        TAG,
        scopes=f"{taggable.plural}:read tags:read",
        rate=S,
        load=load,
    )


def _things_of(taggable: Taggable) -> tuple[Operation, ...]:
    async def selected(call: AnyCall) -> Select[Any]:
        account, tag = call.principal.account_id, await tag_of(call)
        hangs = and_(tag_links.c.account_id == account, tag_links.c.resource_id == taggable.table.c.id)
        return (
            select(taggable.table.c.id, taggable.public_id.label("named"))
            .join(tag_links, hangs)
            .where(
                taggable.table.c.account_id == account,
                tag_links.c.kind == taggable.kind,
                tag_links.c.tag_id == tag["id"],
            )
        )

    def record(row: Row, call: AnyCall) -> Record:
        return Record(row["named"], {}, key=row["id"], resource=taggable.resource)

    return related(
        None,
        f"get_{taggable.kind}_ids_for_tag",
        TAG,
        taggable.plural,
        taggable.resource,
        scopes=f"{taggable.plural}:read tags:read",
        rate=S,
        select=selected,
        key=taggable.table.c.id,
        record=record,
        page=None,
    )


def _path(taggable: Taggable) -> str:
    return f"{TAG.path}/{{id}}/relationships/{taggable.plural}"


def _tagging(taggable: Taggable) -> Operation:
    async def tag_things(call: Call[list[Identifier]]) -> None:
        async with call.transaction() as conn:
            tag, things = await _meant(taggable, call)
            await service.link(conn, call.principal.account_id, tag, taggable.kind, things)

    return operation(
        f"tag_{taggable.plural}",
        "POST",
        _path(taggable),
        scopes=f"{taggable.plural}:write tags:write",
        rate=S,
        body=Identifiers(taggable.kind, maximum=MAX_AT_ONCE),
        status=204,
    )(tag_things)


def _untagging(taggable: Taggable) -> Operation:
    async def untag_things(call: Call[list[Identifier]]) -> None:
        async with call.transaction() as conn:
            tag, things = await _meant(taggable, call)
            await service.unlink(conn, call.principal.account_id, tag, taggable.kind, things)

    return operation(
        f"remove_tag_from_{taggable.plural}",
        "DELETE",
        _path(taggable),
        scopes=f"{taggable.plural}:write tags:write",
        rate=S,
        body=Identifiers(taggable.kind, maximum=MAX_AT_ONCE),
        status=204,
    )(untag_things)


async def _meant(taggable: Taggable, call: Call[list[Identifier]]) -> tuple[dict[str, Any], list[int]]:
    """The tag that the path names and the things the body names, or 404."""
    tag = await tag_of(call)
    return tag, await taggable.ids(call, [named.id for named in call.body if isinstance(named.id, str)])
