"""Addresses that people have yet to confirm, and which notifications are mailed to them."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0060"
down_revision: str | None = "0059"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("users", sa.Column("pending_email", sa.Text(), nullable=True))
    op.add_column("members", sa.Column("mails", sa.Text(), server_default="important", nullable=False))
