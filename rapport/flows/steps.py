"""Steps: what each type of action does to the runs that stand at it.

A step takes all runs at one action and moves each on, into a delay, or out.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from rapport.flows import delays, filters, sending, trigger_filter, updating, webhooks
from rapport.flows.plan import Action
from rapport.flows.runs import Round, Run
from rapport.flows.types import ConditionalSplit, TimeDelay, TriggerSplit
from rapport.kit import db

Step = Callable[[Round, Action, Sequence[Run]], Awaitable[None]]

_ZONES = """
    SELECT id, location ->> 'timezone' FROM profiles
    WHERE account_id = %s AND id = ANY(%s) AND location ->> 'timezone' IS NOT NULL"""


async def take(work: Round, action: Action, runs: Sequence[Run]) -> None:
    """Let `runs` take the step they stand at."""
    await _STEPS[action.type](work, action, runs)


async def _delay(work: Round, action: Action, runs: Sequence[Run]) -> None:
    delay = action.typed
    assert isinstance(delay, TimeDelay)
    over, arrived = [run for run in runs if run.waiting], [run for run in runs if not run.waiting]
    for run in over:
        run.go(action.links["next"])
    work.passed(action, len(over))
    if action.id not in work.flow_of(action).leads_on:
        # Nothing live follows: there is nothing to wait for (1.7).
        for run in arrived:
            run.go(None)
        return
    zones = await _zones(work, delay, arrived)
    for run in arrived:
        run.wait(delays.end(delay, run.due, zones.get(run.profile_id) or _zone(work.account.timezone)))


async def _zones(work: Round, delay: TimeDelay, runs: Sequence[Run]) -> Mapping[int, ZoneInfo]:
    """Time zones by profile, where they matter; the account's for profiles without one (1.8)."""
    if not delays.needs_zone(delay):
        return {}
    profiles = {run.profile_id for run in runs}
    if delay.timezone != "profile":
        return dict.fromkeys(profiles, ZoneInfo(delay.timezone))
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
    split = action.typed
    assert isinstance(split, ConditionalSplit)
    profile_filter = work.flow_of(action).parsed(split.profile_filter, str(action.id))
    passing_ids = {run.id for run in await filters.passing(work.conn, work.account, profile_filter, runs, work.now)}
    _branch(work, action, runs, passing_ids)


async def _trigger_split(work: Round, action: Action, runs: Sequence[Run]) -> None:
    split = action.typed
    assert isinstance(split, TriggerSplit)
    if split.trigger_filter is None:
        _branch(work, action, runs, {run.id for run in runs})
        return
    events = await work.events(runs)
    started = {run.event_id for run in runs}
    wanted = [event for id, event in events.items() if id in started]
    parsed_filter = trigger_filter.parse(split.trigger_filter, pointer="")
    passing = await trigger_filter.passing(work.conn, parsed_filter, wanted, work.now)
    _branch(work, action, runs, {run.id for run in runs if run.event_id in passing})


def _branch(work: Round, action: Action, runs: Sequence[Run], yes: set[int]) -> None:
    for run in runs:
        run.go(action.links["next_if_true" if run.id in yes else "next_if_false"])
    work.passed(action, len(runs))


def _acting(act: Step) -> Step:
    """Only a live action acts. Draft, manual and disabled ones are passed silently: nobody waits for them (1.6).

    A manual message is not kept for review by this version; its recipients pass it like a draft.
    """

    async def step(work: Round, action: Action, runs: Sequence[Run]) -> None:
        if action.status == "live":
            await act(work, action, runs)
            work.passed(action, len(runs))
        for run in runs:
            run.go(action.links["next"])

    return step


_STEPS: Mapping[str, Step] = {
    "time-delay": _delay,
    "conditional-split": _conditional_split,
    "trigger-split": _trigger_split,
    "send-email": _acting(sending.send_email),
    "send-webhook": _acting(webhooks.call),
    "update-profile": _acting(updating.update_profiles),
}
