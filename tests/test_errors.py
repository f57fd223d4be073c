"""Every operation, asked in every wrong way: a 4xx that says what and where, never a 5xx, never another's data.

The cases come from the declarations, so a new operation is in the matrix as soon as it is declared.
"""

import pytest

from rapport.kit.jsonapi import Operation
from tests.parity.faults import FAULTS, Fault
from tests.parity.matrix import OPERATIONS, Matrix, label, refused


@pytest.mark.parametrize("operation", OPERATIONS, ids=label)
def test_it_says_what_is_wrong(matrix: Matrix, operation: Operation) -> None:
    """Every fault that the operation can be asked with, by name where the answer is not the documented one."""
    faults = [fault for fault in FAULTS if fault.applies(operation)]
    assert len(faults) > 3
    assert {fault.name: said for fault in faults if (said := _otherwise(matrix, operation, fault))} == {}


def _otherwise(matrix: Matrix, operation: Operation, fault: Fault) -> str:
    """What is not as documented; empty where all is."""
    answer = matrix.send(fault.spoil(matrix.asked(operation)))
    try:
        refused(answer, fault.status, fault.code, fault.source)
        assert fault.status != 405 or operation.method in answer.headers["allow"]
    except (AssertionError, KeyError, ValueError) as error:
        return f"{type(error).__name__}: {error}: {answer.status_code} {answer.text[:300]}"
    return ""


@pytest.mark.parametrize("path", ["/api/nothing-here", "/api/profiles/x/y/z", "/api/", "/api/profiles//lists"])
def test_it_says_that_there_is_nothing_at_a_path(matrix: Matrix, path: str) -> None:
    refused(matrix.world.shop.http.get(path), 404, "not_found")
