"""How long accounts keep events, and how far what is older was deleted."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0059"
down_revision: str | None = "0058"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "event_retention",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("all_months", sa.Integer(), nullable=True),
        sa.Column("anonymous_months", sa.Integer(), nullable=True),
        sa.Column("all_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("anonymous_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("swept_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("swept_id", sa.BigInteger(), nullable=True),
        sa.Column("deleted", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("last_deleted", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("updated", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("event_retention_pkey")),
    )
