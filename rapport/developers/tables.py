"""The last calls of each key."""

from sqlalchemy import BigInteger, Column, DateTime, Identity, Index, Integer, SmallInteger, Table, Text

from rapport.kit.db import metadata

api_calls = Table(
    "api_calls",
    metadata,
    Column("account_id", Integer, primary_key=True),
    Column("id", BigInteger, Identity(), primary_key=True),
    # "public", the number of a private key, or "app:" and the number of an application
    Column("key", Text, nullable=False),
    # by the world's clock
    Column("at", DateTime(timezone=True), nullable=False),
    Column("method", Text, nullable=False),
    # without its query, which may hold what is personal
    Column("path", Text, nullable=False),
    Column("status", SmallInteger, nullable=False),
    # of what was refused: its code, what it is about (a JSON pointer or a parameter), and the sentence
    Column("code", Text),
    Column("source", Text),
    Column("detail", Text),
    Column("milliseconds", Integer, nullable=False),
    Index(None, "account_id", "key", "id"),
)
