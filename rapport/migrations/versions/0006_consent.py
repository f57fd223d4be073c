"""Consent by number, sign-ups that wait with all they said, and what a list does otherwise than its account."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("consents", sa.Column("created", sa.DateTime(timezone=True)))
    op.add_column("consents", sa.Column("phone_number", sa.Text()))
    op.add_column("optins", sa.Column("profile", sa.Text()))
    op.add_column("optins", sa.Column("phone_number", sa.Text()))
    op.add_column(
        "optins",
        sa.Column("channels", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{email}'"), nullable=False),
    )
    op.add_column("optins", sa.Column("method", sa.Text(), server_default="API", nullable=False))
    op.add_column("optins", sa.Column("method_detail", sa.Text(), server_default="", nullable=False))
    op.create_table(
        "list_consents",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("list_id", sa.BigInteger(), nullable=False),
        sa.Column("global_unsubscribe", sa.Boolean()),
        sa.Column("on_preference_page", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "list_id", name=op.f("list_consents_pkey")),
    )
