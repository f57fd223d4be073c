"""A small API to test with: people in groups, declared as a room would."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
import msgspec
from msgspec import UNSET, UnsetType
from psycopg_pool import AsyncConnectionPool
from sqlalchemy import BigInteger, Column, DateTime, Double, Integer, MetaData, Select, Table, Text, select
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from rapport.kit.jsonapi import (
    EMPTY,
    Answer,
    AnyCall,
    Body,
    Call,
    Document,
    Field,
    Identifier,
    Identifiers,
    JsonApi,
    Operation,
    Page,
    PageSize,
    Parameter,
    ParameterRate,
    PropertiesField,
    Raw,
    Record,
    Resource,
    Row,
    ToMany,
    ToOne,
    authentication_failed,
    conflict,
    decode_json,
    deleting,
    getting,
    listing,
    not_authenticated,
    not_found,
    operation,
    page_of,
    parse_filter,
    related,
    related_many,
    related_one,
)
from rapport.kit.ratelimit import XS, L, Rate, S

metadata = MetaData()
people = Table(
    "people",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("account_id", BigInteger, nullable=False),
    Column("ulid", Text, nullable=False),
    Column("email", Text),
    Column("score", Integer),
    Column("ratio", Double),
    Column("created", DateTime(timezone=True), nullable=False),
    Column("tags", ARRAY(Text), nullable=False),
    Column("properties", JSONB, nullable=False),
)
SCHEMA = """
create table people (
    id bigint generated always as identity primary key, account_id bigint not null, ulid text not null, email text,
    score int, ratio double precision, created timestamptz not null default '2026-01-01',
    tags text[] not null default '{}', properties jsonb not null default '{}'
);
create index on people (account_id, score, id);
create index on people (account_id, created, id);
"""


class Place(msgspec.Struct):
    city: str | None = None
    country: str | None = None


class PersonAttributes(msgspec.Struct):
    email: str | None
    score: int | None
    created: datetime
    location: Place
    properties: dict[str, Any]
    secret_sauce: dict[str, Any] | UnsetType = UNSET


PERSON = Resource(
    "person",
    "/api/people",
    PersonAttributes,
    relationships={"groups": ToMany("group"), "boss": ToOne("person")},
    additional=("secret_sauce",),
)
GROUP = Resource("group", "/api/groups", dict, relationships={"people": ToMany("person")})
REPORT = Resource("score-report", "/api/score-reports", dict, self_link=False)


class PersonCreate(msgspec.Struct, forbid_unknown_fields=True):
    email: str
    score: int | None | UnsetType = UNSET
    tags: list[str] = []
    properties: dict[str, Any] = {}


class PersonPatch(msgspec.Struct, forbid_unknown_fields=True):
    email: str | None | UnsetType = UNSET


class PersonMeta(msgspec.Struct, forbid_unknown_fields=True):
    unset: list[str] = []


COSTLY = ParameterRate("additional-fields[person]", ("secret_sauce",), Rate(2, 15))


def person_record(row: Row, call: AnyCall) -> Record:
    sauce: Any = {"spice": {"heat": 3}, "salt": 1} if "secret_sauce" in call.additional else UNSET
    place = Place("Oslo", None)
    shown = PersonAttributes(row["email"], row["score"], row["created"], place, row["properties"], sauce)
    return Record(row["ulid"], shown, key=row["id"])


def people_of(call: AnyCall) -> Select[Any]:
    return select(people).where(people.c.account_id == call.principal.account_id)


async def load_groups(call: AnyCall, records: Sequence[Record]) -> Mapping[str, Sequence[Record]]:
    """Everybody is in the group "all"; people with an even key are also in "even"."""
    both = {0: [group("all"), group("even")], 1: [group("all")]}
    return {record.id: both[record.key % 2] for record in records}


def group(name: str) -> Record:
    return Record(name, {"name": name.title()}, resource=GROUP)


get_people = listing(
    "get_people",
    PERSON,
    scopes="people:read",
    rate=L,
    filters={
        "id": Field(people.c.ulid, ("any", "equals")),
        "email": Field(people.c.email, ("any", "equals", "contains", "starts-with", "ends-with", "has")),
        "score": Field(
            people.c.score, ("equals", "less-than", "less-or-equal", "greater-than", "greater-or-equal"), int
        ),
        "ratio": Field(people.c.ratio, ("greater-than",), float),
        "created": Field(people.c.created, ("greater-than", "less-than"), datetime),
        "tags": Field(people.c.tags, ("contains", "contains-any", "contains-all", "has")),
        "kind": Field(None, ("equals",), choices=("odd", "even"), translate=lambda op, value, call: _parity(value)),
        "properties": PropertiesField(people.c.properties),
    },
    sorts={"score": people.c.score, "created": people.c.created, "id": people.c.id, "email": people.c.email},
    default_sort="id",
    key=people.c.id,
    page=PageSize(20, 100),
    select=people_of,
    record=person_record,
    includes={"groups": load_groups, "boss": None},
    extra_rates=(COSTLY,),
)


def _parity(value: str) -> Any:
    return people.c.id % 2 == (1 if value == "odd" else 0)


async def load_person(call: AnyCall) -> Record | None:
    async with call.transaction() as conn:
        query = "select id, email, score, created, properties from people where account_id = %s and ulid = %s"
        cursor = await conn.execute(query, (call.principal.account_id, call.path["id"]))
        row = await cursor.fetchone()
    if row is None:
        return None
    names = ("id", "email", "score", "created", "properties")
    return person_record({**dict(zip(names, row, strict=True)), "ulid": call.path["id"]}, call)


get_person = getting(
    "get_person",
    PERSON,
    scopes="people:read",
    rate=L,
    load=load_person,
    includes={"groups": load_groups},
    extra_rates=(COSTLY,),
)


@operation(
    "create_person",
    "POST",
    "/api/people",
    scopes="people:write",
    rate=S,
    body=Body(
        "person", PersonCreate, meta=PersonMeta, relationships={"groups": ToMany("group"), "boss": ToOne("person")}
    ),
    answers=PERSON,
    status=201,
    limit=10_000,
)
async def create_person(call: Call[PersonCreate]) -> Record | Answer:
    """Create a person."""
    body = call.body
    if body.email == "taken@example.com":
        raise conflict("A person has this e-mail.", code="duplicate_person", meta={"duplicate_person_id": "P1"})
    if body.email == "boom@example.com":
        raise RuntimeError("the secret reason")
    score = None if body.score is UNSET else body.score
    async with call.transaction() as conn:
        values = (call.principal.account_id, body.email, body.email, score)
        await conn.execute("insert into people (account_id, ulid, email, score) values (%s, %s, %s, %s)", values)
    shown = PersonAttributes(body.email, score, call.now, Place(), body.properties)
    record = Record(body.email, shown, relationships=dict(call.body_relationships))
    meta = {"unset": call.meta.unset} if call.meta else None
    return Answer(record, status=200 if "again" in body.email else None, meta=meta)


@operation(
    "update_person",
    "PATCH",
    "/api/people/{id}",
    scopes="people:write",
    rate=S,
    body=Body("person", PersonPatch),
    answers=PERSON,
)
async def update_person(call: Call[PersonPatch]) -> Record:
    email = "unchanged" if call.body.email is UNSET else call.body.email
    return Record(call.path["id"], PersonAttributes(email, None, call.now, Place(), {}))


async def delete_row(call: AnyCall) -> bool:
    async with call.transaction() as conn:
        cursor = await conn.execute("delete from people where account_id = 1 and ulid = %s", (call.path["id"],))
    return cursor.rowcount == 1


delete_person = deleting("delete_person", PERSON, scopes="people:write", rate=S, delete=delete_row)


async def people_of_group(call: AnyCall) -> Select[Any]:
    if call.path["id"] != "all":
        raise not_found("group", call.path["id"])
    return people_of(call)


people_in_group = related(
    "get_people_for_group",
    "get_person_ids_for_group",
    GROUP,
    "people",
    PERSON,
    scopes="groups:read people:read",
    rate=L,
    select=people_of_group,
    record=person_record,
    key=people.c.id,
    page=PageSize(5, 10),
    filters={"email": Field(people.c.email, ("equals",))},
)


async def all_groups(call: AnyCall) -> Sequence[Record]:
    return [group("all"), group("even")]


async def boss_of(call: AnyCall) -> Record | None:
    return None if call.path["id"] == "top" else Record("top", PersonAttributes(None, 1, call.now, Place(), {}))


groups_of_person = related_many(
    "get_groups_for_person",
    "get_group_ids_for_person",
    PERSON,
    "groups",
    GROUP,
    scopes="groups:read",
    rate=S,
    load=all_groups,
)
boss_of_person = related_one(
    "get_boss_for_person", "get_boss_id_for_person", PERSON, "boss", PERSON, scopes="people:read", rate=S, load=boss_of
)


@operation(
    "add_people_to_group",
    "POST",
    "/api/groups/{id}/relationships/people",
    scopes="groups:write",
    rate=S,
    body=Identifiers("person", maximum=3, attributes=PersonCreate),
    status=204,
)
async def add_people(call: Call[list[Identifier]]) -> None:
    return None


@operation("set_boss", "PATCH", "/api/people/{id}/relationships/boss", rate=S, body=Identifiers("person", many=False))
async def set_boss(call: Call[Identifier | None]) -> Document:
    return Document({"boss": call.body.id if call.body else None, "at": call.now})


class Event(msgspec.Struct):
    name: str


_event = msgspec.json.Decoder(Event)


@operation("create_event", "POST", "/api/events", scopes="events:write", rate=L, raw=True, status=202, limit=1_000_000)
async def create_event(call: AnyCall) -> None:
    decode_json(call.raw, _event, "event")


@operation("raw_decode", "POST", "/api/raw-events", rate=L, raw=True, status=202)
async def raw_decode(call: AnyCall) -> Any:
    _event.decode(call.raw)
    return EMPTY


@operation("upload", "POST", "/api/uploads", rate=L, raw=True, accepts=("multipart/form-data",))
async def upload(call: AnyCall) -> Raw:
    return Raw(call.raw[::-1], "application/octet-stream")


@operation(
    "start_job", "POST", "/api/jobs", rate=L, body=Body("job", relationships={"group": ToOne("group")}), status=202
)
async def start_job(call: AnyCall) -> None:
    return None


@operation(
    "query_scores",
    "POST",
    "/api/score-reports",
    rate=XS,
    body=Body("score-report", dict),
    answers=REPORT,
    parameters={"page_cursor": Parameter()},
)
async def query_scores(call: Call[dict[str, Any]]) -> Record:
    found = parse_filter(call.body.get("filter", ""), pointer="/data/attributes/filter")
    return Record("report", {"fields": [one.field for one in found], "page": call.query.get("page_cursor")})


@operation("get_words", "GET", "/api/words", rate=L, answers=GROUP, many=True, page=PageSize(2, 5))
async def get_words(call: AnyCall) -> Page:
    return page_of(call, [group(name) for name in ("alpha", "beta", "gamma", "delta", "epsilon")])


@operation("need", "GET", "/api/need", rate=L, parameters={"company_id": Parameter(required=True)})
async def need(call: AnyCall) -> Document:
    return Document({"company": call.query["company_id"]})


@operation("big", "GET", "/api/big", rate=L)
async def big(call: AnyCall) -> Document:
    return Document({"text": "x" * 5000})


@operation("get_shape", "GET", "/api/shapes/{id}", rate=L, until="2026-07-15")
async def get_old_shape(call: AnyCall) -> Document:
    return Document({"shape": "old", "id": call.path["id"], "revision": call.revision})


@operation("get_shape", "GET", "/api/shapes/{id}", rate=L, since="2026-10-15")
async def get_new_shape(call: AnyCall) -> Document:
    return Document({"shape": "new", "id": call.path["id"], "revision": call.revision})


@operation("get_fresh", "GET", "/api/fresh", rate=L, since="2026-07-15")
async def get_fresh(call: AnyCall) -> Document:
    return Document({})


NOW = datetime(2026, 11, 1, 12, 0, 0, tzinfo=UTC)


@dataclass
class Key:
    """A principal of the tests; `moment` is its clock."""

    account_id: int = 1
    public_id: str = "ABC123"
    key_id: int = 7
    scopes: Any = "full"
    moment: datetime = NOW

    @property
    def counted_as(self) -> int:
        return self.account_id

    def now(self) -> datetime:
        return self.moment


@dataclass
class World:
    """The API with its client, pool and the key that every request is made with."""

    api: JsonApi
    client: httpx.AsyncClient
    pool: AsyncConnectionPool[Any]
    key: Key

    async def add(self, count: int, **columns: Any) -> None:
        """People p0…; `columns` are SQL expressions over n."""
        names = ", ".join(["account_id", "ulid", *columns])
        values = ", ".join(["1", "'p' || n", *columns.values()])
        async with self.pool.connection() as conn:
            await conn.execute(f"insert into people ({names}) select {values} from generate_series(0, {count - 1}) n")


def operations() -> list[Operation]:
    from rapport.kit.jsonapi import operations_of  # here, because this module is what it is asked about

    from . import world

    return operations_of(world)


@asynccontextmanager
async def open_world(url: str, *, rate_limits: bool = False) -> AsyncIterator[World]:
    key = Key()

    async def authenticate(headers: Mapping[str, str], query: Mapping[str, str]) -> Key:
        sent = headers.get("authorization", "Klaviyo-API-Key pk_test")
        if not sent.startswith("Klaviyo-API-Key pk_"):
            raise not_authenticated()
        if sent.endswith("unknown"):
            raise authentication_failed()
        return key

    async with AsyncConnectionPool(
        url, min_size=1, max_size=3, open=False, kwargs={"options": "-c timezone=UTC"}
    ) as pool:
        async with pool.connection() as conn:
            await conn.execute("drop table if exists people")
            await conn.execute(SCHEMA)
        api = JsonApi(
            operations(), authenticate=authenticate, base_url="http://shop.test", pool=pool, rate_limits=rate_limits
        )
        transport = httpx.ASGITransport(app=api, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://shop.test") as client:
            yield World(api, client, pool, key)
