"""The tables of docs/guides.md, and what a test reaches: which texts of tests stand behind it."""

import ast
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted((ROOT / "docs").glob("guides*.md"))
HEAD = "| row | what it says | held by |"
WAITS = "waits: "
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Assign | ast.AnnAssign


@dataclass(frozen=True)
class Row:
    """`name`: as the guide has it. `held_by`: a test as pytest names it, or what the row waits for."""

    section: str
    name: str
    says: str
    held_by: str

    @property
    def is_waiting(self) -> bool:
        return self.held_by.startswith(WAITS)


def rows() -> list[Row]:
    return [row for document in DOCUMENTS for row in rows_of(document.read_text())]


def rows_of(text: str) -> list[Row]:
    section, is_table, listed = "", False, []
    for line in text.splitlines():
        if line.startswith("#"):
            section = line.lstrip("# ")
        if line == HEAD:
            is_table = True
        elif not line.startswith("|"):
            is_table = False
        elif is_table and not line.startswith("|--"):
            name, says, held_by = (cell.strip() for cell in line.strip("|").split(" | "))
            listed.append(Row(section, name.strip("`"), says, held_by.strip("`")))
    return listed


@dataclass
class _Module:
    """A file of tests: its definitions at the top by name, and what it imports from other files of tests."""

    path: Path
    definitions: dict[str, list[Definition]] = field(default_factory=dict)
    # name here -> (file, name there); no name there = the file itself
    imported: dict[str, tuple[Path, str]] = field(default_factory=dict)


@cache
def _module(path: Path) -> _Module:
    module = _Module(path)
    for node in ast.parse(path.read_text()).body:
        for name in _defined(node):
            module.definitions.setdefault(name, []).append(node)  # type: ignore[arg-type]
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("tests"):
            for alias in node.names:
                module.imported[alias.asname or alias.name] = _origin(str(node.module), alias.name)
    return module


def _defined(node: ast.AST) -> list[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return [inner.id for target in targets for inner in ast.walk(target) if isinstance(inner, ast.Name)]


def _origin(module: str, name: str) -> tuple[Path, str]:
    folder = ROOT / module.replace(".", "/")
    if (folder / f"{name}.py").exists():
        return folder / f"{name}.py", ""
    return (folder / "__init__.py", name) if folder.is_dir() else (folder.with_suffix(".py"), name)


def exists(test: str) -> bool:
    """`test`: as pytest names it, without parameters."""
    file, _, function = test.partition("::")
    path = ROOT / file
    return path.is_file() and function.startswith("test_") and function in _module(path).definitions


@cache
def reached(test: str) -> str:
    """The text of a test, of what it calls among the tests, and of the files beside them that they name."""
    file, _, function = test.partition("::")
    waiting, seen, texts = [(ROOT / file, function)], set[tuple[Path, str]](), list[str]()
    while waiting:
        path, name = waiting.pop()
        if (path, name) in seen or not path.exists() or path == ROOT / "tests" / "conftest.py":
            continue
        seen.add((path, name))
        module = _module(path)
        if name in module.imported:
            waiting.append(module.imported[name])
        for node in module.definitions.get(name, ()):
            texts.append(_text(path, node))
            waiting += _named(module, node)
            texts += [_file(path.parent / text) for text in _strings(node)]
    return "\n".join(texts)


def _text(path: Path, node: Definition) -> str:
    decorators = getattr(node, "decorator_list", [])
    first = min([node.lineno, *(decorator.lineno for decorator in decorators)])
    return "\n".join(path.read_text().splitlines()[first - 1 : node.end_lineno])


def _named(module: _Module, node: ast.AST) -> list[tuple[Path, str]]:
    """Names that lead on: of this file, of what it imports, of fixtures, and `file.name`."""
    found = []
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name | ast.arg):
            found.append((module.path, inner.id if isinstance(inner, ast.Name) else inner.arg))
        elif isinstance(inner, ast.Attribute) and isinstance(inner.value, ast.Name):
            path, name = module.imported.get(inner.value.id, (module.path, ""))
            found += [(path, inner.attr)] if not name else []
    return found


def _strings(node: ast.AST) -> list[str]:
    texts = [str(inner.value) for inner in ast.walk(node) if isinstance(inner, ast.Constant)]
    return [text for text in texts if text.endswith((".ts", ".mjs", ".js", ".json", ".html"))]


def _file(path: Path) -> str:
    return path.read_text() if path.is_file() else ""
