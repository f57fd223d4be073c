"""Tables of imports that the server does: the import with its progress, and rows that were refused."""

from sqlalchemy import BigInteger, Column, DateTime, Identity, Index, Integer, Table, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from rapport.kit.db import metadata

_zero = text("0")

file_imports = Table(
    "file_imports",
    metadata,
    Column("account_id", Integer, primary_key=True),
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("ulid", Text, nullable=False),
    Column("file_name", Text, nullable=False),
    # its name in the storage; null once it was deleted
    Column("stored_as", Text),
    # bytes
    Column("size", BigInteger, nullable=False),
    # profiles, events, orders
    Column("kind", Text, nullable=False),
    # draft, checking, checked, running, complete, cancelled, failed
    Column("status", Text, nullable=False),
    Column("columns", ARRAY(Text), nullable=False),
    # the first rows, cells in the order of the columns; none once it is over
    Column("samples", JSONB, nullable=False),
    # target by column
    Column("mapping", JSONB, nullable=False),
    # `types.Options`
    Column("options", JSONB, nullable=False),
    # rows that were worked off, the refused ones among them; and bytes that were read
    Column("rows", Integer, nullable=False, server_default=_zero),
    Column("refused", Integer, nullable=False, server_default=_zero),
    Column("position", BigInteger, nullable=False, server_default=_zero),
    # `types.Counts`
    Column("counts", JSONB, nullable=False, server_default=text("'{}'")),
    # why it failed
    Column("problem", Text),
    # which worker reads the file, and until when nobody else does, by the world's clock
    Column("reader", Text),
    Column("reader_until", DateTime(timezone=True)),
    Column("created", DateTime(timezone=True), nullable=False),
    Column("started", DateTime(timezone=True)),
    Column("finished", DateTime(timezone=True)),
    UniqueConstraint("account_id", "ulid"),
    Index("file_imports_open_idx", "account_id", "id", postgresql_where=text("status IN ('checking', 'running')")),
    Index("file_imports_stored_idx", "account_id", "id", postgresql_where=text("stored_as IS NOT NULL")),
)

# How many of the events that an import handed over the pipeline has recorded: counted in the transaction that records
# them, and apart from the import, whose row its reader holds.
file_import_events = Table(
    "file_import_events",
    metadata,
    Column("account_id", Integer, primary_key=True),
    Column("import_id", BigInteger, primary_key=True),
    Column("recorded", BigInteger, nullable=False),
)

# Rows that were refused, by the check or by the import itself; the first of them, where there are very many.
file_import_refusals = Table(
    "file_import_refusals",
    metadata,
    Column("account_id", Integer, primary_key=True),
    Column("import_id", BigInteger, primary_key=True),
    # of the file; the heading is the first
    Column("line", Integer, primary_key=True),
    Column("reason", Text, nullable=False),
    # in the order of the columns; none once the person was deleted
    Column("cells", JSONB, nullable=False),
)
