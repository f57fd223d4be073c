"""The table of postal codes."""

from sqlalchemy import Column, Double, Table, Text

from rapport.kit.db import metadata

# Facts about the world, the same for every account.
places = Table(
    "places",
    metadata,
    # ISO code of two letters
    Column("country", Text, primary_key=True),
    # as `codes.code` writes it
    Column("code", Text, primary_key=True),
    # degrees; where a code has several places, their middle
    Column("latitude", Double, nullable=False),
    Column("longitude", Double, nullable=False),
)
