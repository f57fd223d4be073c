"""`rapport places`: where postal codes are, for segments that ask for a distance."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from rapport.kit import db
from rapport.kit import settings as settings_module
from rapport.segments.grammar import countries
from rapport.segments.places import load as loading
from rapport.segments.places.load import PlacesError

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Postal codes and where they are, for segments that ask for a distance.",
)
console = Console()
Data = Annotated[str | None, typer.Option("--data", help="Folder of the data; RAPPORT_DATA otherwise, else ./data.")]


@app.callback()
def places() -> None:
    """Postal codes and where they are, for segments that ask for a distance."""


@app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="Text, or a ZIP archive with it.")],
    country: Annotated[str, typer.Option(help="Two letters: US, CA, GB, AU, NZ or a member of the European Union.")],
    data: Data = None,
) -> None:
    """Read a country's postal codes from FILE, in the tab-separated format of GeoNames' postal codes."""
    from rapport import database

    if country not in countries.KNOWN:
        raise typer.BadParameter(f"One of {', '.join(countries.KNOWN)} is needed.", param_hint="--country")
    with database.running(settings_module.load(data=data)) as url:
        try:
            count = asyncio.run(_load(url, country, file))
        except (PlacesError, UnicodeDecodeError) as error:
            console.print(str(error), style="red")
            raise typer.Exit(1) from None
    console.print(f"{country}: {count} postal codes.")


async def _load(url: str, country: str, file: Path) -> int:
    async with db.new_pool(url, size=1) as pool, pool.connection() as conn:
        with loading.opened(file, country) as lines:
            return await loading.load(conn, country, loading.read(lines, country))
