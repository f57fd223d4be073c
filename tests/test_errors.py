"""Every operation, asked in every wrong way: a 4xx that says what and where, never a 5xx, never another's data.

The cases come from the declarations, so a new operation is in the matrix as soon as it is declared.
"""

from collections.abc import Iterator

import pytest

from rapport.kit.jsonapi import Operation
from tests.conftest import Server
from tests.parity.faults import FAULTS, Fault
from tests.parity.matrix import OPERATIONS, Matrix, open_matrix, refused


@pytest.fixture(scope="module")
def matrix(server: Server) -> Iterator[Matrix]:
    with open_matrix(server) as opened:
        yield opened


@pytest.mark.parametrize(
    ("operation", "fault"),
    [(one, fault) for one in OPERATIONS for fault in FAULTS if fault.applies(one)],
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
