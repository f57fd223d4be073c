"""Versions of what a brand has several of, and of applications."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0091"
down_revision: str | None = "0090"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_EDITED = ("brand_logos", "brand_colors", "brand_buttons", "brand_social_groups", "oauth_apps")


def upgrade() -> None:
    # a column with a constant default is added without writing the rows anew
    for table in _EDITED:
        op.add_column(table, sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False))
    # of applications there are a few
    op.add_column("oauth_apps", sa.Column("updated", sa.DateTime(timezone=True)))
    op.execute("UPDATE oauth_apps SET updated = created")
    op.alter_column("oauth_apps", "updated", nullable=False)
