"""What a refused message was refused for, and campaign messages that stopped because all were refused."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0018"
down_revision: str | None = "0017"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    # without a default only the catalogue changes: no row is written
    op.add_column("messages", sa.Column("refusal", sa.Text()))
    op.create_table(
        "sending_stops",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.Column("stopped", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "message_id", name=op.f("sending_stops_pkey")),
    )
