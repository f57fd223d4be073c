"""How large segments were along time, and when each was last used."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

# What is known of the time before: when those who are members now joined.
_SIZES = """
    INSERT INTO segment_sizes (account_id, segment_id, at, added, removed, total)
    SELECT account_id, segment_id, at, added, 0,
        sum(added) OVER (PARTITION BY account_id, segment_id ORDER BY at)
    FROM (
        SELECT account_id, segment_id, date_bin('15 minutes', joined, 'epoch'::timestamptz) AS at, count(*) AS added
        FROM segment_members GROUP BY 1, 2, 3) AS joined"""
# A test account's own time; nobody's segment goes to sleep because of an upgrade.
_USED = """
    UPDATE segments s SET used = now() + a.clock_offset FROM accounts a WHERE a.account_id = s.account_id"""


def upgrade() -> None:
    op.create_table(
        "segment_sizes",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("segment_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.Column("removed", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "segment_id", "at", name=op.f("segment_sizes_pkey")),
    )
    op.execute(_SIZES)
    op.add_column("segments", sa.Column("used", sa.DateTime(timezone=True), nullable=True))
    op.execute(_USED)
    op.alter_column("segments", "used", nullable=False)
