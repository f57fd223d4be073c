"""Which files are read: those whose content is what was written.

A flipped byte makes DuckDB fail sometimes and answer wrongly more often. So a file is compared with its digest when a
process first reads it, and again when the file is replaced or a query over it failed.
"""

import asyncio
from collections.abc import Sequence

from prometheus_client import Counter

from rapport.events.lake.manifest import File
from rapport.kit import log
from rapport.kit.files import Files, State

# What is known of so many files is little; then it is found out anew.
_MOST_KNOWN = 100_000
_logger = log.logger("lake")
_missing = Counter(
    "rapport_lake_missing_files_total", "Listed files that were missing or damaged, so the table was read instead"
)
# path -> what it was when it was looked at, and whether that was what had been written
_known: dict[str, tuple[State, bool]] = {}


async def sound(files: Files | None, listed: Sequence[File]) -> list[File]:
    """The files that may be read; their ranges are otherwise read from the table. Without `files`, only ranges without
    events."""
    if files is None:
        return [file for file in listed if file.bytes is None]
    new = [file for file in listed if file.bytes is not None and not _is_known(files, file)]
    await asyncio.gather(*(asyncio.to_thread(_look, files, file) for file in new))
    return [file for file in listed if file.bytes is None or _is_sound(files, file)]


def doubt() -> None:
    """A query failed: verify every file again before it is used."""
    _known.clear()


def _is_known(files: Files, file: File) -> bool:
    known = _known.get(str(files.path(file.name)))
    return known is not None and known[0] == files.state(file.name)


def _look(files: Files, file: File) -> None:
    """Compare sizes first: a file of another size need not be read."""
    state = files.state(file.name)
    if state is None:
        return
    if len(_known) >= _MOST_KNOWN:
        _known.clear()
    try:
        right = state.bytes == file.bytes and file.digest in (None, files.digest(file.name))
    except OSError:
        right = False
    _known[str(files.path(file.name))] = state, right


def _is_sound(files: Files, file: File) -> bool:
    """Logged for every query until the file is repaired, because queries take longer meanwhile."""
    state, right = _known.get(str(files.path(file.name)), (None, False))
    if right and state == files.state(file.name):
        return True
    _missing.inc()
    _logger.warning("a file of the lake is missing or damaged: run `rapport lake rebuild`", name=file.name)
    return False
