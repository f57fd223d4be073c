"""Tables of applications, of what accounts allowed them, and of access tokens. Secrets are kept as their hashes."""

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from rapport.kit.db import metadata

# Of the installation: an application is registered once, and any account may allow it.
oauth_apps = Table(
    "oauth_apps",
    metadata,
    Column("app_id", Integer, Identity(), primary_key=True),
    Column("client_id", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("secret_hash", LargeBinary, nullable=False),
    Column("redirect_uris", ARRAY(Text), nullable=False),
    Column("scopes", ARRAY(Text), nullable=False),
    Column("created", DateTime(timezone=True), nullable=False),
    # what is said of it to those who may install it: `accounts/catalogue`
    Column("catalogue", JSONB, nullable=False, server_default=text("'{}'")),
    # of the name, the redirect URIs and the scopes
    Column("version", Integer, nullable=False, server_default=text("1")),
    Column("updated", DateTime(timezone=True), nullable=False),
)

# One consent: its code first, then the refresh token the code was exchanged for. The code's hash stays as long as the
# row, so that a code that comes again is known.
oauth_grants = Table(
    "oauth_grants",
    metadata,
    Column("account_id", Integer, ForeignKey("accounts.account_id"), primary_key=True),
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("app_id", Integer, ForeignKey("oauth_apps.app_id", ondelete="CASCADE"), nullable=False),
    Column("scopes", ARRAY(Text), nullable=False),
    Column("redirect_uri", Text, nullable=False),
    Column("challenge", Text, nullable=False),
    Column("code_hash", LargeBinary, nullable=False, unique=True),
    Column("refresh_hash", LargeBinary, unique=True),
    Column("created", DateTime(timezone=True), nullable=False),
    # when the code was exchanged, or the refresh token last used
    Column("used", DateTime(timezone=True)),
    # the last call with one of its access tokens, to the minute
    Column("called", DateTime(timezone=True)),
    # who allowed it; null where that was not written down yet
    Column("user_id", Integer),
)

oauth_tokens = Table(
    "oauth_tokens",
    metadata,
    Column("account_id", Integer, primary_key=True),
    Column("hash", LargeBinary, primary_key=True, unique=True),
    Column("grant_id", BigInteger, nullable=False),
    Column("scopes", ARRAY(Text), nullable=False),
    Column("until", DateTime(timezone=True), nullable=False),
    ForeignKeyConstraint(
        ["account_id", "grant_id"], ["oauth_grants.account_id", "oauth_grants.id"], ondelete="CASCADE"
    ),
    Index("oauth_tokens_grant_idx", "account_id", "grant_id"),
)
