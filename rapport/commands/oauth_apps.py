"""`rapport oauth-apps`: applications that ask for access by OAuth, registered, shown and ended."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import psycopg
import typer
from rich.console import Console
from rich.table import Table

from rapport.accounts import catalogue, service
from rapport.accounts.oauth import apps, grants
from rapport.kit import db
from rapport.kit import settings as settings_module
from rapport.kit.refusals import Refused

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Applications that ask accounts for access by OAuth."
)
console = Console()
Data = Annotated[str | None, typer.Option("--data", help="Folder of the data; RAPPORT_DATA otherwise, else ./data.")]
ClientId = Annotated[str, typer.Argument(metavar="APP", help="The client id, as `rapport oauth-apps list` shows it.")]
_T = TypeVar("_T")


@app.command("create")
def create(
    name: Annotated[str, typer.Option(help="What people are asked about.")],
    redirect_uri: Annotated[list[str], typer.Option(help="Where people are sent back to; may be given again.")],
    scope: Annotated[list[str], typer.Option(help="A scope such as lists:read; may be given again.")],
    data: Data = None,
) -> None:
    """Register an application. Its secret is shown once."""

    async def make(conn: db.Connection) -> tuple[apps.App, str]:
        return await apps.create(conn, name=name, redirect_uris=redirect_uri, scopes=scope)

    try:
        app, secret = _done(data, make)
    except Refused as error:
        raise typer.BadParameter(str(error)) from error
    console.print(f"client id:     {app.client_id}\nclient secret: {secret}", soft_wrap=True, highlight=False)


@app.command("list")
def show(data: Data = None) -> None:
    """Show the applications: never their secrets, which are not stored."""
    table = Table("client id", "name", "scopes", "redirect URIs", "created", "accounts")
    for app, accounts in _done(data, apps.every):
        table.add_row(
            app.client_id,
            app.name,
            ", ".join(app.scopes),
            "\n".join(app.redirect_uris),
            f"{app.created:%Y-%m-%d}",
            str(accounts),
        )
    console.print(table)


@app.command("describe")
def describe(
    client_id: ClientId,
    developed_by: Annotated[str | None, typer.Option(help="Who made it.")] = None,
    short_description: Annotated[str | None, typer.Option(help="A sentence.")] = None,
    description: Annotated[str | None, typer.Option()] = None,
    category: Annotated[list[str] | None, typer.Option(help='As in "CRM"; may be given again.')] = None,
    icon_url: Annotated[str | None, typer.Option()] = None,
    banner_image_url: Annotated[str | None, typer.Option()] = None,
    install_url: Annotated[str | None, typer.Option(help="Where installing it begins.")] = None,
    preferences_link: Annotated[str | None, typer.Option()] = None,
    support_link: Annotated[str | None, typer.Option()] = None,
    website_link: Annotated[str | None, typer.Option()] = None,
    privacy_policy_link: Annotated[str | None, typer.Option()] = None,
    data: Data = None,
) -> None:
    """Say what an application is, to those who may install it."""
    options = {name: value for name, value in locals().items() if name not in ("client_id", "category", "data")}
    changes: dict[str, object] = {name: value for name, value in options.items() if value is not None}
    if category:
        changes["categories"] = category

    async def say(conn: db.Connection) -> bool:
        return await catalogue.describe(conn, client_id, changes)

    try:
        if _done(data, say):
            return
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    console.print(f"There is no application {client_id}.", soft_wrap=True)
    raise typer.Exit(1)


@app.command("rotate-secret")
def rotate_secret(client_id: ClientId, data: Data = None) -> None:
    """Give an application a new secret, shown once. The old one ends at once; tokens stay good."""

    async def rotate(conn: db.Connection) -> str | None:
        return await apps.rotate_secret(conn, client_id)

    secret = _done(data, rotate)
    if secret is None:
        console.print(f"There is no application {client_id}.", soft_wrap=True)
        raise typer.Exit(1)
    console.print(f"client secret: {secret}", soft_wrap=True, highlight=False)


@app.command("delete")
def delete(client_id: ClientId, data: Data = None) -> None:
    """Delete an application, and with it every access it has. It is refused everywhere within a second."""

    async def end(conn: db.Connection) -> bool:
        return await apps.delete(conn, client_id)

    if not _done(data, end):
        console.print(f"There is no application {client_id}.", soft_wrap=True)
        raise typer.Exit(1)
    console.print(f"Application {client_id} is deleted.", soft_wrap=True)


@app.command("revoke")
def revoke(
    client_id: ClientId,
    account: Annotated[str, typer.Option(help="The account's public id.")],
    data: Data = None,
) -> None:
    """End what one account allowed an application. It is refused everywhere within a second."""

    async def end(conn: db.Connection) -> bool:
        app, owner = await apps.find(conn, client_id), await service.load_by_public_id(conn, account)
        return bool(app and owner and await grants.uninstall(conn, owner.account_id, app.app_id))

    if not _done(data, end):
        console.print(f"Account {account} allows nothing to an application {client_id}.", soft_wrap=True)
        raise typer.Exit(1)
    console.print(f"Account {account} allows nothing more to {client_id}.", soft_wrap=True)


def _done(data: str | None, work: Callable[[db.Connection], Awaitable[_T]]) -> _T:
    """The result of `work` in one transaction of the installation's database."""
    from rapport import database

    async def run(url: str) -> _T:
        async with await psycopg.AsyncConnection.connect(url) as conn:
            return await work(conn)

    with database.running(settings_module.load(data=data)) as url:
        return asyncio.run(run(url))
