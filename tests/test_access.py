"""Every declared operation, asked by who may not: refused, with the documented error, and nothing leaks.

The cases come from the declarations, so a new operation is in the matrix as soon as it is declared. The client API,
which knows no private keys, has its own part at the end; who may call it is in tests/onsite.
"""

import re
import time
from dataclasses import dataclass, field, replace

import httpx
import psycopg
import pytest

from rapport.accounts import service
from rapport.accounts.scopes import SCOPES
from rapport.kit.jsonapi import Operation
from rapport.migrations.tables import metadata
from tests.accounts.dance import App, registered
from tests.conftest import REVISION, Shop, eventually, run
from tests.parity.matrix import (
    EVERY,
    FIXED,
    Matrix,
    authorized,
    keyed,
    label,
    nobody,
    refused,
)
from tests.parity.onsite_calls import BODIES, CLIENT
from tests.parity.world import ADDRESS

UNKNOWN = "pk_0123456789abcdef0123456789abcdef"
UNKNOWN_TOKEN = "oat_" + "x" * 43
_SCOPED = [one for one in EVERY if one.scopes]
_WRITING = [one for one in _SCOPED if any(not scope.endswith(":read") for scope in one.scopes)]
_READING = [one for one in _SCOPED if one not in _WRITING]


@pytest.fixture(scope="module")
def revoked(matrix: Matrix) -> str:
    """A key that worked once, used a second ago for the last time."""
    key = matrix.world.shop.key("accounts:read")
    assert matrix.world.shop.query(
        """UPDATE api_keys SET revoked = now() WHERE id = (SELECT max(id) FROM api_keys WHERE account_id = %s)
           AND last_four = %s RETURNING id""",
        matrix.world.shop.account_id,
        key[-4:],
    )
    return key


def _leaks(matrix: Matrix, answer: httpx.Response, sent: str = "") -> list[str]:
    """What of the shop's own stands in an answer, but for what the request itself said."""
    ours = {*matrix.ids.values(), ADDRESS, matrix.world.shop.public_id, "Test shop"}
    # whole: a number of ours may well be a part of somebody else's longer one
    whole = {one: re.compile(rf"(?<![0-9A-Za-z]){re.escape(one)}(?![0-9A-Za-z])") for one in ours}
    return [one for one in ours if whole[one].search(answer.text) and one not in sent]


@pytest.mark.rule("7.3", "7.2")
@pytest.mark.parametrize("operation", EVERY, ids=label)
def test_it_refuses_a_request_without_a_key_it_knows(matrix: Matrix, operation: Operation, revoked: str) -> None:
    """No key and one of another form are answered in one way; unknown and revoked ones in the other."""
    asked = matrix.asked(operation)
    cases = [
        ("", "not_authenticated"),
        ("Klaviyo-API-Key invalid", "not_authenticated"),
        ("Bearer nothing", "not_authenticated"),
        (authorized(UNKNOWN), "authentication_failed"),
        (authorized(revoked), "authentication_failed"),
        (f"Bearer {UNKNOWN_TOKEN}", "authentication_failed"),
    ]
    for authorization, code in cases:
        answer = matrix.send(asked, authorization=authorization)
        error = refused(answer, 401, code, "/data/")
        assert answer.headers["www-authenticate"] == "Bearer, Klaviyo-API-Key"
        assert not {"x-klaviyo-api-revision", "ratelimit-limit", "cid"} & {*answer.headers}
        assert not _leaks(matrix, answer)
        expected = {
            "not_authenticated": ("Authentication credentials were not provided.", "Missing or invalid private key."),
            "authentication_failed": ("Incorrect authentication credentials.",) * 2,
        }
        assert (error["title"], error["detail"]) == expected[code]


@pytest.mark.rule("7.3")
@pytest.mark.parametrize(
    "authorization",
    [
        "Klaviyo-API-Key",
        "Klaviyo-API-Key pk_",
        f"Klaviyo-API-Key {UNKNOWN} extra",
        UNKNOWN,
        f"Bearer {UNKNOWN}",
        "Basic cGs6",
        f"klaviyo-api-key {UNKNOWN}x y",
        "Klaviyo-API-Key pk_" + "a" * 5000,
        "Klaviyo-API-Key pk_äöü",
    ],
)
def test_it_refuses_a_key_of_another_form(matrix: Matrix, authorization: str) -> None:
    headers = [(b"authorization", authorization.encode("latin-1"))]
    refused(httpx.get(f"{matrix.world.shop.server.url}/api/accounts", headers=headers), 401, "not_authenticated")


