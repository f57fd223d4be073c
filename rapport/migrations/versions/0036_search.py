"""Indexes for the beginnings of names, addresses and numbers."""

from collections.abc import Sequence

from alembic import op

revision: str = "0036"
down_revision: str | None = "0035"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    # Writers of profiles wait some seconds for half a million; what is accepted goes to the inbox meanwhile. Built
    # concurrently, an index would wait for other processes that queue to migrate, and they for this one.
    op.execute(
        "CREATE INDEX profiles_first_name_idx ON profiles (account_id, lower(first_name) text_pattern_ops)"
        " WHERE first_name IS NOT NULL"
    )
    op.execute(
        "CREATE INDEX profiles_last_name_idx ON profiles (account_id, lower(last_name) text_pattern_ops)"
        " WHERE last_name IS NOT NULL"
    )
    op.execute(
        "CREATE INDEX profile_identifiers_value_idx ON profile_identifiers (account_id, value text_pattern_ops)"
        " WHERE kind < 4"
    )
