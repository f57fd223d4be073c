"""Fail on a statement over tenant tables that lacks `account_id`: tenants never see each other.

SQL text is found as string constants that hold a statement; SQLAlchemy's as `select(table)` without a `.where` that
names account_id in the same function. The rare exception is marked `# tenant-scope: reason` in the line above it.
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

_STATEMENT = re.compile(r"\b(?:FROM|JOIN|UPDATE|INTO|USING)\s+(?:ONLY\s+)?(?P<table>[a-z_]+)\b", re.IGNORECASE)
_IS_SQL = re.compile(r"^\s*(?:WITH|SELECT|INSERT INTO|UPDATE|DELETE FROM)\b", re.IGNORECASE)
_MARK = "# tenant-scope:"


# Tables of the whole installation: a user may be a member of several accounts.
_OF_THE_INSTALLATION = {"accounts", "users", "passkeys", "challenges", "sign_in_failures", "sending_rates"}


def tenant_tables(package: Path) -> set[str]:
    """Tables that tables.py files declare, except those of the whole installation."""
    names: set[str] = set()
    for file in package.rglob("tables.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Table" and node.args:
                first = node.args[0]
                if isinstance(first, ast.Constant):
                    names.add(str(first.value))
    return names - _OF_THE_INSTALLATION


def _texts(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """String constants and f-strings, whole, with their line."""
    inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inside:
            yield node.lineno, node.value
        elif isinstance(node, ast.JoinedStr):
            parts = [str(part.value) if isinstance(part, ast.Constant) else "{…}" for part in node.values]
            yield node.lineno, "".join(parts)


def _selects(tree: ast.AST, tables: set[str], source: str) -> Iterator[tuple[int, str]]:
    """Functions that compose a select over a tenant table and never name account_id."""
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        text = ast.get_source_segment(source, function) or ""
        for node in ast.walk(function):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("select", "exists", "update", "delete"):
                named = {getattr(inner, "id", "") for argument in node.args for inner in ast.walk(argument)}
                if named & tables and "account_id" not in text:
                    yield node.lineno, f"select over {', '.join(sorted(named & tables))}"


def _marked(lines: list[str], line: int) -> bool:
    """A mark stands in the line itself or within the three above it."""
    return any(_MARK in lines[at] for at in range(max(0, line - 4), min(len(lines), line)))


def violations(file: Path, tables: set[str]) -> Iterator[str]:
    source = file.read_text()
    tree, lines = ast.parse(source), source.splitlines()
    found = [
        (line, text)
        for line, text in _texts(tree)
        if _IS_SQL.match(text)
        and {match["table"].lower() for match in _STATEMENT.finditer(text)} & tables
        and "account_id" not in text
    ]
    for line, text in [*found, *_selects(tree, tables, source)]:
        if not _marked(lines, line):
            yield f"{file}:{line}: no account_id in: {' '.join(text.split())[:100]}"


def main(package: Path) -> int:
    tables = tenant_tables(package)
    found = [
        problem
        for file in sorted(package.rglob("*.py"))
        if "migrations" not in file.parts and file.name != "tables.py"
        for problem in violations(file, tables)
    ]
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1])))
