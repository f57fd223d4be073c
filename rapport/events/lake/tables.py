"""Tables of the lake: which files hold which days, and what changed in them since."""

from sqlalchemy import BigInteger, Boolean, Column, DateTime, Identity, Index, Integer, Table, Text, text

from rapport.kit.db import metadata

# The transaction that wrote a row, as xid8 in a bigint: a snapshot says whether it was seen.
_WRITTEN_BY = text("pg_current_xact_id()::text::bigint")

# The manifest. A file's range is [since, until), whole days in UTC; sealed ranges of an account never overlap.
lake_files = Table(
    "lake_files",
    metadata,
    Column("account_id", Integer, primary_key=True),
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("since", DateTime(timezone=True), nullable=False),
    Column("until", DateTime(timezone=True), nullable=False),
    # writing: claimed, changes in its range are noted already, but nobody reads it; sealed: read instead of the
    # table; retired: replaced, its file goes after a while
    Column("state", Text, nullable=False),
    # below the lake's folder, never used twice
    Column("name", Text, nullable=False),
    Column("rows", BigInteger),
    # of the file; null when the range holds no event, and there is no file
    Column("bytes", BigInteger),
    Column("digest", Text),
    # transactions below this one are all in the file
    Column("horizon", BigInteger),
    # the world's time: claimed, then sealed, then retired
    Column("updated", DateTime(timezone=True), nullable=False),
)

# Events in a sealed range to be read from the table and not from the file: recorded late, rewritten or removed.
# Only ever added to by those who change events, and taken away by the sealer once a file holds what they say.
lake_changes = Table(
    "lake_changes",
    metadata,
    Column("account_id", Integer, primary_key=True),
    Column("id", BigInteger, Identity(), primary_key=True),
    # of the event, to the second at least
    Column("time", DateTime(timezone=True), nullable=False),
    Column("event_id", BigInteger, nullable=False),
    # the file holds something that should be gone from it, so it is written anew soon
    Column("rewritten", Boolean, nullable=False),
    Column("noted", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    Column("written_by", BigInteger, nullable=False, server_default=_WRITTEN_BY),
    Index(None, "account_id", "time"),
)

# Accounts of which the last attempt to write a file failed.
lake_failures = Table(
    "lake_failures",
    metadata,
    Column("account_id", Integer, primary_key=True),
    # in a row
    Column("times", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    # the world's time
    Column("since", DateTime(timezone=True), nullable=False),
)

# People folded into others while files still name them.
lake_moves = Table(
    "lake_moves",
    metadata,
    Column("account_id", Integer, primary_key=True),
    Column("source_id", BigInteger, primary_key=True),
    Column("into_id", BigInteger, nullable=False),
    Column("written_by", BigInteger, nullable=False, server_default=_WRITTEN_BY),
    Index(None, "account_id", "into_id"),
)
