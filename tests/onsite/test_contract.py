"""Every operation of the client API: what is declared, asked rightly, and asked in every wrong way."""

from collections.abc import Iterator

import httpx
import pytest

from rapport.kit.jsonapi import Operation
from tests.conftest import Server, new_shop
from tests.parity.faults import FAULTS, JSON, Asked, Fault
from tests.parity.matrix import refused
from tests.parity.onsite_calls import BODIES, CLIENT, ask
from tests.parity.surface import client_declared, official
from tests.parity.world import World


@pytest.fixture(scope="module")
def world(server: Server) -> Iterator[World]:
    with new_shop(server) as shop:
        yield World(shop)


@pytest.mark.rule("6.1")
def test_it_declares_the_operations_of_the_reference() -> None:
    assert {one.id: (one.method, one.path) for one in client_declared()} == CLIENT
    assert not CLIENT.keys() & official().keys(), "the SDK has it now: call it through the SDK"


@pytest.mark.rule("6.1", "7.1")
@pytest.mark.parametrize("id", CLIENT)
def test_a_right_request_is_answered_202_with_nothing(world: World, id: str) -> None:
    answer = ask(world, id)
    assert (answer.status_code, answer.content) == (202, b""), answer.text
    assert answer.headers["content-length"] == "0"


@pytest.mark.rule("7.7")
@pytest.mark.parametrize(
    ("operation", "fault"),
    [(one, fault) for one in client_declared() for fault in FAULTS if fault.applies(one)],
    ids=lambda one: one.id if isinstance(one, Operation) else one.name,
)
def test_it_says_what_is_wrong(world: World, operation: Operation, fault: Fault) -> None:
    asked = fault.spoil(Asked(operation, operation.path, BODIES[operation.id](world)))
    headers = {"content-type": JSON} | asked.headers
    url = f"{world.shop.server.url}{asked.path}?company_id={world.shop.public_id}"
    answer = httpx.request(asked.method or operation.method, url, content=asked.raw(), headers=headers)
    refused(answer, fault.status, fault.code, fault.source)
