"""Campaign messages of which nothing is taken for now, and how many recipients wait for the winner of a test."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0051"
down_revision: str | None = "0046"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "sending_pauses",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("paused", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "message_id", name=op.f("sending_pauses_pkey")),
    )
    op.add_column("campaign_messages", sa.Column("held", sa.Integer(), server_default=sa.text("0"), nullable=False))
