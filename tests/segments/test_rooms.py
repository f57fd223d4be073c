"""The rooms inside segments stay apart. (`.importlinter` has their floors.)"""

import grimp
import pytest

ROOM = "rapport.segments"
SUB_ROOMS = ("grammar", "sql", "conditions", "evaluation", "membership", "explaining", "places")


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("rapport", include_external_packages=True)


def test_no_file_imports_from_more_than_three_sub_rooms(graph: grimp.ImportGraph) -> None:
    """Its own counts too: who reads a file has three places to look."""
    for module in graph.find_descendants(ROOM):
        imported = {part for name in graph.find_modules_directly_imported_by(module) if (part := _sub_room(name))}
        assert len(imported) <= 3, (module, imported)


def test_the_grammar_knows_no_database(graph: grimp.ImportGraph) -> None:
    beyond = {"rapport.kit.db", "psycopg", "duckdb", "pyspark", "numpy", "pyroaring"}
    # The classes of characters are those of RE2, which DuckDB has: they are asked of it once.
    allowed = {("rapport.segments.grammar.regex.characters", "duckdb")}
    for module in graph.find_descendants(f"{ROOM}.grammar"):
        used = {(module, name) for name in graph.find_modules_directly_imported_by(module) if name in beyond}
        assert used <= allowed


def _sub_room(module: str) -> str | None:
    parts = module.split(".")
    return parts[2] if module.startswith(f"{ROOM}.") and parts[2] in SUB_ROOMS else None
