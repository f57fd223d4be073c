"""The calendar: makes appointments of flows of dates, and lets people in when theirs has come."""

from rapport.accounts import service as accounts
from rapport.accounts.types import Account
from rapport.flows import appointments, entry, plan
from rapport.flows.entry import Entrant
from rapport.flows.plan import Flow
from rapport.kit import clock, db
from rapport.kit.loops import Apart

_BATCH = 1000
# One probe for each account that has such a flow; `start` is in the account's time, which a test clock moves.
_DUE = """
    SELECT a.account_id FROM accounts a
    WHERE EXISTS (SELECT FROM flow_appointments d WHERE d.account_id = a.account_id
                  AND d.start <= %(now)s + a.clock_offset)
        OR EXISTS (SELECT FROM flows f WHERE f.account_id = a.account_id AND f.trigger_kind = 'date'
            AND f.status IN ('manual', 'live') AND NOT f.archived AND f.entry_action_id IS NOT NULL
            AND (f.dated_until IS NULL OR f.dated_until < %(now)s + a.clock_offset + %(ahead)s::interval)
            AND EXISTS (SELECT FROM flow_actions s WHERE s.account_id = f.account_id AND s.flow_id = f.id
                        AND s.status IN ('manual', 'live')))"""
_TAKE = """
    DELETE FROM flow_appointments d USING (
        SELECT flow_id, profile_id, anchor FROM flow_appointments WHERE account_id = %(account)s AND start <= %(now)s
        ORDER BY start, flow_id, profile_id, anchor LIMIT %(limit)s FOR UPDATE SKIP LOCKED) AS t
    WHERE d.account_id = %(account)s AND d.flow_id = t.flow_id AND d.profile_id = t.profile_id AND d.anchor = t.anchor
    RETURNING d.flow_id, d.profile_id, d.anchor, d.start"""


class FlowCalendar:
    """A worker's loop."""

    idle_seconds = 1.0

    def __init__(self, pool: db.Pool) -> None:
        self._pool = pool
        self._apart = Apart("flow-calendar")

    async def run_once(self) -> int:
        """A step for each account where something is to do. Returns appointments kept and flows looked ahead for."""
        async with self._pool.connection() as conn:
            due = await db.rows(conn, _DUE, {"now": clock.utcnow(), "ahead": appointments.AHEAD})
        return await self._apart.each(due, self._step)

    async def _step(self, account_id: int) -> int:
        async with self._pool.connection() as conn:
            account = await accounts.load(conn, account_id)
            now = account.now()
            made = await appointments.look_ahead(conn, account, now)
            entering = await kept(conn, account)
            await entry.enter(conn, account, entering, now)
        return made + sum(len(entrants) for _, entrants in entering)


async def kept(conn: db.Connection, account: Account) -> list[tuple[Flow, list[Entrant]]]:
    """Take the next appointments that are due: who may enter which flow."""
    parameters = {"account": account.account_id, "now": account.now(), "limit": _BATCH}
    taken = await db.rows(conn, _TAKE, parameters)
    flows = await plan.load(conn, account.account_id, {row[0] for row in taken})
    by_flow: dict[int, list[Entrant]] = {flow_id: [] for flow_id in flows}
    for flow_id, profile, anchor, start in sorted(taken, key=lambda row: (row[3], row[1])):
        if flow_id in flows:
            entrant = Entrant(profile, f"date:{profile}:{anchor}", start, start, anchor=anchor)
            by_flow[flow_id].append(entrant)
    return [(flows[id], group) for id, group in by_flow.items()]
