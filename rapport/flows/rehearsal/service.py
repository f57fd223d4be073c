"""Rehearse: set the stage, play, report."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from rapport.accounts import service as accounts
from rapport.accounts.types import Account
from rapport.flows import drafts
from rapport.flows import service as flows
from rapport.flows.drafts import Effect
from rapport.flows.plan import Flow
from rapport.flows.rehearsal import history, stage
from rapport.flows.rehearsal.casting import Cast, cast, depends_of
from rapport.flows.rehearsal.caveats import caveats
from rapport.flows.rehearsal.history import Comers
from rapport.flows.rehearsal.playing import Played, Player, Still, Tell, silent
from rapport.flows.rehearsal.reporting import Facts, Reporter, facts
from rapport.flows.rehearsal.stage import Stage
from rapport.flows.rehearsal.types import Caveat, Rehearsed
from rapport.kit import db
from rapport.kit.refusals import Refused


@dataclass(frozen=True)
class Rehearsal:
    """All that came of it, person by person, while it is on the stage."""

    stage: Stage
    account: Account
    cast: Cast
    comers: Comers
    played: Played
    facts: Facts


async def rehearse(
    pool: db.Pool,
    account_id: int,
    *,
    flow_id: str | None,
    definition: dict[str, Any] | None,
    days: int,
    base_url: str,
    tell: Tell = silent,
) -> Rehearsed:
    """Nothing of it is kept in the database, and nothing goes out. Raises Refused."""
    async with pool.connection() as conn:
        account = await accounts.load(conn, account_id)
        flow = await _flow(conn, account_id, flow_id)
        impact = await _impact(conn, account_id, flow, definition)
    async with stage.opened(pool) as opened:
        rehearsal = await played(opened, account, flow, definition, days, tell)
        return await _report(rehearsal, base_url, days, impact)


async def _flow(conn: db.Connection, account_id: int, flow_id: str | None) -> Flow | None:
    flow = None if flow_id is None else await flows.find(conn, account_id, flow_id)
    if flow_id is not None and flow is None:
        raise Refused(f"There is no flow with id {flow_id}.", pointer="/data/attributes/flow_id", status=404)
    return flow


async def _impact(
    conn: db.Connection, account_id: int, flow: Flow | None, definition: dict[str, Any] | None
) -> list[Effect]:
    if flow is None or definition is None:
        return []
    return await drafts.impact(conn, account_id, flow, drafts.drawn_of(flow, definition))


async def played(
    opened: Stage,
    account: Account,
    flow: Flow | None,
    definition: dict[str, Any] | None,
    days: int,
    tell: Tell = silent,
) -> Rehearsal:
    """The last `days` up to now. Raises Refused."""
    until = account.now()
    since = until - timedelta(days=days)
    await opened.go(until)
    staged = await cast(opened, replace(account, clock=Still(moment=since)), flow, definition)
    comers = await history.comers(opened, account, staged.flow, since, until)
    past = await history.load(opened, account, staged.flow, comers.people, depends_of(staged.flow), since, until)
    player = Player(opened, account, staged.flow, comers, past, since, until, tell)
    outcome = await player.play()
    return Rehearsal(opened, account, staged, comers, outcome, await facts(opened, account.account_id))


async def _report(rehearsal: Rehearsal, base_url: str, days: int, impact: list[Effect]) -> Rehearsed:
    outcome, account = rehearsal.played, rehearsal.account
    reporter = Reporter(rehearsal.stage, account, rehearsal.cast, outcome, rehearsal.facts, base_url)
    said = await caveats(rehearsal.stage.conn, account, rehearsal.cast, rehearsal.comers, outcome)
    if outcome.upto < outcome.until:
        said.insert(0, Caveat(None, f"It took too long: it goes up to {outcome.upto:%-d %B %H:%M} UTC only."))
    inside = sum(walk.visits[-1].left is None for walk in outcome.walks.values() if walk.visits)
    return Rehearsed(
        since=outcome.since,
        until=outcome.upto,
        considered=outcome.considered,
        not_entered={reason: len(entrants) for reason, entrants in outcome.not_entered.items()},
        not_entered_people=await reporter.not_entered(),
        entered=len(outcome.walks),
        completed=len(outcome.walks) - inside,
        inside=inside,
        steps=await reporter.steps(),
        caveats=said,
        impact=impact,
    )
