"""Notifications, and who has read which."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0046"
down_revision: str | None = "0045"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "notifications",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("once", sa.Text(), nullable=False),
        sa.Column("facts", postgresql.JSONB(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("notifications_pkey")),
        sa.UniqueConstraint(
            "account_id", "kind", "target", "once", name=op.f("notifications_account_id_kind_target_once_key")
        ),
    )
    op.create_table(
        "notification_reads",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("notification_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "user_id", "notification_id", name=op.f("notification_reads_pkey")),
        sa.ForeignKeyConstraint(
            ["account_id", "notification_id"],
            ["notifications.account_id", "notifications.id"],
            name=op.f("notification_reads_account_id_notification_id_fkey"),
            ondelete="CASCADE",
        ),
    )
