"""An account's brand: logos, colours, buttons, social links, voice, and what new e-mails look like."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision: str = "0030"
down_revision: str | None = "0027"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    _things(
        "brand_logos",
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("alt_text", sa.Text(), nullable=True),
        sa.Column("link_url", sa.Text(), nullable=True),
        sa.Column("image_id", sa.BigInteger(), nullable=True),
    )
    _things("brand_colors", sa.Column("colors", JSONB(), nullable=True))
    _things(
        "brand_buttons",
        sa.Column("is_primary", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        *(sa.Column(name, JSONB(), nullable=False) for name in ("style", "border", "spacing", "text")),
        sa.Column("preview_page_hex", sa.Text(), nullable=True),
    )
    op.create_index(
        "brand_buttons_primary_key",
        "brand_buttons",
        ["account_id"],
        unique=True,
        postgresql_where=sa.text("is_primary"),
    )
    _things("brand_social_groups", sa.Column("social_links", JSONB(), nullable=False))
    op.create_table(
        "brand_voices",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("tone_descriptors", JSONB(), nullable=True),
        sa.Column("language_patterns", JSONB(), nullable=True),
        sa.Column("updated", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("account_id", name=op.f("brand_voices_pkey")),
    )
    blocks = [
        sa.Column(name, JSONB(), server_default=sa.text("'{}'"), nullable=False)
        for name in ("body", "header", "footer")
    ]
    op.create_table(
        "brand_email_defaults",
        sa.Column("account_id", sa.Integer(), nullable=False),
        *blocks,
        sa.Column("button_id", sa.BigInteger(), nullable=True),
        sa.Column("logo_id", sa.BigInteger(), nullable=True),
        sa.Column("social_group_id", sa.BigInteger(), nullable=True),
        sa.Column("updated", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("account_id", name=op.f("brand_email_defaults_pkey")),
    )


def _things(table: str, *columns: sa.Column[Any]) -> None:
    """A table of one kind of thing."""
    op.create_table(
        table,
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(start=100_000_000), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        *columns,
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f(f"{table}_pkey")),
    )
