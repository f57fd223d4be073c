"""Bulk imports, deletions of people, and suppression jobs that are worked off chunk by chunk."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_OPEN = "status IN ('queued', 'processing')"


def upgrade() -> None:
    _imports()
    _deletions()
    reached = sa.Column("reached", sa.BigInteger(), server_default=sa.text("0"), nullable=False)
    op.add_column("suppression_jobs", reached)
    op.create_index(
        "suppression_jobs_open_idx", "suppression_jobs", ["account_id", "id"], postgresql_where=sa.text(_OPEN)
    )


def _imports() -> None:
    op.create_table(
        "import_jobs",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("ulid", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("lists", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("completed", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("failed", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("import_jobs_pkey")),
        sa.UniqueConstraint("account_id", "ulid", name=op.f("import_jobs_account_id_ulid_key")),
    )
    op.create_index(op.f("import_jobs_account_id_created_id_idx"), "import_jobs", ["account_id", "created", "id"])
    op.create_index("import_jobs_open_idx", "import_jobs", ["account_id", "id"], postgresql_where=sa.text(_OPEN))
    op.create_table(
        "import_rows",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("job_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("body", postgresql.JSON(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "job_id", "number", name=op.f("import_rows_pkey")),
    )
    op.create_table(
        "import_errors",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("uuid", sa.Text(), nullable=False),
        sa.Column("job_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("pointer", sa.Text(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("import_errors_pkey")),
    )
    op.create_index(op.f("import_errors_account_id_job_id_id_idx"), "import_errors", ["account_id", "job_id", "id"])
    op.create_table(
        "import_profiles",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("job_id", sa.BigInteger(), nullable=False),
        sa.Column("profile_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "job_id", "profile_id", name=op.f("import_profiles_pkey")),
    )
    op.create_index(op.f("import_profiles_account_id_profile_id_idx"), "import_profiles", ["account_id", "profile_id"])


def _deletions() -> None:
    op.create_table(
        "deletion_jobs",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("named_by", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("accepted", sa.BigInteger(), nullable=False),
        sa.Column("deleted", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("deletion_jobs_pkey")),
    )
    op.create_index(
        "deletion_jobs_open_idx", "deletion_jobs", ["account_id", "id"], postgresql_where=sa.text("status = 'queued'")
    )
    op.create_table(
        "deleted_profiles",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("profile_id", sa.BigInteger(), nullable=False),
        sa.Column("ulid", sa.Text(), nullable=False),
        sa.Column("deleted", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "profile_id", name=op.f("deleted_profiles_pkey")),
        sa.UniqueConstraint("account_id", "ulid", name=op.f("deleted_profiles_account_id_ulid_key")),
    )
    op.create_index(
        op.f("deleted_profiles_account_id_deleted_profile_id_idx"),
        "deleted_profiles",
        ["account_id", "deleted", "profile_id"],
    )
