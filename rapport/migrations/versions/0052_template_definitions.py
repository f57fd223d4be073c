"""Templates of the drag-and-drop editor, and universal content that many of them show."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0052"
down_revision: str | None = "0051"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "universal_content",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("ulid", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("definition", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("universal_content_pkey")),
        sa.UniqueConstraint("account_id", "ulid", name=op.f("universal_content_account_id_ulid_key")),
    )
    op.add_column("templates", sa.Column("definition", postgresql.JSONB(astext_type=sa.Text())))
    op.add_column("templates", sa.Column("rendered", sa.Text()))
    op.add_column(
        "templates",
        sa.Column("universal", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    )
