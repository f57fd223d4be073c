"""Tables of templates."""

from sqlalchemy import BigInteger, Boolean, Column, DateTime, Identity, Integer, Table, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB

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
    # of the drag-and-drop editor; null for coded templates
    Column("definition", JSONB),
    # what a message is made of, where that is not `html` itself: the definition drawn, or HTML with the universal
    # content that it shows
    Column("rendered", Text),
    # id -> version of the universal content in `rendered`; another version there means that it is to be drawn anew
    Column("universal", JSONB, nullable=False, server_default=text("'{}'")),
    # false for the copy that a campaign or flow message keeps; the library lists only reusable ones
    Column("reusable", Boolean, nullable=False, server_default=text("true")),
    Column("created", DateTime(timezone=True), nullable=False),
    Column("updated", DateTime(timezone=True), nullable=False),
    # moved by every change of what its page edits (`kit/jsonapi/versions.py`)
    Column("version", Integer, nullable=False, server_default=text("1")),
    UniqueConstraint("account_id", "public_id"),
)

universal_content = Table(
    "universal_content",
    metadata,
    Column("account_id", Integer, primary_key=True),
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("ulid", Text, nullable=False),
    Column("name", Text, nullable=False),
    # a block or a section, as in a template's definition
    Column("definition", JSONB, nullable=False),
    Column("created", DateTime(timezone=True), nullable=False),
    Column("updated", DateTime(timezone=True), nullable=False),
    # moved by every change; templates remember which they were drawn with
    Column("version", Integer, nullable=False, server_default=text("1")),
    UniqueConstraint("account_id", "ulid"),
)
