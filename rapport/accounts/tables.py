"""Tables of accounts and their API keys."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Interval,
    LargeBinary,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from rapport.kit.db import metadata

accounts = Table(
    "accounts",
    metadata,
    Column("account_id", Integer, Identity(), primary_key=True),
    Column("public_id", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("timezone", Text, nullable=False, server_default="UTC"),
    Column("currency", Text, nullable=False, server_default="USD"),
    Column("locale", Text, nullable=False, server_default="en-US"),
    Column("industry", Text),
    Column("website", Text),
    Column("sender_name", Text, nullable=False),
    Column("sender_email", Text, nullable=False),
    Column("address", JSONB, nullable=False, server_default=text("'{}'")),
    Column("is_test", Boolean, nullable=False, server_default=text("false")),
    Column("clock_offset", Interval, nullable=False, server_default=text("'0'")),
    Column("settings", JSONB, nullable=False, server_default=text("'{}'")),
    Column("created", DateTime(timezone=True), nullable=False),
    CheckConstraint("clock_offset <= interval '3660 days'", name="accounts_clock_offset_check"),
)

# No row = nobody has changed them yet, and their version is 1.
setting_versions = Table(
    "setting_versions",
    metadata,
    Column("account_id", Integer, primary_key=True),
    # `setting_versions.versions_of`
    Column("kind", Text, primary_key=True),
    Column("version", Integer, nullable=False, server_default=text("1")),
    Column("updated", DateTime(timezone=True), nullable=False),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("account_id", Integer, ForeignKey("accounts.account_id"), primary_key=True),
    Column("id", Integer, Identity(), primary_key=True),
    Column("name", Text, nullable=False),
    Column("hash", LargeBinary, nullable=False, unique=True),
    Column("last_four", Text, nullable=False),
    # null = every scope
    Column("scopes", ARRAY(Text)),
    # null = for ever
    Column("expires", DateTime(timezone=True)),
    # to the minute
    Column("used", DateTime(timezone=True)),
    Column("created", DateTime(timezone=True), nullable=False),
    Column("revoked", DateTime(timezone=True)),
    # since when it opens nothing, until it is enabled again
    Column("disabled", DateTime(timezone=True)),
)

# Used up by whoever presses the button on its page. Only hashes of what opens something are stored, here and below.
sign_in_links = Table(
    "sign_in_links",
    metadata,
    Column("account_id", Integer, ForeignKey("accounts.account_id"), primary_key=True),
    Column("hash", LargeBinary, primary_key=True, unique=True),
    Column("user_id", Integer, ForeignKey("users.user_id"), nullable=False),
    Column("kind", Text, nullable=False, server_default="sign-in"),
    Column("until", DateTime(timezone=True), nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    Column("account_id", Integer, ForeignKey("accounts.account_id"), primary_key=True),
    Column("hash", LargeBinary, primary_key=True, unique=True),
    Column("id", Integer, Identity(), nullable=False, unique=True),
    Column("user_id", Integer, ForeignKey("users.user_id"), nullable=False),
    Column("created", DateTime(timezone=True), nullable=False),
    # to the minute
    Column("used", DateTime(timezone=True), nullable=False),
    Column("until", DateTime(timezone=True), nullable=False),
    # the browser as it names itself, and the address of the network it signed in from
    Column("agent", Text, nullable=False, server_default=""),
    Column("address", Text, nullable=False, server_default=""),
    Index("sessions_user_id_idx", "user_id"),
)
