"""What the past can't tell, said beside the step whose figures it touches."""

from collections.abc import Iterator

from rapport.accounts.types import Account
from rapport.flows import activation, delays
from rapport.flows.action_types import CountdownDelay, TargetDate, TimeDelay
from rapport.flows.conditions import NotSent
from rapport.flows.plan import Action, Flow
from rapport.flows.rehearsal.casting import Cast, asked
from rapport.flows.rehearsal.history import MOST, Comers
from rapport.flows.rehearsal.playing import Played
from rapport.flows.rehearsal.types import Caveat
from rapport.kit import db
from rapport.segments.conditions.condition import Condition
from rapport.segments.conditions.consent import ConsentCondition
from rapport.segments.conditions.distance import DistanceCondition
from rapport.segments.conditions.funnel import FunnelCondition
from rapport.segments.conditions.membership import MembershipCondition
from rapport.segments.conditions.metric import MetricCondition
from rapport.segments.conditions.permissions import PermissionsCondition
from rapport.segments.conditions.predictive import OrdersCondition
from rapport.segments.conditions.properties import PropertyCondition
from rapport.segments.conditions.region import RegionCondition
from rapport.segments.conditions.sample import SampleCondition

_PROPERTY = "Properties are asked as they are today: what they were then is not kept."
_MEMBER = (
    "Who has left the list or segment since is not known: they count as if they had never been in it. "
    "Who is in it counts from when they joined."
)
_CONSENT = (
    "What people allowed then is told by the events about it. Where a consent or a bar has been lifted or given again "
    "without one, today's counts."
)
_BY_CONDITION: tuple[tuple[tuple[type[object], ...], str], ...] = (
    ((PropertyCondition, RegionCondition, DistanceCondition), _PROPERTY),
    ((MembershipCondition,), _MEMBER),
    ((ConsentCondition, PermissionsCondition), _CONSENT),
    ((OrdersCondition,), "Predictions are today's: what was predicted then is not kept."),
    ((SampleCondition,), "Who falls into the sample is drawn anew when a flow that is not saved yet is saved."),
    ((NotSent,), "What this flow itself really sent in these days is left out: the rehearsed messages count instead."),
)
_ENGAGED = """
    SELECT public_id FROM metrics WHERE account_id = %s AND service = 'klaviyo'
        AND name IN ('Opened Email', 'Clicked Email', 'Bounced Email', 'Marked Email as Spam')"""
_UNOPENED = (
    "Nobody can have opened or clicked what was never sent: only opens and clicks of mails that really went out count."
)
_MESSAGES = (
    "Every e-mail is taken as received: which ones would have bounced, and who would have unsubscribed because of "
    "them, is not known. Consent is what the events about it tell; smart sending counts what was really sent, but not "
    "by this flow, and what is rehearsed."
)
_TRIGGER = {
    "list": "Who joined the list and has left it since is not known, so they don't enter.",
    "segment": (
        "Who came into the segment and has left it since is not known, so they don't enter. Those it had when it was "
        "built count as joining then."
    ),
    "date": "Dates are taken as they are stored today.",
    "metric": "Events that were imported afterwards count as if they had come when they happened.",
}


async def caveats(conn: db.Connection, account: Account, cast: Cast, comers: Comers, played: Played) -> list[Caveat]:
    engaged = frozenset(row[0] for row in await db.rows(conn, _ENGAGED, (account.account_id,)))
    texts = [*_of_whole(cast, comers, played), *_of_conditions(cast.flow, engaged)]
    for action in cast.flow.actions.values():
        texts += [(action.id, text) for text in _of_action(action)]
    texts += [
        (None if problem.action_id is None else int(problem.action_id), problem.detail)
        for problem in activation.problems(cast.flow)
    ]
    return [Caveat(None if id is None else cast.names[id], text) for id, text in dict.fromkeys(texts)]


def _of_whole(cast: Cast, comers: Comers, played: Played) -> Iterator[tuple[int | None, str]]:
    if cast.flow.trigger_kind in _TRIGGER:
        yield None, _TRIGGER[cast.flow.trigger_kind]
    if len(comers.people) < comers.every:
        yield (
            None,
            f"Of {comers.every:,} people who came by, {len(comers.people):,} were taken by chance, because a rehearsal "
            f"goes through about {MOST:,} entries. All figures are theirs.",
        )
    if played.tick:
        minutes = max(1, round(played.tick.total_seconds() / 60))
        yield (
            None,
            f"Steps are taken up to {minutes} minutes late, because many people enter: conditions are asked then.",
        )
    if cast.was_draft:
        yield None, "Steps that are drafts are rehearsed as if they were on."


def _of_conditions(flow: Flow, engaged: frozenset[str]) -> Iterator[tuple[int | None, str]]:
    for action_id, definition in asked(flow):
        for condition in (condition for group in definition.groups for condition in group):
            for types, text in _BY_CONDITION:
                if isinstance(condition, types):
                    yield action_id, text
            if _metrics_of(condition) & engaged:
                yield action_id, _UNOPENED


def _metrics_of(condition: Condition) -> frozenset[str]:
    asks = isinstance(condition, MetricCondition | FunnelCondition)
    return condition.depends.metrics if asks else frozenset()


def _of_action(action: Action) -> Iterator[str]:
    if action.status == "disabled":
        yield "This step is off: people pass it as if it were not there."
    if action.messages and action.kind.lacks is None:
        yield _MESSAGES
    if action.kind.is_test:
        yield "Which variation wins depends on opens, clicks and orders after mails that were never sent."
    if action.type == "update-profile":
        yield "What segments and other flows would have made of the change is not rehearsed."
    if action.type == "list-update":
        yield "What other flows would have sent to whom is put on the list is not rehearsed."
    if action.type == "send-webhook":
        yield "No call is made: what the receiver would have answered, or changed, is not known."
    if _zoned(action):
        yield "Time zones of people are taken as they are today."


def _zoned(action: Action) -> bool:
    """Whether it waits for a time of day where the person is."""
    delay = action.typed if action.kind.data is not None else None
    if isinstance(delay, TimeDelay):
        return delay.timezone == "profile" and delays.needs_zone(delay)
    return isinstance(delay, CountdownDelay | TargetDate) and delay.timezone == "profile"
