"""Tables of attribution."""

from sqlalchemy import BigInteger, Column, DateTime, Index, Integer, Numeric, Table, Text

from rapport.kit.db import metadata

# One row for each event that a message is credited with.
attributions = Table(
    "attributions",
    metadata,
    Column("account_id", Integer, primary_key=True),
    Column("event_id", BigInteger, primary_key=True),
    Column("event_time", DateTime(timezone=True), nullable=False),
    Column("metric_id", BigInteger, nullable=False),
    Column("profile_id", BigInteger, nullable=False),
    Column("value", Numeric),
    # the touch: an engagement's event
    Column("touch_event_id", BigInteger, nullable=False),
    Column("touch_kind", Text, nullable=False),
    Column("channel", Text, nullable=False),
    # null when the touch was reported from outside with no message of ours
    Column("message_id", BigInteger),
    # of that message, so that reports over thousands of credits need not look each one up: campaign or flow,
    # what the API calls the message and its variation, and when it went out
    Column("source", Text),
    Column("sender_message", Text),
    Column("variation_id", Text),
    Column("sent", DateTime(timezone=True)),
    Index(None, "account_id", "message_id", "metric_id"),
    # reports count on the day of sending, and each message's credits together
    Index(None, "account_id", "metric_id", "sent", "message_id"),
    Index(None, "account_id", "metric_id", "event_time"),
    # working a person out anew
    Index(None, "account_id", "profile_id"),
)
