"""The table of the audit log."""

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from rapport.kit.db import metadata

# A line is written in the transaction of the change that it tells of. It names fields, never what stood in them.
audit_log = Table(
    "audit_log",
    metadata,
    Column("account_id", Integer, ForeignKey("accounts.account_id"), primary_key=True),
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("time", DateTime(timezone=True), nullable=False),
    # a user, or null for a key or an application; what they were called at that time
    Column("user_id", Integer),
    Column("actor", Text, nullable=False),
    Column("operation", Text, nullable=False),
    # the kind and id of what was changed, where it has any
    Column("kind", Text),
    Column("target", Text),
    Column("fields", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    # what was answered, where the change was refused after all
    Column("status", SmallInteger),
    Index("audit_log_account_id_time_idx", "account_id", "time"),
)
