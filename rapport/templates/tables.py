"""Tables of templates."""

from sqlalchemy import BigInteger, Boolean, Column, DateTime, Identity, Integer, Table, Text, UniqueConstraint, text

from rapport.kit.db import metadata

templates = Table(
    "templates",
    metadata,
    Column("account_id", Integer, primary_key=True),
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("public_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("editor_type", Text, nullable=False),
    Column("html", Text),
    Column("text", Text),
    Column("amp", Text),
    # false for the copy that a campaign or flow message keeps; the library lists only reusable ones
    Column("reusable", Boolean, nullable=False, server_default=text("true")),
    Column("created", DateTime(timezone=True), nullable=False),
    Column("updated", DateTime(timezone=True), nullable=False),
    UniqueConstraint("account_id", "public_id"),
)
