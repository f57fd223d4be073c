"""Changes put into the inbox when a profile enters or leaves a flow, for segments that depend on it.

One row for each flow and batch, whether or not a segment depends on the flow: to be certain that none does, the engine
would have to wait for whoever is writing a definition, which costs more than the row.
"""

from collections.abc import Collection, Mapping

from rapport.inbox import service as inbox
from rapport.inbox.types import Change
from rapport.kit import db

WHAT = "flow"


async def enqueue(conn: db.Connection, account_id: int, runs: Mapping[int, Collection[int]]) -> None:
    """Append the changes, in the transaction that writes the runs. `runs`: profiles whose run began or ended, by the
    flow's internal id."""
    changes = [Change(sorted(set(profiles)), [WHAT], group=flow) for flow, profiles in runs.items() if profiles]
    if changes:
        await inbox.append(conn, account_id, changes)
