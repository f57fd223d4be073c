"""A definition is answered as it was sent, whatever of the grammar it says; what can't run yet can't be live."""

import msgspec
import pytest

from rapport.flows import checking, definition, drafts, older, service, versions
from rapport.flows.action_types import KINDS
from rapport.flows.differences import State, differences
from rapport.flows.plan import Flow
from rapport.flows.types import DefinitionInput
from rapport.kit.refusals import Refused
from rapport.segments.conditions import parse
from tests.flows import grammar
from tests.flows.conftest import World


async def made(world: World, sent: dict) -> Flow:  # type: ignore[type-arg]
    async with world.pool.connection() as conn:
        drawn = definition.read(msgspec.convert(sent, DefinitionInput))
        return await service.create(conn, world.account, "All", drawn, world.account.now())


async def everything(world: World, trigger: str) -> dict:  # type: ignore[type-arg]
    known = {"LIST": world.list_public_id, "METRIC": await world.metric("Viewed")}
    sent: dict = grammar.renamed(grammar.everything(trigger), known)  # type: ignore[type-arg]
    return sent


@pytest.mark.parametrize("trigger", grammar.TRIGGERS)
async def test_it_answers_a_definition_as_it_was_sent(world: World, trigger: str) -> None:
    sent = await everything(world, trigger)
    flow = await made(world, sent)
    assert grammar.with_temporary_ids(flow.definition, sent) == sent


@pytest.mark.parametrize("trigger", grammar.TRIGGERS)
async def test_publishing_what_is_there_changes_nothing(world: World, trigger: str) -> None:
    flow = await made(world, await everything(world, trigger))
    async with world.pool.connection() as conn:
        held = await service.load(conn, world.account.account_id, flow.id)
        drawn = drafts.drawn_of(held, held.definition)
        assert await drafts.impact(conn, world.account.account_id, held, drawn) == []
        after = await drafts.publish(conn, world.account, held, held.name, drawn, world.account.now())
    assert after.definition == flow.definition


@pytest.mark.parametrize("trigger", grammar.TRIGGERS)
async def test_whatever_was_taken_out_comes_back_as_it_was(world: World, trigger: str) -> None:
    """From an older version, as new steps; and what changed can be told of every kind of step."""
    sent = await everything(world, trigger)
    flow = await made(world, sent)
    bare = sent | {"actions": [], "entry_action_id": None}
    async with world.pool.connection() as conn:
        drawn = drafts.drawn_of(flow, bare)
        empty = await drafts.publish(conn, world.account, flow, flow.name, drawn, world.account.now())
        gone = differences(_state(flow), _state(empty))
        assert [each.action_id for each in gone] == [str(id) for id in flow.actions]
        again = drafts.drawn_of(empty, versions.as_draft(empty, flow.definition))
        # copies of templates are only kept for versions, of which there is none here
        back = definition.read(msgspec.convert(grammar.with_temporary_ids(flow.definition, sent), DefinitionInput))
    assert [(step.type, step.links.keys()) for step in again.steps] == [
        (step.type, step.links.keys()) for step in back.steps
    ]
    assert all(part.is_new for step in again.steps for part in step.every)
    added = {each.action_id for each in differences(_state(empty), _state(flow)) if each.what == "added"}
    assert added == {str(id) for id in flow.actions}


def _state(flow: Flow) -> State:
    return State(flow.name, flow.status, flow.archived, flow.definition)


def test_every_type_of_action_is_in_some_definition() -> None:
    types = {action["type"] for trigger in grammar.TRIGGERS for action in grammar.everything(trigger)["actions"]}
    assert types == set(KINDS)


async def test_what_can_not_run_yet_can_not_be_live(world: World) -> None:
    """Neither by the flow's status, nor by its own, nor from the beginning; it says why."""
    sent = await everything(world, "list")
    flow = await made(world, sent)
    async with world.pool.connection() as conn:
        with pytest.raises(Refused, match="custom objects") as caught:
            await service.set_status(conn, world.account, flow, "live", world.account.now())
        assert (caught.value.status, caught.value.pointer) == (400, "/data/attributes/status")
    for number, action in enumerate(sent["actions"]):
        kind = KINDS[action["type"]]
        if kind.has_status and kind.lacks is not None:
            action["data"]["status"] = "live"
            with pytest.raises(Refused) as caught:
                await made(world, sent)
            assert str(caught.value) == kind.lacks
            assert caught.value.pointer == f"/data/attributes/definition/actions/{number}/data/status"
            action["data"]["status"] = "draft"


@pytest.mark.parametrize("trigger", grammar.TRIGGERS)
async def test_earlier_revisions_see_every_action_in_fields(world: World, trigger: str) -> None:
    """Up to 2025-07-15, each by its name of then."""
    flow = await made(world, await everything(world, trigger))
    for action in flow.actions.values():
        shown = older.action_attributes(action)
        assert older.NAMES[str(shown.action_type)] == action.type and isinstance(shown.settings, dict)
        assert shown.status == action.status
        for message in action.messages:
            assert older.message_attributes(message).content


def test_only_flows_can_ask_what_is_about_flows() -> None:
    for name in ("not sent email", "not sent sms", "not sent push"):
        with pytest.raises(Refused, match="Only flows"):
            parse(grammar.all_of(grammar.CONDITIONS[name]))
    with pytest.raises(Refused, match="whole flow") as caught:
        checking.check_filter(grammar.all_of(grammar.CONDITIONS["sample"], grammar.NOT_IN_FLOW), "/f")
    assert caught.value.pointer == "/f/condition_groups/1/conditions/0/type"
