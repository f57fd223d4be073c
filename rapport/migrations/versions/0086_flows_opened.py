"""Since when people enter a flow."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0086"
down_revision: str | None = "0085"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("flows", sa.Column("opened", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE flows SET opened = created WHERE status <> 'draft'")
