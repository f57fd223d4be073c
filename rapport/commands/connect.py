"""`rapport connect`: the connector actions against any host that speaks the API."""

import asyncio
import base64
import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from rapport.connect import callback, oauth, registry, reports, running
from rapport.connect import connection as connections
from rapport.connect.connection import Connection, Credential
from rapport.connect.failures import BadInput, Failed
from rapport.connect.oauth import Application, Tokens
from rapport.kit.files import write_whole

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Connector actions, against any compatible host.")
Host = Annotated[
    str, typer.Option("--host", envvar="RAPPORT_CONNECT_HOST", help="Where the API is: https://rapport.example.com.")
]
Key = Annotated[str | None, typer.Option("--key", envvar="RAPPORT_CONNECT_KEY", help="A private key, pk_…")]
# For a person to read a page and press a button.
_PATIENCE_SECONDS = 300.0
OAuthFile = Annotated[Path | None, typer.Option("--oauth", help="A file that `rapport connect authorize` wrote.")]


@app.command("list")
def show() -> None:
    """Name every action, a line each."""
    for action in registry.ACTIONS.values():
        needed = " ".join(entry.key for entry in action.inputs if entry.required and entry.type != "connection")
        typer.echo(f"{action.name:34}{action.note}{f'  Needs: {needed}' if needed else ''}")


@app.command("run")
def run(
    action: Annotated[str, typer.Argument(help="Its name, as `rapport connect list` shows it.")],
    inputs: Annotated[
        str | None, typer.Option(help="A file with a JSON object of inputs; - reads standard input.")
    ] = None,
    file: Annotated[
        list[str] | None, typer.Option(help="INPUT=PATH: an input that is a file, such as fileData=picture.png.")
    ] = None,
    host: Host = "http://127.0.0.1:8000",
    key: Key = None,
    token: Annotated[str | None, typer.Option(help="An OAuth access token.")] = None,
    oauth_file: OAuthFile = None,
) -> None:
    """Run an action and print its output as JSON.

    Exit status: 0 success, 1 failure (the host refused, or found nobody), 2 an input is wrong, 3 no usable answer.
    """
    try:
        sent = {**_inputs(inputs), **_files(file or [])}
        credential = credential_of(key, token, oauth_file)
        output = running.run_blocking(registry.named(action), sent, Connection(host, credential))
    except Failed as failed:
        _print(reports.report(failed))
        raise typer.Exit(reports.EXITS[reports.outcome_of(failed)]) from None
    _print(output)
    raise typer.Exit(reports.exit_status(output))


@app.command("authorize")
def authorize(
    client_id: Annotated[str, typer.Option(help="As `rapport oauth-apps create` prints it.")],
    save: Annotated[Path, typer.Option(help="The file to keep the connection in. It holds secrets.")],
    client_secret: Annotated[str, typer.Option(envvar="RAPPORT_CONNECT_SECRET", prompt=True, hide_input=True)],
    host: Host = "http://127.0.0.1:8000",
    scopes: Annotated[
        str, typer.Option(help="Between blanks; otherwise all that the application is registered for.")
    ] = "",
    redirect_uri: Annotated[str, typer.Option(help="As it is registered.")] = "http://127.0.0.1:8765/callback",
    authorize_url: Annotated[str, typer.Option(help="Otherwise the host's /oauth/authorize.")] = "",
    token_url: Annotated[str, typer.Option(help="Otherwise the host's /oauth/token.")] = "",
) -> None:
    """Connect by OAuth 2.0: open the address that is printed and allow access.

    The browser comes back to this command where the redirect URI lies on this machine, and else to a page of another
    host, whose address is then pasted here.
    """
    values = {
        "authorizeUrl": authorize_url,
        "clientId": client_id,
        "clientSecret": client_secret,
        "scopes": scopes,
        "tokenUrl": token_url,
    }
    try:
        application = Application.at(host, values)
        question = oauth.authorization(application, redirect_uri)
        tokens = asyncio.run(oauth.exchange(application, question, _back(question)))
    except Failed as failed:
        _print(reports.report(failed))
        raise typer.Exit(reports.EXITS[reports.outcome_of(failed)]) from None
    _keep(save, application, tokens)
    typer.echo(f"Connected. Use it with --oauth {save}.")


def _back(question: oauth.Authorization) -> str:
    """The address that the person came back to. Raises Failed."""
    invitation = f"Open this address and allow access:\n\n{question.url}\n"
    if not callback.is_local(question.redirect_uri):
        typer.echo(invitation)
        return str(typer.prompt("The address that the browser came back to")).strip()
    with callback.Callback(question.redirect_uri) as listening:
        typer.echo(invitation)
        return listening.wait(_PATIENCE_SECONDS)


def credential_of(key: str | None, token: str | None, oauth_file: Path | None) -> Credential:
    """The one of three that was given. Raises BadInput."""
    if oauth_file is not None:
        application, tokens = oauth.from_json(_json(oauth_file.read_text, str(oauth_file), "oauth"))
        return oauth.Grant(application, tokens, lambda renewed: _keep(oauth_file, application, renewed))
    if token is not None:
        return connections.access_token(token)
    if key is not None:
        return connections.api_key(key)
    raise BadInput("connection", "A credential is needed: --key, --token or --oauth.")


def _keep(file: Path, application: Application, tokens: Tokens) -> None:
    write_whole(file, json.dumps(oauth.to_json(application, tokens), indent=1))


def _inputs(name: str | None) -> dict[str, Any]:
    if name is None:
        return {}
    read = sys.stdin.read if name == "-" else Path(name).read_text
    sent = _json(read, name, "inputs")
    if not isinstance(sent, dict):
        raise BadInput("inputs", "The inputs are a JSON object: names and values.")
    return sent


def _json(read: Any, name: str, key: str) -> Any:
    try:
        return json.loads(read())
    except OSError as error:
        raise BadInput(key, f"{name} can't be read: {error.strerror}.") from None
    except (ValueError, RecursionError):
        # also bytes that are no UTF-8
        raise BadInput(key, f"{'What was piped in' if name == '-' else name} is no JSON.") from None


def _files(named: list[str]) -> dict[str, Any]:
    files: dict[str, Any] = {}
    for text in named:
        key, equals, path = text.partition("=")
        if not equals:
            raise BadInput("file", f"--file wants INPUT=PATH, not '{text}'.")
        try:
            files[key] = base64.b64encode(Path(path).read_bytes()).decode()
        except OSError as error:
            raise BadInput(key, f"{path} can't be read: {error.strerror}.") from None
    return files


def _print(value: Any) -> None:
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False).encode("utf-8", "replace").decode())
