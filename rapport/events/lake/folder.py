"""The folder of the lake's files, set by the composition root. Unset, everything is read from the tables."""

from pathlib import Path

from rapport.kit.files import Files

_files: Files | None = None


def use(data: Path) -> Files:
    """Set the data folder; the lake is a folder in it."""
    global _files
    _files = Files(data / "lake")
    return _files


def files() -> Files | None:
    return _files


def shared() -> Path:
    """A folder beside the lake that all programs reading it can reach, for files passed between them. `use` comes
    first."""
    assert _files is not None
    return _files.path("").parent / "lake-shared"
