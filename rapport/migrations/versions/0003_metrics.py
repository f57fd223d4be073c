"""Properties of metrics, custom metrics and mapped metrics."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "metric_properties",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("metric_id", sa.BigInteger(), nullable=False),
        sa.Column("property", sa.Text(), nullable=False),
        sa.Column("inferred_type", sa.Text(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "metric_id", "property", name="metric_properties_pkey"),
    )
    op.create_table(
        "custom_metrics",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("definition", JSONB(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "id", name="custom_metrics_pkey"),
        sa.UniqueConstraint("account_id", "name", name="custom_metrics_account_id_name_key"),
        sa.UniqueConstraint("account_id", "public_id", name="custom_metrics_account_id_public_id_key"),
    )
    op.create_table(
        "mapped_metrics",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("metric_id", sa.BigInteger()),
        sa.Column("custom_metric_id", sa.BigInteger()),
        sa.Column("updated", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "purpose", name="mapped_metrics_pkey"),
    )
