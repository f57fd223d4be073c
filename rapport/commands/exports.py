"""`rapport export`: its commands, and how they show what they do."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import psycopg
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from rapport.kit import clock
from rapport.kit import settings as settings_module

if TYPE_CHECKING:
    from rapport.exports.files import Target
    from rapport.exports.people import Group, Report
    from rapport.kit import db

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Take out what you have: CSV or Parquet, by the ending of the file's name.",
)
console = Console()

Id = Annotated[str, typer.Argument(metavar="ID", help="As the API and the web app show it.")]
To = Annotated[Path, typer.Option("--to", dir_okay=False, help="FILE.csv or FILE.parquet; replaced when it is there.")]
Plain = Annotated[
    bool, typer.Option("--plain", help="CSV without the apostrophe before what a spreadsheet would run as a formula.")
]
Account = Annotated[str | None, typer.Option(help="Public id of the account; the first one otherwise.")]
Data = Annotated[str | None, typer.Option("--data", help="Folder of the data; RAPPORT_DATA otherwise, else ./data.")]
Work = Callable[["db.Pool", int, "Target", "Report"], Awaitable[int]]


@app.command("list")
def list_(id: Id, to: To, plain: Plain = False, account: Account = None, data: Data = None) -> None:
    """Members of a list, with attributes, properties and when they joined."""
    _members("list", id, to, plain, account, data)


@app.command()
def segment(id: Id, to: To, plain: Plain = False, account: Account = None, data: Data = None) -> None:
    """Members of a segment, with attributes, properties and when they joined."""
    _members("segment", id, to, plain, account, data)


@app.command()
def events(
    to: To,
    metric: Annotated[str | None, typer.Option(help="Id or name of a metric: its properties become columns.")] = None,
    since: Annotated[
        str | None, typer.Option(help="First moment, such as 2026-01-31 or 2026-01-31T12:00+01:00.")
    ] = None,
    until: Annotated[str | None, typer.Option(help="The moment after the last.")] = None,
    plain: Plain = False,
    account: Account = None,
    data: Data = None,
) -> None:
    """Events, in no order; properties as one column of JSON, or as columns with --metric."""
    from rapport.exports import events as room

    wanted = room.Wanted(metric, _moment(since, "--since"), _moment(until, "--until"))

    async def work(pool: "db.Pool", number: int, target: "Target", report: "Report") -> int:
        return await room.export(pool, number, wanted, target, report)

    _run(work, to, plain, account, data)


def _members(kind: "Group", id: str, to: Path, plain: bool, account: str | None, data: str | None) -> None:
    from rapport.exports import people

    async def work(pool: "db.Pool", number: int, target: "Target", report: "Report") -> int:
        async with pool.connection() as conn:
            members = await people.find(conn, number, kind, id)
        return await people.export(pool, number, members, target, report)

    _run(work, to, plain, account, data)


def _moment(text: str | None, option: str) -> datetime | None:
    from rapport.kit.jsonapi.filters import read_moment

    moment = read_moment(text) if text else None
    if text and moment is None:
        raise typer.BadParameter(f"'{text}' is not a date or time.", param_hint=option)
    return moment


def _run(work: Work, to: Path, plain: bool, account: str | None, data: str | None) -> None:
    from rapport import database
    from rapport.events.lake import folder
    from rapport.exports.files import BadFile, Target
    from rapport.exports.people import Unknown

    settings, target, started = settings_module.load(data=data), Target(to, plain), clock.monotonic()
    try:
        _ = target.format
        to.parent.mkdir(parents=True, exist_ok=True)
        folder.use(settings.data)
        with database.running(settings) as url:
            rows = asyncio.run(_exported(url, work, target, account))
    except (BadFile, Unknown, OSError, psycopg.OperationalError) as problem:
        console.print(f"[red]{problem}[/red]", soft_wrap=True)
        raise typer.Exit(1) from problem
    finally:
        target.part.unlink(missing_ok=True)
    seconds = clock.monotonic() - started
    console.print(
        f"{rows:,} rows in {to} ({to.stat().st_size:,} bytes), {seconds:.1f} s", soft_wrap=True, highlight=False
    )


async def _exported(url: str, work: Work, target: "Target", account: str | None) -> int:
    from rapport.kit import db

    async with db.new_pool(url, size=2) as pool:
        number = await _account(pool, account)
        with _bar() as bar:
            task = bar.add_task("", total=None)
            return await work(pool, number, target, lambda done, total: bar.update(task, completed=done, total=total))


async def _account(pool: "db.Pool", public_id: str | None) -> int:
    """Raises Unknown."""
    from rapport.accounts import service as accounts
    from rapport.exports.people import Unknown

    try:
        async with pool.connection() as conn:
            if public_id is None:
                existing = await accounts.all_ids(conn)
            else:
                named_account = await accounts.load_by_public_id(conn, public_id)
                existing = [named_account.account_id] if named_account else []
    except psycopg.errors.UndefinedTable:
        existing = []
    if not existing:
        raise Unknown(f"There is no account {public_id or 'yet: start `rapport serve` once, or name the folder'}.")
    return existing[0]


def _bar() -> Progress:
    columns = (TextColumn("reading and writing"), BarColumn(), MofNCompleteColumn(), TextColumn("rows · ETA"))
    return Progress(*columns, TimeRemainingColumn(), console=console, transient=True)
