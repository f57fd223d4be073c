"""The table of export jobs. The files themselves lie beside the database (`kit/storage`)."""

from sqlalchemy import BigInteger, Column, DateTime, Identity, Index, Integer, Table, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY

from rapport.kit.db import metadata

export_jobs = Table(
    "export_jobs",
    metadata,
    Column("account_id", Integer, primary_key=True),
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("ulid", Text, nullable=False),
    # profile or event
    Column("kind", Text, nullable=False),
    # list, segment or metric, and its id as the API shows it
    Column("source", Text, nullable=False),
    Column("source_id", Text, nullable=False),
    # names that are wanted; null = all
    Column("properties", ARRAY(Text)),
    # of events: from the first moment to the last
    Column("start_date", DateTime(timezone=True)),
    Column("end_date", DateTime(timezone=True)),
    # processing, complete or failed
    Column("status", Text, nullable=False),
    # how often it was begun, and how often what it had read by then has ceased to be true
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("outdated", Integer, nullable=False, server_default=text("0")),
    # rows: written so far, and in all
    Column("done", BigInteger, nullable=False, server_default=text("0")),
    Column("total", BigInteger, nullable=False, server_default=text("0")),
    # why it failed
    Column("error", Text),
    # name and bytes of the file, while it is kept
    Column("file", Text),
    Column("size", BigInteger),
    Column("created", DateTime(timezone=True), nullable=False),
    Column("finished", DateTime(timezone=True)),
    # when the file goes
    Column("expires", DateTime(timezone=True)),
    UniqueConstraint("account_id", "ulid"),
    Index("export_jobs_open_idx", "account_id", "id", postgresql_where=text("status = 'processing'")),
    Index("export_jobs_kept_idx", "account_id", "expires", postgresql_where=text("file IS NOT NULL")),
)
