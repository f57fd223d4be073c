"""Keys that are disabled for a while, and what is said of applications."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision: str = "0031"
down_revision: str | None = "0030"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("api_keys", sa.Column("disabled", sa.DateTime(timezone=True), nullable=True))
    op.add_column("oauth_apps", sa.Column("catalogue", JSONB(), server_default=sa.text("'{}'"), nullable=False))
