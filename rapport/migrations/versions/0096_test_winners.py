"""Which variation won a test inside a flow."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0096"
down_revision: str | None = "0095"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("flow_actions", sa.Column("winner", sa.BigInteger(), nullable=True))
