"""How the tests of messages inside a flow do (an extension)."""

import msgspec

from rapport.flows import experiments
from rapport.flows.api import READ, flow_of
from rapport.flows.plan import Action
from rapport.kit import db
from rapport.kit.jsonapi import AnyCall, Record, Resource, operation
from rapport.kit.ratelimit import S


class VariationResult(msgspec.Struct):
    """`share`: the part of the people who get it, from 0 to 1. `delivered`: messages; `opened`, `clicked`, `ordered`:
    people, machines left out."""

    id: str
    name: str
    subject: str | None
    share: float
    delivered: int
    opened: int
    clicked: int
    ordered: int


class FlowTest(msgspec.Struct):
    """`state`: draft, live or completed. `winner_metric`: what decides. `leader`: the variation with the highest rate
    so far, of equals the first; null before anything was delivered. `winner`: once it is over; null too where it ended
    before winners were kept."""

    action_id: str
    name: str | None
    state: str
    started: str | None
    winner_metric: str
    leader: str | None
    winner: str | None
    variations: list[VariationResult]


class FlowTestsAttributes(msgspec.Struct):
    """`tests`: of the actions that have one."""

    tests: list[FlowTest]


TESTS = Resource("flow-tests", "/api/flows", FlowTestsAttributes, self_link=False)


@operation("get_flow_tests", "GET", "/api/flows/{id}/tests", scopes=READ, rate=S, answers=TESTS)
async def get_flow_tests(call: AnyCall) -> Record:
    """The tests of messages inside a flow, with what came of each variation."""
    account_id = call.principal.account_id
    async with call.transaction() as conn:
        flow = await flow_of(call, conn)
        tested = [action for action in flow.actions.values() if action.kind.is_test]
        with_one = [action for action in tested if action.data["current_experiment"] is not None]
        tests = [await _test(conn, account_id, action) for action in with_one]
    return Record(flow.public_id, FlowTestsAttributes(tests))


async def _test(conn: db.Connection, account_id: int, action: Action) -> FlowTest:
    experiment, state = action.data["current_experiment"], action.data["experiment_status"] or "draft"
    counted = {metric: await experiments.results(conn, account_id, action, metric) for metric in experiments.METRICS}
    shares, decides = experiments.shares(action), experiments.decides(action)
    variations = [
        _variation(action, opened, clicked.people, ordered.people, shares)
        for opened, clicked, ordered in zip(*counted.values(), strict=True)
    ]
    outcomes = counted.get(decides) or []
    return FlowTest(
        str(action.id),
        experiment["name"],
        state,
        experiment["started"],
        decides,
        experiments.best(outcomes) if any(outcome.delivered for outcome in outcomes) else None,
        str(action.winner) if state == "completed" and action.winner is not None else None,
        variations,
    )


def _variation(
    action: Action, opened: experiments.Result, clicked: int, ordered: int, shares: dict[str, float]
) -> VariationResult:
    id, message = opened.variation, action.message_of(int(opened.variation))
    subject = message.content.get("subject_line")
    return VariationResult(id, message.name, subject, shares[id], opened.delivered, opened.people, clicked, ordered)
