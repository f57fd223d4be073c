"""The stage: a connection on which temporary tables stand in for those that flows write, and for those whose past
matters.

PostgreSQL looks for a name among temporary tables first, so the engine, the conditions and the gate run on the stage
as they are. The transaction is read-only from the moment the tables are there, which temporary tables are exempt from:
whatever would be written to a live table, or lock a row of one, is an error. At the end it is rolled back, and the
connection closed; it is none of the pool's, whose prepared statements mean the live tables.

Of what changes with time the stand-in is a view over all that is known, up to the moment of `Stage.go`.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString

import psycopg

from rapport.kit import db
from rapport.profiles.tables import consents, suppressions

# Ids that are made on the stage begin here, above all that live tables have.
FIRST_ID = 2**52
STATEMENT_SECONDS = 30
_AT = "current_setting('rehearsal.moment')::timestamptz"
_TABLES: tuple[LiteralString, ...] = (
    "contents", "flow_action_counts", "flow_actions", "flow_appointments", "flow_drafts", "flow_messages",
    "flow_versions", "flows", "inbox", "profiles", "removed_flow_actions", "templates", "webhook_calls",
)  # fmt: skip
# Views that show their table up to the moment, by the condition for it.
_PAST: dict[LiteralString, str] = {
    "events": f"time <= {_AT}",
    "list_members": f"joined <= {_AT}",
    "segment_members": f"joined <= {_AT}",
    "messages": f"(sent IS NULL OR sent <= {_AT})",
    "enrolments": f"entered <= {_AT}",
}
_NUMBERED: tuple[LiteralString, ...] = (
    "contents", "flow_actions", "flow_messages", "flows", "inbox", "templates", "webhook_calls", "past_messages",
    "past_enrolments",
)  # fmt: skip
_TOTALS = """
    CREATE TEMPORARY VIEW event_totals AS
    SELECT account_id, metric_id, profile_id, count(*) AS count, coalesce(sum(value), 0) AS sum, max(time) AS last
    FROM events GROUP BY account_id, metric_id, profile_id"""
# What held from one moment to another.
_SPANS = """
    CREATE TEMPORARY TABLE past_{table} (LIKE {table}, held_from timestamptz NOT NULL, held_until timestamptz);
    CREATE INDEX ON past_{table} (account_id, profile_id);
    CREATE TEMPORARY VIEW {table} AS SELECT {columns} FROM past_{table}
    WHERE held_from <= {at} AND (held_until IS NULL OR held_until > {at})"""
# Who is put on a list before they really joined has joined by then.
_EARLIER = """
    CREATE FUNCTION pg_temp.joined_earlier() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        UPDATE past_list_members SET joined = NEW.joined
        WHERE account_id = NEW.account_id AND list_id = NEW.list_id AND profile_id = NEW.profile_id
            AND joined > NEW.joined;
        RETURN NEW;
    END $$;
    CREATE TRIGGER joined_earlier BEFORE INSERT ON past_list_members FOR EACH ROW
    EXECUTE FUNCTION pg_temp.joined_earlier()"""


@dataclass(frozen=True)
class Stage:
    """`live`: the schema of the real tables, for reading what they hold."""

    conn: db.Connection
    live: str

    async def go(self, moment: datetime) -> None:
        """From now on the stage shows how it was at this moment."""
        await db.execute(self.conn, "SELECT set_config('rehearsal.moment', %s, false)", (moment.isoformat(),))


@asynccontextmanager
async def opened(pool: db.Pool) -> AsyncIterator[Stage]:
    """An empty stage."""
    settings: dict[str, Any] = {**_settings_of(pool), "autocommit": False}
    conn = await psycopg.AsyncConnection.connect(str(pool.conninfo), **settings)
    try:
        yield Stage(conn, await _set_up(conn))
    finally:
        if not conn.closed:
            await conn.rollback()
        await conn.close()


def _settings_of(pool: db.Pool) -> dict[str, Any]:
    return dict(pool.kwargs) if isinstance(pool.kwargs, dict) else {}


async def _set_up(conn: db.Connection) -> str:
    await conn.execute("SET temp_buffers = '32MB'")
    await conn.execute(f"SET statement_timeout = '{STATEMENT_SECONDS}s'")
    row = await db.row(conn, "SELECT current_schema()")
    assert row is not None
    for table in _TABLES:
        await conn.execute(f"CREATE TEMPORARY TABLE {table} (LIKE {table} INCLUDING ALL)")
    for table, held in _PAST.items():
        await conn.execute(f"CREATE TEMPORARY TABLE past_{table} (LIKE {table} INCLUDING ALL)")
        await conn.execute(f"CREATE TEMPORARY VIEW {table} AS SELECT * FROM past_{table} WHERE {held}")
    await conn.execute(_TOTALS)
    await conn.execute(_EARLIER)
    for spanning in (consents, suppressions):
        columns = ", ".join(spanning.columns.keys())
        await conn.execute(_SPANS.format(table=spanning.name, columns=columns, at=_AT))
    for table in _NUMBERED:
        await conn.execute(f"ALTER TABLE {table} ALTER COLUMN id RESTART WITH {FIRST_ID}")
    await conn.execute("SET TRANSACTION READ ONLY")
    return str(row[0])
