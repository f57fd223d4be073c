"""Tables of an account's brand."""

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
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from rapport.kit.db import metadata

brand_logos = Table(
    "brand_logos",
    metadata,
    Column("account_id", Integer, primary_key=True),
    Column("id", BigInteger, Identity(start=100_000_000), primary_key=True),
    Column("name", Text),
    # pixels, as it is drawn
    Column("width", Integer),
    Column("height", Integer),
    Column("alt_text", Text),
    Column("link_url", Text),
    Column("image_id", BigInteger),
    Column("version", Integer, nullable=False, server_default=text("1")),
    Column("created", DateTime(timezone=True), nullable=False),
    Column("updated", DateTime(timezone=True), nullable=False),
)

brand_colors = Table(
    "brand_colors",
    metadata,
    Column("account_id", Integer, primary_key=True),
    Column("id", BigInteger, Identity(start=100_000_000), primary_key=True),
    Column("name", Text),
    # [{hex, name}], in their order
    Column("colors", JSONB),
    Column("version", Integer, nullable=False, server_default=text("1")),
    Column("created", DateTime(timezone=True), nullable=False),
    Column("updated", DateTime(timezone=True), nullable=False),
)

brand_buttons = Table(
    "brand_buttons",
    metadata,
    Column("account_id", Integer, primary_key=True),
    Column("id", BigInteger, Identity(start=100_000_000), primary_key=True),
    Column("name", Text),
    Column("is_primary", Boolean, nullable=False, server_default=text("false")),
    Column("style", JSONB, nullable=False),
    Column("border", JSONB, nullable=False),
    Column("spacing", JSONB, nullable=False),
    Column("text", JSONB, nullable=False),
    Column("preview_page_hex", Text),
    Column("version", Integer, nullable=False, server_default=text("1")),
    Column("created", DateTime(timezone=True), nullable=False),
    Column("updated", DateTime(timezone=True), nullable=False),
    Index("brand_buttons_primary_key", "account_id", unique=True, postgresql_where=text("is_primary")),
)

brand_social_groups = Table(
    "brand_social_groups",
    metadata,
    Column("account_id", Integer, primary_key=True),
    Column("id", BigInteger, Identity(start=100_000_000), primary_key=True),
    Column("name", Text),
    # [{platform, link_url, …}], in their order
    Column("social_links", JSONB, nullable=False),
    Column("version", Integer, nullable=False, server_default=text("1")),
    Column("created", DateTime(timezone=True), nullable=False),
    Column("updated", DateTime(timezone=True), nullable=False),
)

# A row is there once something was set; what is null or missing in it is as in `defaults`.
brand_voices = Table(
    "brand_voices",
    metadata,
    Column("account_id", Integer, primary_key=True),
    Column("tone_descriptors", JSONB),
    Column("language_patterns", JSONB),
    Column("updated", DateTime(timezone=True), nullable=False),
)

brand_email_defaults = Table(
    "brand_email_defaults",
    metadata,
    Column("account_id", Integer, primary_key=True),
    Column("body", JSONB, nullable=False, server_default=text("'{}'")),
    Column("header", JSONB, nullable=False, server_default=text("'{}'")),
    Column("footer", JSONB, nullable=False, server_default=text("'{}'")),
    Column("button_id", BigInteger),
    Column("logo_id", BigInteger),
    Column("social_group_id", BigInteger),
    Column("updated", DateTime(timezone=True), nullable=False),
)
