"""`rapport mcp`: the connector actions as tools for a model."""

from pathlib import Path
from typing import Annotated

import typer

from rapport.commands.connect import credential_of
from rapport.connect.connection import Connection
from rapport.connect.failures import Failed

app = typer.Typer(add_completion=False)


@app.command()
def mcp(
    host: Annotated[
        str, typer.Option(envvar="RAPPORT_CONNECT_HOST", help="Where the API is.")
    ] = "http://127.0.0.1:8000",
    key: Annotated[str | None, typer.Option(envvar="RAPPORT_CONNECT_KEY", help="A private key; stdio only.")] = None,
    token: Annotated[str | None, typer.Option(help="An OAuth access token; stdio only.")] = None,
    oauth: Annotated[Path | None, typer.Option(help="A file of `rapport connect authorize`; stdio only.")] = None,
    write: Annotated[bool, typer.Option("--write", help="Offer tools that change something, too.")] = False,
    http: Annotated[
        bool, typer.Option("--http", help="Serve over HTTP; callers send their own Authorization.")
    ] = False,
    listen: Annotated[str, typer.Option(help="Address to listen at, with --http.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen at, with --http.")] = 8010,
    name: Annotated[
        list[str] | None, typer.Option(help="A further host name (and port) under which it may be called, with --http.")
    ] = None,
) -> None:
    """Serve the connector actions by the Model Context Protocol: over stdio, or over HTTP at /mcp. Read-only unless
    --write."""
    from rapport.connect import mcp_server

    try:
        if http:
            # what can't be a host is said now, not to the first caller
            Connection(host, credential_of("pk_0", None, None))
            mcp_server.run_http(host, write=write, host=listen, port=port, names=name or [])
        else:
            mcp_server.run_stdio(Connection(host, credential_of(key, token, oauth)), write=write)
    except Failed as failed:
        typer.echo(str(failed), err=True)
        raise typer.Exit(2) from None
