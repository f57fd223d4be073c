"""The flow that is rehearsed, put on the stage: as it is, as a definition would make it, or a new one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rapport.accounts.types import Account
from rapport.flows import drafts, experiments, plan, service
from rapport.flows.branches import of_profiles
from rapport.flows.branches import parse as parse_branches
from rapport.flows.checking import POINTER, converted
from rapport.flows.definition import Drawn, read
from rapport.flows.plan import Action, Flow
from rapport.flows.rehearsal.stage import Stage
from rapport.flows.types import DefinitionInput
from rapport.kit import db
from rapport.kit.refusals import Refused
from rapport.segments.conditions.definition import Definition
from rapport.segments.grammar.dependencies import Dependencies

_NAME = "Rehearsal"
_COPIED = (
    "INSERT INTO flows SELECT * FROM {live}.flows WHERE account_id = %(account)s AND id = %(flow)s",
    "INSERT INTO flow_actions SELECT * FROM {live}.flow_actions WHERE account_id = %(account)s AND flow_id = %(flow)s",
    """INSERT INTO flow_messages SELECT * FROM {live}.flow_messages
       WHERE account_id = %(account)s AND flow_id = %(flow)s""",
    """INSERT INTO removed_flow_actions SELECT * FROM {live}.removed_flow_actions
       WHERE account_id = %(account)s AND flow_id = %(flow)s""",
    """INSERT INTO templates SELECT * FROM {live}.templates WHERE account_id = %(account)s AND id IN (
           SELECT template_id FROM {live}.flow_messages WHERE account_id = %(account)s AND flow_id = %(flow)s)""",
)
_TEMPLATES = """
    INSERT INTO templates SELECT * FROM {live}.templates WHERE account_id = %s AND public_id = ANY(%s)
    ON CONFLICT DO NOTHING"""
_ON = (
    """UPDATE flow_actions SET status = 'live'
       WHERE account_id = %(account)s AND flow_id = %(flow)s AND status = 'draft'""",
    "UPDATE flows SET status = 'live', archived = false WHERE account_id = %(account)s AND id = %(flow)s",
)


@dataclass(frozen=True)
class Cast:
    """The flow, live. `names`: what the definition calls its actions. `was_draft`: those that are only drafts."""

    flow: Flow
    names: Mapping[int, str]
    was_draft: frozenset[int]


async def cast(stage: Stage, account: Account, flow: Flow | None, definition: dict[str, Any] | None) -> Cast:
    """Raises Refused for a definition that no flow can have."""
    drawn = None if definition is None else drawn_of(flow, definition)
    if flow is not None:
        for statement in _COPIED:
            parameters = {"account": account.account_id, "flow": flow.id}
            await db.execute(stage.conn, statement.format(live=stage.live), parameters)
        made = await service.load(stage.conn, account.account_id, flow.id)
    if drawn is not None:
        wanted = [id for step in drawn.steps for part in step.every if (id := _template_of(part.data)) is not None]
        await db.execute(stage.conn, _TEMPLATES.format(live=stage.live), (account.account_id, wanted))
        if flow is None:
            made = await service.create(stage.conn, account, _NAME, drawn, account.now())
        else:
            made = await drafts.publish(stage.conn, account, made, made.name, drawn, account.now())
    steps = made.actions.values()
    names = {action.id: str(action.id) for action in steps}
    if drawn is not None:
        names = {action.id: step.name for action, step in zip(steps, drawn.steps, strict=True)}
    drafted = frozenset(action.id for action in steps if action.status == "draft")
    for statement in _ON:
        await db.execute(stage.conn, statement, {"account": account.account_id, "flow": made.id})
    for action in steps:
        if action.kind.is_test and action.id in drafted:
            await experiments.turned(stage.conn, account, action, "live", account.now())
    live = (await plan.load(stage.conn, account.account_id, [made.id]))[made.id]
    if live.entry_action_id is None:
        raise Refused("There is nothing to rehearse: the flow has no steps.", pointer=f"{POINTER}/actions")
    return Cast(live, names, drafted)


def drawn_of(flow: Flow | None, definition: dict[str, Any]) -> Drawn:
    """Raises Refused."""
    if flow is not None:
        return drafts.drawn_of(flow, definition)
    return read(converted(definition, DefinitionInput, POINTER))


def _template_of(data: Any) -> str | None:
    template: str | None = getattr(getattr(data, "message", None), "template_id", None)
    return template


def asked(flow: Flow) -> list[tuple[int | None, Definition]]:
    """All that the flow asks of people, each with the action that does; None = the flow's own filter."""
    found: list[tuple[int | None, Definition | None]] = [(None, flow.filter)]
    for action in flow.actions.values():
        found += [(action.id, definition) for definition in _asked_by(flow, action)]
    return [(action_id, definition) for action_id, definition in found if definition is not None]


def _asked_by(flow: Flow, action: Action) -> list[Definition | None]:
    place = str(action.id)
    asked_by = [flow.parsed(message.content.get("additional_filters"), place) for message in action.messages]
    if action.type == "conditional-split":
        asked_by.append(flow.parsed(action.typed.profile_filter, place))
    if action.type == "multi-branch-split":
        filtered = [branch.branch_filter for branch in action.typed.branches if branch.branch_filter]
        asked_by += [of_profiles(parse_branches(branch_filter, place=place)) for branch_filter in filtered]
    return asked_by


def depends_of(flow: Flow) -> Dependencies:
    return Dependencies.of_all(definition.depends for _, definition in asked(flow))
