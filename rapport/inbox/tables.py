"""The inbox's table."""

from sqlalchemy import BigInteger, Column, Identity, Integer, Table, Text
from sqlalchemy.dialects.postgresql import JSON

from rapport.kit.db import metadata

# Everything that was accepted and not yet recorded. Rows live for milliseconds.
inbox = Table(
    "inbox",
    metadata,
    Column("account_id", Integer, primary_key=True),
    Column("id", BigInteger, Identity(), primary_key=True),
    # event, change, merge, or deferred: what reactions left to a later batch
    Column("kind", Text, nullable=False),
    # json, not jsonb: it is written once, read once and hardly ever looked into by SQL
    Column("body", JSON, nullable=False),
)
