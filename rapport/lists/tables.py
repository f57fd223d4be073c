"""Tables of lists and their members."""

from sqlalchemy import BigInteger, Column, DateTime, Identity, Index, Integer, Table, Text, UniqueConstraint, text

from rapport.kit.db import metadata

lists = Table(
    "lists",
    metadata,
    Column("account_id", Integer, primary_key=True),
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("public_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("opt_in_process", Text, nullable=False),
    Column("created", DateTime(timezone=True), nullable=False),
    Column("updated", DateTime(timezone=True), nullable=False),
    # moved by every change of what its page edits (`kit/jsonapi/versions.py`)
    Column("version", Integer, nullable=False, server_default=text("1")),
    UniqueConstraint("account_id", "public_id"),
)

list_members = Table(
    "list_members",
    metadata,
    Column("account_id", Integer, primary_key=True),
    Column("list_id", BigInteger, primary_key=True),
    Column("profile_id", BigInteger, primary_key=True),
    Column("joined", DateTime(timezone=True), nullable=False),
    Index(None, "account_id", "profile_id"),
    Index(None, "account_id", "list_id", "joined", "profile_id"),
)
