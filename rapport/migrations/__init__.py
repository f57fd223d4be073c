"""Schema migrations: Alembic's, and Procrastinate's own schema in the first."""

from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from rapport.kit import db

if TYPE_CHECKING:
    from alembic.config import Config

HERE = Path(__file__).parent


def config(url: str) -> "Config":
    from alembic.config import Config

    configuration = Config()
    configuration.set_main_option("script_location", str(HERE))
    configuration.attributes["url"] = db.sync_url(url)
    return configuration


def upgrade(url: str) -> None:
    """Bring the database at `url` to the newest schema. Safe to run from several processes: they queue on a lock."""
    if version(url) == newest():
        return
    from alembic import command

    command.upgrade(config(url), "head")


def newest() -> str:
    """Revisions are numbered, and a file's name begins with its number."""
    return max(file.name[:4] for file in (HERE / "versions").glob("0*.py"))


def version(url: str) -> str | None:
    """What the database is at, asked without loading Alembic, which would take most of a start's time."""
    with psycopg.connect(url) as conn:
        if not conn.execute("SELECT to_regclass('alembic_version')").fetchall()[0][0]:
            return None
        row = conn.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(row[0]) if row else None
