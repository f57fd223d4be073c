"""E-mail addresses are matched as mailboxes: the keys of those that are not ASCII, and the people who become one."""

from collections import defaultdict
from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from rapport.kit.mailboxes import identity

revision: str = "0019"
down_revision: str | None = "0018"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

# tenant-scope: every account's
_SPELLED = "SELECT account_id, value, profile_id FROM profile_identifiers WHERE kind = 2 AND value ~ '[^\\x01-\\x7f]'"
_HOLDERS = """
    SELECT i.value, i.profile_id, p.external_id IS NOT NULL FROM profile_identifiers i
    JOIN profiles p ON p.account_id = i.account_id AND p.id = i.profile_id
    WHERE i.account_id = :account AND i.kind = 2 AND i.value = ANY(:values)"""
_DROP = "DELETE FROM profile_identifiers WHERE account_id = :account AND kind = 2 AND value = ANY(:values)"
_KEEP = "INSERT INTO profile_identifiers (account_id, kind, value, profile_id) VALUES (:account, 2, :value, :profile)"
# The pipeline folds them, as it does what the API was asked to merge.
_MERGE = """
    INSERT INTO inbox (account_id, kind, body)
    VALUES (:account, 'merge', json_build_object('source', CAST(:source AS bigint), 'into', CAST(:into AS bigint)))"""


def upgrade() -> None:
    spellings: dict[tuple[int, str], set[str]] = defaultdict(set)
    for account, value, _ in op.get_bind().execute(sa.text(_SPELLED)):
        if identity(value) != value:
            spellings[account, identity(value)].add(value)
    for (account, mailbox), values in spellings.items():
        _unite(account, mailbox, sorted(values | {mailbox}))


def _unite(account: int, mailbox: str, values: list[str]) -> None:
    """One key for all spellings: of the person whose external id is known, else of the first who had one of them."""
    connection = op.get_bind()
    rows = connection.execute(sa.text(_HOLDERS), {"account": account, "values": values}).all()
    holders = {profile: (not named, profile) for _, profile, named in rows}
    into = min(holders, key=lambda profile: holders[profile])
    connection.execute(sa.text(_DROP), {"account": account, "values": values})
    connection.execute(sa.text(_KEEP), {"account": account, "value": mailbox, "profile": into})
    for source in sorted(holders.keys() - {into}):
        connection.execute(sa.text(_MERGE), {"account": account, "source": source, "into": into})
