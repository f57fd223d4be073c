"""Write what the web app knows of the API: `make types`; `--check`: only compare (which needs no Node).

web/src/api/operations.txt lists the operations that it calls. From their declarations come `schema.d.ts` (shapes, by
openapi-typescript) and `facts.ts` (method, path, the scopes and permissions that it needs, and the types of the
resources that are answered and changed).
"""

import json
import subprocess
import sys
import tempfile
from hashlib import sha256
from pathlib import Path
from typing import Any

from rapport.kit import db
from rapport.kit.jsonapi import Operation, openapi_document
from rapport.kit.jsonapi.revisions import NEWEST
from rapport.kit.rooms import Process
from rapport.kit.settings import load
from rapport.wiring import Program

API = Path("web/src/api")
COMPILER = "web/node_modules/openapi-typescript/bin/cli.js"


def main(check: bool) -> None:
    """Ends with a sentence where the files say something else and only a comparison was asked for."""
    operations = _operations((API / "operations.txt").read_text().split())
    document = json.dumps(_without_descriptions(openapi_document(operations)), sort_keys=True)
    facts = _facts(operations, sha256(document.encode()).hexdigest()[:16])
    if check:
        if (API / "facts.ts").read_text() != facts:
            sys.exit("The web app's types are not those of the API: run `make types`.")
        return
    (API / "facts.ts").write_text(facts)
    _compile(document)


def _operations(wanted: list[str]) -> list[Operation]:
    with tempfile.TemporaryDirectory() as folder:
        settings = load(data=folder)
    process = Process(settings, db.new_pool("postgresql://", size=1))
    declared = {operation.id: operation for operation in Program().operations(process) if operation.serves(NEWEST)}
    unknown = sorted({*wanted} - {*declared})
    if unknown:
        sys.exit(f"{API / 'operations.txt'} names no operations of the API: {', '.join(unknown)}")
    return [declared[name] for name in sorted(wanted)]


def _without_descriptions(node: Any) -> Any:
    """A sentence that is written better is no other shape, and neither are words in another order."""
    if isinstance(node, list):
        return [_without_descriptions(item) for item in node]
    if not isinstance(node, dict):
        return node
    kept = {name: value for name, value in node.items() if name != "summary" and not _is_text(name, value)}
    return {
        name: sorted(value, key=str) if name == "enum" else _without_descriptions(value) for name, value in kept.items()
    }


def _is_text(name: str, value: Any) -> bool:
    return name == "description" and isinstance(value, str) and value not in ("Success", "Error")


def _facts(operations: list[Operation], version: str) -> str:
    rows = [f"  {operation.id}: {json.dumps(_fact(operation))}," for operation in operations]
    head = f"// Written by `make types` from the API's declarations ({version}); not to be edited."
    return "\n".join([head, "", "export const facts = {", *rows, "} as const;", ""])


def _fact(operation: Operation) -> dict[str, Any]:
    kinds = {one.type for one in (operation.answers, operation.body) if one is not None}
    kinds.add(operation.path.removeprefix("/api/").split("/")[0].removesuffix("s"))
    return {
        "method": operation.method,
        "path": operation.path,
        "scopes": sorted(operation.scopes | operation.permissions),
        "types": sorted(kinds),
    }


def _compile(document: str) -> None:
    with tempfile.NamedTemporaryFile("w", suffix=".json") as source:
        source.write(document)
        source.flush()
        command = [sys.executable, "tools/node.py", "node", COMPILER, source.name, "--output", str(API / "schema.d.ts")]
        subprocess.run([*command, "--alphabetize", "--empty-objects-unknown"], check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main("--check" in sys.argv)
