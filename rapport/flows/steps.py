"""Steps: what each type of action does to the runs that stand at it.

A step takes all runs at one action and moves each on, into a delay, or out.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from rapport.flows import (
    alerts,
    branches,
    dates,
    delays,
    experiments,
    filters,
    sending,
    trigger_filter,
    updating,
    webhooks,
)
from rapport.flows.action_types import (
    KINDS,
    Branch,
    ConditionalSplit,
    CountdownDelay,
    MultiBranchSplit,
    TargetDate,
    TimeDelay,
    TriggerSplit,
)
from rapport.flows.plan import Action
from rapport.flows.runs import PASSED, PAST, Round, Run
from rapport.flows.trigger_filter import TriggerFilter
from rapport.flows.trigger_types import DateTrigger
from rapport.kit import db

Step = Callable[[Round, Action, Sequence[Run]], Awaitable[None]]

_ZONES = """
    SELECT id, location ->> 'timezone' FROM profiles
    WHERE account_id = %s AND id = ANY(%s) AND location ->> 'timezone' IS NOT NULL"""


async def take(work: Round, action: Action, runs: Sequence[Run]) -> None:
    """Let `runs` take the step they stand at."""
    await _STEPS[action.type](work, action, runs)


async def _delay(work: Round, action: Action, runs: Sequence[Run]) -> None:
    delay: TimeDelay = action.typed
    wanted = delay.timezone if delays.needs_zone(delay) else None
    await _wait(work, action, runs, wanted, lambda run, zone: delays.end(delay, run.due, zone))


async def _target_date(work: Round, action: Action, runs: Sequence[Run]) -> None:
    target: TargetDate = action.typed
    trigger = work.flow_of(action).typed_trigger
    assert isinstance(trigger, DateTrigger)

    def until(run: Run, zone: ZoneInfo) -> datetime:
        return dates.target(target, trigger, run.anchor, zone) if run.anchor else run.due

    await _wait(work, action, runs, target.timezone, until)


async def _countdown(work: Round, action: Action, runs: Sequence[Run]) -> None:
    delay: CountdownDelay = action.typed
    trigger = work.flow_of(action).typed_trigger
    assert isinstance(trigger, DateTrigger)

    def until(run: Run, zone: ZoneInfo) -> datetime:
        return dates.countdown(delay, trigger, run.anchor, zone) if run.anchor else run.due

    await _wait(work, action, runs, delay.timezone, until)


async def _wait(
    work: Round,
    action: Action,
    runs: Sequence[Run],
    zone_name: str | None,
    until: Callable[[Run, ZoneInfo], datetime],
) -> None:
    """Those who arrive wait; whose wait is over goes on. `zone_name`: an IANA name, or `profile`; None = no zone
    matters."""
    flow = work.flow_of(action)
    over, arrived = [run for run in runs if run.waiting], [run for run in runs if not run.waiting]
    if action.id not in flow.leads_on:
        # Nothing live follows: there is nothing to wait for (1.7).
        for run in arrived:
            run.go(None)
        arrived = []
    zones = {} if zone_name is None else await _zones(work, zone_name, arrived)
    account_zone = _zone(work.account.timezone)
    for run in arrived:
        run.wait(max(run.due, until(run, zones.get(run.profile_id, account_zone))))
    for run in over:
        run.go(flow.onward(action))
    work.passed(action, len(over))


async def _zones(work: Round, zone_name: str, runs: Sequence[Run]) -> Mapping[int, ZoneInfo]:
    """Time zones by profile; the account's holds for profiles without one (1.8)."""
    profiles = {run.profile_id for run in runs}
    if zone_name != "profile":
        return dict.fromkeys(profiles, ZoneInfo(zone_name))
    if not profiles:
        return {}
    rows = await db.rows(work.conn, _ZONES, (work.account.account_id, list(profiles)))
    return {profile: zone for profile, name in rows if (zone := _known_zone(name)) is not None}


