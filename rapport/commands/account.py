"""`rapport account`: what the first account is called, where its shop is and who its mail comes from."""

import asyncio
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from rapport.accounts.types import Account
from rapport.kit import settings as settings_module

console = Console()
Data = Annotated[str | None, typer.Option("--data", help="Folder of the data; RAPPORT_DATA otherwise, else ./data.")]
Text = str | None
app = typer.Typer(add_completion=False)


@app.command()
def account(
    name: Annotated[Text, typer.Option(help="As messages and pages show it.")] = None,
    website: Annotated[Text, typer.Option(help="The shop, https://shop.example: links to it say who clicked.")] = None,
    timezone: Annotated[Text, typer.Option(help="As in Europe/Brussels: reports count days by it.")] = None,
    currency: Annotated[Text, typer.Option(help="Three letters, as in EUR.")] = None,
    industry: Annotated[Text, typer.Option()] = None,
    sender_name: Annotated[Text, typer.Option(help="Whom mail is from where a message names nobody.")] = None,
    sender_email: Annotated[Text, typer.Option(help="Its address.")] = None,
    data: Data = None,
) -> None:
    """Show the first account; with options, change it first. Running processes follow within a second."""
    from rapport import database, first_account

    options = {
        "name": name,
        "website": website,
        "timezone": timezone,
        "currency": currency,
        "industry": industry,
        "sender_name": sender_name,
        "sender_email": sender_email,
    }
    changes = {field: value.strip() for field, value in options.items() if value is not None}
    with database.running(settings_module.load(data=data)) as url:
        try:
            current = asyncio.run(first_account.change(url, changes))
        except ValueError as error:
            raise typer.BadParameter(str(error)) from error
    console.print(_table(current))


def _table(current: Account) -> Table:
    table = Table(show_header=False)
    for field, value in (
        ("name", current.name),
        ("public id", current.public_id),
        ("website", current.website),
        ("timezone", current.timezone),
        ("currency", current.currency),
        ("industry", current.industry),
        ("sender", f"{current.sender_name} <{current.sender_email}>"),
        ("test account", "yes" if current.is_test else "no"),
    ):
        table.add_row(field, value or "")
    return table
