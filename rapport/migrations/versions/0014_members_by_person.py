"""Members of segments kept person by person: one index less to write, and a batch's memberships lie side by side."""

from collections.abc import Sequence

from alembic import op

revision: str = "0014"
down_revision: str | None = "0013"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.drop_constraint("segment_members_pkey", "segment_members")
    op.create_primary_key("segment_members_pkey", "segment_members", ["account_id", "profile_id", "segment_id"])
    op.drop_index("segment_members_account_id_profile_id_idx", "segment_members")
