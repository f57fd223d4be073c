"""What of a profile's location an address of the network told."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0013"
down_revision: str | None = "0012"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    # a constant default is kept in the catalogue: no row is written
    op.add_column(
        "profiles", sa.Column("located", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False)
    )
