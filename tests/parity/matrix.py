"""Every declared operation as a request that is right, for tests that then ask it wrongly."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from rapport.kit.jsonapi import Operation
from rapport.kit.jsonapi.revisions import NEWEST
from rapport.migrations.tables import metadata
from tests.conftest import REVISION, Server, Shop, new_shop
from tests.parity.bodies import right_body
from tests.parity.faults import JSON, Asked
from tests.parity.surface import declared
from tests.parity.world import World

# An id of the right form that nobody has; where the form is free, six characters are it.
NOBODY = {"/api/profiles": "01ARZ3NDEKTSV4RRFFQ69G5FAV", "/api/events": "00000000001"}
# Their ids are words that every account has.
FIXED = (
    "/api/billing-usage",
    "/api/consent-texts",
    "/api/flow-library",
    "/api/mapped-metrics",
    "/api/template-starters",
    "/api/webhook-topics",
)


def prefix_of(operation: Operation) -> str:
    """Where the resource named in the path is found."""
    return operation.path.partition("/{")[0]


def nobody(operation: Operation) -> str:
    """An id that no account has."""
    return NOBODY.get(prefix_of(operation), "NOPE01")


def label(value: object) -> str:
    """A test's name for an operation: its id, and the revision where it is an older one."""
    if not isinstance(value, Operation):
        return str(getattr(value, "name", value))
    return value.id if value.serves(NEWEST) else f"{value.id}@{value.until}"


# What only people may call is walked in `accounts/test_team`.
EVERY = [one for one in declared() if not one.personal]
OPERATIONS = [one for one in EVERY if one.serves(NEWEST)]


def by_id(operations: list[Operation]) -> list[Operation]:
    """Those that name a resource in their path."""
    return [one for one in operations if "{" in one.path]


def keyed(operations: list[Operation]) -> list[Operation]:
    """Those that name a resource of the account's own."""
    return [one for one in by_id(operations) if prefix_of(one) not in FIXED]


@dataclass
class Matrix:
    """A shop with one of everything, and a stranger with a key of their own account."""

    world: World
    stranger: Shop
    ids: dict[str, str]
    narrow: dict[frozenset[str], str] = field(default_factory=dict)

    def asked(self, operation: Operation, id: str | None = None) -> Asked:
        """A request that is right, or would be but for `id`."""
        prefix = prefix_of(operation)
        path = re.sub(r"\{\w+\}", id or self._id(operation, prefix), operation.path)
        body = right_body(operation, self._named(operation, id, prefix)) if operation.takes_body else None
        # a required parameter is called by what it names, or takes any text
        query = {
            name: self.ids.get(f"/api/{name}s", "text") for name, one in operation.parameters.items() if one.required
        }
        return Asked(operation, path, body, query=query)

    def _id(self, operation: Operation, prefix: str) -> str:
        return self.ids[prefix] if "{" in operation.path else ""

    def _named(self, operation: Operation, id: str | None, prefix: str) -> dict[str, str]:
        kinds = {path.removeprefix("/api/").removesuffix("s"): made for path, made in self.ids.items()}
        return {**kinds, "id": id or self.ids.get(prefix, "x")}

    def send(self, asked: Asked, **headers: str) -> httpx.Response:
        """With the shop's own key unless `authorization` says otherwise."""
        revision = REVISION if asked.operation.serves(NEWEST) else asked.operation.until
        base = {"authorization": authorized(self.world.shop.private_key), "revision": revision}
        content = asked.raw()
        if content is not None:
            base["content-type"] = JSON
        method = asked.method or asked.operation.method
        every = {key: text for key, text in {**base, **asked.headers, **headers}.items() if text}
        request = httpx.Request(
            method, self.world.shop.server.url + asked.path, params=asked.query or None, content=content, headers=every
        )
        return self.world.shop.http.send(request)

    def key_without(self, scopes: frozenset[str]) -> str:
        """A key with every scope the product knows, but for these."""
        if scopes not in self.narrow:
            every = frozenset[str]().union(*(one.scopes for one in EVERY))
            self.narrow[scopes] = self.world.shop.key(*sorted(every - scopes))
        return self.narrow[scopes]


def _number_apart(server: Server) -> None:
    """Several kinds number their things from the same start. Here each kind gets a million numbers of its own, so that
    a number in an answer tells whose it is."""
    for place, table in enumerate(metadata.sorted_tables):
        identity = table.c.id.identity if "id" in table.c else None
        start = (identity is not None and identity.start) or 1
        if start > 1:
            first = start + (place + 1) * 1_000_000
            sequence = f"pg_get_serial_sequence('{table.name}', 'id')"
            server.query(f"SELECT setval({sequence}, greatest(nextval({sequence}), {first}))")


@contextmanager
def open_matrix(server: Server) -> Iterator[Matrix]:
    _number_apart(server)
    with new_shop(server) as shop, new_shop(server) as stranger:
        world = World(shop)
        yield Matrix(world, stranger, world.made_ids({prefix_of(one) for one in by_id(EVERY)}))


def authorized(key: str) -> str:
    return f"Klaviyo-API-Key {key}"


def refused(answer: httpx.Response, status: int, code: str, source: str | None = None) -> dict[str, Any]:
    """The one error of an answer, after checking its shape (behaviour-people 7.7)."""
    assert answer.status_code == status, answer.text[:500]
    (error,) = answer.json()["errors"]
    assert error["id"] == answer.headers["x-klaviyo-req-id"]
    assert error["status"] == status
    assert error["code"] == code
    assert error["title"] and error["detail"]
    assert set(error["source"]) in ({"pointer"}, {"parameter"})
    if source is not None:
        assert source in error["source"].values()
    assert answer.headers["content-type"] == JSON
    return dict(error)
