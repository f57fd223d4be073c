"""Files of an installation, by name, behind one small interface: a local folder that all its processes share.

A file appears under its name complete and on disk, or not at all.
"""

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

_BLOCK = 1 << 20
_UNFINISHED = ".part"


@dataclass(frozen=True)
class State:
    """What tells that a file is another one than before, without reading it."""

    bytes: int
    changed: int
    number: int


class Files:
    """A folder. Names are relative paths with `/`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, name: str) -> Path:
        """Where the file lies, for programs that read it themselves."""
        return self._folder / name

    def size(self, name: str) -> int | None:
        """Bytes; None when there is no such file."""
        try:
            return self.path(name).stat().st_size
        except FileNotFoundError:
            return None

    def state(self, name: str) -> State | None:
        """None when there is no such file."""
        try:
            stat = self.path(name).stat()
        except FileNotFoundError:
            return None
        return State(stat.st_size, stat.st_mtime_ns, stat.st_ino)

    def digest(self, name: str) -> str:
        """32 hex digits of the content. Raises FileNotFoundError."""
        digest = blake2b(digest_size=16)
        with self.path(name).open("rb") as file:
            while block := file.read(_BLOCK):
                digest.update(block)
        return digest.hexdigest()

    @contextmanager
    def writing(self, name: str) -> Iterator[Path]:
        """A path to write to. At the end of the block what was written is on disk under the name, if it was written."""
        path = self.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(path.name + _UNFINISHED)
        try:
            yield unfinished
            if unfinished.exists():
                publish(unfinished, path)
        finally:
            unfinished.unlink(missing_ok=True)

    def write(self, name: str, content: bytes) -> None:
        """On disk when it returns."""
        with self.writing(name) as path:
            path.write_bytes(content)

    def read(self, name: str) -> bytes | None:
        """None when there is no such file."""
        try:
            return self.path(name).read_bytes()
        except FileNotFoundError:
            return None

    def delete(self, name: str) -> None:
        """Also what a crash left of it. No error when there is nothing."""
        path = self.path(name)
        for leftover in (path, path.with_name(path.name + _UNFINISHED)):
            with suppress(FileNotFoundError):
                leftover.unlink()

    def names(self) -> Iterator[str]:
        """Of all files, unfinished ones too."""
        for path in self._folder.rglob("*"):
            if path.is_file():
                yield path.relative_to(self._folder).as_posix()


def write_whole(path: Path, text: str) -> None:
    """A small file, readable by its owner alone: there whole and on disk, or as it was before. Raises OSError."""
    number, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=_UNFINISHED)
    unfinished = Path(name)
    try:
        with os.fdopen(number, "w") as out:
            out.write(text)
        publish(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)


def publish(unfinished: Path, path: Path) -> None:
    """Give what was written beside its place its name, once it is on disk."""
    _to_disk(unfinished)
    unfinished.rename(path)
    _to_disk(path.parent)


@contextmanager
def exclusive(folder: Path) -> Iterator[None]:
    """One program at a time works on what lies in `folder`, where the file system can tell."""
    number = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):
            fcntl.flock(number, fcntl.LOCK_EX)
        yield
    finally:
        os.close(number)


@contextmanager
def scratch() -> Iterator[Path]:
    """A path to write to and read from again, of which nothing is left at the end of the block.

    Where the system can, the file never has a name: so a crash leaves nothing of what may be about people.
    """
    with tempfile.TemporaryFile(prefix="rapport-") as file:
        nameless = Path(f"/proc/self/fd/{file.fileno()}")
        if nameless.exists():
            yield nameless
            return
    with tempfile.TemporaryDirectory(prefix="rapport-") as folder:
        yield Path(folder) / "scratch"


def _to_disk(path: Path) -> None:
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
