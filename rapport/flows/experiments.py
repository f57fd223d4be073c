"""Tests of messages inside flows: variations by weight, until one wins (behaviour-messaging 1.18).

A test begins when its action is live. It ends by hand, at a date, or when one variation has almost certainly won; then
its main action is the winner, and everybody gets that.
"""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import accumulate
from typing import Any

import numpy as np
from msgspec import convert, structs
from psycopg.types.json import Jsonb

from rapport.accounts.types import Account
from rapport.flows import sending, versions
from rapport.flows.action_types import Experiment
from rapport.flows.definition import Step
from rapport.flows.plan import Action
from rapport.flows.runs import Round, Run
from rapport.kit import db
from rapport.messages.credits import VERSION_READ

# Statistical certainty: so many recipients of each, and so probable that one is the best.
RECIPIENTS = 500
CERTAIN = 0.9
_DRAWS = 20_000

_DELIVERED = """
    SELECT message_id, count(*) FROM messages WHERE account_id = %(account)s AND message_id = ANY(%(messages)s)
        AND status IN ('sent', 'in_doubt') GROUP BY 1"""
# Of what was delivered, the people who did it. Machines do not count.
_ENGAGED = """
    SELECT m.message_id, count(DISTINCT e.profile_id) FROM engagements e
    JOIN messages m ON m.account_id = e.account_id AND m.id = e.message_id
    WHERE e.account_id = %(account)s AND m.message_id = ANY(%(messages)s) AND e.kind = %(kind)s
        AND NOT e.flags ?| ARRAY['machine_open', 'bot_click']
    GROUP BY 1"""
_ORDERED = f"""
    SELECT m.message_id, count(DISTINCT a.profile_id) FROM attributions a
    JOIN messages m ON m.account_id = a.account_id AND m.id = a.message_id
    JOIN metrics t ON t.account_id = a.account_id AND t.id = a.metric_id AND t.name = 'Placed Order'
    WHERE a.account_id = %(account)s AND a.version = {VERSION_READ} AND m.message_id = ANY(%(messages)s) GROUP BY 1"""
_KINDS = {"unique-opens": "opened", "unique-clicks": "clicked"}
_WRITE = "UPDATE flow_actions SET data = %s, winner = %s, updated = %s WHERE account_id = %s AND id = %s"
# The main action becomes the winner, under its own name and id.
_TAKE_OVER = """
    UPDATE flow_messages m SET template_id = w.template_id, updated = %(now)s, content = w.content
        || jsonb_build_object('id', m.public_id, 'name', m.name)
    FROM flow_messages w WHERE m.account_id = %(account)s AND m.action_id = %(action)s AND m.inner_id = %(main)s
      AND w.account_id = %(account)s AND w.action_id = %(action)s AND w.inner_id = %(winner)s"""


@dataclass(frozen=True)
class Result:
    """Of one variation, by its inner id: delivered messages, and people who did what is counted."""

    variation: str
    delivered: int
    people: int

    @property
    def rate(self) -> float:
        return self.people / self.delivered if self.delivered else 0.0


async def send(work: Round, action: Action, runs: Sequence[Run]) -> None:
    """A step of a test: to each the variation that falls to them; to everybody the main action before and after it."""
    if action.data["experiment_status"] == "live":
        if (winner := await _decided(work, action)) is None:
            for variation, group in _divided(action, runs).items():
                await sending.send(work, action, action.message_of(int(variation)), group, variation=variation)
            return
        await _end(work.conn, work.account.account_id, action, winner, work.now)
        await versions.follow(work.conn, work.account.account_id, action.flow_id, work.now)
        await sending.send(work, action, action.message_of(int(winner)), runs, variation=winner)
        return
    await sending.send(work, action, action.message_of(int(action.data["main_action"]["id"])), runs)


async def changed(conn: db.Connection, account: Account, before: Action, after: Action, now: datetime) -> None:
    """An action was written anew. Whoever says that its test is completed ends it with the best so far."""
    if not after.kind.is_test or after.data["current_experiment"] is None:
        return
    if before.data["experiment_status"] == "live" and after.data["experiment_status"] == "completed":
        await _end(conn, account.account_id, after, best(await results(conn, account.account_id, after)), now)
    else:
        await turned(conn, account, after, str(after.status), now)


async def turned(conn: db.Connection, account: Account, action: Action, status: str, now: datetime) -> None:
    """The action was given a status: live begins its test, draft ends it with the best so far (1.18)."""
    experiment, state = action.data["current_experiment"], action.data["experiment_status"]
    if experiment is None:
        return
    if status == "live" and state == "draft":
        begun = action.data | {"experiment_status": "live"}
        begun["current_experiment"] = experiment | {"started": now.isoformat()}
        await db.execute(conn, _WRITE, (Jsonb(begun), None, now, account.account_id, action.id))
    elif status in ("draft", "disabled") and state == "live":
        outcomes = await results(conn, account.account_id, action)
        await _end(conn, account.account_id, action, best(outcomes), now)


