"""Tables of users. A user is of the installation and may be a member of several accounts, so `users` and the ways in to
one have no account; what a user is in an account is a row of `members`.

Only hashes of what opens something are stored: tokens of links, passwords, recovery codes.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from rapport.kit.db import metadata

users = Table(
    "users",
    metadata,
    Column("user_id", Integer, Identity(), primary_key=True),
    Column("public_id", Text, nullable=False, unique=True),
    # as it is compared; the first owner has none until they give one
    Column("email", Text, unique=True),
    # the next one, until a link that was mailed to it confirms it
    Column("pending_email", Text),
    Column("name", Text, nullable=False),
    # Argon2id with its parameters and salt
    Column("password", Text),
    # sealed with the installation's secret; in use once it was confirmed by a code
    Column("totp", Text),
    Column("totp_confirmed", Boolean, nullable=False, server_default=text("false")),
    # the last step of half a minute of which a code was used: each is good once
    Column("totp_step", BigInteger, nullable=False, server_default="0"),
    Column("recovery_codes", ARRAY(LargeBinary), nullable=False, server_default=text("'{}'")),
    # may add accounts to the installation
    Column("is_administrator", Boolean, nullable=False, server_default=text("false")),
    # who this is to the provider of OpenID Connect
    Column("oidc_subject", Text, unique=True),
    Column("created", DateTime(timezone=True), nullable=False),
)

members = Table(
    "members",
    metadata,
    Column("account_id", Integer, ForeignKey("accounts.account_id"), primary_key=True),
    Column("user_id", Integer, ForeignKey("users.user_id"), primary_key=True),
    Column("role", Text, nullable=False),
    Column("created", DateTime(timezone=True), nullable=False),
    # which notifications are mailed as well: important, off
    Column("mails", Text, nullable=False, server_default="important"),
    Index("members_user_id_idx", "user_id"),
)

passkeys = Table(
    "passkeys",
    metadata,
    Column("user_id", Integer, ForeignKey("users.user_id"), primary_key=True),
    Column("credential_id", LargeBinary, primary_key=True, unique=True),
    Column("public_key", LargeBinary, nullable=False),
    Column("sign_count", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("created", DateTime(timezone=True), nullable=False),
    Column("used", DateTime(timezone=True)),
)

invitations = Table(
    "invitations",
    metadata,
    Column("account_id", Integer, ForeignKey("accounts.account_id"), primary_key=True),
    Column("id", Integer, Identity(), primary_key=True),
    Column("email", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("hash", LargeBinary, nullable=False, unique=True),
    Column("invited_by", Text, nullable=False),
    Column("created", DateTime(timezone=True), nullable=False),
    Column("until", DateTime(timezone=True), nullable=False),
    UniqueConstraint("account_id", "email"),
)

# What was asked of a browser, by the hash of a value that only it knows; good once.
challenges = Table(
    "challenges",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("until", DateTime(timezone=True), nullable=False),
)

# Attempts to sign in that failed, by the hash of an e-mail address or of an address of the network.
sign_in_failures = Table(
    "sign_in_failures",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("until", DateTime(timezone=True), nullable=False),
)

# Mails about accounts on their way out; they hold links that sign in, so their text is sealed.
account_letters = Table(
    "account_letters",
    metadata,
    Column("account_id", Integer, ForeignKey("accounts.account_id"), primary_key=True),
    Column("id", Integer, Identity(), primary_key=True),
    Column("email", Text, nullable=False),
    Column("sealed", Text, nullable=False),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("due", DateTime(timezone=True), nullable=False),
)
