"""OAuth 2.0: applications, what accounts allowed them, and access tokens."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0012"
down_revision: str | None = "0011"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    _apps()
    _grants()
    _tokens()


def _apps() -> None:
    op.create_table(
        "oauth_apps",
        sa.Column("app_id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("redirect_uris", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("app_id", name=op.f("oauth_apps_pkey")),
        sa.UniqueConstraint("client_id", name=op.f("oauth_apps_client_id_key")),
    )


def _grants() -> None:
    op.create_table(
        "oauth_grants",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("app_id", sa.Integer(), nullable=False),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("redirect_uri", sa.Text(), nullable=False),
        sa.Column("challenge", sa.Text(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("refresh_hash", sa.LargeBinary(), nullable=True),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.account_id"]),
        sa.ForeignKeyConstraint(["app_id"], ["oauth_apps.app_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("oauth_grants_pkey")),
        sa.UniqueConstraint("code_hash", name=op.f("oauth_grants_code_hash_key")),
        sa.UniqueConstraint("refresh_hash", name=op.f("oauth_grants_refresh_hash_key")),
    )


def _tokens() -> None:
    op.create_table(
        "oauth_tokens",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("grant_id", sa.BigInteger(), nullable=False),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "grant_id"], ["oauth_grants.account_id", "oauth_grants.id"], ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", "hash", name=op.f("oauth_tokens_pkey")),
        sa.UniqueConstraint("hash", name=op.f("oauth_tokens_hash_key")),
    )
    op.create_index("oauth_tokens_grant_idx", "oauth_tokens", ["account_id", "grant_id"])
