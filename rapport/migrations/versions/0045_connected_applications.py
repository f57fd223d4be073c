"""Who allowed an application, and when it last called."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0045"
down_revision: str | None = "0041"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("oauth_grants", sa.Column("called", sa.DateTime(timezone=True), nullable=True))
    op.add_column("oauth_grants", sa.Column("user_id", sa.Integer(), nullable=True))