@pytest.mark.rule("7.3")
@pytest.mark.parametrize("operation", EVERY, ids=label)
def test_a_public_key_opens_nothing_of_the_server_api(matrix: Matrix, operation: Operation) -> None:
    public = matrix.world.shop.public_id
    asked = replace(matrix.asked(operation), query={"company_id": public})
    for authorization in ("", authorized(public)):
        refused(matrix.send(asked, authorization=authorization), 401, "not_authenticated")


@pytest.mark.rule("7.3")
@pytest.mark.parametrize("operation", _SCOPED, ids=label)
def test_it_refuses_a_key_that_lacks_any_one_scope(matrix: Matrix, operation: Operation) -> None:
    for scope in operation.scopes:
        key = matrix.key_without(frozenset({scope}))
        answer = matrix.send(matrix.asked(operation), authorization=authorized(key))
        error = refused(answer, 403, "permission_denied", "/data/")
        assert error["title"] == "You do not have permission to perform this action."
        assert scope in error["detail"]
        assert not _leaks(matrix, answer)


@pytest.fixture(scope="module")
def application(matrix: Matrix) -> "_Application":
    return _Application(registered(matrix.world.shop.server, scopes=tuple(sorted(SCOPES))))


@dataclass
class _Application:
    """One that may ask for every scope there is."""

    app: App
    made: dict[tuple[int, frozenset[str]], str] = field(default_factory=dict)

    def bearer(self, shop: Shop, lacking: frozenset[str] = frozenset()) -> str:
        """What it sends with its calls where a shop allows it every scope but these."""
        key = (shop.account_id, lacking)
        if key not in self.made:
            scope = " ".join(sorted(SCOPES - lacking))
            self.made[key] = self.app.tokens(shop, scope=scope)["access_token"]
        return f"Bearer {self.made[key]}"


@pytest.mark.rule("7.4")
@pytest.mark.parametrize("operation", EVERY, ids=label)
def test_an_application_may_do_what_it_was_allowed_in_that_account(
    matrix: Matrix, operation: Operation, application: _Application
) -> None:
    for scope in operation.scopes:
        lacking = application.bearer(matrix.world.shop, frozenset({scope}))
        answer = matrix.send(matrix.asked(operation), authorization=lacking)
        assert scope in refused(answer, 403, "permission_denied", "/data/")["detail"]
        assert not _leaks(matrix, answer)
    if operation in keyed(EVERY):
        theirs = application.bearer(matrix.stranger)
        refused(matrix.send(matrix.asked(operation), authorization=theirs), 404, "not_found")
    if operation.method == "GET":
        mine = application.bearer(matrix.world.shop)
        assert matrix.send(matrix.asked(operation), authorization=mine).status_code not in (401, 403)


@pytest.mark.rule("7.3")
@pytest.mark.parametrize("operation", _WRITING, ids=label)
def test_a_read_only_key_writes_nothing(matrix: Matrix, operation: Operation) -> None:
    refused(matrix.send(matrix.asked(operation), authorization=_read_only(matrix)), 403, "permission_denied", "/data/")


@pytest.mark.rule("7.3")
@pytest.mark.parametrize("operation", _READING, ids=label)
def test_a_read_only_key_may_ask_whatever_reads(matrix: Matrix, operation: Operation) -> None:
    assert matrix.send(matrix.asked(operation), authorization=_read_only(matrix)).status_code not in (401, 403)


def _read_only(matrix: Matrix) -> str:
    mark = frozenset({"read-only"})
    if mark not in matrix.narrow:
        matrix.narrow[mark] = matrix.world.shop.key("read-only")
    return authorized(matrix.narrow[mark])


@pytest.mark.rule("7.7")
@pytest.mark.parametrize("operation", keyed(EVERY), ids=label)
def test_it_knows_nothing_by_an_id_that_nobody_has(matrix: Matrix, operation: Operation) -> None:
    id = nobody(operation)
    error = refused(matrix.send(matrix.asked(operation, id)), 404, "not_found", "/data/")
    assert id in error["detail"]


@pytest.mark.parametrize("operation", keyed(EVERY), ids=label)
def test_it_shows_a_stranger_nothing_by_our_ids(matrix: Matrix, operation: Operation) -> None:
    """Word for word what is said of an id that nobody has."""
    asked, key = matrix.asked(operation), authorized(matrix.stranger.private_key)
    mine = asked.path.split("/")[3]
    error = refused(matrix.send(asked, authorization=key), 404, "not_found")
    unknown = matrix.send(matrix.asked(operation, nobody(operation)), authorization=key).json()["errors"][0]
    assert error["detail"].replace(mine, nobody(operation)) == unknown["detail"]


# It answers what the stranger called, our ids in their own paths among it (`tests/developers` has two accounts).
_ECHOES = "get_api_calls"