def _known_zone(name: str) -> ZoneInfo | None:
    """The zone, or None: a profile's time zone is free text."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _zone(name: str) -> ZoneInfo:
    return _known_zone(name) or ZoneInfo("UTC")


async def _conditional_split(work: Round, action: Action, runs: Sequence[Run]) -> None:
    split: ConditionalSplit = action.typed
    # Who waited where the split was put in is not asked (1.7, vector F12).
    unasked = {run.id for run in runs if run.yes_at == action.id}
    asked = [run for run in runs if run.id not in unasked]
    profile_filter = work.flow_of(action).parsed(split.profile_filter, str(action.id))
    passing = await filters.passing(work.conn, work.account, profile_filter, asked, work.now)
    _branch(work, action, runs, unasked | {run.id for run in passing})


async def _trigger_split(work: Round, action: Action, runs: Sequence[Run]) -> None:
    split: TriggerSplit = action.typed
    if split.trigger_filter is None:
        _branch(work, action, runs, {run.id for run in runs})
        return
    parsed_filter = trigger_filter.parse(split.trigger_filter, pointer="")
    _branch(work, action, runs, {run.id for run in await _by_event(work, parsed_filter, runs)})


async def _by_event(work: Round, parsed_filter: TriggerFilter, runs: Sequence[Run]) -> list[Run]:
    """Those whose event passes."""
    events = await work.events(runs)
    started = {run.event_id for run in runs}
    wanted = [event for id, event in events.items() if id in started]
    passing = await trigger_filter.passing(work.conn, parsed_filter, wanted, work.now)
    return [run for run in runs if run.event_id in passing]


def _branch(work: Round, action: Action, runs: Sequence[Run], yes: set[int]) -> None:
    flow = work.flow_of(action)
    for run in runs:
        way = "next_if_true" if run.id in yes else "next_if_false"
        run.go(flow.onward(action, way), way)
    work.passed(action, len(runs))


async def _multi_branch(work: Round, action: Action, runs: Sequence[Run]) -> None:
    """In their order, the first that fits; what takes the rest is asked last, wherever it stands (1.10)."""
    split: MultiBranchSplit = action.typed
    flow, left = work.flow_of(action), list(runs)
    ordered = sorted(enumerate(split.branches), key=lambda at: (at[1].is_else, at[1].order or 0, at[0]))
    for _, branch in ordered:
        taking = left if branch.is_else else await _fitting(work, action, branch, left)
        for run in taking:
            run.go(flow.onward(action, branch.branch_id), branch.branch_id)
        taken = {run.id for run in taking}
        left = [run for run in left if run.id not in taken]
    for run in left:
        run.go(flow.beyond(action), "")
    work.passed(action, len(runs))


async def _fitting(work: Round, action: Action, branch: Branch, runs: Sequence[Run]) -> list[Run]:
    """Without a filter, everybody."""
    fitting, place = list(runs), f"flow:{action.flow_id}:{action.id}:{branch.branch_id}"
    for group in branches.parse(branch.branch_filter, place=place) if branch.branch_filter else ():
        meeting: set[int] = set()
        if group.definition is not None:
            passing = await filters.passing(work.conn, work.account, group.definition, fitting, work.now)
            meeting |= {run.id for run in passing}
        if group.trigger_filter is not None:
            meeting |= {run.id for run in await _by_event(work, group.trigger_filter, fitting)}
        fitting = [run for run in fitting if run.id in meeting]
    return fitting


def _acting(act: Step, *, reviewed: bool = False) -> Step:
    """Only an action that is live acts. Others are passed silently: nobody waits for them (1.6). `reviewed`: what a
    manual one sends waits for a review, while its recipients go on."""

    async def step(work: Round, action: Action, runs: Sequence[Run]) -> None:
        if action.status == "live" or (reviewed and action.status == "manual"):
            # Of people who were put in as of long ago: what lies in the past is not made up for (1.19).
            current = []
            for run in runs:
                if run.silent_before is None or run.due >= run.silent_before:
                    current.append(run)
                else:
                    run.note(PAST)
            if current:
                await act(work, action, current)
            work.passed(action, len(runs))
        else:
            for run in runs:
                run.note(PASSED)
        await _pass(work, action, runs)

    return step


async def _pass(work: Round, action: Action, runs: Sequence[Run]) -> None:
    flow, way = work.flow_of(action), next(iter(action.links))
    for run in runs:
        run.go(flow.onward(action, way))


_STEPS: Mapping[str, Step] = {
    "ab-test": _acting(experiments.send, reviewed=True),
    "conditional-split": _conditional_split,
    "countdown-delay": _countdown,
    "list-update": _acting(updating.update_lists),
    "multi-branch-split": _multi_branch,
    "send-email": _acting(sending.send_email, reviewed=True),
    "send-internal-alert": _acting(alerts.send, reviewed=True),
    "send-webhook": _acting(webhooks.call),
    "target-date": _target_date,
    "time-delay": _delay,
    "trigger-split": _trigger_split,
    "update-profile": _acting(updating.update_profiles),
} | dict.fromkeys((type for type, kind in KINDS.items() if kind.lacks is not None), _pass)
