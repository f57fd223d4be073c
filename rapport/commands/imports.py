"""`rapport import`: its commands, and how they show what they do."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table as Grid

from rapport.accounts import first_key
from rapport.imports.mapping import EVENTS, PROFILES, BadMapping
from rapport.kit import clock

if TYPE_CHECKING:
    from rapport.imports.profile_run import ProfileCounts, ProfileJob
    from rapport.imports.run import Counts, Job

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Bring in what you have: people, orders, and whatever else happened.",
)
console = Console()
T = TypeVar("T")

_CSV = "CSV with a heading (or .jsonl: one JSON object a line)"
_GUESSED = "Columns you don't name are guessed by their names; one that nothing is known of becomes a property."
Map = Annotated[
    str | None,
    typer.Option(metavar="COLUMN=TARGET,…", help="Which column is what. Guessed by the columns' names when absent."),
]
Rejects = Annotated[
    Path | None,
    typer.Option(help="Where refused rows go, with their reasons; beside the file otherwise, as NAME.rejects.csv."),
]
Country = Annotated[
    str | None, typer.Option(metavar="COUNTRY", help="Where telephone numbers without +… are from: CH, or Switzerland.")
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Read and check the file, say what would happen, send nothing.")
]
Host = Annotated[str, typer.Option(envvar="RAPPORT_BASE_URL", help="The server.")]
Key = Annotated[str | None, typer.Option(envvar="RAPPORT_PRIVATE_KEY", help="A private API key.")]
Data = Annotated[Path, typer.Option(envvar="RAPPORT_DATA", help="Folder whose first key is used without --key.")]
_HOST, _DATA = "http://127.0.0.1:8000", Path("data")


def _file(what: str) -> Any:
    return typer.Argument(exists=True, dir_okay=False, help=what, show_default=False)


def _targets(kind: Any) -> str:
    return f"Targets of --map: {', '.join(kind.targets)}, properties.NAME, skip (leaves a column out). {_GUESSED}"


@app.command(epilog=_targets(PROFILES))
def profiles(
    file: Annotated[Path, _file(f"{_CSV}, one person a line.")],
    map: Map = None,
    lists: Annotated[
        list[str] | None,
        typer.Option(
            "--list",
            metavar="ID",
            help="A list that everybody joins; may be given several times. Live flows of the list begin for them.",
        ),
    ] = None,
    unsubscribe: Annotated[
        bool, typer.Option("--unsubscribe", help="Unsubscribe everybody in the file from e-mail marketing.")
    ] = False,
    suppress: Annotated[
        bool, typer.Option("--suppress", help="Bar everybody in the file from e-mail marketing; consent stays.")
    ] = False,
    country: Country = None,
    dry_run: DryRun = False,
    rejects: Rejects = None,
    host: Host = _HOST,
    key: Key = None,
    data: Data = _DATA,
) -> None:
    """Import people: new ones are added, those you have are updated.

    People are recognised by e-mail address, telephone number or your own customer number. An empty cell changes
    nothing, so the same file again adds nothing. Exports of Klaviyo and of most shops can be taken as they are.

    Columns such as "Email Marketing Consent", "SMS Marketing Consent" and their "… Timestamp" subscribe (SUBSCRIBED)
    and unsubscribe (UNSUBSCRIBED). Nobody is written to because of that, and who said no since then stays unsubscribed.
    Without such columns consent is left as it is.
    """
    from rapport.imports.profile_run import ProfileJob, run

    job = ProfileJob(
        file,
        host.rstrip("/"),
        _key(key, data, dry_run),
        map,
        tuple(lists or ()),
        country,
        rejects,
        dry_run,
        unsubscribe,
        suppress,
    )
    _show_profiles(_with_bar(file, lambda report: run(job, report)), job)


@app.command(epilog=_targets(EVENTS))
def events(
    file: Annotated[Path, _file(f"{_CSV}, one event a line.")],
    map: Map = None,
    metric: Annotated[
        str | None, typer.Option(metavar="NAME", help="What happened, where no column says it: 'Viewed Product'.")
    ] = None,
    country: Country = None,
    dry_run: DryRun = False,
    rejects: Rejects = None,
    host: Host = _HOST,
    key: Key = None,
    data: Data = _DATA,
) -> None:
    """Import things that happened: visits, sign-ups, returns … for orders there is `rapport import orders`.

    Each row needs somebody (an e-mail address, telephone number or customer number) and a time. A column such as
    "event" or "metric" tells what happened, or --metric does. What happened in the past starts no flow. The same file
    again adds nothing: an event is known by its own number (unique_id), or by the whole row where it has none.
    """
    _events(file, map, metric, rejects, host, key, data, country=country, dry=dry_run, orders=False)


@app.command()
def orders(
    file: Annotated[Path, _file(f"{_CSV}, one order a line.")],
    map: Annotated[
        str | None,
        typer.Option(
            help="column=target,…; targets: external_id, email, phone_number, anonymous_id, first_name, last_name, "
            "unique_id, time, value, value_currency, properties.NAME. Guessed by the columns' names when absent."
        ),
    ] = None,
    metric: Annotated[str, typer.Option(help="The event that an order becomes.")] = "Placed Order",
    country: Country = None,
    dry_run: DryRun = False,
    rejects: Rejects = None,
    host: Host = _HOST,
    key: Key = None,
    data: Data = _DATA,
) -> None:
    """Import orders. The same file again adds none: an order is known by its number."""
    _events(file, map, metric, rejects, host, key, data, country=country, dry=dry_run, orders=True)


def _events(
    file: Path,
    map: str | None,
    metric: str | None,
    rejects: Path | None,
    host: str,
    key: str | None,
    data: Path,
    *,
    country: str | None,
    dry: bool,
    orders: bool,
) -> None:
    # Here, not above: other commands should not wait for the HTTP client to be loaded.
    from rapport.imports.run import Job, run

    job = Job(file, host.rstrip("/"), _key(key, data, dry), metric, map, rejects, orders, country, dry)
    _show(_with_bar(file, lambda report: run(job, report)), job)


def _with_bar(file: Path, work: Callable[[Callable[[Any], None]], Awaitable[T]]) -> T:
    """Run an import under a bar; what stops it is said in one sentence."""
    from rapport.imports.run import NoEvent
    from rapport.imports.sending import Unreachable
    from rapport.imports.table import BadFile

    async def whole(report: Callable[[Any], None]) -> T:
        return await work(report)

    with _bar() as bar:
        task = bar.add_task("", total=None, speed="", rows=0, refused=0, doing="sending")
        try:
            return asyncio.run(whole(_teller(bar, task)))
        except (BadFile, BadMapping, NoEvent, Unreachable) as problem:
            bar.stop()
            raise _failed(str(problem)) from problem
        except OSError as problem:
            bar.stop()
            raise _failed(f"{problem.filename or file}: {problem.strerror or problem}") from problem


def _failed(reason: str) -> typer.Exit:
    console.print(f"[red]{reason}[/red]", soft_wrap=True)
    return typer.Exit(1)


def _key(api_key: str | None, data: Path, dry: bool) -> str:
    """A dry run sends nothing, so it needs none."""
    return api_key or ("" if dry else _first_key(data))


def _first_key(data: Path) -> str:
    """The key that the local installation made at its first start."""
    kept = first_key.kept(data)
    if kept is None:
        raise _failed("No key: give --key, or set RAPPORT_PRIVATE_KEY, or --data of the installation.")
    return kept


def _bar() -> Progress:
    columns = (
        TextColumn("{task.fields[doing]}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}% · {task.fields[rows]:,} rows · {task.fields[speed]} rows/s"),
        TextColumn("· {task.fields[refused]:,} refused · ETA"),
        TimeRemainingColumn(),
    )
    return Progress(*columns, console=console, transient=True)


def _teller(bar: Progress, task: TaskID) -> "Callable[[Counts | ProfileCounts], None]":
    started = clock.monotonic()

    def report(counts: "Counts | ProfileCounts") -> None:
        speed = f"{counts.rows / max(clock.monotonic() - started, 0.001):,.0f}"
        doing = f"recording, {counts.waiting:,} to go" if counts.waiting else "sending"
        bar.update(
            task,
            total=counts.size,
            completed=counts.position,
            rows=counts.rows,
            speed=speed,
            refused=counts.refused,
            doing=doing,
        )

    return report


def _show(counts: "Counts", job: "Job") -> None:
    what = job.metric or ", ".join(sorted(counts.metrics)[:10])
    console.print(f"{job.file.name} → {what}: {counts.mapping}", soft_wrap=True, markup=False)
    if job.dry:
        _dry(counts.rows, {"would be recorded": counts.recorded, "would be refused": counts.refused})
    else:
        lines = {"recorded": counts.recorded, "recorded before": counts.known, "refused": counts.refused}
        _lines(counts.rows, lines, counts.seconds)
    if len(counts.metrics) > 1:
        _grid(dict(sorted(counts.metrics.items())))
    if counts.refused > counts.refused_later:
        console.print(f"Refused rows and why: {job.rejects_file}", soft_wrap=True, markup=False)
    if counts.refused_later:
        console.print(f"{counts.refused_later:,} were set aside by the pipeline; its log says why.")


def _show_profiles(counts: "ProfileCounts", job: "ProfileJob") -> None:
    console.print(f"{job.file.name} → profiles: {counts.mapping}", soft_wrap=True, markup=False)
    granted = counts.granted
    if job.dry:
        lines = {
            "would be imported": counts.imported,
            "would be refused": counts.refused,
            "would be subscribed": granted.subscribed,
            "would be unsubscribed": granted.unsubscribed,
        } | ({"would be suppressed": granted.suppressed} if job.suppress else {})
        _dry(counts.rows, lines)
    else:
        lines = {
            "imported": counts.imported,
            "refused": counts.refused,
            "newly subscribed": granted.subscribed,
            "newly unsubscribed": granted.unsubscribed,
            "said no since": granted.left,
            "consent refused": granted.refused,
        } | ({"newly suppressed": granted.suppressed} if job.suppress else {})
        _lines(counts.rows, lines, counts.seconds)
    if counts.refused or granted.refused:
        console.print(f"Refused rows and why: {job.rejects_file}", soft_wrap=True, markup=False)


def _lines(rows: int, lines: dict[str, int], seconds: float) -> None:
    speed = f"{rows / max(seconds, 0.001):,.0f} in {seconds:.1f} s"
    _grid({"rows": rows, **lines}, **{"rows/s": speed})


def _dry(rows: int, lines: dict[str, int]) -> None:
    _grid({"rows": rows, **lines})
    console.print("This was a dry run: nothing was sent.")


def _grid(lines: dict[str, int], **texts: str) -> None:
    grid = Grid.grid(padding=(0, 2))
    for name, text in {**{name: f"{number:,}" for name, number in lines.items()}, **texts}.items():
        grid.add_row(name, text)
    console.print(grid)
