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
    # of that message, where it is summed below: campaign or flow, what the API calls the message and its variation,
    # and when it went out
    Column("source", Text),
    Column("sender_message", Text),
    Column("variation_id", Text),
    Column("sent", DateTime(timezone=True)),
    Index(None, "account_id", "message_id", "metric_id"),
    Index(None, "account_id", "metric_id", "event_time"),
    # working a person out anew
    Index(None, "account_id", "profile_id"),
)

# Credits summed by the quarter of an hour in which their messages went out, in the same shape as the totals of what
# messages did: a report over a year reads these few thousand rows. Changed by the statement that changes a credit.
credit_totals = Table(
    "credit_totals",
    metadata,
    Column("account_id", Integer, primary_key=True),
    Column("metric_id", BigInteger, primary_key=True),
    # campaign or flow
    Column("source", Text, primary_key=True),
    # start of the quarter of an hour
    Column("sent", DateTime(timezone=True), primary_key=True),
    # what the API calls the message, and its variation ('' = none)
    Column("message_id", Text, primary_key=True),
    Column("variation_id", Text, primary_key=True),
    Column("channel", Text, primary_key=True),
    Column("conversions", BigInteger, nullable=False),
    # messages with at least one
    Column("conversion_uniques", BigInteger, nullable=False),
    Column("value", Numeric, nullable=False),
)
