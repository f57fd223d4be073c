"""Credits have a version and a share: several touches may share an event, and a new version is written beside the old.

What is there is the first version, each event wholly one touch's. The columns come without the tables being written
again; the keys' indexes are built while nothing writes credits, which takes about a second for a million of them.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0024"
down_revision: str | None = "0023"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("attributions", sa.Column("version", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("attributions", sa.Column("share", sa.Numeric(), nullable=False, server_default="1"))
    op.drop_constraint("attributions_pkey", "attributions")
    op.create_primary_key("attributions_pkey", "attributions", ["account_id", "version", "event_id", "touch_event_id"])
    op.drop_index("attributions_account_id_profile_id_idx", "attributions")
    op.create_index(
        op.f("attributions_account_id_profile_id_version_idx"), "attributions", ["account_id", "profile_id", "version"]
    )
    op.add_column("credit_totals", sa.Column("version", sa.Integer(), nullable=False, server_default="0"))
    op.alter_column("credit_totals", "conversions", type_=sa.Numeric())
    op.drop_constraint("credit_totals_pkey", "credit_totals")
    op.create_primary_key(
        "credit_totals_pkey",
        "credit_totals",
        ["account_id", "version", "metric_id", "source", "sent", "message_id", "variation_id", "channel"],
    )
