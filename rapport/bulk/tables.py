"""Tables of bulk imports: the job, what waits to be worked off, and what became of it."""

from sqlalchemy import BigInteger, Column, DateTime, Identity, Index, Integer, Table, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSON, JSONB

from rapport.kit.db import metadata

_zero = text("0")

import_jobs = Table(
    "import_jobs",
    metadata,
    Column("account_id", Integer, primary_key=True),
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("ulid", Text, nullable=False),
    # queued, processing, complete, cancelled
    Column("status", Text, nullable=False),
    # public ids of the lists that everybody joins
    Column("lists", ARRAY(Text), nullable=False),
    Column("total", Integer, nullable=False),
    Column("completed", Integer, nullable=False, server_default=_zero),
    Column("failed", Integer, nullable=False, server_default=_zero),
    Column("created", DateTime(timezone=True), nullable=False),
    Column("started", DateTime(timezone=True)),
    Column("finished", DateTime(timezone=True)),
    # from then on the job can't be asked for; it and its errors are removed at night
    Column("expires", DateTime(timezone=True), nullable=False),
    UniqueConstraint("account_id", "ulid"),
    Index(None, "account_id", "created", "id"),
    Index("import_jobs_open_idx", "account_id", "id", postgresql_where=text("status IN ('queued', 'processing')")),
)

# Profiles not worked off yet, each as it was sent. A row goes in the transaction that writes its effects.
import_rows = Table(
    "import_rows",
    metadata,
    Column("account_id", Integer, primary_key=True),
    Column("job_id", BigInteger, primary_key=True),
    # place in the request, from 0
    Column("number", Integer, primary_key=True),
    # json, not jsonb: it is written once, read once and never looked into by SQL
    Column("body", JSON, nullable=False),
)

import_errors = Table(
    "import_errors",
    metadata,
    Column("account_id", Integer, primary_key=True),
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("uuid", Text, nullable=False),
    Column("job_id", BigInteger, nullable=False),
    Column("code", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("pointer", Text, nullable=False),
    # the profile as it was sent; null once the person was deleted
    Column("payload", JSONB),
    Index(None, "account_id", "job_id", "id"),
)

# Which profiles a job made or changed, or found to be as sent.
import_profiles = Table(
    "import_profiles",
    metadata,
    Column("account_id", Integer, primary_key=True),
    Column("job_id", BigInteger, primary_key=True),
    Column("profile_id", BigInteger, primary_key=True),
    Index(None, "account_id", "profile_id"),
)