def carried(action: Action, step: Step) -> Step:
    """A step of a draft, which may be older than what became of its test: a test that began goes on, one that is over
    stays so, with its winner. Ending it is the only thing that a draft can say of a test that runs."""
    experiment, was = getattr(step.data, "current_experiment", None), action.data
    if experiment is None or not step.kind.is_test or (was["current_experiment"] or {}).get("id") != experiment.id:
        return step
    state = was["experiment_status"]
    ends = (state, step.data.experiment_status) == ("live", "completed")
    running = structs.replace(experiment, started=was["current_experiment"]["started"])
    status = "completed" if ends else state
    changed_step = replace(step, data=structs.replace(step.data, experiment_status=status, current_experiment=running))
    if state != "completed" or step.data.experiment_status == "completed":
        return changed_step
    main = step.inner[0]
    won = convert(action.answered_data["main_action"]["data"], type(main.data))
    return replace(changed_step, inner=[replace(main, data=won), *step.inner[1:]])


def shares(action: Action) -> dict[str, float]:
    """Of each variation, by its inner id: the part of the people who get it, from 0 to 1."""
    weights = _weights(action)
    return {name: weight / sum(weight for _, weight in weights) for name, weight in weights}


def _weights(action: Action) -> list[tuple[str, float]]:
    experiment = action.data["current_experiment"]
    names = [variation["id"] for variation in experiment["variations"]]
    allocations = experiment["allocations"] or {}
    weights = [float(allocations.get(name, 0 if allocations else 1)) for name in names]
    return list(zip(names, weights if any(weights) else [1.0] * len(names), strict=True))


def _divided(action: Action, runs: Sequence[Run]) -> Mapping[str, list[Run]]:
    """By variation. The same person always falls to the same, whichever worker asks."""
    weights = _weights(action)
    bounds = list(accumulate(weight for _, weight in weights))
    groups: dict[str, list[Run]] = defaultdict(list)
    for run in runs:
        digest = hashlib.blake2b(f"{action.id}:{run.profile_id}".encode(), digest_size=8).digest()
        place = int.from_bytes(digest) / 2**64 * bounds[-1]
        at = next(number for number, bound in enumerate(bounds) if place < bound)
        groups[weights[at][0]].append(run)
    return groups


async def _decided(work: Round, action: Action) -> str | None:
    """The winner, once the test is over."""
    experiment: Experiment = action.typed.current_experiment
    settings = experiment.automatic_winner_selection_settings
    if not settings or not settings.enabled:
        return None
    end = settings.automatic_end_date
    if end is not None and datetime.fromisoformat(end) <= work.now:
        return best(await results(work.conn, work.account.account_id, action))
    if settings.automatic_end_statistical_certainty:
        return certain(await results(work.conn, work.account.account_id, action))
    return None


METRICS = ("unique-opens", "unique-clicks", "unique-placed-orders")


async def results(conn: db.Connection, account_id: int, action: Action, metric: str | None = None) -> list[Result]:
    """Of each variation, in their order, by what decides the test unless another metric is asked for."""
    experiment = action.data["current_experiment"]
    messages = {variation["id"]: action.message_of(int(variation["id"])) for variation in experiment["variations"]}
    scope: dict[str, Any] = {
        "account": account_id,
        "messages": [message.public_id for message in messages.values()],
    }
    delivered = dict(await db.rows(conn, _DELIVERED, scope))
    kind = _KINDS.get(metric or decides(action))
    rows = await db.rows(conn, _ENGAGED, scope | {"kind": kind}) if kind else await db.rows(conn, _ORDERED, scope)
    people = dict(rows)
    return [
        Result(id, delivered.get(message.public_id, 0), people.get(message.public_id, 0))
        for id, message in messages.items()
    ]


def decides(action: Action) -> str:
    """The metric by which the best variation is found."""
    return str(action.data["current_experiment"]["winner_metric"] or "unique-clicks")


def best(outcomes: Sequence[Result]) -> str:
    """The variation with the highest rate; of equals the first."""
    return max(outcomes, key=lambda outcome: outcome.rate).variation


def certain(outcomes: Sequence[Result]) -> str | None:
    """The variation that is almost certainly the best; None while none is."""
    if any(outcome.delivered < RECIPIENTS for outcome in outcomes):
        return None
    draws = np.random.default_rng(1)
    # What each rate may be after what was seen, where nothing was known before.
    rates = np.array(
        [draws.beta(1 + outcome.people, 1 + max(0, outcome.delivered - outcome.people), _DRAWS) for outcome in outcomes]
    )
    wins = np.bincount(rates.argmax(axis=0), minlength=len(outcomes)) / _DRAWS
    at = int(wins.argmax())
    return outcomes[at].variation if wins[at] >= CERTAIN else None


async def _end(conn: db.Connection, account_id: int, action: Action, winner: str, now: datetime) -> None:
    main = action.data["main_action"]
    ended = action.data | {"experiment_status": "completed"}
    await db.execute(conn, _WRITE, (Jsonb(ended), int(winner), now, account_id, action.id))
    parameters = {
        "account": account_id,
        "action": action.id,
        "main": int(main["id"]),
        "winner": int(winner),
        "now": now,
    }
    await db.execute(conn, _TAKE_OVER, parameters)
