"""No test account's clock is more than ten years ahead; one that was is brought back to that."""

from collections.abc import Sequence

from alembic import op

revision: str = "0016"
down_revision: str | None = "0015"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_MOST = "interval '3660 days'"


def upgrade() -> None:
    op.execute(f"UPDATE accounts SET clock_offset = {_MOST} WHERE clock_offset > {_MOST}")
    op.create_check_constraint(op.f("accounts_clock_offset_check"), "accounts", f"clock_offset <= {_MOST}")
