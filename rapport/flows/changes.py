"""Word left in the inbox when somebody enters or ends a flow, so that what asks who is in it follows.

One row for each flow and batch, whether or not anything asks: to know for certain that nothing does, an engine would
have to wait for whoever is writing a definition, which costs it more than the row.
"""

from collections.abc import Collection, Mapping

from rapport.inbox import service as inbox
from rapport.inbox.types import Change
from rapport.kit import db

WHAT = "flow"


async def tell(conn: db.Connection, account_id: int, runs: Mapping[int, Collection[int]]) -> None:
    """`runs`: profiles whose run began or ended, by the flow's own id; in the transaction that writes them."""
    changes = [Change(sorted(set(profiles)), [WHAT], group=flow) for flow, profiles in runs.items() if profiles]
    if changes:
        await inbox.append(conn, account_id, changes)
