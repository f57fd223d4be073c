"""Where the tests of a room are, and those of the rooms that stand on it: `python tools/rooms.py segments`."""

import sys
from pathlib import Path

import grimp

TESTS = Path("tests")


def main(room: str) -> None:
    """Prints folders and files under tests/. Ends with a sentence where there is no such room."""
    graph = grimp.build_graph("rapport")
    rooms = {module.split(".")[1] for module in graph.modules if module.count(".")}
    if room not in rooms:
        sys.exit(f"There is no room '{room}'. There are: {', '.join(sorted(rooms))}.")
    above = {module.split(".")[1] for module in graph.find_downstream_modules(f"rapport.{room}", as_package=True)}
    print(*sorted(str(path) for name in {room, *above} for path in _tests_of(name)))


def _tests_of(room: str) -> list[Path]:
    return [path for path in (TESTS / room, TESTS / f"test_{room}.py") if path.exists()]


if __name__ == "__main__":
    main(sys.argv[1])
