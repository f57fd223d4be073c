"""Tables of segments and their members."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    Numeric,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from rapport.kit.db import metadata

segments = Table(
    "segments",
    metadata,
    Column("account_id", Integer, primary_key=True),
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("public_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("definition", JSONB, nullable=False),
    Column("is_active", Boolean, nullable=False, server_default=text("true")),
    Column("is_starred", Boolean, nullable=False, server_default=text("false")),
    # null until the first build is done, and again after the definition was replaced
    Column("built", DateTime(timezone=True)),
    # the account's time up to which boundaries of relative timeframes were applied; null when time changes nothing
    Column("evaluated", DateTime(timezone=True)),
    # when a boundary next reaches a date stored with a person; null = never
    Column("due", DateTime(timezone=True)),
    Column("created", DateTime(timezone=True), nullable=False),
    Column("updated", DateTime(timezone=True), nullable=False),
    UniqueConstraint("account_id", "public_id"),
)

segment_members = Table(
    "segment_members",
    metadata,
    Column("account_id", Integer, primary_key=True),
    Column("segment_id", BigInteger, primary_key=True),
    Column("profile_id", BigInteger, primary_key=True),
    Column("joined", DateTime(timezone=True), nullable=False),
    Index(None, "account_id", "profile_id"),
    Index(None, "account_id", "segment_id", "joined", "profile_id"),
)

# How often and for how much each profile did each thing, over all time: the one question that would open every
# partition of the log. Kept by the pipeline, equal to the log at every commit, and can be counted anew from it.
event_totals = Table(
    "event_totals",
    metadata,
    Column("account_id", Integer, primary_key=True),
    Column("metric_id", BigInteger, primary_key=True),
    Column("profile_id", BigInteger, primary_key=True),
    Column("count", BigInteger, nullable=False),
    # of `value`; events without one add nothing
    Column("sum", Numeric, nullable=False),
    # time of the latest, which may lie ahead
    Column("last", DateTime(timezone=True), nullable=False),
)
