"""The whole grammar of flows: messages inside tests, dates, people put in, drafts, recipients of alerts."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0061"
down_revision: str | None = "0060"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("flow_messages", sa.Column("inner_id", sa.BigInteger(), nullable=True))
    op.add_column("flows", sa.Column("dated_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("enrolments", sa.Column("anchor", sa.Date(), nullable=True))
    op.add_column("enrolments", sa.Column("yes_at", sa.BigInteger(), nullable=True))
    op.add_column(
        "enrolments", sa.Column("back_populated", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.add_column("enrolments", sa.Column("silent_before", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "flow_appointments",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("flow_id", sa.BigInteger(), nullable=False),
        sa.Column("profile_id", sa.BigInteger(), nullable=False),
        sa.Column("anchor", sa.Date(), nullable=False),
        sa.Column("start", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "flow_id", "profile_id", "anchor", name=op.f("flow_appointments_pkey")),
    )
    op.create_index(op.f("flow_appointments_account_id_start_idx"), "flow_appointments", ["account_id", "start"])
    op.create_index(
        op.f("flow_appointments_account_id_profile_id_idx"), "flow_appointments", ["account_id", "profile_id"]
    )
    op.create_table(
        "removed_flow_actions",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("action_id", sa.BigInteger(), nullable=False),
        sa.Column("flow_id", sa.BigInteger(), nullable=False),
        sa.Column("next_id", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("account_id", "action_id", name=op.f("removed_flow_actions_pkey")),
    )
    op.create_table(
        "flow_drafts",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("flow_id", sa.BigInteger(), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("definition", postgresql.JSONB(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("updated", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "flow_id", name=op.f("flow_drafts_pkey")),
        sa.UniqueConstraint("account_id", "public_id", name=op.f("flow_drafts_account_id_public_id_key")),
    )
    op.create_table(
        "alert_recipients",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("asked", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("account_id", "email", name=op.f("alert_recipients_pkey")),
        sa.UniqueConstraint("account_id", "token", name=op.f("alert_recipients_account_id_token_key")),
    )
