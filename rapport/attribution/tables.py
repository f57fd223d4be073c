"""Tables of attribution."""

from sqlalchemy import BigInteger, Column, DateTime, Index, Integer, Numeric, Table, Text, text

from rapport.kit.db import metadata

# One row for each touch that shares in the credit of an event, under each version of the account's attribution
# (`versions`): the one that is read, and the one that is being worked out.
attributions = Table(
    "attributions",
    metadata,
    Column("account_id", Integer, primary_key=True),
    Column("version", Integer, primary_key=True, server_default=text("0")),
    Column("event_id", BigInteger, primary_key=True),
    # the touch: an engagement's event
    Column("touch_event_id", BigInteger, primary_key=True),
    Column("event_time", DateTime(timezone=True), nullable=False),
    Column("metric_id", BigInteger, nullable=False),
    Column("profile_id", BigInteger, nullable=False),
    # of the event's value, after refunds, what this touch is credited with; in all the shares of an event are 1
    Column("value", Numeric),
    Column("share", Numeric, nullable=False, server_default=text("1")),
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
    Index(None, "account_id", "profile_id", "version"),
)

# Credits summed by the quarter of an hour in which their messages went out, in the same shape as the totals of what
# messages did: a report over a year reads these few thousand rows. Changed by the statement that changes a credit.
credit_totals = Table(
    "credit_totals",
    metadata,
    Column("account_id", Integer, primary_key=True),
    Column("version", Integer, primary_key=True, server_default=text("0")),
    Column("metric_id", BigInteger, primary_key=True),
    # campaign or flow
    Column("source", Text, primary_key=True),
    # start of the quarter of an hour
    Column("sent", DateTime(timezone=True), primary_key=True),
    # what the API calls the message, and its variation ('' = none)
    Column("message_id", Text, primary_key=True),
    Column("variation_id", Text, primary_key=True),
    Column("channel", Text, primary_key=True),
    # sum of the shares
    Column("conversions", Numeric, nullable=False),
    # messages with at least one
    Column("conversion_uniques", BigInteger, nullable=False),
    Column("value", Numeric, nullable=False),
)
