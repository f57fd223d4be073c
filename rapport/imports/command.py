"""`rapport import`: its commands, and how they show what they do."""

import asyncio
import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table as Grid

from rapport.imports.mapping import BadMapping
from rapport.kit import clock

if TYPE_CHECKING:
    from rapport.imports.run import Counts, Job

app = typer.Typer(no_args_is_help=True, help="Bring in what you have.")
console = Console()


@app.callback()
def imports() -> None:
    """Keeps `orders` a word of its own while it is the only command."""


@app.command()
def orders(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV with a heading, one order a line.")],
    map: Annotated[
        str | None,
        typer.Option(
            help="column=target,…; targets: external_id, email, phone_number, anonymous_id, first_name, last_name, "
            "unique_id, time, value, value_currency, properties.NAME. Guessed by the columns' names when absent."
        ),
    ] = None,
    metric: Annotated[str, typer.Option(help="The event that an order becomes.")] = "Placed Order",
    rejects: Annotated[Path | None, typer.Option(help="Where refused rows go; FILE.rejects.csv otherwise.")] = None,
    host: Annotated[str, typer.Option(envvar="RAPPORT_BASE_URL")] = "http://127.0.0.1:8000",
    key: Annotated[str | None, typer.Option(envvar="RAPPORT_PRIVATE_KEY", help="A private API key.")] = None,
    data: Annotated[
        Path, typer.Option(envvar="RAPPORT_DATA", help="Folder whose first key is used without --key.")
    ] = Path("data"),
) -> None:
    """Import orders. The same file again adds none: an order is known by its number."""
    # Here, not above: other commands should not wait for the HTTP client to be loaded.
    from rapport.imports.run import Job, run
    from rapport.imports.sending import Unreachable

    job = Job(file, host.rstrip("/"), key or _first_key(data), metric, map, rejects)
    with _bar() as bar:
        task = bar.add_task("", total=None, speed="", rows=0, refused=0, doing="sending")
        try:
            counts = asyncio.run(run(job, _teller(bar, task)))
        except (BadMapping, Unreachable) as problem:
            bar.stop()
            raise _failed(str(problem)) from problem
        except (UnicodeDecodeError, csv.Error) as problem:
            bar.stop()
            raise _failed(f"{file} can't be read as CSV in UTF-8: {problem}") from problem
    _show(counts, job)


def _failed(reason: str) -> typer.Exit:
    console.print(f"[red]{reason}[/red]", soft_wrap=True)
    return typer.Exit(1)


def _first_key(data: Path) -> str:
    """The key that the local installation made at its first start."""
    kept = data / "first-key.json"
    try:
        return str(json.loads(kept.read_text())["private_key"])
    except (OSError, ValueError, LookupError) as problem:
        raise _failed("No key: give --key, or set RAPPORT_PRIVATE_KEY, or --data of the installation.") from problem


def _bar() -> Progress:
    columns = (
        TextColumn("{task.fields[doing]}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}% · {task.fields[rows]:,} rows · {task.fields[speed]} rows/s"),
        TextColumn("· {task.fields[refused]:,} refused · ETA"),
        TimeRemainingColumn(),
    )
    return Progress(*columns, console=console, transient=True)


def _teller(bar: Progress, task: TaskID) -> "Callable[[Counts], None]":
    started = clock.monotonic()

    def tell(counts: "Counts") -> None:
        speed = f"{counts.rows / max(clock.monotonic() - started, 0.001):,.0f}"
        doing = f"recording, {counts.waiting:,} to go" if counts.waiting else "sending"
        bar.update(
            task, total=counts.size, completed=counts.position,
            rows=counts.rows, speed=speed, refused=counts.refused, doing=doing,
        )  # fmt: skip

    return tell


def _show(counts: "Counts", job: "Job") -> None:
    grid = Grid.grid(padding=(0, 2))
    known = "recorded before"
    for name, number in (
        ("rows", counts.rows),
        ("recorded", counts.recorded),
        (known, counts.known),
        ("refused", counts.refused),
    ):
        grid.add_row(name, f"{number:,}")
    grid.add_row("rows/s", f"{counts.rows / max(counts.seconds, 0.001):,.0f} in {counts.seconds:.1f} s")
    console.print(f"{job.file.name} → {job.metric}: {counts.mapping}", soft_wrap=True, markup=False)
    console.print(grid)
    if counts.refused > counts.refused_later:
        console.print(f"Refused rows and why: {job.rejects_file}", soft_wrap=True, markup=False)
    if counts.refused_later:
        console.print(f"{counts.refused_later:,} were set aside by the pipeline; its log says why.")
