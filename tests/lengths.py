"""How long a test is: `make test` runs a short form of a few seconds, `make test-long` the whole one.

For tests that kill, soak, or draw examples: the more the better, and each run draws others.
"""

import os
from typing import TypeVar

T = TypeVar("T")

WHOLE = os.environ.get("RAPPORT_TESTS") == "whole"


def length(short: T, whole: T) -> T:
    """What this run takes of both."""
    return whole if WHOLE else short
