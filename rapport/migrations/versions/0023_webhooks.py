"""Webhooks, what they are told of, what waits to be told, the last calls."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0023"
down_revision: str | None = "0022"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "webhooks",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("ulid", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("endpoint_url", sa.Text(), nullable=False),
        sa.Column("secret_key", sa.Text(), nullable=False),
        sa.Column("enabled", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("disabled_reason", sa.Text(), nullable=True),
        sa.Column("failures", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("paused_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("webhooks_pkey")),
        sa.UniqueConstraint("account_id", "ulid", name=op.f("webhooks_account_id_ulid_key")),
    )
    op.create_table(
        "webhook_subscriptions",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("webhook_id", sa.BigInteger(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "webhook_id", "topic", name=op.f("webhook_subscriptions_pkey")),
    )
    _deliveries()
    _attempts()


def _deliveries() -> None:
    op.create_table(
        "webhook_deliveries",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("webhook_id", sa.BigInteger(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("profile_id", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("together", sa.SmallInteger(), nullable=True),
        sa.Column("due", sa.DateTime(timezone=True), nullable=False),
        sa.Column("in_flight", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("failed", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("webhook_deliveries_pkey")),
    )
    for name, where in (("waiting", "failed IS NULL"), ("failed", "failed IS NOT NULL")):
        op.create_index(
            f"webhook_deliveries_{name}_idx",
            "webhook_deliveries",
            ["account_id", "webhook_id", "id"],
            postgresql_where=sa.text(where),
        )
    op.create_index(
        op.f("webhook_deliveries_account_id_profile_id_idx"), "webhook_deliveries", ["account_id", "profile_id"]
    )
    # Rows come and go by the thousand a second: room for a claim's new version beside the old one, and a vacuum that
    # does not wait for a share of a table that was large once.
    op.execute(
        "ALTER TABLE webhook_deliveries SET"
        " (fillfactor = 60, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000)"
    )


def _attempts() -> None:
    op.create_table(
        "webhook_attempts",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("webhook_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("topics", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("deliveries", sa.Integer(), nullable=False),
        sa.Column("profiles", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("is_test", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("headers", postgresql.JSONB(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("answer_status", sa.Integer(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("milliseconds", sa.Integer(), nullable=False),
        sa.Column("next_try", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("webhook_attempts_pkey")),
    )
    op.create_index(
        op.f("webhook_attempts_account_id_webhook_id_id_idx"), "webhook_attempts", ["account_id", "webhook_id", "id"]
    )
