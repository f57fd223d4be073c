"""Putting people into a flow from before it was live (behaviour-messaging 1.19)."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import Any, Literal

from rapport.accounts.types import Account
from rapport.flows import delays, entry, plan
from rapport.flows.action_types import TimeDelay
from rapport.flows.entry import Entrant
from rapport.flows.plan import Flow
from rapport.flows.trigger_filter import Happened
from rapport.kit import db
from rapport.kit.refusals import Refused

Mode = Literal["start", "relative"]
_CHUNK = 2000
_WEEK = timedelta(weeks=1)
# Who was ever in the flow is not put in.
_NOT_IN = """NOT EXISTS (SELECT FROM enrolments e WHERE e.account_id = %(account)s AND e.flow_id = %(flow)s
        AND e.profile_id = m.profile_id)"""
_MEMBERS = {
    "list": f"""
        SELECT m.profile_id, m.joined FROM list_members m
        WHERE m.account_id = %(account)s AND m.list_id = %(ref)s AND m.profile_id > %(after)s AND {_NOT_IN}
        ORDER BY m.profile_id LIMIT %(limit)s""",
    "segment": f"""
        SELECT m.profile_id, m.joined FROM segment_members m
        WHERE m.account_id = %(account)s AND m.segment_id = %(ref)s AND m.profile_id > %(after)s AND {_NOT_IN}
        ORDER BY m.profile_id LIMIT %(limit)s""",
}
# Of each person the last event: those before it would be through already, or walk the same way behind it.
_EVENTS = f"""
    SELECT DISTINCT ON (m.profile_id) m.profile_id, m.time, m.id, m.properties::text, m.value::text FROM events m
    WHERE m.account_id = %(account)s AND m.metric_id = %(ref)s AND m.time >= %(oldest)s AND m.time <= %(now)s
        AND m.profile_id > %(after)s AND {_NOT_IN}
    ORDER BY m.profile_id, m.time DESC, m.id DESC LIMIT %(limit)s"""
_PAST = {
    "list": f"""
        SELECT count(*) FROM list_members m
        WHERE m.account_id = %(account)s AND m.list_id = %(ref)s AND {_NOT_IN}""",
    "segment": f"""
        SELECT count(*) FROM segment_members m
        WHERE m.account_id = %(account)s AND m.segment_id = %(ref)s AND {_NOT_IN}""",
    "metric": f"""
        SELECT count(DISTINCT m.profile_id) FROM events m
        WHERE m.account_id = %(account)s AND m.metric_id = %(ref)s AND m.time >= %(oldest)s AND m.time <= %(now)s
            AND {_NOT_IN}""",
}


def modes(flow: Flow) -> list[Mode]:
    """How people can be put in: at the first step now, or each as far along as they would be."""
    if flow.trigger_ref is None:
        return []
    return {"list": ["start", "relative"], "segment": ["start", "relative"], "metric": ["relative"]}.get(
        flow.trigger_kind, []
    )  # type: ignore[return-value]


def check(flow: Flow, mode: Mode) -> None:
    """Raises Refused."""
    pointer = "/data/attributes/mode"
    if mode not in modes(flow):
        detail = f"A flow of type '{flow.trigger_type}' can't be filled with people like this."
        raise Refused(detail, pointer=pointer)
    if flow.status == "draft" or flow.archived:
        raise Refused("The flow must be live or manual.", pointer="/data", status=409)


def length(flow: Flow) -> timedelta:
    """At least how long the longest way through the flow takes: who began it before that is through."""
    longest: dict[int, timedelta] = {}
    for action in flow.from_the_end:
        onward = [longest[to] for to in flow.onward_of(action) if to in longest]
        delay = action.typed
        own = delays.nominal(delay) + _WEEK if isinstance(delay, TimeDelay) else timedelta()
        longest[action.id] = own + max(onward, default=timedelta())
    return longest.get(flow.entry_action_id or 0, timedelta()) + timedelta(hours=4)


def _parameters(account: Account, flow: Flow, now: datetime) -> dict[str, Any]:
    scope = {"account": account.account_id, "flow": flow.id, "ref": flow.trigger_ref}
    return scope | {"now": now, "oldest": now - length(flow), "after": 0, "limit": _CHUNK}


async def past(conn: db.Connection, account: Account, flow: Flow, now: datetime) -> int:
    """How many could be put in, before the flow's filter."""
    if not modes(flow):
        return 0
    row = await db.row(conn, _PAST[flow.trigger_kind], _parameters(account, flow, now))
    return int(row[0]) if row else 0


async def fill(
    transaction: Callable[[], AbstractAsyncContextManager[db.Connection]],
    account: Account,
    flow_id: int,
    mode: Mode,
    now: datetime,
) -> int:
    """Put them in, some thousands a transaction; those of before stay in when one fails, and a second call goes on.
    Returns how many entered."""
    entered, after = 0, 0
    while True:
        async with transaction() as conn:
            flow = (await plan.load(conn, account.account_id, [flow_id])).get(flow_id)
            if flow is None:
                return entered
            check(flow, mode)
            entrants, last = await _next(conn, account, flow, mode, now, after)
            if last is None:
                return entered
            entered += await entry.put_in(conn, account, flow, entrants, now, relative=mode == "relative")
            after = last


async def _next(
    conn: db.Connection, account: Account, flow: Flow, mode: Mode, now: datetime, after: int
) -> tuple[list[Entrant], int | None]:
    """The next people by id, and the last id that was looked at; None = there are no more."""
    parameters = _parameters(account, flow, now) | {"after": after}
    if flow.trigger_kind == "metric":
        rows = await db.rows(conn, _EVENTS, parameters)
        passing = await entry.passing_events(conn, flow, [Happened(*row[2:]) for row in rows], now)
        entrants = [Entrant(row[0], str(row[2]), row[1], row[1], row[2]) for row in rows if row[2] in passing]
    else:
        rows = await db.rows(conn, _MEMBERS[flow.trigger_kind], parameters)
        when = {row[0]: row[1] if mode == "relative" else now for row in rows}
        entrants = [Entrant(profile, f"put-in:{profile}", at, at) for profile, at in when.items()]
    return entrants, rows[-1][0] if rows else None
