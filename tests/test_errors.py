"""Every operation, asked in every wrong way: a 4xx that says what and where, never a 5xx, never another's data.

The cases come from the declarations, so a new operation is in the matrix as soon as it is declared.
"""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest

from rapport.kit.jsonapi import Operation
from rapport.kit.jsonapi.revisions import NEWEST
from tests.conftest import REVISION, Server, Shop, new_shop
from tests.parity.bodies import right_body
from tests.parity.faults import FAULTS, JSON, Asked, Fault
from tests.parity.surface import declared
from tests.parity.world import World

# An id of the right form that nobody has; where the form is free, six characters are it.
_NOBODY = {"/api/profiles": "01ARZ3NDEKTSV4RRFFQ69G5FAV", "/api/events": "00000000001"}


def _prefix(operation: Operation) -> str:
    """Where the resource named in the path is found."""
    return operation.path.partition("/{")[0]


_OPERATIONS = [one for one in declared() if one.serves(NEWEST)]
_BY_ID = [one for one in _OPERATIONS if "{" in one.path]
_SCOPED = [one for one in _OPERATIONS if one.scopes]


@dataclass
class Matrix:
    """A shop with one of everything, and a stranger with a key of their own account."""

    world: World
    stranger: Shop
    ids: dict[str, str]
    narrow: dict[frozenset[str], str]

    def asked(self, operation: Operation, id: str | None = None) -> Asked:
        """A request that is right, or would be but for `id`."""
        prefix = _prefix(operation)
        path = re.sub(r"\{\w+\}", id or self._id(operation, prefix), operation.path)
        body = right_body(operation, self._named(operation, id, prefix)) if operation.takes_body else None
        return Asked(operation, path, body)

    def _id(self, operation: Operation, prefix: str) -> str:
        if "{" not in operation.path:
            return ""
        return self.ids[prefix]

    def _named(self, operation: Operation, id: str | None, prefix: str) -> dict[str, str]:
        kinds = {path.removeprefix("/api/").removesuffix("s"): made for path, made in self.ids.items()}
        return {**kinds, "id": id or self.ids.get(prefix, "x")}

    def send(self, asked: Asked, **headers: str) -> httpx.Response:
        """With the shop's own key unless `authorization` says otherwise."""
        base = {"authorization": f"Klaviyo-API-Key {self.world.shop.private_key}", "revision": REVISION}
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
            every = frozenset().union(*(one.scopes for one in _OPERATIONS))
            self.narrow[scopes] = self.world.shop.key(*sorted(every - scopes))
        return self.narrow[scopes]


@pytest.fixture(scope="module")
def matrix(server: Server) -> Iterator[Matrix]:
    with new_shop(server) as shop, new_shop(server) as stranger:
        world = World(shop)
        yield Matrix(world, stranger, world.made_ids({_prefix(one) for one in _BY_ID}), {})


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


def _authorized(key: str) -> str:
    return f"Klaviyo-API-Key {key}"


@pytest.mark.parametrize("operation", _OPERATIONS, ids=lambda one: one.id)
@pytest.mark.parametrize(
    ("authorization", "code"),
    [("", "not_authenticated"), ("Klaviyo-API-Key pk_0123456789abcdef0123456789abcdef", "authentication_failed")],
)
def test_it_refuses_a_request_without_a_key_it_knows(
    matrix: Matrix, operation: Operation, authorization: str, code: str
) -> None:
    answer = matrix.send(matrix.asked(operation), authorization=authorization)
    refused(answer, 401, code, "/data/")
    assert answer.headers["www-authenticate"]
    assert "x-klaviyo-api-revision" not in answer.headers


@pytest.mark.parametrize(
    "authorization",
    [
        "Klaviyo-API-Key",
        "Klaviyo-API-Key invalid",
        "Klaviyo-API-Key pk_",
        "Klaviyo-API-Key pk_0123456789abcdef0123456789abcdef extra",
        "pk_0123456789abcdef0123456789abcdef",
        "Bearer pk_0123456789abcdef0123456789abcdef",
        "Basic cGs6",
    ],
)
def test_it_refuses_a_key_of_another_form(matrix: Matrix, authorization: str) -> None:
    answer = matrix.world.shop.http.get("/api/accounts", headers={"authorization": authorization})
    refused(answer, 401, "not_authenticated", "/data/")


