"""Users, their roles, invitations and ways to sign in; what keys were last used for; the audit log.

A session is of a user now, so those of before end.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0027"
down_revision: str | None = "0026"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    _users()
    _ways_in()
    _sessions()
    op.add_column("api_keys", sa.Column("expires", _TIME))
    op.add_column("api_keys", sa.Column("used", _TIME))
    op.create_table(
        "audit_log",
        sa.Column("account_id", sa.Integer(), sa.ForeignKey("accounts.account_id"), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("time", _TIME, nullable=False),
        sa.Column("user_id", sa.Integer()),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text()),
        sa.Column("target", sa.Text()),
        sa.Column("fields", postgresql.ARRAY(sa.Text()), nullable=False, server_default=sa.text("'{}'")),
        sa.Column("status", sa.SmallInteger()),
        sa.PrimaryKeyConstraint("account_id", "id", name="audit_log_pkey"),
    )
    op.create_index("audit_log_account_id_time_idx", "audit_log", ["account_id", "time"])


def _users() -> None:
    op.create_table(
        "users",
        sa.Column("user_id", sa.Integer(), sa.Identity(), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("email", sa.Text()),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("password", sa.Text()),
        sa.Column("totp", sa.Text()),
        sa.Column("totp_confirmed", sa.Boolean(), nullable=False, server_default=sa.text("false")),
        sa.Column("totp_step", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("recovery_codes", postgresql.ARRAY(sa.LargeBinary()), nullable=False, server_default=sa.text("'{}'")),
        sa.Column("is_administrator", sa.Boolean(), nullable=False, server_default=sa.text("false")),
        sa.Column("oidc_subject", sa.Text()),
        sa.Column("created", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("user_id", name="users_pkey"),
        sa.UniqueConstraint("public_id", name="users_public_id_key"),
        sa.UniqueConstraint("email", name="users_email_key"),
        sa.UniqueConstraint("oidc_subject", name="users_oidc_subject_key"),
    )
    op.create_table(
        "members",
        sa.Column("account_id", sa.Integer(), sa.ForeignKey("accounts.account_id"), nullable=False),
        sa.Column("user_id", sa.Integer(), sa.ForeignKey("users.user_id"), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("created", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("account_id", "user_id", name="members_pkey"),
    )
    op.create_index("members_user_id_idx", "members", ["user_id"])


def _ways_in() -> None:
    op.create_table(
        "passkeys",
        sa.Column("user_id", sa.Integer(), sa.ForeignKey("users.user_id"), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created", _TIME, nullable=False),
        sa.Column("used", _TIME),
        sa.PrimaryKeyConstraint("user_id", "credential_id", name="passkeys_pkey"),
        sa.UniqueConstraint("credential_id", name="passkeys_credential_id_key"),
    )
    op.create_table(
        "invitations",
        sa.Column("account_id", sa.Integer(), sa.ForeignKey("accounts.account_id"), nullable=False),
        sa.Column("id", sa.Integer(), sa.Identity(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("invited_by", sa.Text(), nullable=False),
        sa.Column("created", _TIME, nullable=False),
        sa.Column("until", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("account_id", "id", name="invitations_pkey"),
        sa.UniqueConstraint("hash", name="invitations_hash_key"),
        sa.UniqueConstraint("account_id", "email", name="invitations_account_id_email_key"),
    )
    op.create_table(
        "challenges",
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("until", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("hash", name="challenges_pkey"),
    )
    op.create_table(
        "sign_in_failures",
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("until", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("hash", name="sign_in_failures_pkey"),
    )
    op.create_table(
        "account_letters",
        sa.Column("account_id", sa.Integer(), sa.ForeignKey("accounts.account_id"), nullable=False),
        sa.Column("id", sa.Integer(), sa.Identity(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("due", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("account_id", "id", name="account_letters_pkey"),
    )


def _sessions() -> None:
    op.execute("DELETE FROM sign_in_links")
    op.execute("DELETE FROM sessions")
    for table in ("sign_in_links", "sessions"):
        op.add_column(table, sa.Column("user_id", sa.Integer(), sa.ForeignKey("users.user_id"), nullable=False))
    op.add_column("sign_in_links", sa.Column("kind", sa.Text(), nullable=False, server_default="sign-in"))
    op.add_column("sessions", sa.Column("id", sa.Integer(), sa.Identity(), nullable=False))
    op.create_unique_constraint("sessions_id_key", "sessions", ["id"])
    op.add_column("sessions", sa.Column("used", _TIME, nullable=False))
    op.add_column("sessions", sa.Column("agent", sa.Text(), nullable=False, server_default=""))
    op.add_column("sessions", sa.Column("address", sa.Text(), nullable=False, server_default=""))
    op.create_index("sessions_user_id_idx", "sessions", ["user_id"])
