"""Tags, their groups and what they hang on."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "tag_groups",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("exclusive", sa.Boolean(), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("tag_groups_pkey")),
        sa.UniqueConstraint("account_id", "public_id", name=op.f("tag_groups_account_id_public_id_key")),
    )
    op.create_index(
        "tag_groups_default_key", "tag_groups", ["account_id"], unique=True, postgresql_where=sa.text("is_default")
    )
    op.create_table(
        "tags",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("group_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("tags_pkey")),
        sa.UniqueConstraint("account_id", "public_id", name=op.f("tags_account_id_public_id_key")),
    )
    op.create_index(op.f("tags_account_id_group_id_idx"), "tags", ["account_id", "group_id"])
    op.create_table(
        "tag_links",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("resource_id", sa.BigInteger(), nullable=False),
        sa.Column("tag_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "kind", "resource_id", "tag_id", name=op.f("tag_links_pkey")),
    )
    op.create_index(op.f("tag_links_account_id_tag_id_kind_idx"), "tag_links", ["account_id", "tag_id", "kind"])
