"""Tables of the event log, and of what could not be recorded."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    Numeric,
    Sequence,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSON, JSONB

from rapport.kit.db import metadata

event_sequence = Sequence("event_sequence", metadata=metadata, cache=1)

# What the pipeline could not take, with the reason; it never stops the line.
inbox_refused = Table(
    "inbox_refused",
    metadata,
    Column("account_id", Integer, primary_key=True),
    Column("id", BigInteger, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("body", JSON, nullable=False),
    Column("reason", Text, nullable=False),
    Column("refused", DateTime(timezone=True), nullable=False),
)

metrics = Table(
    "metrics",
    metadata,
    Column("account_id", Integer, primary_key=True),
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("public_id", Text, nullable=False),
    # key of the integration: api, klaviyo
    Column("service", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("created", DateTime(timezone=True), nullable=False),
    Column("updated", DateTime(timezone=True), nullable=False),
    UniqueConstraint("account_id", "service", "name"),
    UniqueConstraint("account_id", "public_id"),
)

# Partitioned by month of `time`. The id holds the second of `time`, so a lookup by id alone knows its partition.
events = Table(
    "events",
    metadata,
    Column("account_id", Integer, primary_key=True),
    Column("time", DateTime(timezone=True), primary_key=True),
    Column("id", BigInteger, primary_key=True),
    Column("metric_id", BigInteger, nullable=False),
    Column("profile_id", BigInteger, nullable=False),
    Column("value", Numeric),
    Column("value_currency", Text),
    Column("unique_id", Text),
    Column("properties", JSONB, nullable=False),
    # the message an engagement belongs to (Opened Email ...), else null
    Column("message_id", BigInteger),
    Column("recorded", DateTime(timezone=True), nullable=False),
    # true: it came through the public key, so anybody may have made it up; else null, which takes no space
    Column("is_public", Boolean),
    # one profile's timeline, and what a segment asks of it
    Index(None, "account_id", "profile_id", "metric_id", "time"),
    # one metric over time
    Index(None, "account_id", "metric_id", "time"),
    postgresql_partition_by="RANGE (time)",
)

# De-duplication needs a uniqueness that a partitioned table can't hold. `key` is a 64-bit hash of the unique_id,
# or the event's second when none was given (behaviour-people 3.3).
event_keys = Table(
    "event_keys",
    metadata,
    Column("account_id", Integer, primary_key=True),
    Column("metric_id", BigInteger, primary_key=True),
    Column("profile_id", BigInteger, primary_key=True),
    Column("key", BigInteger, primary_key=True),
)

# The properties that the events of a metric carry, noted by a reaction when a name is new.
metric_properties = Table(
    "metric_properties",
    metadata,
    Column("account_id", Integer, primary_key=True),
    Column("metric_id", BigInteger, primary_key=True),
    Column("property", Text, primary_key=True),
    # of the first value: numeric, string, List, object
    Column("inferred_type", Text, nullable=False),
    Column("created", DateTime(timezone=True), nullable=False),
)

custom_metrics = Table(
    "custom_metrics",
    metadata,
    Column("account_id", Integer, primary_key=True),
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("public_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    # aggregation_method and metric_groups, as the API shows them
    Column("definition", JSONB, nullable=False),
    Column("created", DateTime(timezone=True), nullable=False),
    Column("updated", DateTime(timezone=True), nullable=False),
    UniqueConstraint("account_id", "name"),
    UniqueConstraint("account_id", "public_id"),
)

# What a purpose was pointed to. No row: the metric of the usual name, where there is one. Both null: it was unset.
mapped_metrics = Table(
    "mapped_metrics",
    metadata,
    Column("account_id", Integer, primary_key=True),
    # revenue, viewed_product ...
    Column("purpose", Text, primary_key=True),
    Column("metric_id", BigInteger),
    Column("custom_metric_id", BigInteger),
    Column("updated", DateTime(timezone=True), nullable=False),
)

# How long an account keeps events. No row = for ever.
event_retention = Table(
    "event_retention",
    metadata,
    Column("account_id", Integer, primary_key=True),
    # the account's as the API names it
    Column("id", Text, primary_key=True),
    # null = for ever: everybody's events, and those of people of whom nothing but a browser is known
    Column("all_months", Integer),
    Column("anonymous_months", Integer),
    # what lies before was deleted
    Column("all_before", DateTime(timezone=True)),
    Column("anonymous_before", DateTime(timezone=True)),
    # how far a sweep for anonymous people has come; null = none is under way
    Column("swept_time", DateTime(timezone=True)),
    Column("swept_id", BigInteger),
    # how many events, and when the last
    Column("deleted", BigInteger, nullable=False, server_default=text("0")),
    Column("last_deleted", DateTime(timezone=True)),
    Column("version", Integer, nullable=False, server_default=text("1")),
    Column("updated", DateTime(timezone=True), nullable=False),
)
