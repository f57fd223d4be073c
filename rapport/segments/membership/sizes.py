"""How large each segment was, and who came and went: counted with every change of memberships, by quarter of an hour.

A quarter is the finest in which any timezone counts its days. `total` is what a quarter ended with; where none is
stored for a time, the one before still holds.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from rapport.kit import db

_ADD = """
    INSERT INTO segment_sizes AS s (account_id, segment_id, at, added, removed, total)
    SELECT %(account)s, c.segment_id, date_bin('15 minutes', %(now)s::timestamptz, 'epoch'::timestamptz),
        c.added, c.removed, coalesce(latest.total, 0) + c.added - c.removed
    FROM ({changes}) AS c (segment_id, added, removed) LEFT JOIN LATERAL (
        SELECT total FROM segment_sizes l WHERE l.account_id = %(account)s AND l.segment_id = c.segment_id
        ORDER BY at DESC LIMIT 1) AS latest ON true
    ORDER BY c.segment_id
    ON CONFLICT (account_id, segment_id, at) DO UPDATE SET
        added = s.added + excluded.added, removed = s.removed + excluded.removed,
        total = s.total + excluded.added - excluded.removed"""


def counting(changes: str) -> str:
    """A statement that counts `changes`: SQL of rows (segment, added, removed), at most one a segment. Its parameters
    are account, now and those of `changes`."""
    return _ADD.format(changes=changes)


_RECORD = counting("SELECT * FROM unnest(%(segments)s::bigint[], %(added)s::int[], %(removed)s::int[])")


async def record(
    conn: db.Connection, account_id: int, now: datetime, entered: Sequence[int], left: Sequence[int]
) -> None:
    """Count entries and exits; each is given by its segment's id. The caller holds the account's lock."""
    if not entered and not left:
        return
    added, removed = Counter(entered), Counter(left)
    segments = sorted(added.keys() | removed.keys())
    parameters = {
        "account": account_id,
        "now": now,
        "segments": db.array(segments),
        "added": db.array([added[segment] for segment in segments]),
        "removed": db.array([removed[segment] for segment in segments]),
    }
    await db.execute(conn, _RECORD, parameters)
