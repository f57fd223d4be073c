"""How segments grew and shrank, from what is counted with every change (behaviour-messaging 6.4)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from rapport.kit import db
from rapport.kit.jsonapi import Condition, invalid, parse_filter

MAX_ITEMS = 100
_FILTER = "/data/attributes/filter"
# The total of an interval is the latest that was stored until its end; before the first, nobody was in it.
_CELLS = """
    SELECT s.public_id, i.place, c.added, c.removed, coalesce(t.total, 0)
    FROM segments s
    CROSS JOIN unnest(%(starts)s::timestamptz[], %(ends)s::timestamptz[]) WITH ORDINALITY AS i (start, until, place)
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(z.added), 0)::bigint AS added, coalesce(sum(z.removed), 0)::bigint AS removed
        FROM segment_sizes z
        WHERE z.account_id = s.account_id AND z.segment_id = s.id AND z.at >= i.start AND z.at < i.until) AS c
    LEFT JOIN LATERAL (
        SELECT z.total FROM segment_sizes z
        WHERE z.account_id = s.account_id AND z.segment_id = s.id AND z.at < i.until ORDER BY z.at DESC LIMIT 1) AS t
        ON true
    WHERE s.account_id = %(account)s AND (%(segments)s::text[] IS NULL OR s.public_id = ANY(%(segments)s))
    ORDER BY s.id, i.place"""


@dataclass(frozen=True)
class Cell:
    """One segment in one interval; `total` at its end."""

    added: int
    removed: int
    total: int


STATISTICS: Mapping[str, Callable[[Cell], int]] = {
    "total_members": lambda cell: cell.total,
    "members_added": lambda cell: cell.added,
    "members_removed": lambda cell: cell.removed,
    "net_members_changed": lambda cell: cell.added - cell.removed,
}


def checked_statistics(names: Sequence[str]) -> Sequence[str]:
    """Raises ApiError 400 for none, and for what is no statistic of segments."""
    if not names:
        raise invalid("At least one statistic is required.", pointer="/data/attributes/statistics")
    for at, name in enumerate(names):
        if name not in STATISTICS:
            detail = f"'{name}' is not a statistic. Statistics: {', '.join(sorted(STATISTICS))}."
            raise invalid(detail, pointer=f"/data/attributes/statistics/{at}")
    return list(dict.fromkeys(names))


def wanted_segments(text: str | None) -> list[str] | None:
    """Public ids that `filter` names; None = all. Raises ApiError 400."""
    conditions = parse_filter(text or "", pointer=_FILTER)
    if len(conditions) > 1:
        raise invalid("Only one filter can be used on segment_id.", pointer=_FILTER)
    return _ids(conditions[0]) if conditions else None


def _ids(condition: Condition) -> list[str]:
    if condition.field != "segment_id":
        raise invalid(f"'{condition.field}' cannot be filtered on. Filters: segment_id.", pointer=_FILTER)
    if condition.op not in ("equals", "any"):
        raise invalid(f"segment_id is filtered with equals or any, not {condition.op}.", pointer=_FILTER)
    values = condition.value if isinstance(condition.value, list) else [condition.value]
    if len(values) > MAX_ITEMS:
        raise invalid(f"A filter's list has at most {MAX_ITEMS} items.", pointer=_FILTER)
    if not all(isinstance(value, str) for value in values):
        raise invalid("Ids of segments are strings.", pointer=_FILTER)
    return [str(value) for value in values]


async def cells(
    conn: db.Connection, account_id: int, segments: Sequence[str] | None, edges: Sequence[datetime]
) -> dict[str, list[Cell]]:
    """By public id, one for each interval between `edges`, which lie on quarters of an hour."""
    parameters = {
        "account": account_id,
        "starts": list(edges[:-1]),
        "ends": list(edges[1:]),
        "segments": None if segments is None else list(segments),
    }
    cells_by_segment: dict[str, list[Cell]] = {}
    for public_id, _, added, removed, total in await db.rows(conn, _CELLS, parameters):
        cells_by_segment.setdefault(public_id, []).append(Cell(added, removed, total))
    return cells_by_segment
