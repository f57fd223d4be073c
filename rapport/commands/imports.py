"""`rapport import`: its commands, and how they show what they do."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table as Grid

from rapport.accounts import first_key
from rapport.imports.mapping import EVENTS, PROFILES, BadMapping
from rapport.imports.types import ConsentOf, ImportKind, Options
from rapport.kit import clock

if TYPE_CHECKING:
    from rapport.imports.client import Job, Outcome

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Bring in what you have: people, orders, and whatever else happened.",
)
console = Console()

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
    bool, typer.Option("--dry-run", help="Have the file checked, say what would happen, bring nothing in.")
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
        typer.Option("--list", metavar="ID", help="A list that everybody joins; may be given several times."),
    ] = None,
    start_flows: Annotated[
        bool, typer.Option("--start-flows", help="Let live flows of these lists begin for who joins them.")
    ] = False,
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
    if unsubscribe and suppress:
        raise _failed("Give --unsubscribe or --suppress, not both.")
    options = Options(list_ids=lists or [], start_flows=start_flows, country=country)
    if unsubscribe or suppress:
        options.consent = ConsentOf("unsubscribed" if unsubscribe else "suppressed")
    _show_profiles(*_done("profiles", file, map, options, dry_run, rejects, host, key, data))


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
    options = Options(metric=metric, country=country)
    _show(*_done("events", file, map, options, dry_run, rejects, host, key, data))


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
    options = Options(metric=metric, country=country)
    _show(*_done("orders", file, map, options, dry_run, rejects, host, key, data))


def _done(
    kind: ImportKind,
    file: Path,
    map: str | None,
    options: Options,
    dry: bool,
    rejects: Path | None,
    host: str,
    key: str | None,
    data: Path,
) -> "tuple[Outcome, Job]":
    """Have it imported under a bar; what stops it is said in one sentence."""
    # Here, not above: other commands should not wait for the HTTP client to be loaded.
    from rapport.imports.client import ImportFailed, Job, run
    from rapport.imports.table import BadFile

    job = Job(file, host.rstrip("/"), key or _first_key(data), kind, map, options, rejects, dry)
    with _bar() as bar:
        task = bar.add_task("", total=None, speed="", rows=0, refused=0, doing="uploading")
        try:
            return asyncio.run(run(job, _teller(bar, task, job))), job
        except (BadFile, BadMapping, ImportFailed) as problem:
            bar.stop()
            raise _failed(str(problem)) from problem
        except OSError as problem:
            bar.stop()
            raise _failed(f"{problem.filename or file}: {problem.strerror or problem}") from problem


def _failed(reason: str) -> typer.Exit:
    console.print(f"[red]{reason}[/red]", soft_wrap=True)
    return typer.Exit(1)


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


def _teller(bar: Progress, task: TaskID, job: "Job") -> "Callable[[Outcome], None]":
    started = clock.monotonic()

    def report(outcome: "Outcome") -> None:
        doing = f"recording, {outcome.waiting:,} to go" if outcome.waiting else "checking" if job.dry else "importing"
        bar.update(
            task,
            total=outcome.size,
            completed=outcome.position,
            rows=outcome.rows,
            speed=f"{outcome.rows / max(clock.monotonic() - started, 0.001):,.0f}",
            refused=outcome.refused,
            doing=doing,
        )

    return report


def _show(outcome: "Outcome", job: "Job") -> None:
    metrics = outcome.counts.metrics
    what = job.options.metric or ", ".join(sorted(metrics)[:10])
    if job.dry:
        lines = {"would be recorded": outcome.counts.events, "would be refused": outcome.refused}
    else:
        refused = outcome.refused + outcome.set_aside
        lines = {"recorded": outcome.recorded, "recorded before": outcome.known, "refused": refused}
    _lines(outcome, job, what, lines)
    if len(metrics) > 1:
        _grid(dict(sorted(metrics.items())))
    _told(outcome, job)
    if outcome.set_aside:
        console.print(f"{outcome.set_aside:,} were set aside by the pipeline; `rapport doctor` says why.")


def _show_profiles(outcome: "Outcome", job: "Job") -> None:
    counts = outcome.counts
    if job.dry:
        lines = {
            "would be imported": outcome.imported,
            "would be refused": outcome.refused,
            "would be subscribed": counts.subscribed,
            "would be unsubscribed": counts.unsubscribed,
        }
        which = "would be suppressed"
    else:
        lines = {
            "imported": outcome.imported,
            "refused": outcome.refused,
            "newly subscribed": counts.subscribed,
            "newly unsubscribed": counts.unsubscribed,
            "said no since": counts.left,
        }
        which = "newly suppressed"
    if job.options.consent.status == "suppressed":
        lines[which] = counts.suppressed
    _lines(outcome, job, "profiles", lines)
    _told(outcome, job)


def _lines(outcome: "Outcome", job: "Job", what: str, lines: dict[str, int]) -> None:
    console.print(f"{job.file.name} → {what}: {outcome.mapping}", soft_wrap=True, markup=False)
    if job.dry:
        _grid({"rows": outcome.rows, **lines})
        console.print("This was a dry run: nothing was brought in.")
    else:
        speed = f"{outcome.rows / max(outcome.seconds, 0.001):,.0f} in {outcome.seconds:.1f} s"
        _grid({"rows": outcome.rows, **lines}, **{"rows/s": speed})


def _told(outcome: "Outcome", job: "Job") -> None:
    """Where the refused rows are."""
    if outcome.kept:
        which = "Refused rows" if outcome.kept == outcome.refused else f"The first {outcome.kept:,} refused rows"
        console.print(f"{which} and why: {job.rejects_file}", soft_wrap=True, markup=False)


def _grid(lines: dict[str, int], **texts: str) -> None:
    grid = Grid.grid(padding=(0, 2))
    for name, text in {**{name: f"{number:,}" for name, number in lines.items()}, **texts}.items():
        grid.add_row(name, text)
    console.print(grid)
