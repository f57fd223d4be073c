"""The program `rapport`."""

import asyncio
import sys
from functools import partial
from importlib import import_module
from itertools import chain
from typing import Annotated, Any

import typer
from rich.console import Console
from typer.core import TyperGroup

from rapport.kit import log
from rapport.kit import settings as settings_module
from rapport.kit.fatal import Fatal

# Commands of a module's own `app`. It is read when the command is given: to start a server, none is needed.
MODULES = {
    "account": "rapport.commands.account",
    "keys": "rapport.commands.keys",
    "oauth-apps": "rapport.commands.oauth_apps",
    "import": "rapport.commands.imports",
    "export": "rapport.commands.exports",
    "lake": "rapport.commands.lake",
    "places": "rapport.commands.places",
    "connect": "rapport.commands.connect",
    "mcp": "rapport.commands.mcp",
}


class _Commands(TyperGroup):
    """Those below, and those of MODULES."""

    def list_commands(self, ctx: Any) -> list[str]:
        return [*super().list_commands(ctx), *MODULES]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in MODULES:
            return super().get_command(ctx, cmd_name)
        command = typer.main.get_command(import_module(MODULES[cmd_name]).app)
        command.name = cmd_name
        return command


app = typer.Typer(
    cls=_Commands, no_args_is_help=True, add_completion=False, help="Rapport: a customer platform for online stores."
)
console = Console()

Workers = Annotated[
    int | None, typer.Option("--workers", min=1, help="Worker processes; RAPPORT_WORKERS otherwise, else 1.")
]
Data = Annotated[str | None, typer.Option("--data", help="Folder of the data; RAPPORT_DATA otherwise, else ./data.")]


@app.callback()
def whole(context: typer.Context) -> None:
    """Rapport: a customer platform for online stores."""
    if context.invoked_subcommand == "places":
        # It reads definitions of segments, and rooms above segments add conditions to those.
        from rapport.wiring import Program

        Program()


@app.command()
def serve(
    host: str = "127.0.0.1",
    port: int = 8000,
    data: Data = None,
    role: Annotated[str, typer.Option()] = "all",
    workers: Workers = None,
) -> None:
    """Start everything: database (unless RAPPORT_DATABASE_URL is set), web and worker."""
    from rapport import supervisor

    log.configure()
    settings = settings_module.load(data=data, host=host, port=port, workers=workers)
    supervisor.serve(settings, host=host, port=port, role=role)


@app.command()
def demo(host: str = "127.0.0.1", port: int = 8000, data: Data = None) -> None:
    """Serve, with a small demo store when the installation is empty."""
    from rapport import supervisor
    from rapport.commands.demo.run import ready
    from rapport.first_account import DEMO

    log.configure()
    settings = settings_module.load(data=data, host=host, port=port)
    begin = partial(ready, settings)
    supervisor.serve(settings, host=host, port=port, role="all", founding=DEMO, ready=begin)


@app.command()
def worker(data: Data = None, workers: Workers = None) -> None:
    """A further worker, or several, on the same database."""
    serve(data=data, role="worker", workers=workers)


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
    from rapport.commands import doctor as examination
    from rapport.events.lake import folder

    settings = settings_module.load(data=data)
    folder.use(settings.data)
    with database.running(settings) as url:
        findings = chain(examination.examine(url), examination.examine_settings(settings))
        if not examination.report(console, findings):
            raise typer.Exit(1)


@app.command()
def replay(
    account: Annotated[str | None, typer.Option(help="Rows of this account (its public id).")] = None,
    id: Annotated[int | None, typer.Option(help="The row with this number.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All rows that were set aside.")] = False,
    data: Data = None,
) -> None:
    """Put rows that the pipeline set aside (see `rapport doctor`) back into its inbox, and say which failed again."""
    from rapport import database
    from rapport.commands import replay as again

    if account is None and id is None and not everything:
        raise typer.BadParameter("Say which rows: --account, --id or --all.")
    with database.running(settings_module.load(data=data)) as url:
        result = asyncio.run(again.replay(url, account=account, id=id))
    if not again.report(console, result):
        raise typer.Exit(1)


@app.command("sign-in")
def sign_in(data: Data = None, port: int = 8000) -> None:
    """Print a new sign-in link, which works once."""
    from rapport import database, first_account

    settings = settings_module.load(data=data, port=port)
    with database.running(settings) as url:
        console.print(asyncio.run(first_account.sign_in_link(settings, url)), soft_wrap=True)


@app.command("sign-out")
def sign_out(data: Data = None) -> None:
    """End every session of the web app, and every sign-in link that was not used; within a second everywhere."""
    from rapport import database, first_account

    with database.running(settings_module.load(data=data)) as url:
        ended = asyncio.run(first_account.sign_out(url))
    console.print(f"{ended:,} sessions ended. `rapport sign-in` prints a new link.")


def main() -> None:
    try:
        app()
    except Fatal as error:
        console.print(str(error), soft_wrap=True, highlight=False, markup=False)
        sys.exit(1)


if __name__ == "__main__":
    main()
