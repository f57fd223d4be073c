"""The images' table. The files themselves lie beside the database (`kit/files`)."""

from sqlalchemy import BigInteger, Boolean, Column, DateTime, Identity, Integer, Table, Text, UniqueConstraint

from rapport.kit.db import metadata

images = Table(
    "images",
    metadata,
    Column("account_id", Integer, primary_key=True),
    # shown as it is: clients know an image by a number
    Column("id", BigInteger, Identity(start=100_000_000), primary_key=True),
    Column("name", Text, nullable=False),
    # its name among the account's files, which can't be guessed
    Column("file", Text, nullable=False),
    # jpeg, png or gif
    Column("format", Text, nullable=False),
    # bytes, of what is kept
    Column("size", Integer, nullable=False),
    # pixels
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("hidden", Boolean, nullable=False),
    Column("created", DateTime(timezone=True), nullable=False),
    Column("updated_at", DateTime(timezone=True), nullable=False),
    UniqueConstraint("account_id", "name"),
)
