"""Runs of flows that ended early, and an index over those that reached the end."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    # A constant default is kept in the catalogue: no row is rewritten.
    op.add_column("enrolments", sa.Column("left_early", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.create_index(
        "enrolments_completed_idx",
        "enrolments",
        ["account_id", "flow_id", "finished", "profile_id"],
        postgresql_where=sa.text("finished IS NOT NULL AND NOT left_early"),
    )
