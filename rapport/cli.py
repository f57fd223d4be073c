"""The program `rapport`."""

import asyncio
from typing import Annotated

import typer
from rich.console import Console

from rapport.imports import command as imports
from rapport.kit import log
from rapport.kit import settings as settings_module

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Rapport: a customer platform for online stores.")
keys = typer.Typer(no_args_is_help=True, help="API keys.")
app.add_typer(keys, name="keys")
app.add_typer(imports.app, name="import")
console = Console()

Data = Annotated[str | None, typer.Option("--data", help="Folder of the data; RAPPORT_DATA otherwise, else ./data.")]


@app.command()
def serve(
    host: str = "127.0.0.1", port: int = 8000, data: Data = None, role: Annotated[str, typer.Option()] = "all"
) -> None:
    """Start everything: database (unless RAPPORT_DATABASE_URL is set), web and worker."""
    from rapport import supervisor

    log.configure()
    supervisor.serve(settings_module.load(data=data, host=host, port=port), host=host, port=port, role=role)


@app.command()
def demo(host: str = "127.0.0.1", port: int = 8000, data: Data = None) -> None:
    """Serve, with a small demo store when the installation is empty."""
    from rapport import supervisor
    from rapport.demo.run import ready

    log.configure()
    settings = settings_module.load(data=data, host=host, port=port)
    supervisor.serve(settings, host=host, port=port, role="all", ready=lambda access: ready(settings, access))


@app.command()
def worker(data: Data = None) -> None:
    """A further worker on the same database."""
    serve(data=data, role="worker")


@app.command()
def migrate(data: Data = None) -> None:
    """Bring the database to the newest schema."""
    from rapport import database, migrations

    with database.running(settings_module.load(data=data)) as url:
        migrations.upgrade(url)
    console.print("The schema is up to date.")


@app.command()
def doctor(data: Data = None) -> None:
    """Look whether everything is well, and say what to do where it is not."""
    from rapport import database
    from rapport import doctor as examination

    with database.running(settings_module.load(data=data)) as url:
        if not examination.report(console, examination.examine(url)):
            raise typer.Exit(1)


@app.command("sign-in")
def sign_in(data: Data = None, port: int = 8000) -> None:
    """Print a new sign-in link."""
    from rapport import database, first_account

    settings = settings_module.load(data=data, port=port)
    with database.running(settings) as url:
        console.print(asyncio.run(first_account.sign_in_link(settings, url)), soft_wrap=True)


@keys.command("create")
def create_key(
    name: str = "key",
    scopes: Annotated[str, typer.Option(help="full, read-only, or scopes separated by commas")] = "full",
    data: Data = None,
) -> None:
    """Make a private API key of the first account. It is shown once."""
    from rapport import database, first_account

    settings = settings_module.load(data=data)
    given = None if scopes == "full" else [one.strip() for one in scopes.split(",") if one.strip()]
    with database.running(settings) as url:
        console.print(asyncio.run(first_account.new_key(url, name, given)))


def main() -> None:
    app()


if __name__ == "__main__":
    main()
