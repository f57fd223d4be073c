"""Imports of files: several lists, and how many of a file's events were recorded."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0085"
down_revision: str | None = "0080"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.execute(
        """
        UPDATE file_imports SET options = options - 'list_id' || jsonb_build_object('list_ids',
            CASE WHEN options ->> 'list_id' IS NULL THEN '[]' ELSE jsonb_build_array(options -> 'list_id') END)"""
    )
    op.create_table(
        "file_import_events",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("import_id", sa.BigInteger(), nullable=False),
        sa.Column("recorded", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "import_id", name=op.f("file_import_events_pkey")),
    )