@pytest.mark.parametrize(
    "operation",
    [one for one in EVERY if one.method == "GET" and one not in keyed(EVERY) and one.id != _ECHOES],
    ids=label,
)
def test_it_lists_nothing_of_ours_to_a_stranger(matrix: Matrix, operation: Operation) -> None:
    required = {name: "x" for name, one in operation.parameters.items() if one.required}
    asked = replace(matrix.asked(operation), query=required)
    answer = matrix.send(asked, authorization=authorized(matrix.stranger.private_key))
    assert answer.status_code in (200, 400)
    # every account has words such as a mapped metric's
    words = {matrix.ids[prefix] for prefix in FIXED}
    assert not [one for one in _leaks(matrix, answer, "Test shop") if one not in words]


def _rows_of(matrix: Matrix) -> dict[str, str]:
    """A digest of all rows of the shop, table by table."""
    found = {}
    for table in metadata.sorted_tables:
        if "account_id" in table.c:
            query = f"SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {table.name} t WHERE account_id = %s"
            found[table.name] = str(matrix.world.shop.query(query, matrix.world.shop.account_id)[0][0])
    return found


def _at_rest(matrix: Matrix) -> dict[str, str]:
    """The digest once nothing is under way any more."""
    matrix.world.shop.wait_until_recorded()
    matrix.stranger.wait_until_recorded()

    def still() -> dict[str, str] | None:
        before = _rows_of(matrix)
        # longer than the log of calls gathers
        time.sleep(1.1)
        return before if before == _rows_of(matrix) else None

    return dict(eventually(still))


def test_a_stranger_changes_nothing_of_ours_by_any_operation(matrix: Matrix) -> None:
    """Every request that writes, right in all but whose key it is; then all rows of ours are what they were."""
    before = _at_rest(matrix)
    assert len([one for one in before.values() if one != "None"]) > 20, "there is little here that could change"
    key = authorized(matrix.stranger.private_key)
    for operation in [one for one in EVERY if one.method != "GET"]:
        asked = matrix.asked(operation)
        answer = matrix.send(asked, authorization=key)
        assert answer.status_code < 500, (operation.id, answer.text)
        sent = asked.path + (asked.raw() or b"").decode()
        assert not _leaks(matrix, answer, sent + "Test shop"), (operation.id, answer.text)
    assert _at_rest(matrix) == before


@pytest.mark.rule("6.1")
def test_another_companys_public_key_changes_nothing_of_ours(matrix: Matrix) -> None:
    """Also where the body names our profile, our list and an address of ours."""
    bodies = {id: BODIES[id](matrix.world) for id in CLIENT}
    before = _at_rest(matrix)
    for id, body in bodies.items():
        person = body["data"] if id == "create_client_profile" else body["data"]["attributes"]["profile"]["data"]
        person |= {"id": matrix.world.profile}
        person["attributes"]["email"] = ADDRESS
        query = {"company_id": matrix.stranger.public_id}
        answer = httpx.post(f"{matrix.world.shop.server.url}{CLIENT[id][1]}", params=query, json=body)
        assert answer.status_code in (202, 400)
        assert not _leaks(matrix, answer, str(body))
    assert _at_rest(matrix) == before


@pytest.mark.rule("7.3")
def test_a_revoked_key_is_refused_within_a_second(matrix: Matrix) -> None:
    shop = matrix.world.shop
    key = shop.key("accounts:read")
    headers = {"authorization": authorized(key), "revision": REVISION}
    assert httpx.get(f"{shop.server.url}/api/accounts", headers=headers).status_code == 200

    async def revoke() -> list[bool]:
        async with await psycopg.AsyncConnection.connect(shop.server.database_url) as conn:
            found = max(await service.keys(conn, shop.account_id), key=lambda one: one.id)
            assert found.last_four == key[-4:]
            return [await service.revoke_key(conn, shop.account_id, found.id) for _ in range(2)]

    assert run(revoke()) == [True, False]
    # longer than any process remembers a key; how long the machine takes to answer is another matter
    time.sleep(1.1)
    refused(httpx.get(f"{shop.server.url}/api/accounts", headers=headers), 401, "authentication_failed")


@pytest.mark.rule("7.3")
def test_no_key_is_stored(matrix: Matrix) -> None:
    """Only its hash and last four characters: whoever reads the database can't use what stands there."""
    shop = matrix.world.shop
    key = shop.key("accounts:read")
    rows = shop.query(
        "SELECT api_keys::text, encode(hash, 'escape') FROM api_keys WHERE account_id = %s", shop.account_id
    )
    assert rows and not [row for row in rows if key in row[0] or key in row[1]]
    assert any(key[-4:] in row[0] for row in rows)
