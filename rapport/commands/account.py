"""`rapport account`: what the first account is called, where its shop is and who its mail comes from."""

import asyncio
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from rapport.accounts.service import ADDRESS
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
    limit: Annotated[
        list[str] | None,
        typer.Option(metavar="KIND=NUMBER", help="Most it should use in a month, as in email_sends=50000; 0: none."),
    ] = None,
    address1: Annotated[Text, typer.Option(help="Street and number; mail has to show where it is from.")] = None,
    city: Annotated[Text, typer.Option()] = None,
    zip: Annotated[Text, typer.Option(help="The postcode.")] = None,
    country: Annotated[Text, typer.Option()] = None,
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
        "address1": address1,
        "city": city,
        "zip": zip,
        "country": country,
    }
    changes = {field: value.strip() for field, value in options.items() if value is not None}
    limits = dict(map(_limit, limit or ()))
    with database.running(settings_module.load(data=data)) as url:
        try:
            if limits:
                asyncio.run(_set_limits(url, limits))
            current = asyncio.run(first_account.change(url, changes))
        except ValueError as error:
            raise typer.BadParameter(str(error)) from error
    console.print(_table(current))


def _limit(text: str) -> tuple[str, int]:
    kind, _, number = text.partition("=")
    if not number.isdecimal():
        raise typer.BadParameter(f"{text!r}: write a kind and a number, as in email_sends=50000.")
    return kind.strip(), int(number)


async def _set_limits(url: str, limits: dict[str, int]) -> None:
    """Raises ValueError for what is not counted."""
    import psycopg

    from rapport import first_account
    from rapport.billing import usage

    current = await first_account.change(url, {})
    async with await psycopg.AsyncConnection.connect(url) as conn:
        for kind, maximum in limits.items():
            await usage.set_limit(conn, current.account_id, kind, maximum)


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
        ("address", ", ".join(filter(None, (current.address.get(part) for part in ADDRESS)))),
        ("test account", "yes" if current.is_test else "no"),
        *(("limit", f"{kind}={number}") for kind, number in current.settings.get("limits", {}).items() if number),
    ):
        table.add_row(field, value or "")
    return table
