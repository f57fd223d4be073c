"""Tables of reports."""

from sqlalchemy import BigInteger, Column, DateTime, Integer, Table, Text, text

from rapport.kit.db import metadata

_zero = text("0")

# What became of the messages that went out in one quarter of an hour: sums, so that a report over a year of campaigns
# reads thousands of rows where the engagements are millions. Every offset from UTC is a whole number of quarters, so
# any day of any timezone is a set of rows. Kept by a reaction; a person counts once for each message they got.
message_totals = Table(
    "message_totals",
    metadata,
    Column("account_id", Integer, primary_key=True),
    # campaign or flow
    Column("source", Text, primary_key=True),
    # start of the quarter of an hour
    Column("sent", DateTime(timezone=True), primary_key=True),
    # what the API calls the message, and its variation ('' = none)
    Column("message_id", Text, primary_key=True),
    Column("variation_id", Text, primary_key=True),
    Column("channel", Text, primary_key=True),
    # received or bounced
    Column("recipients", BigInteger, nullable=False, server_default=_zero),
    Column("bounced", BigInteger, nullable=False, server_default=_zero),
    Column("opens", BigInteger, nullable=False, server_default=_zero),
    Column("opens_unique", BigInteger, nullable=False, server_default=_zero),
    # by people; bots' beside them, so that the account's setting chooses without counting again
    Column("clicks", BigInteger, nullable=False, server_default=_zero),
    Column("clicks_unique", BigInteger, nullable=False, server_default=_zero),
    Column("all_clicks", BigInteger, nullable=False, server_default=_zero),
    Column("all_clicks_unique", BigInteger, nullable=False, server_default=_zero),
    Column("unsubscribes", BigInteger, nullable=False, server_default=_zero),
    Column("unsubscribe_uniques", BigInteger, nullable=False, server_default=_zero),
    Column("complaints", BigInteger, nullable=False, server_default=_zero),
)
