"""Builds of segments beside the pipeline: whom a batch says something new about meanwhile, and how far they are."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("segments", sa.Column("building", sa.BigInteger()))
    op.create_table(
        "segment_touched",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("segment_id", sa.BigInteger(), nullable=False),
        sa.Column("profile_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "segment_id", "profile_id", name=op.f("segment_touched_pkey")),
    )
    op.create_index(op.f("event_totals_account_id_profile_id_idx"), "event_totals", ["account_id", "profile_id"])
    op.create_table(
        "segment_builds",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("segment_id", sa.BigInteger(), nullable=False),
        sa.Column("progress", sa.Double(), nullable=False),
        sa.Column("step", sa.Text(), nullable=True),
        sa.Column("started", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("account_id", "segment_id", name=op.f("segment_builds_pkey")),
    )
