"""What the tests of the connector actions share: the documented names, and ways to compare with them."""

import json
from pathlib import Path
from typing import Any

from click.testing import Result
from typer.testing import CliRunner

from rapport.commands import connect
from rapport.connect import registry, running
from rapport.connect.connection import Connection, Credential, api_key
from tests.conftest import Shop, run

# Names alone, as the published guides show them: inputs by label, outputs by path.
DOCUMENTED: dict[str, Any] = json.loads((Path(__file__).parent / "documented.json").read_text())
EMAIL = "sarah.mason@example.com"


def connected(shop: Shop, credential: Credential | None = None) -> Connection:
    return Connection(shop.server.url, credential or api_key(shop.private_key), pause_seconds=0.01)


def acted(connection: Connection, name: str, **values: Any) -> Any:
    """The output of an action."""
    return run(running.run(registry.named(name), values, connection))


def invoked(*arguments: str, stdin: str | None = None) -> tuple[int, Any]:
    """`rapport connect run ARGUMENTS` in this process: its exit status and the JSON it printed."""

    async def invoke() -> Result:
        return CliRunner().invoke(connect.app, ["run", *arguments], input=stdin)

    result = run(invoke())
    assert result.exception is None or isinstance(result.exception, SystemExit), result.output
    return result.exit_code, json.loads(result.stdout)


def paths_of(value: Any, prefix: str = "") -> set[str]:
    """Every key of an output, written as the documented ones are."""
    if isinstance(value, list):
        return {path for entry in value for path in paths_of(entry, f"{prefix}{_entry(entry, prefix)}")}
    if not isinstance(value, dict):
        return set()
    found: set[str] = set()
    for key, inner in value.items():
        path = f"{prefix}.{key}" if prefix else key
        found |= {path} | (set() if key in ("properties", "eventProperties", "integration") else paths_of(inner, path))
    return found


def _entry(entry: Any, prefix: str) -> str:
    tagged = isinstance(entry, dict) and prefix.endswith(("included", "conditions"))
    return f"[{entry['type']}]" if tagged else "[]"


def nulls_of(value: Any, prefix: str = "") -> set[str]:
    """Paths whose value is null."""
    if value is None:
        return {prefix}
    if isinstance(value, list):
        return {path for entry in value for path in nulls_of(entry, f"{prefix}{_entry(entry, prefix)}")}
    if not isinstance(value, dict):
        return set()
    return {path for key, inner in value.items() for path in nulls_of(inner, f"{prefix}.{key}" if prefix else key)}
