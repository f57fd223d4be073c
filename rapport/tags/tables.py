"""Tables of tags, their groups and what they hang on."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from rapport.kit.db import metadata

tag_groups = Table(
    "tag_groups",
    metadata,
    Column("account_id", Integer, primary_key=True),
    Column("id", BigInteger, Identity(), primary_key=True),
    # a UUID
    Column("public_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    # at most one tag of the group on one thing
    Column("exclusive", Boolean, nullable=False),
    Column("is_default", Boolean, nullable=False),
    Column("created", DateTime(timezone=True), nullable=False),
    UniqueConstraint("account_id", "public_id"),
    # one for each account, made when it is first asked for
    Index("tag_groups_default_key", "account_id", unique=True, postgresql_where=text("is_default")),
)

tags = Table(
    "tags",
    metadata,
    Column("account_id", Integer, primary_key=True),
    Column("id", BigInteger, Identity(), primary_key=True),
    # a UUID
    Column("public_id", Text, nullable=False),
    Column("group_id", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("created", DateTime(timezone=True), nullable=False),
    UniqueConstraint("account_id", "public_id"),
    Index(None, "account_id", "group_id"),
)

# What a tag hangs on: `kind` is list, segment, campaign or flow, `resource_id` its id inside.
tag_links = Table(
    "tag_links",
    metadata,
    Column("account_id", Integer, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("resource_id", BigInteger, primary_key=True),
    Column("tag_id", BigInteger, primary_key=True),
    Index(None, "account_id", "tag_id", "kind"),
)
