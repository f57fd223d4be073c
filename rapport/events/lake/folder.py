"""Where the lake's files lie: told by the composition root. Without being told, everything is read from tables."""

from pathlib import Path

from rapport.kit.files import Files

_files: Files | None = None


def use(data: Path) -> Files:
    """The lake lies below this folder of data from now on."""
    global _files
    _files = Files(data / "lake")
    return _files


def files() -> Files | None:
    return _files


def shared() -> Path:
    """A folder beside the lake for what passes between programs that read it: they all reach it. Told before."""
    assert _files is not None
    return _files.path("").parent / "lake-shared"
