"""A file brought in as the command does it, told in counts."""

from pathlib import Path

from rapport.imports.client import Job, Outcome
from rapport.imports.client import run as run_job
from rapport.imports.types import ImportKind, Options
from tests.conftest import Shop, run


def brought(shop: Shop, file: Path, kind: ImportKind, *, map: str | None = None) -> Outcome:
    options = Options(metric="Placed Order" if kind == "orders" else None)
    return run(run_job(Job(file, shop.server.url, shop.private_key, kind, map, options), lambda _: None))
