"""The official SDKs of earlier years, which speak an older revision and parse its answers with their own models.

Each lies in a folder of its own with all it needs (`make sdks`) and runs in one process for all its calls.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from rapport.kit.jsonapi import Operation
from tests.parity.surface import EXTENSIONS, declared, official, route

# Version -> the revision it speaks.
SDKS = {"14.0.0": "2024-10-15", "18.0.0": "2025-01-15"}
_FOLDER = Path(sys.prefix) / "sdks"


def offered(version: str) -> dict[tuple[str, str], str]:
    """(method, path) -> operation id."""
    return {route(*where): id for id, where in official(_FOLDER / version / "openapi_client" / "api").items()}


def shared(version: str) -> list[Operation]:
    """The operations that both the SDK and we have, as we declare them for its revision."""
    routes = offered(version)
    return [
        one
        for one in declared()
        if one.serves(SDKS[version]) and one.id not in EXTENSIONS and route(one.method, one.path) in routes
    ]


class OlderSdk:
    """Called like the newest: `sdk.Lists.get_list(id)` is the same request, whatever this SDK calls it.

    `requests`: what it sent; `missing`: attributes that its models name and the answers lacked.
    """

    def __init__(self, version: str, url: str, key: str) -> None:
        self._routes = offered(version)
        self.requests: list[tuple[str, str]] = []
        self.missing: set[str] = set()
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("older_driver.py")), url, key],
            env={**os.environ, "PYTHONPATH": str(_FOLDER / version)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.revision: str = self._read()["revision"]

    def close(self) -> None:
        self._process.communicate()

    def __getattr__(self, group: str) -> "_Group":
        if group.startswith("_"):
            raise AttributeError(group)
        return _Group(self)

    def call(self, id: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        own = self._routes[route(*official()[id])]
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"id": own, "args": args, "kwargs": kwargs}) + "\n")
        self._process.stdin.flush()
        answer = self._read()
        assert "error" not in answer, f"{own}: {answer['error']}"
        self.requests += [(method, path.rstrip("/")) for method, path in answer["requests"]]
        self.missing |= {*answer.get("missing", ())}
        return answer["answer"]

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, f"the SDK's process ended with {self._process.wait()}"
        return json.loads(line, object_hook=_Parsed)  # type: ignore[no-any-return]


class _Group:
    def __init__(self, sdk: OlderSdk) -> None:
        self._sdk = sdk

    def __getattr__(self, id: str) -> Any:
        return lambda *args, **kwargs: self._sdk.call(id, args, kwargs)


class _Parsed(dict[str, Any]):
    """What the SDK's model held: its fields as attributes, its free parts as the dicts they are."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None
