"""Schema migrations: Alembic's, and Procrastinate's own schema in the first."""

from pathlib import Path

from alembic import command
from alembic.config import Config

from rapport.kit import db

HERE = Path(__file__).parent


def config(url: str) -> Config:
    configuration = Config()
    configuration.set_main_option("script_location", str(HERE))
    configuration.attributes["url"] = db.sync_url(url)
    return configuration


def upgrade(url: str) -> None:
    """Bring the database at `url` to the newest schema. Safe to run from several processes: they queue on a lock."""
    command.upgrade(config(url), "head")
