"""How a run went, for who is not Python: an outcome, and a JSON object where there is no output."""

from collections.abc import Mapping
from typing import Any

from rapport.connect.failures import BadInput, Failed, NobodyFound, Refused

# Outcome -> exit status of the program.
EXITS = {"success": 0, "failure": 1, "input": 2, "error": 3}


def outcome_of(failed: Failed) -> str:
    """input (correct it), failure (the host refused, or found nobody) or error (no usable answer in time)."""
    if isinstance(failed, BadInput):
        return "input"
    return "failure" if isinstance(failed, Refused | NobodyFound) else "error"


def report(failed: Failed) -> dict[str, Any]:
    """What is said instead of an output."""
    whole: dict[str, Any] = {"outcome": outcome_of(failed), "reason": str(failed)}
    if isinstance(failed, BadInput):
        whole["input"] = failed.key
    if isinstance(failed, Refused):
        whole |= {"status": failed.status, "errors": failed.errors}
    return whole


def exit_status(output: Any) -> int:
    """Of an output: that of a lead action says itself how it went."""
    outcome = output.get("outcome", "success") if isinstance(output, Mapping) else "success"
    return EXITS.get(str(outcome), 0)
