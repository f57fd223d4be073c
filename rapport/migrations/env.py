"""Alembic's entry: one connection, a lock so that processes queue, and a bound on waiting for table locks."""

from typing import Any

from alembic import context
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from rapport.kit import locks
from rapport.migrations.tables import metadata

# Made by code (partitions) or by Procrastinate, not by tables.py.
_FOREIGN = ("procrastinate_", "events_p")


def _ours(_object: Any, name: str | None, _kind: str, _reflected: bool, _compare_to: Any) -> bool:
    return not (name or "").startswith(_FOREIGN)


def run() -> None:
    engine = create_engine(context.config.attributes["url"], poolclass=NullPool)
    with engine.connect() as connection:
        connection.execute(text("SET lock_timeout = '60s'"))
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": locks.MIGRATIONS})
        connection.execute(text("SET lock_timeout = '5s'"))
        connection.commit()
        context.configure(
            connection=connection, target_metadata=metadata, include_object=_ours, transaction_per_migration=True
        )
        with context.begin_transaction():
            context.run_migrations()


run()
