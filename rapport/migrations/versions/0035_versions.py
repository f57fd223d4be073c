"""Versions of what people edit, so that nobody overwrites another's change unknowingly."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0035"
down_revision: str | None = "0032"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_EDITED = ("profiles", "lists", "segments", "webhooks", "templates", "campaigns")


def upgrade() -> None:
    # a column with a constant default is added without writing the rows anew
    for table in _EDITED:
        op.add_column(table, sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False))
