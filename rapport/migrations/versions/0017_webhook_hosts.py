"""The host of a webhook call, by which its places are counted."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0017"
down_revision: str | None = "0016"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    # a constant default is kept in the catalogue: no row is written
    op.add_column("webhook_calls", sa.Column("host", sa.Text(), server_default=sa.text("''"), nullable=False))
    # few: those that are not made yet
    op.execute(
        r"""UPDATE webhook_calls
            SET host = coalesce(lower(substring(url from '^[A-Za-z]+://(?:[^/?#@]*@)?(\[[^]]*\]|[^/:?#]*)')), '')
            WHERE status IN ('queued', 'in_flight')"""
    )
    op.create_index(
        "webhook_calls_waiting_idx",
        "webhook_calls",
        ["account_id", "host", "due", "id"],
        postgresql_where=sa.text("status IN ('queued', 'in_flight')"),
    )
