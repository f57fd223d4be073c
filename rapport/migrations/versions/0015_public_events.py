"""Which events came through the public key."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0015"
down_revision: str | None = "0014"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    # without a default only the catalogue changes: no row of any partition is written
    op.add_column("events", sa.Column("is_public", sa.Boolean()))
