"""Tables of segments and their members."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Double,
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
    # the number of the build that is under way, or died: from when it began, the pipeline writes down whom it should
    # ask again (segment_touched)
    Column("building", BigInteger),
    # the account's time up to which boundaries of relative timeframes were applied; null when time changes nothing
    Column("evaluated", DateTime(timezone=True)),
    # when a boundary next reaches a date stored with a person; null = never
    Column("due", DateTime(timezone=True)),
    # when somebody last had a use for it, to the day; see `inactivity`
    Column("used", DateTime(timezone=True), nullable=False),
    Column("created", DateTime(timezone=True), nullable=False),
    Column("updated", DateTime(timezone=True), nullable=False),
    # moved by every change of what its page edits (`kit/jsonapi/versions.py`)
    Column("version", Integer, nullable=False, server_default=text("1")),
    UniqueConstraint("account_id", "public_id"),
)

# Person by person, as batches write and read it; a segment's own members are found by the other index.
segment_members = Table(
    "segment_members",
    metadata,
    Column("account_id", Integer, primary_key=True),
    Column("profile_id", BigInteger, primary_key=True),
    Column("segment_id", BigInteger, primary_key=True),
    Column("joined", DateTime(timezone=True), nullable=False),
    Index(None, "account_id", "segment_id", "joined", "profile_id"),
)

# Who came and went, by the quarter of an hour (its start), and how many there were at its end. Only quarters in which
# somebody did have a row.
segment_sizes = Table(
    "segment_sizes",
    metadata,
    Column("account_id", Integer, primary_key=True),
    Column("segment_id", BigInteger, primary_key=True),
    Column("at", DateTime(timezone=True), primary_key=True),
    Column("added", Integer, nullable=False),
    Column("removed", Integer, nullable=False),
    Column("total", Integer, nullable=False),
)

# About whom something new was said while a segment is being built.
segment_touched = Table(
    "segment_touched",
    metadata,
    Column("account_id", Integer, primary_key=True),
    Column("segment_id", BigInteger, primary_key=True),
    Column("profile_id", BigInteger, primary_key=True),
)

# How far the latest build of each segment is, for whoever waits for it.
segment_builds = Table(
    "segment_builds",
    metadata,
    Column("account_id", Integer, primary_key=True),
    Column("segment_id", BigInteger, primary_key=True),
    # from 0 to 1
    Column("progress", Double, nullable=False),
    # what it is at, in plain words; null when it is done
    Column("step", Text),
    # the account's time
    Column("started", DateTime(timezone=True), nullable=False),
    Column("finished", DateTime(timezone=True)),
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
    # what a batch asks: everything that some people did
    Index(None, "account_id", "profile_id"),
)
