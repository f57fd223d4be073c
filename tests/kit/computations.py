"""Functions that a computing process can import."""

import os
import sys
import time


def process_id() -> int:
    return os.getpid()


def modules() -> set[str]:
    """The packages that this process has read."""
    return {name.partition(".")[0] for name in sys.modules}


def spin() -> None:
    while True:
        pass


def sleep(seconds: float) -> None:
    time.sleep(seconds)


def halves(items: list[tuple[str, int | None]]) -> list[int]:
    """Half of each number; of what has none, never."""
    for _, number in items:
        if number is None:
            spin()
    return [number // 2 for _, number in items if number is not None]
