"""Tables of webhooks, what they are told of, what waits to be told, and the last calls."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from rapport.kit.db import metadata

webhooks = Table(
    "webhooks",
    metadata,
    Column("account_id", Integer, primary_key=True),
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("ulid", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("description", Text),
    Column("endpoint_url", Text, nullable=False),
    # sealed with the installation's secret
    Column("secret_key", Text, nullable=False),
    Column("enabled", Boolean, nullable=False, server_default=text("true")),
    # why it was switched off, when that was not the account's own doing
    Column("disabled_reason", Text),
    # calls in a row that a later try may mend; while there are some, one call at a time is made, after a pause
    Column("failures", Integer, nullable=False, server_default=text("0")),
    Column("paused_until", DateTime(timezone=True)),
    # the first call since which none has succeeded
    Column("failing_since", DateTime(timezone=True)),
    Column("created", DateTime(timezone=True), nullable=False),
    Column("updated", DateTime(timezone=True), nullable=False),
    # moved by every change of what its page edits (`kit/jsonapi/versions.py`)
    Column("version", Integer, nullable=False, server_default=text("1")),
    # the application that made it, with which it stops when the account uninstalls that (behaviour-rest 22)
    Column("app_id", Integer),
    # at most so many events in one call, because a larger body was refused
    Column("together", SmallInteger),
    UniqueConstraint("account_id", "ulid"),
)

# For statements over `webhooks w`: calls are made for it. What an application made stops with its installation.
IS_CALLED = """w.enabled AND (w.app_id IS NULL OR EXISTS (
        SELECT FROM oauth_grants g WHERE g.account_id = w.account_id AND g.app_id = w.app_id))"""

webhook_subscriptions = Table(
    "webhook_subscriptions",
    metadata,
    Column("account_id", Integer, primary_key=True),
    Column("webhook_id", BigInteger, primary_key=True),
    Column("topic", Text, primary_key=True),
)

# What is to be told to whom. A row is written with its cause, and goes when the receiver has taken it; one that is
# given up stays for a week, to be replayed. The claim changes no column that an index names, so it moves no index.
webhook_deliveries = Table(
    "webhook_deliveries",
    metadata,
    Column("account_id", Integer, primary_key=True),
    # the order of an account's causes
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("webhook_id", BigInteger, nullable=False),
    Column("topic", Text, nullable=False),
    Column("profile_id", BigInteger, nullable=False),
    # of topics of events
    Column("event_id", BigInteger),
    # public id of the list, or the ULID of the profile that was merged into another
    Column("detail", Text),
    Column("created", DateTime(timezone=True), nullable=False),
    Column("attempts", SmallInteger, nullable=False, server_default=text("0")),
    # at most so many in one call with it, because a call with more failed where others succeeded
    Column("together", SmallInteger),
    # when it may be called; of what is in flight, when its worker counts as dead, by the world's clock
    Column("due", DateTime(timezone=True), nullable=False),
    Column("in_flight", Boolean, nullable=False, server_default=text("false")),
    # when it was given up
    Column("failed", DateTime(timezone=True)),
    Index("webhook_deliveries_waiting_idx", "account_id", "webhook_id", "id", postgresql_where=text("failed IS NULL")),
    Index(
        "webhook_deliveries_failed_idx", "account_id", "webhook_id", "id", postgresql_where=text("failed IS NOT NULL")
    ),
    Index(None, "account_id", "profile_id"),
)

# The last calls of each webhook.
webhook_attempts = Table(
    "webhook_attempts",
    metadata,
    Column("account_id", Integer, primary_key=True),
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("webhook_id", BigInteger, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    # delivered, retrying, failed
    Column("status", Text, nullable=False),
    Column("topics", ARRAY(Text), nullable=False),
    # how many deliveries it held, and of whom
    Column("deliveries", Integer, nullable=False),
    Column("profiles", ARRAY(BigInteger), nullable=False),
    Column("is_test", Boolean, nullable=False, server_default=text("false")),
    Column("headers", JSONB, nullable=False),
    # the beginning of what was sent, and bytes of the whole
    Column("body", Text, nullable=False),
    Column("size", Integer, nullable=False),
    # null: there was no answer, and `answer` says why
    Column("answer_status", Integer),
    Column("answer", Text, nullable=False),
    Column("milliseconds", Integer, nullable=False),
    Column("next_try", DateTime(timezone=True)),
    Index(None, "account_id", "webhook_id", "id"),
)
