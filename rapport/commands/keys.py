"""`rapport keys`: make, list and revoke private keys of the first account."""

import asyncio
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from rapport.accounts import scopes as known_scopes
from rapport.kit import settings as settings_module

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Private API keys.")
console = Console()
Data = Annotated[str | None, typer.Option("--data", help="Folder of the data; RAPPORT_DATA otherwise, else ./data.")]


@app.command("create")
def create(
    name: str = "key",
    scopes: Annotated[str, typer.Option(help="full, read-only, or scopes separated by commas")] = "full",
    data: Data = None,
) -> None:
    """Make a private API key of the first account. It is shown once."""
    from rapport import database, first_account

    scope_names = None if scopes == "full" else [scope.strip() for scope in scopes.split(",") if scope.strip()]
    _check(scope_names)
    with database.running(settings_module.load(data=data)) as url:
        console.print(asyncio.run(first_account.new_key(url, name, scope_names)), soft_wrap=True)


def _check(scopes: list[str] | None) -> None:
    if scopes is None:
        return
    if not scopes or (wrong := known_scopes.unknown(scopes)):
        named = f": {', '.join(wrong)}" if scopes else ""
        raise typer.BadParameter(f"no such scope{named}. Write full, read-only, or names such as lists:read.")


@app.command("list")
def show(data: Data = None) -> None:
    """Show the keys of the first account: never the keys themselves, which are not stored."""
    from rapport import database, first_account

    with database.running(settings_module.load(data=data)) as url:
        all_keys = asyncio.run(first_account.keys(url))
    table = Table("id", "name", "ends in", "scopes", "created", "revoked")
    for key in all_keys:
        scopes = "full" if key.scopes is None else ", ".join(key.scopes)
        revoked = f"{key.revoked:%Y-%m-%d}" if key.revoked else ""
        table.add_row(str(key.id), key.name, key.last_four, scopes, f"{key.created:%Y-%m-%d}", revoked)
    console.print(table)


@app.command("revoke")
def revoke(id: Annotated[int, typer.Argument(help="As `rapport keys list` shows it.")], data: Data = None) -> None:
    """Make a key useless, for good. It is refused everywhere within a second."""
    from rapport import database, first_account

    with database.running(settings_module.load(data=data)) as url:
        if not asyncio.run(first_account.revoke_key(url, id)):
            console.print(f"There is no key {id} in use.")
            raise typer.Exit(1)
    console.print(f"Key {id} is revoked.")
