"""Texts that accounts say otherwise."""

from sqlalchemy import Column, DateTime, Integer, Table, Text, text
from sqlalchemy.dialects.postgresql import JSONB

from rapport.kit.db import metadata

# No row = all as usual.
consent_texts = Table(
    "consent_texts",
    metadata,
    Column("account_id", Integer, primary_key=True),
    # language:group
    Column("id", Text, primary_key=True),
    # by name, those that differ from the usual ones
    Column("texts", JSONB, nullable=False, server_default=text("'{}'")),
    Column("version", Integer, nullable=False, server_default=text("1")),
    Column("updated", DateTime(timezone=True), nullable=False),
)
