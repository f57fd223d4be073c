"""The event lake: its manifest, and what changed in sealed days."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_WRITTEN_BY = sa.text("pg_current_xact_id()::text::bigint")


def upgrade() -> None:
    op.create_table(
        "lake_files",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("rows", sa.BigInteger()),
        sa.Column("bytes", sa.BigInteger()),
        sa.Column("digest", sa.Text()),
        sa.Column("horizon", sa.BigInteger()),
        sa.Column("updated", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "id", name="lake_files_pkey"),
    )
    op.create_table(
        "lake_changes",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("rewritten", sa.Boolean(), nullable=False),
        sa.Column("noted", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("written_by", sa.BigInteger(), server_default=_WRITTEN_BY, nullable=False),
        sa.PrimaryKeyConstraint("account_id", "id", name="lake_changes_pkey"),
    )
    op.create_index("lake_changes_account_id_time_idx", "lake_changes", ["account_id", "time"])
    op.create_table(
        "lake_moves",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.BigInteger(), nullable=False),
        sa.Column("into_id", sa.BigInteger(), nullable=False),
        sa.Column("written_by", sa.BigInteger(), server_default=_WRITTEN_BY, nullable=False),
        sa.PrimaryKeyConstraint("account_id", "source_id", name="lake_moves_pkey"),
    )
    op.create_index("lake_moves_account_id_into_id_idx", "lake_moves", ["account_id", "into_id"])
