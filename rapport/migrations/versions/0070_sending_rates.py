"""Limits on sending; and mail of flows is found without looking at that of campaigns."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0070"
down_revision: str | None = "0061"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "sending_rates",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("filled", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("sending_rates_pkey")),
    )
    # few messages are queued at any time, so this reads much and writes little
    op.create_index(
        "messages_prompt_idx",
        "messages",
        ["account_id", "due", "id"],
        postgresql_where=sa.text("status = 'queued' AND source <> 'campaign'"),
    )
