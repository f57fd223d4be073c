"""`make bench`: print the budget table, one benchmark after the other. `python -m benchmarks NAME …` runs some."""

import importlib
import sys

from rich.console import Console
from rich.table import Table

from benchmarks.world import Line

# In the order of the budgets.
NAMES = (
    "ingest",
    "pipeline",
    "shards",
    "segments",
    "alive",
    "campaign",
    "flows",
    "flow_mail",
    "webhooks",
    "reports",
    "attribution",
    "aggregates",
    "profile_read",
    "starting",
)
# Where a measurement's file is named otherwise.
_FILES = {"aggregates": "lake"}
console = Console(width=170)


def _measured(name: str) -> list[Line]:
    """One that fails does not take the others' figures with it."""
    try:
        lines: list[Line] = importlib.import_module(f"benchmarks.{_FILES.get(name, name)}").measure()
    except Exception:
        console.print_exception()
        return [Line(name, "failed", "", "see above", "", met=False)]
    return lines


def main(names: list[str]) -> None:
    table = Table(title="Budgets, measured now", show_lines=True)
    for heading in ("what", "measured", "goal", "reference in the same run", "ratio", "met"):
        table.add_column(heading)
    for name in names:
        with console.status(f"measuring {name} …"):
            lines = _measured(name)
        for line in lines:
            console.print(f"  {line.what}: {line.figure}", highlight=False)
            met = {True: "yes", False: "no", None: ""}[line.met]
            table.add_row(line.what, line.figure, line.goal, line.reference, line.ratio, met)
    console.print(table)


if __name__ == "__main__":
    main(sys.argv[1:] or list(NAMES))
