"""`rapport lake`: how far days are sealed, and writing the files anew."""

import asyncio
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from rapport.accounts import service as accounts
from rapport.kit import db, log
from rapport.kit import settings as settings_module

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="The event lake: closed days of events as Parquet files."
)
console = Console()
Data = Annotated[str | None, typer.Option("--data", help="Folder of the data; RAPPORT_DATA otherwise, else ./data.")]


@app.command("status")
def show(data: Data = None) -> None:
    """How far each account's days are sealed."""
    from rapport import database

    with database.running(settings_module.load(data=data)) as url:
        asyncio.run(_show(url))


@app.command("rebuild")
def anew(data: Data = None) -> None:
    """Throw the files away and write them anew from the database. Nothing else has to stop meanwhile."""
    from rapport import database
    from rapport.events.lake import folder

    log.configure()
    settings = settings_module.load(data=data)
    with database.running(settings) as url:
        folder.use(settings.data)
        asyncio.run(_rebuild(url))


async def _show(url: str) -> None:
    from rapport.events.lake import status

    table = Table("account", "sealed until", "files", "events", "size", "changed since", "merged since")
    async with db.new_pool(url, size=2) as pool, pool.connection() as conn:
        for account_id in await accounts.all_ids(conn):
            account = await accounts.load(conn, account_id)
            lake_status = await status.of(conn, account_id)
            table.add_row(
                account.public_id,
                f"{lake_status.until:%Y-%m-%d}" if lake_status.until else "-",
                f"{lake_status.files:,}",
                f"{lake_status.events:,}",
                f"{lake_status.bytes / 1e6:,.1f} MB",
                f"{lake_status.changes:,}",
                f"{lake_status.moves:,}",
            )
    console.print(table)


async def _rebuild(url: str) -> None:
    from rapport.events.lake import folder, rebuild

    files = folder.files()
    assert files is not None
    async with db.new_pool(url, size=3) as pool:
        async with pool.connection() as conn:
            all_accounts = [await accounts.load(conn, account_id) for account_id in await accounts.all_ids(conn)]
        for account in all_accounts:
            with console.status(f"{account.public_id} …") as shown:
                done = 0

                def progress(events: int, shown=shown, account=account) -> None:  # type: ignore[no-untyped-def]
                    nonlocal done
                    done += events
                    shown.update(f"{account.public_id}: {done:,} events …")

                def waits(account=account) -> None:  # type: ignore[no-untyped-def]
                    console.print(f"{account.public_id}: a worker is writing its files; it is let finish one first.")

                written = await rebuild.rebuild(pool, files, account.account_id, progress, waits=waits)
            console.print(f"{account.public_id}: {written:,} events written.")
        strays = await rebuild.delete_strays(pool, files)
    console.print(f"The lake is rebuilt; {strays:,} files that belonged to nothing are gone.")