@pytest.mark.parametrize("operation", _SCOPED, ids=lambda one: one.id)
def test_it_refuses_a_key_that_lacks_any_one_scope(matrix: Matrix, operation: Operation) -> None:
    for scope in operation.scopes:
        key = matrix.key_without(frozenset({scope}))
        error = refused(
            matrix.send(matrix.asked(operation), authorization=_authorized(key)), 403, "permission_denied", "/data/"
        )
        assert scope in error["detail"]


@pytest.mark.parametrize("operation", _BY_ID, ids=lambda one: one.id)
def test_it_knows_nothing_by_an_id_that_nobody_has(matrix: Matrix, operation: Operation) -> None:
    id = _NOBODY.get(_prefix(operation), "NOPE01")
    error = refused(matrix.send(matrix.asked(operation, id)), 404, "not_found", "/data/")
    assert id in error["detail"]


@pytest.mark.parametrize("operation", _BY_ID, ids=lambda one: one.id)
def test_it_shows_a_stranger_nothing_by_our_ids(matrix: Matrix, operation: Operation) -> None:
    """Word for word what is said of an id that nobody has."""
    asked, key = matrix.asked(operation), _authorized(matrix.stranger.private_key)
    mine = asked.path.split("/")[3]
    error = refused(matrix.send(asked, authorization=key), 404, "not_found")
    id = _NOBODY.get(_prefix(operation), "NOPE01")
    unknown = matrix.send(matrix.asked(operation, id), authorization=key).json()["errors"][0]
    assert error["detail"].replace(mine, id) == unknown["detail"]


@pytest.mark.parametrize(
    "operation", [one for one in _OPERATIONS if one.method == "GET" and "{" not in one.path], ids=lambda one: one.id
)
def test_it_lists_nothing_of_ours_to_a_stranger(matrix: Matrix, operation: Operation) -> None:
    required = {name: "x" for name, one in operation.parameters.items() if one.required}
    asked = replace(matrix.asked(operation), query=required)
    answer = matrix.send(asked, authorization=_authorized(matrix.stranger.private_key))
    assert answer.status_code in (200, 400)
    assert not [id for id in matrix.ids.values() if id in answer.text]


@pytest.mark.parametrize(
    ("operation", "fault"),
    [(one, fault) for one in _OPERATIONS for fault in FAULTS if fault.applies(one)],
    ids=lambda one: one.id if isinstance(one, Operation) else one.name,
)
def test_it_says_what_is_wrong(matrix: Matrix, operation: Operation, fault: Fault) -> None:
    answer = matrix.send(fault.spoil(matrix.asked(operation)))
    refused(answer, fault.status, fault.code, fault.source)
    if fault.status == 405:
        assert operation.method in answer.headers["allow"]


@pytest.mark.parametrize("path", ["/api/v2/people", "/api/v1/metrics", "/api/v2/list/X/members/"])
def test_it_says_that_retired_versions_are_gone(matrix: Matrix, path: str) -> None:
    refused(matrix.world.shop.http.get(path), 410, "gone")


@pytest.mark.parametrize("path", ["/api/nothing-here", "/api/profiles/x/y/z", "/api/", "/api/profiles//lists"])
def test_it_says_that_there_is_nothing_at_a_path(matrix: Matrix, path: str) -> None:
    refused(matrix.world.shop.http.get(path), 404, "not_found")


def test_it_refuses_a_revoked_key_within_a_second(matrix: Matrix) -> None:
    shop = matrix.world.shop
    key, never_used = shop.key("accounts:read"), shop.key("accounts:read")
    ask = lambda one: httpx.get(  # noqa: E731 - two requests that differ in one word
        f"{shop.server.url}/api/accounts", headers={"authorization": _authorized(one), "revision": REVISION}
    )
    assert ask(key).status_code == 200
    for one in (key, never_used):
        revoke = "UPDATE api_keys SET revoked = now() WHERE account_id = %s AND last_four = %s RETURNING id"
        assert shop.query(revoke, shop.account_id, one[-4:])
    refused(ask(never_used), 401, "authentication_failed")
    time.sleep(1.1)
    refused(ask(key), 401, "authentication_failed")
