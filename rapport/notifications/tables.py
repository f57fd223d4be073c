"""Notifications of an account, and who has read which."""

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    ForeignKeyConstraint,
    Identity,
    Integer,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB

from rapport.kit.db import metadata

notifications = Table(
    "notifications",
    metadata,
    Column("account_id", Integer, primary_key=True),
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("kind", Text, nullable=False),
    Column("target", Text, nullable=False),
    # of those with the same, one is kept
    Column("once", Text, nullable=False),
    Column("facts", JSONB, nullable=False),
    # by the account's clock
    Column("at", DateTime(timezone=True), nullable=False),
    # by the world's, for forgetting
    Column("created", DateTime(timezone=True), nullable=False),
    UniqueConstraint("account_id", "kind", "target", "once"),
)

notification_reads = Table(
    "notification_reads",
    metadata,
    Column("account_id", Integer, primary_key=True),
    Column("user_id", Integer, primary_key=True),
    Column("notification_id", BigInteger, primary_key=True),
    ForeignKeyConstraint(
        ["account_id", "notification_id"], ["notifications.account_id", "notifications.id"], ondelete="CASCADE"
    ),
)
